"""Which plan answers which finding; the plan to the tablet and the day; the case that it makes; the plan as FHIR.

Read suggest.py first, then changes.py. May import facts, course, orders, dose, record, model; `decide` is handed in.
"""
