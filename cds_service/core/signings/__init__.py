"""What one signing does to the lines that run: which it replaces, which it leaves, which it stops, what may be added.

Read replacement.py first. The same sentences hold for the drafts and, going forward in time, for the signings of
the record (history.py). May import dose, orders, record, model.
"""
