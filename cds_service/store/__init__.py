"""The store: what was shown, what was done with it, and the chained record of every decision."""
