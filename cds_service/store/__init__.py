"""The store: answers, feedback, and an audit record of every decision in a hash chain."""
