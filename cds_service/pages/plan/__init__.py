"""Shows a dose plan to clinicians and patients: page, plot, calendar, JSON and terminal text, all from one plan.

Read routes.py first.
"""
