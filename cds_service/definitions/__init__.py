"""Generates FHIR R4 definitions for other systems from the rules, the cards and the code lists."""
