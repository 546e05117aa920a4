"""Generates FHIR R4 definitions for other systems from the rules, the cards and the code lists.

Read pages.py first. May import reports, knowledge, http, core, base.
"""
