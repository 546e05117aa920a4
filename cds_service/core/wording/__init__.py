"""Cards and suggestions in words, from the sentences of cards/.

Read cards.py first. May import plans, model, base.
"""
