"""Readings as typed, one row per op or imported figure; a later one never overwrites an earlier."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.db import Base, Instant


class Reading(Base):
    """One reading. `value` holds the digits as typed; empty with a `reason` where the meter could not be read."""

    __tablename__ = "readings"
    __table_args__ = (Index("ix_readings_meter", "meter_id", "read_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    meter_id: Mapped[str] = mapped_column(String(36))
    visit_id: Mapped[str | None] = mapped_column(String(36), index=True)
    source: Mapped[str] = mapped_column(String(12))
    value: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(200))
    read_at: Mapped[datetime] = mapped_column(Instant)
