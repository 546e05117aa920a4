"""Reads data that the prefetch lacks from the EHR's FHIR server, within the time budget of the request.

Read complete.py first. May import config, http, telemetry, core, base.
"""
