"""Which plan answers which finding; the plan to the tablet and the day; the case that it makes; the plan as FHIR.

Read suggest.py first, then changes.py. `decide` is handed in.
May import facts, course, signings, orders, dose, record, model, base.
"""
