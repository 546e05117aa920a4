"""What whoever runs the service asks it over HTTP: health, readiness, metrics.

Read readiness.py first. May import hook and all below it.
"""
