"""Rules, cards and code lists: from files to objects, or all their faults at once.

Read loading.py first. May import core, config, base.
"""
