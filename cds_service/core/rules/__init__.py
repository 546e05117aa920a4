"""How a rule is asked: `decide`, the closed list of checks, the checks. The rules as data: cds_service/rules.

Read decide.py first. May import course, facts, signings, model.
"""
