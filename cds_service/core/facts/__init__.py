"""What is known of the patient, each fact with three values: known, reported none, unknown.

Read patient_facts.py first. May import orders, dose, record, model.
"""
