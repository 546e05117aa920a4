"""The store: answers, feedback, a hash chain of the decisions about baclofen, and counts of other calls.

Read recorder.py first. May import telemetry, core, base.
"""
