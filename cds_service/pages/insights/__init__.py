"""Statistics by week: which rules give findings, how often, and how prescribers respond to the cards.

Read routes.py first.
"""
