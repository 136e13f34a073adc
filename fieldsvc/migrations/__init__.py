"""Alembic migrations: numbered, never edited after they have landed."""
