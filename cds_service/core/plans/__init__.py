"""Which plan answers which finding; the plan to the tablet and the day; the plan as FHIR.

Read suggest.py first. May import facts, course, orders, dose, record, model; `decide` is handed in.
"""
