"""What was brought in, by whom, and what came of it: kept for ever, because it changed the record on somebody's behalf."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.db import Base, Instant


class Lifeboat(Base):
    """One file taken in. `by_id` is None where it came by the command line; `came_to` is a `Landing` as JSON."""

    __tablename__ = "lifeboats"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    taken_at: Mapped[datetime] = mapped_column(Instant, index=True)
    by_id: Mapped[str | None] = mapped_column(String(36))
    by_name: Mapped[str] = mapped_column(String(200))
    size: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[str] = mapped_column(String(40))
    came_to: Mapped[dict[str, Any]] = mapped_column(JSON)
