"""Who works here: staff and their roles, logging in, and the phones they have enrolled."""
