"""The demonstration page: try an order, see the rules over time, damage a request, connect a system.

Read routes.py first.
"""
