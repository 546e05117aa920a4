"""Reads from the EHR's FHIR server what prefetch leaves unknown, within the budget of the request."""
