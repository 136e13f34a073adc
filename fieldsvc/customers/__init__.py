"""Customers, their premises, their meters, and corrections that technicians made at the door."""
