"""Measurements of fieldsvc: how fast it is, beside programs that others built for the same work. See bench/README.md."""
