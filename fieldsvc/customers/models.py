"""Customers, meters, and corrections that wait for the office.

A correction never changes the customer by itself: the visit shows it, the office approves it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fieldsvc.db import Base, Instant


class Customer(Base):
    """An account and the premises it belongs to."""

    __tablename__ = "customers"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    account: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    phone: Mapped[str] = mapped_column(String(40), default="")
    district: Mapped[str] = mapped_column(String(100), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    building: Mapped[str] = mapped_column(String(40), default="")
    unit: Mapped[str] = mapped_column(String(40), default="")
    room: Mapped[str] = mapped_column(String(40), default="")
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    meters: Mapped[list[Meter]] = relationship(order_by="Meter.serial")


class Meter(Base):
    """A meter at a customer's premises. `digits` are the black ones, `decimals` the red ones."""

    __tablename__ = "meters"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    serial: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    digits: Mapped[int] = mapped_column(Integer, default=5)
    decimals: Mapped[int] = mapped_column(Integer, default=3)


class Correction(Base):
    """What a technician found wrong in a customer's data; `settled_at` is empty while it waits.

    `old` is what the visit was planned with. `verdict` is approved, rejected, or replaced: by a later one of the same visit, or
    because it says what was on file anyway.
    """

    __tablename__ = "corrections"
    __table_args__ = (
        Index(
            "ix_corrections_waiting",
            "made_at",
            "settled_at",
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
        Index(
            "ix_corrections_settled",
            "settled_at",
            sqlite_where=text("settled_at IS NOT NULL"),
            postgresql_where=text("settled_at IS NOT NULL"),
        ),
    )

    op_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    visit_id: Mapped[str] = mapped_column(String(36), index=True)
    field: Mapped[str] = mapped_column(String(40))
    old: Mapped[str] = mapped_column(String(300))
    new: Mapped[str] = mapped_column(String(300))
    by_id: Mapped[str] = mapped_column(String(36), default="", server_default="")
    by_name: Mapped[str] = mapped_column(String(200), default="", server_default="")
    made_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    verdict: Mapped[str | None] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")
