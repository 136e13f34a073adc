"""One row per hazard ever recorded. Nothing is deleted: a withdrawn or closed hazard keeps its row."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.db import Base, Instant


class Hazard(Base):
    """A hazard: `state` is open, closed (verified as fixed) or withdrawn. `code` is empty for one outside the catalogue.

    `fixed_at`: when a re-inspection found it put right; `noticed_at`: when the first written notice that names it was issued;
    `verified_in`, `verified_at`: the visit whose verification counts, and when it was made there.
    """

    __tablename__ = "hazards"
    __table_args__ = (
        Index("ix_hazards_customer", "customer_id", "state"),
        Index("ix_hazards_state", "state", "due_on"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    visit_id: Mapped[str] = mapped_column(String(36), index=True)
    customer_id: Mapped[str] = mapped_column(String(36))
    code: Mapped[str | None] = mapped_column(String(80))
    name: Mapped[str | None] = mapped_column(String(200))
    item: Mapped[str] = mapped_column(String(80))
    level: Mapped[int] = mapped_column(Integer)
    position: Mapped[str] = mapped_column(String(40))
    due_on: Mapped[date] = mapped_column(Date)
    stop_gas: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(12))
    found_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    fixed_at: Mapped[datetime | None] = mapped_column(Instant)
    noticed_at: Mapped[datetime | None] = mapped_column(Instant)
    verified_at: Mapped[datetime | None] = mapped_column(Instant)
    verified_in: Mapped[str | None] = mapped_column(String(36))
