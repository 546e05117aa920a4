"""What is told about the running service: log lines of allowed fields only, metrics over all workers, traces.

Read logs.py first. May import core, base.
"""
