"""What whoever runs the service asks it over HTTP: health, readiness, metrics.

Read readiness.py first. May import all below it.
"""
