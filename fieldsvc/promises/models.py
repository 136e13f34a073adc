"""What was promised of each visit, and planned suspensions of supply."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.db import Base, Instant

OPEN, KEPT, BROKEN, DROPPED = "open", "kept", "broken", "dropped"
GIVEN_OUT = "given_out"
"""What ends the clock of a thing that is kept for a time: the office says it, and not before it is due."""


class Promised(Base):
    """One clock of one visit: it runs from when the visit was asked for (`asked_on`) to what `ends_with` names.

    Invariant: `due_at` is what was promised then, whatever the company promises since; `state` follows from it, from the visit's
    document and from nothing else. Where it ends with `given_out`, the office ends it (removed.py).
    """

    __tablename__ = "promised"
    __table_args__ = (
        Index(
            "ix_promised_open",
            "due_at",
            "visit_id",
            "clock",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_promised_asked", "asked_on", "clock", "state"),
    )

    visit_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    clock: Mapped[str] = mapped_column(String(40), primary_key=True)
    ends_with: Mapped[str] = mapped_column(String(40))
    asked_on: Mapped[date] = mapped_column(Date)
    due_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(8))


class Suspension(Base):
    """A planned suspension of supply: who was to know it when, when it begins, when the supply was back.

    `ended_by_name` is who wrote down that it was, `ended_recorded_at` when; empty while it is not, and of those that were ended
    before this was kept.
    """

    __tablename__ = "suspensions"
    __table_args__ = (Index("ix_suspensions_begins_at", "begins_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    place: Mapped[str] = mapped_column(String(300))
    reason: Mapped[str] = mapped_column(String(300))
    told_at: Mapped[datetime] = mapped_column(Instant)
    begins_at: Mapped[datetime] = mapped_column(Instant)
    restored_at: Mapped[datetime | None] = mapped_column(Instant)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    by_name: Mapped[str] = mapped_column(String(200))
    ended_recorded_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by_name: Mapped[str] = mapped_column(String(200), default="", server_default="")
