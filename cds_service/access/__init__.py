"""Who may call: tokens and their keys, tokens used again, and how often.

Read gate.py first. May import store, config, http, telemetry, core, base.
"""
