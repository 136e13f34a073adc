"""Meter readings on the screen: review, billing periods, payment slips."""
