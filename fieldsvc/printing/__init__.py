"""Printing in the office: many papers as one file, receipts for belt printers, and the book of what was printed by whom."""
