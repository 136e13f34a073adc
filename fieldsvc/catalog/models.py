"""The editions of the catalogue: every one that was ever in force, whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.db import Base, Instant


class Edition(Base):
    """One edition: what the program brought, by its digest `shipped`, with what the company laid over it, `overlay`.

    `content` is the result, whole, and `digest` its own. Invariant: an edition never changes and is never deleted, because
    visits name the one they were made with; every code of an edition is in all later ones, switched off perhaps.
    """

    __tablename__ = "catalogue_editions"

    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    made_at: Mapped[datetime] = mapped_column(Instant, index=True)
    by_id: Mapped[str | None] = mapped_column(String(36))
    by_name: Mapped[str] = mapped_column(String(200))
    shipped: Mapped[str] = mapped_column(String(64))
    overlay: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    changes: Mapped[dict[str, Any]] = mapped_column(JSON)
