"""The ground: faults, and the version. It imports nothing of ours.

Read errors.py first. May be imported from anywhere.
"""
