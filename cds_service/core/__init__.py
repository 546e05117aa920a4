"""The pure part: from FHIR resources and a day to findings and cards. No network, files or clock.

Read model/__init__.py first, then rules/decide.py. May import base.
"""
