"""What the duty to inspect knows of each customer, kept so that a page over 200,000 of them is one walk along an index.

Invariant: every customer on file has exactly one row; it repeats the parts of the address by which work is planned, says when the
customer was last inspected to the end, and which inspection is open. What is due follows from it and the company's intervals,
which are not kept here: who changes them changes every row's due day at once.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.db import Base

HOME, BUSINESS = "home", "business"
LONGEST_WALK = 400
NEVER = date.min
"""Stands in the counts for the day of the last inspection where there was none."""


class Duty(Base):
    """`last_on`, `last_visit_id`: the last completed inspection; `open_on`, `open_visit_id`: the next one that is planned or
    under way, `open_on` without a day for one that nobody planned. `walk` sorts as a person walks."""

    __tablename__ = "duty"
    __table_args__ = (
        Index("ix_duty_area", "district", "address", "building", "kind", "last_on", "open_visit_id"),
        Index("ix_duty_walk", "walk", "customer_id", "kind", "last_on"),
        Index("ix_duty_kind", "kind", "walk", "customer_id"),
        Index("ix_duty_district", "district", "walk", "customer_id"),
    )

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), default=HOME)
    district: Mapped[str] = mapped_column(String(100), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    building: Mapped[str] = mapped_column(String(40), default="")
    walk: Mapped[str] = mapped_column(String(LONGEST_WALK), default="")
    last_on: Mapped[date | None] = mapped_column(Date)
    last_visit_id: Mapped[str | None] = mapped_column(String(36))
    open_on: Mapped[date | None] = mapped_column(Date)
    open_visit_id: Mapped[str | None] = mapped_column(String(36))


class DutyCount(Base):
    """How many customers of a district and kind were last inspected on a day, with an inspection open or without.

    Invariant: what a count of `duty` gives; the same transaction that changes a row there moves it here. Figures of a whole
    district or town are sums of these: some thousands of rows instead of 200,000.
    """

    __tablename__ = "duty_counts"
    __table_args__ = (
        Index("ix_duty_counts_nobody", "count", sqlite_where=text("count = 0"), postgresql_where=text("count = 0")),
    )

    district: Mapped[str] = mapped_column(String(100), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    last_on: Mapped[date] = mapped_column(Date, primary_key=True)
    is_open: Mapped[bool] = mapped_column(Boolean, primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
