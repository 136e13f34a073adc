"""Billing periods: what was read in each, what is missing, and one export of it."""
