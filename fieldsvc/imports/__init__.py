"""Imports: customers with their meters, readings and work orders, from the files that companies have."""
