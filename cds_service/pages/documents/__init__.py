"""Pages made of text: a rule, the documents that pages name, and what programs get, for a person's browser.

Read routes.py first.
"""
