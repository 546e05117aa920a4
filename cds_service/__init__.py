"""CDS Hooks service: baclofen in alcohol dependence, judged by the ANSM rules in force on the day.

This folder composes the service: the commands, the process, HTTP. Nothing imports from here.
Read core/rules/decide.py first, then hook/order_sign.py.
`rules/` holds the rules as data; `core/rules/` is the code that asks them.
"""
