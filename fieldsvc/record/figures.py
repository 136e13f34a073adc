"""Figures and lists over many visits, for people who look at a whole day.

Decides nothing; counts and reads. Invariant: a fixed number of queries, however many visits there are.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from fieldsvc.db import db
from fieldsvc.jsontext import loads
from fieldsvc.record.models import Visit

Json = dict[str, Any]


@dataclass(frozen=True)
class DayCount:
    """How many visits of a day one technician has in one state, and with which outcome."""

    assignee_id: str | None
    state: str
    outcome: str | None
    count: int


def of_day(*, day: date) -> list[DayCount]:
    """How a day's visits stand, by technician, state and outcome."""
    counted = (
        select(Visit.assignee_id, Visit.state, Visit.outcome, func.count())
        .where(Visit.planned_on == day)
        .group_by(Visit.assignee_id, Visit.state, Visit.outcome)
    )
    return [DayCount(*row) for row in db.session.execute(counted)]


def count_torn() -> int:
    """How many visits carry values that contradict each other."""
    return db.session.scalar(select(func.count()).select_from(Visit).where(Visit.open_conflicts > 0)) or 0


def torn(*, limit: int = 100) -> list[Json]:
    """The visits that carry values that contradict each other, changed last first."""
    query = select(Visit.document).where(Visit.open_conflicts > 0).order_by(Visit.changed_at.desc()).limit(limit)
    return [loads(text) for text in db.session.scalars(query)]


def documents(*, ids: Collection[str]) -> dict[str, Json]:
    """The documents of some visits, by id; unknown ids are left out."""
    if not ids:
        return {}
    rows = db.session.execute(select(Visit.id, Visit.document).where(Visit.id.in_(sorted(set(ids)))))
    return {visit_id: loads(text) for visit_id, text in rows}


def planned(*, customer_ids: Collection[str], days: Collection[date]) -> set[tuple[str, str, date]]:
    """Which visits were planned for these customers on these days, whatever became of them: (customer, type, day)."""
    if not customer_ids or not days:
        return set()
    rows = db.session.execute(
        select(Visit.customer_id, Visit.type, Visit.planned_on).where(
            Visit.customer_id.in_(sorted(set(customer_ids))), Visit.planned_on.in_(sorted(set(days)))
        )
    )
    return {(customer_id, visit_type, day) for customer_id, visit_type, day in rows if day is not None}
