"""What whoever runs the service sets: the environment, the clients and their keys, the clock; and how TOML is read.

Read settings.py first. May import the record's addresses in core, and base.
"""
