"""What the EHR sent: the resources of the prefetch, whose they are, which order is which, and codes.

Read prefetch.py first. May import model, base.
"""
