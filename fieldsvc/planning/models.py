"""Campaigns, and the visits that plan themselves.

The visits themselves are the record's. Invariants: a campaign's `planned` counts exactly the visits that its batches committed; a
visit that gave no access has at most one repeat, and a home at most one re-inspection of ours that is still ahead.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Date, Index, Integer, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.db import Base, Instant

WORKING, DONE, STOPPED, FAILED = "working", "done", "stopped", "failed"
REINSPECTION, REPEAT = "reinspection", "repeat"
AHEAD, KEPT, DISMISSED, WITHDRAWN, GIVEN_UP = "ahead", "kept", "dismissed", "withdrawn", "given_up"


class Campaign(Base):
    """Many inspections planned at once. `places` (rows [district, address, building]), `kind`, `until`: for whom; `days`,
    `technicians` (user names), `per_day`: how they are spread. `total` was due when it began; `walked` is how far it has come."""

    __tablename__ = "campaigns"
    __table_args__ = (
        CheckConstraint("state IN ('working', 'done', 'stopped', 'failed')", name="state"),
        Index("ix_campaigns_due", "state", "held_until"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    made_at: Mapped[datetime] = mapped_column(Instant, index=True)
    by_id: Mapped[str] = mapped_column(String(36))
    by_name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10), default=WORKING)
    visit_type: Mapped[str] = mapped_column(String(80))
    places: Mapped[list[list[str | None]]] = mapped_column(JSON)
    kind: Mapped[str] = mapped_column(String(10), default="")
    until: Mapped[date] = mapped_column(Date)
    days: Mapped[list[str]] = mapped_column(JSON)
    technicians: Mapped[list[str]] = mapped_column(JSON)
    per_day: Mapped[int] = mapped_column(Integer)
    total: Mapped[int] = mapped_column(Integer)
    planned: Mapped[int] = mapped_column(Integer, default=0)
    walked: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    owner: Mapped[str] = mapped_column(String(40), default="")
    held_until: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class FollowUp(Base):
    """A visit that planned itself and why. `cause` is the visit that gave no access, for a repeat; `basis` the day it goes by.

    `planned_for`: the day its visit stands on; `put_on`: the day we gave it, so that one the office moved is left there.
    `state`: ahead; kept (somebody went); dismissed (the office cancelled it); withdrawn (its reason disappeared, we
    cancelled it); given_up (as many repeats as the company makes were in vain: a person decides, there is no visit).
    """

    __tablename__ = "follow_ups"
    __table_args__ = (
        CheckConstraint("state IN ('ahead', 'kept', 'dismissed', 'withdrawn', 'given_up')", name="state"),
        Index(
            "uq_follow_ups_cause", "cause", unique=True,
            sqlite_where=text("cause IS NOT NULL"), postgresql_where=text("cause IS NOT NULL"),
        ),
        Index(
            "uq_follow_ups_home", "customer_id", unique=True,
            sqlite_where=text("state = 'ahead' AND kind = 'reinspection'"),
            postgresql_where=text("state = 'ahead' AND kind = 'reinspection'"),
        ),
        Index("ix_follow_ups_customer", "customer_id"),
        Index("ix_follow_ups_state", "state", "planned_for"),
        Index("ix_follow_ups_kind", "kind", "state", "planned_for", "id"),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    customer_id: Mapped[str] = mapped_column(String(36))
    cause: Mapped[str | None] = mapped_column(String(36))
    visit_id: Mapped[str | None] = mapped_column(String(36))
    state: Mapped[str] = mapped_column(String(10), default=AHEAD)
    why: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    basis: Mapped[date] = mapped_column(Date)
    planned_for: Mapped[date] = mapped_column(Date)
    put_on: Mapped[date] = mapped_column(Date)
    made_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class Look(Base):
    """A customer at whose visits something ended or changed: what plans itself there is to be looked at again.

    `held`: an older release left it, with many others; it waits until the office has seen how they would be spread.
    """

    __tablename__ = "follow_up_looks"
    __table_args__ = (Index("ix_follow_up_looks_next", "held", "tries", "since"),)

    customer_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    since: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    held: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
