"""Rules and decisions in words: one decision explained, the rules through time, the SAM sheet, changes by effect.

Read explain.py first. May import knowledge, core, base.
"""
