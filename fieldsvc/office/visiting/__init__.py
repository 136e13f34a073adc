"""Visits: the list, one visit with its log, where it was."""
