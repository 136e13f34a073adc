"""Billing periods, the rows that were exported for each, and who took a file when.

A period is closed once, by a job that freezes its rows some at a time; from then on its rows never change. Invariant: a file
made of a closed period has the same bytes for ever; a reading stands once in a period.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.db import Base, Instant

CLOSING, CLOSED = "closing", "closed"


class BillingPeriod(Base):
    """A period that was closed or is being closed, named by its first month. `closing_at`: what came later is late.

    `by_id` pressed the button; `row_count`, `used` and `cents` sum up its rows.
    """

    __tablename__ = "billing_periods"
    __table_args__ = (CheckConstraint("state IN ('closing', 'closed')", name="state"),)

    id: Mapped[str] = mapped_column(String(10), primary_key=True)
    first_on: Mapped[date] = mapped_column(Date)
    until: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10), default=CLOSING)
    closing_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    by_id: Mapped[str] = mapped_column(String(36))
    by_name: Mapped[str] = mapped_column(String(200))
    row_count: Mapped[int] = mapped_column(Integer, default=0)
    used: Mapped[int] = mapped_column(BigInteger, default=0)
    cents: Mapped[int] = mapped_column(BigInteger, default=0)


class BillingRow(Base):
    """One reading as it was exported. `cells`: the row of the file, a list of texts as JSON, written once."""

    __tablename__ = "billing_rows"
    __table_args__ = (
        UniqueConstraint("period_id", "reading_id", name="uq_billing_rows_period_id"),
        Index("ix_billing_rows_order", "period_id", "account", "reading_id"),
        Index("ix_billing_rows_reading", "reading_id"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    period_id: Mapped[str] = mapped_column(ForeignKey("billing_periods.id"))
    reading_id: Mapped[str] = mapped_column(String(36))
    account: Mapped[str] = mapped_column(String(40))
    used: Mapped[int | None] = mapped_column(Integer)
    cells: Mapped[str] = mapped_column(Text)


class ReadingProgress(Base):
    """How far the reading of a period was at a moment: `rates` are rows of district, meters due, meters read. It is counted anew
    while the period changes, and when the `rules` in force are others; nothing else depends on it."""

    __tablename__ = "reading_progress"

    period_id: Mapped[str] = mapped_column(String(10), primary_key=True)
    rules: Mapped[dict[str, Any]] = mapped_column(JSON)
    counted_at: Mapped[datetime] = mapped_column(Instant)
    rates: Mapped[list[Any]] = mapped_column(JSON)


class BillingTake(Base):
    """Somebody took a period's file. `again`: it had been taken before. Rows are only ever added."""

    __tablename__ = "billing_takes"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    period_id: Mapped[str] = mapped_column(ForeignKey("billing_periods.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[str] = mapped_column(String(36))
    by_name: Mapped[str] = mapped_column(String(200))
    form: Mapped[str] = mapped_column(String(4))
    again: Mapped[bool] = mapped_column(Boolean, default=False)
