"""Keeping a second copy of an installation that can be trusted, and making an installation of it again."""
