"""Readings as typed, one row per op or imported figure, and those among them that a person has to look at.

A later reading never overwrites an earlier one; a corrected figure takes the place of the wrong one in its row, and both stand
in the visit's history.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.db import Base, Instant


class Reading(Base):
    """One reading. `value` holds the digits as typed; empty with a `reason` where the meter could not be read.

    `marks` says what is remarkable about it, `used` the whole cubic metres since the reading before; both follow from the
    meter's other readings and are judged anew when one of them changes. `marks` is empty for what nobody judged (None) and for
    what is as usual (""). `op_id` made the figure that counts; `final` and `initial` are those of an exchange. `doubted`: the
    office sent somebody again, so it is no base for the next one. `billed_in`: the billing period in whose export it stands;
    `recorded_at`: when the server took it in.
    """

    __tablename__ = "readings"
    __table_args__ = (
        Index("ix_readings_meter", "meter_id", "read_at"),
        Index(
            "ix_readings_unbilled",
            "read_at",
            "id",
            sqlite_where=text("billed_in IS NULL"),
            postgresql_where=text("billed_in IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    meter_id: Mapped[str] = mapped_column(String(36))
    visit_id: Mapped[str | None] = mapped_column(String(36), index=True)
    customer_id: Mapped[str | None] = mapped_column(String(36))
    source: Mapped[str] = mapped_column(String(12))
    value: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(200))
    read_at: Mapped[datetime] = mapped_column(Instant)
    recorded_at: Mapped[datetime | None] = mapped_column(Instant)
    running: Mapped[bool | None] = mapped_column(Boolean)
    photo: Mapped[str | None] = mapped_column(String(64))
    final: Mapped[str | None] = mapped_column(String(20))
    initial: Mapped[str | None] = mapped_column(String(20))
    op_id: Mapped[str | None] = mapped_column(String(36))
    used: Mapped[int | None] = mapped_column(Integer)
    marks: Mapped[str | None] = mapped_column(String(120))
    doubted: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    billed_in: Mapped[str | None] = mapped_column(String(10))


class Review(Base):
    """A reading that needs eyes, and what became of it: `state` is open, accepted, again or clear (needs none any more).

    Invariant: one row per reading that ever needed a person; a verdict counts for the `figure` and the `seen` marks it was
    given for, and no other. `again_visit_id` is the one visit that a verdict *again* planned.
    """

    __tablename__ = "reading_reviews"
    __table_args__ = (
        Index("ix_reading_reviews_state", "state", "read_at", "reading_id"),
        Index("ix_reading_reviews_visit", "visit_id"),
    )

    reading_id: Mapped[str] = mapped_column(ForeignKey("readings.id"), primary_key=True)
    visit_id: Mapped[str] = mapped_column(String(36))
    meter_id: Mapped[str] = mapped_column(String(36))
    customer_id: Mapped[str] = mapped_column(String(36))
    read_at: Mapped[datetime] = mapped_column(Instant)
    marks: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(10))
    figure: Mapped[str | None] = mapped_column(String(200))
    seen: Mapped[str | None] = mapped_column(String(120))
    by_name: Mapped[str | None] = mapped_column(String(200))
    reviewed_at: Mapped[datetime | None] = mapped_column(Instant)
    note: Mapped[str | None] = mapped_column(String(1000))
    op_id: Mapped[str | None] = mapped_column(String(36))
    again_visit_id: Mapped[str | None] = mapped_column(String(36))
