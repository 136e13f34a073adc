"""The tallies, and what each visit and each hazard was last counted as.

Invariant: a tally is the sum of what the rows of `counted_visits` and `counted_hazards` say, and `first_inspections` holds for
every customer the first day in each period of the duty on which one of those visits was an inspection that was completed.
`fieldsvc recount` makes all of it anew.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import JSON, BigInteger, Date, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.db import Base


class Tally(Base):
    """How much of something there was on a day (`grain` d) or in a month (m, under its first day). See `facts.parts`."""

    __tablename__ = "tallies"

    measure: Mapped[str] = mapped_column(String(12), primary_key=True)
    grain: Mapped[str] = mapped_column(String(1), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    part: Mapped[str] = mapped_column(String(80), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)


class CountedVisit(Base):
    """What a visit was last counted as. `inspected_on`: the day it fulfilled the duty of its customer, if it did."""

    __tablename__ = "counted_visits"
    __table_args__ = (Index("ix_counted_visits_customer", "customer_id", "inspected_on"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    customer_id: Mapped[str] = mapped_column(String(36))
    category: Mapped[str] = mapped_column(String(20))
    inspected_on: Mapped[date | None] = mapped_column(Date)
    facts: Mapped[str] = mapped_column(Text)


class CountedHazard(Base):
    """What a hazard of the ledger was last counted as."""

    __tablename__ = "counted_hazards"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    facts: Mapped[str] = mapped_column(Text)


class FirstInspection(Base):
    """The first day on which a customer's inspection was completed in one period of the duty."""

    __tablename__ = "first_inspections"

    customer_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    category: Mapped[str] = mapped_column(String(20), primary_key=True)
    begins_on: Mapped[date] = mapped_column(Date, primary_key=True)
    first_on: Mapped[date] = mapped_column(Date)


class Head(Base):
    """How far was counted (the version of the last visit) and by which rules; one row."""

    __tablename__ = "tally_head"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, default=0)
    rules: Mapped[dict[str, object]] = mapped_column(JSON)
