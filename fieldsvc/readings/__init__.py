"""Meter readings: the history of every meter, and what is usual for it."""
