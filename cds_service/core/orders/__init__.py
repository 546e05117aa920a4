"""Which medicine, authorised or not on the day; a MedicationRequest as an order.

Read order.py first. May import dose, record, model.
"""
