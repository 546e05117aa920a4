"""A plan as a clinician and a patient read it: page, plot, calendar, JSON and terminal. One plan for all of them."""
