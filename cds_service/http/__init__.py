"""The plumbing of HTTP: bodies and their deadlines, JSON, and refusals as OperationOutcome.

Read json_reader.py first. May import base.
"""
