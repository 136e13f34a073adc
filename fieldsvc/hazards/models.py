"""One row per hazard ever recorded and one per thing that ever happened to it. Nothing of either is deleted."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.db import Base, Instant

_ALERTS = text("level = 1 AND state = 'open' AND fixed_at IS NULL AND taken_up_at IS NULL")
_CALLED, _STOPPED = text("remind_on IS NOT NULL"), text("gas <> ''")


class Hazard(Base):
    """A hazard: `state` is open, closed (all that closing needs is there) or withdrawn. `code` is empty outside the catalogue.

    What follows from the record: `found_at` when it was found and `arrived_at` when we learned of it; `paper_due_on` the date
    that the signed notice bears; `heard` how the customer took note of it (signed, refused, or not yet); `verified_in`,
    `verified_at`, `verified_op`, `verified_by`: the verification that counts, and `fixed_at` when one was found to say that it
    is put right; `noticed_at` when the first written notice that names it was issued; `restored_at` when paper gave gas back.

    What follows from those and from the events (`life.live`), written in the same transaction: `stage`, `due_on`, `gas`,
    `taken_up_at`, `remind_on`, `state`.
    """

    __tablename__ = "hazards"
    __table_args__ = (
        Index("ix_hazards_customer", "customer_id", "state"),
        # one for every order of the list with the filters that people leave it in
        Index("ix_hazards_state", "state", "level", "due_on", "id", "found_at"),
        Index("ix_hazards_state_due", "state", "due_on", "id"),
        Index("ix_hazards_danger", "level", "due_on", "id"),
        Index("ix_hazards_due", "due_on", "id"),
        Index("ix_hazards_found", "found_at", "id"),
        Index("ix_hazards_closed", "closed_at", "id"),
        Index("ix_hazards_stage", "stage", "level", "due_on", "id"),
        Index("ix_hazards_district", "district", "state", "level", "due_on", "id"),
        Index("ix_hazards_item", "item", "state", "level", "due_on", "id"),
        Index("ix_hazards_finder", "found_by", "state", "level", "due_on", "id"),
        Index("ix_hazards_responsible", "responsible", "state", "level", "due_on", "id"),
        Index("ix_hazards_district_found", "district", "found_at", "id"),
        Index("ix_hazards_item_found", "item", "found_at", "id"),
        Index("ix_hazards_finder_found", "found_by", "found_at", "id"),
        Index("ix_hazards_responsible_found", "responsible", "found_at", "id"),
        Index(
            "ix_hazards_remind",
            "level",
            "remind_on",
            "id",
            "customer_id",
            sqlite_where=_CALLED,
            postgresql_where=_CALLED,
        ),
        Index("ix_hazards_gas", "gas", "level", "due_on", "id", sqlite_where=_STOPPED, postgresql_where=_STOPPED),
        Index("ix_hazards_alert", "found_at", sqlite_where=_ALERTS, postgresql_where=_ALERTS),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    visit_id: Mapped[str] = mapped_column(String(36), index=True)
    customer_id: Mapped[str] = mapped_column(String(36))
    district: Mapped[str] = mapped_column(String(200), default="")
    code: Mapped[str | None] = mapped_column(String(80))
    name: Mapped[str | None] = mapped_column(String(200))
    item: Mapped[str] = mapped_column(String(80))
    level: Mapped[int] = mapped_column(Integer)
    position: Mapped[str] = mapped_column(String(40))
    responsible: Mapped[str] = mapped_column(String(12), default="")
    stop_gas: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(12))
    stage: Mapped[str] = mapped_column(String(16), default="found")
    gas: Mapped[str] = mapped_column(String(12), default="")
    paper_due_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    remind_on: Mapped[date | None] = mapped_column(Date)
    found_at: Mapped[datetime] = mapped_column(Instant)
    arrived_at: Mapped[datetime] = mapped_column(Instant)
    found_by: Mapped[str] = mapped_column(String(36), default="")
    found_by_name: Mapped[str] = mapped_column(String(200), default="")
    heard: Mapped[str] = mapped_column(String(10), default="")
    taken_up_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    fixed_at: Mapped[datetime | None] = mapped_column(Instant)
    noticed_at: Mapped[datetime | None] = mapped_column(Instant)
    restored_at: Mapped[datetime | None] = mapped_column(Instant)
    verified_at: Mapped[datetime | None] = mapped_column(Instant)
    verified_in: Mapped[str | None] = mapped_column(String(36))
    verified_op: Mapped[str | None] = mapped_column(String(36))
    verified_by: Mapped[str | None] = mapped_column(String(36))


class HazardEvent(Base):
    """Something that happened to a hazard. Rows are added and never changed; `id` is the op's, where an op said it.

    `customer_id` is the home of the visit that said it: one of another home is kept and counts for nothing. `on_day`: when it
    was, as somebody says; `made_at`: when that was written; `kept_at`: when it reached us. `seen`: the verification that the
    writer had before them; `level`: the level they saw.
    """

    __tablename__ = "hazard_events"
    __table_args__ = (Index("ix_hazard_events_hazard", "hazard_id", "made_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    hazard_id: Mapped[str] = mapped_column(String(36))
    visit_id: Mapped[str] = mapped_column(String(36))
    customer_id: Mapped[str] = mapped_column(String(36))
    event: Mapped[str] = mapped_column(String(20))
    on_day: Mapped[date | None] = mapped_column(Date)
    due: Mapped[date | None] = mapped_column(Date)
    way: Mapped[str] = mapped_column(String(10), default="")
    seen: Mapped[str | None] = mapped_column(String(36))
    level: Mapped[int | None] = mapped_column(Integer)
    note: Mapped[str] = mapped_column(Text, default="")
    by_id: Mapped[str] = mapped_column(String(36), default="")
    by_name: Mapped[str] = mapped_column(String(200), default="")
    made_at: Mapped[datetime] = mapped_column(Instant)
    kept_at: Mapped[datetime] = mapped_column(Instant)
