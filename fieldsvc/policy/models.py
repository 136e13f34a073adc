"""What was decided about the installation: who changed which values, when, from what to what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.db import Base, Instant


class SettingChange(Base):
    """One change of a fact of the installation; `old` and `new` hold the changed values only, by field.

    `section` is the fact's name (`policy.duty`, `company`, `seal`), `undoes` the change that this one takes back. Invariant:
    rows are only ever added, and the newest of a section tells what is in force.
    """

    __tablename__ = "setting_changes"
    __table_args__ = (Index("ix_setting_changes_section", "section", "id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    section: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[str | None] = mapped_column(String(36))
    by_name: Mapped[str] = mapped_column(String(200))
    old: Mapped[dict[str, Any]] = mapped_column(JSON)
    new: Mapped[dict[str, Any]] = mapped_column(JSON)
    undoes: Mapped[int | None] = mapped_column(Integer)
