"""What is known of the patient, each fact with three values: known, reported none, unknown.

Read patient_facts.py first. May import signings, orders, dose, record, model.
"""
