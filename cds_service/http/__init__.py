"""The plumbing of HTTP: bodies, slow clients, JSON, and refusals as OperationOutcome.

Read json_reader.py first. May import base only.
"""
