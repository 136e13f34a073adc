"""What is kept of a visit for comparing it with others, what seemed doubtful, and who took what up.

Nothing here is sent to phones or stands on a public page: it is about members of staff, for the office alone. All rows but
`taken_items` follow from the op log and the photos, and may be made again from them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.db import Base, Instant


class Doubt(Base):
    """A mark of a visit done for show, one per visit and kind; `id` follows from both.

    `evidence` names what speaks for it now, `judged` what stood there when somebody last settled it, `facts` are its figures.
    Invariant: it is open exactly when its evidence holds something that nobody has judged.
    """

    __tablename__ = "doubts"
    __table_args__ = (
        Index(
            "ix_doubts_open", "found_at", "is_open", sqlite_where=text("is_open = 1"), postgresql_where=text("is_open")
        ),
        Index("ix_doubts_kind", "kind", "found_at", sqlite_where=text("is_open = 1"), postgresql_where=text("is_open")),
        Index("ix_doubts_user", "user_id", "found_at"),
        Index("ix_doubts_settled", "settled_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    visit_id: Mapped[str] = mapped_column(String(36), index=True)
    customer_id: Mapped[str] = mapped_column(String(36))
    user_id: Mapped[str | None] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(20))
    is_open: Mapped[bool] = mapped_column(Boolean)
    evidence: Mapped[list[str]] = mapped_column(JSON)
    judged: Mapped[list[str]] = mapped_column(JSON)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    found_at: Mapped[datetime] = mapped_column(Instant)
    verdict: Mapped[str | None] = mapped_column(String(8))
    note: Mapped[str] = mapped_column(Text, default="")
    recheck_id: Mapped[str | None] = mapped_column(String(36))
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_by: Mapped[str] = mapped_column(String(200), default="")


class Due(Base):
    """The promise to look at a visit. `asked` grows with every reason to look, so that none is lost while one is worked off."""

    __tablename__ = "doubts_due"
    __table_args__ = (Index("ix_doubts_due_due_at", "due_at"),)

    visit_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    asked: Mapped[int] = mapped_column(Integer)
    due_at: Mapped[datetime] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(Integer, default=0)


class Print(Base):
    """The print of a photo (`ref`: its digest) or of a signature (`ref`: the role) of a visit; see fieldsvc/doubts/prints.py.

    The bands are empty for a photo that is still on its way, or has nothing in it.
    """

    __tablename__ = "doubt_prints"
    __table_args__ = (
        Index("ix_doubt_prints_ref", "kind", "ref"),
        *(Index(f"ix_doubt_prints_band{n}", "kind", f"band{n}") for n in range(4)),
    )

    visit_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    ref: Mapped[str] = mapped_column(String(64), primary_key=True)
    customer_id: Mapped[str] = mapped_column(String(36))
    at: Mapped[datetime] = mapped_column(Instant)
    band0: Mapped[int | None] = mapped_column(Integer)
    band1: Mapped[int | None] = mapped_column(Integer)
    band2: Mapped[int | None] = mapped_column(Integer)
    band3: Mapped[int | None] = mapped_column(Integer)
    fine: Mapped[str] = mapped_column(String(160))


class Place(Base):
    """Where a visit began, in microdegrees. `place` is the building as on file, or the customer where there is none."""

    __tablename__ = "doubt_places"
    __table_args__ = (Index("ix_doubt_places_place", "place", "at"),)

    visit_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    place: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant)
    lat: Mapped[int] = mapped_column(Integer)
    lon: Mapped[int] = mapped_column(Integer)


class Figure(Base):
    """A reading as somebody typed it, to be found again at another home."""

    __tablename__ = "doubt_figures"
    __table_args__ = (Index("ix_doubt_figures_value", "user_id", "value", "at"),)

    visit_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    meter_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    customer_id: Mapped[str] = mapped_column(String(36))
    user_id: Mapped[str] = mapped_column(String(36))
    value: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(Instant)


class StaleSignature(Base):
    """A signature of a closed visit that does not cover all of the record, and that nobody has accepted as it is."""

    __tablename__ = "stale_signatures"
    __table_args__ = (Index("ix_stale_signatures_since", "since"),)

    visit_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)
    op_id: Mapped[str] = mapped_column(String(36))
    name: Mapped[str] = mapped_column(String(200))
    since: Mapped[datetime] = mapped_column(Instant)


class Taken(Base):
    """Who looks at one of the things that need a person: the last one who said so."""

    __tablename__ = "taken_items"
    __table_args__ = (Index("ix_taken_items_by_id", "by_id"),)

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    item_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    by_id: Mapped[str] = mapped_column(String(36))
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(Instant)
