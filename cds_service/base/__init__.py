"""The ground: faults, the version, and the names by which others know us (prefetch keys, languages, addresses).

Read names.py and errors.py first. May import nothing of ours; may be imported from anywhere.
"""
