"""Erasures that somebody asked for. `moved_out`: nobody's customer any more, so that the file itself is emptied too.

Invariant: what one administrator asks for another carries out; the database refuses a row that one person asked for and did.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.db import Base, Instant

WAITS, DONE, REFUSED = "waits", "done", "refused"


class Erasure(Base):
    """One person's data are to be erased: who asked, why, and who agreed or not."""

    __tablename__ = "erasures"
    __table_args__ = (
        CheckConstraint("state IN ('waits', 'done', 'refused')", name="state"),
        CheckConstraint("settled_by = '' OR state = 'refused' OR settled_by <> asked_by", name="two"),
        Index("ix_erasures_customer", "customer_id", "asked_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    customer_id: Mapped[str] = mapped_column(String(36))
    moved_out: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_by: Mapped[str] = mapped_column(String(36))
    asked_by_name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10), default=WAITS)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_by: Mapped[str] = mapped_column(String(36), default="")
    settled_by_name: Mapped[str] = mapped_column(String(200), default="")
