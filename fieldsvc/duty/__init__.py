"""Whose yearly or quarterly inspection is due: one kept row a customer."""
