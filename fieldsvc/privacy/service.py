"""People's data, as other capabilities use it: what is over and goes, and one person's data."""

from __future__ import annotations

from fieldsvc.privacy import export, person, retention

__all__ = ["export", "person", "retention"]
