"""What whoever runs the service sets: the environment, the clients and their keys, the clock; and how TOML is read.

Read settings.py first. May import http, core, base.
"""
