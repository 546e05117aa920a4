"""What the words of a dosage say, and whether they say the same as its structure.

Read agreement.py first. May import dose, record, model.
"""
