"""CDS Hooks service: baclofen in alcohol dependence, judged by the ANSM rules in force on the day."""

__version__ = "0.1.0"
