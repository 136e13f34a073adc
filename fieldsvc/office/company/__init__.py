"""What the company decides and who works for it: settings, catalogue, staff and phones."""
