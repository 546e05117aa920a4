"""The dose of an order as a function of the day, from the Dosage of FHIR.

Read steps.py first. May import record, model.
"""
