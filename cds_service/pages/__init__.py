"""What people look at in a browser: the demonstration, a plan, the insights, and what they share.

Read html_page.py first. May import all below it.
"""
