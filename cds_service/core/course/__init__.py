"""What will be taken, day by day, in each reading of a request.

Read readings.py first. May import signings, dose, model.
"""
