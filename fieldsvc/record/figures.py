"""Figures and lists over many visits, for people who look at a whole day.

Decides nothing; counts and reads. Invariant: a fixed number of queries, however many visits there are.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select

from fieldsvc.db import among, db
from fieldsvc.found import number, number_of
from fieldsvc.jsontext import loads
from fieldsvc.record.models import Log, Visit, VisitFile

Json = dict[str, Any]

MOST_AT_ONE_DOOR = 60
"""As many of a customer's visits are looked at, the latest ones."""


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


def owner(*, visit_id: str) -> str:
    """The id of a visit's customer; empty where there is no such visit."""
    return db.session.scalar(select(Visit.customer_id).where(Visit.id == visit_id)) or ""


def speaking_of(*, sha256: str) -> str:
    """The id of a visit that speaks of a file; empty where none does."""
    return db.session.scalar(select(VisitFile.visit_id).where(VisitFile.sha256 == sha256).limit(1)) or ""


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


class Standing(NamedTuple):
    """One visit as it stands, for those who count visits: `version` says after which change."""

    id: str
    version: int
    customer_id: str
    planned_on: date | None
    created_at: datetime
    changed_at: datetime
    document: str


def changed_since(*, version: int, limit: int) -> list[Standing]:
    """The visits that changed after a version, in the order of their last change, planned ones included.

    Whoever goes on from the last version given misses none: versions become visible in their order (fieldsvc.numbers).
    """
    columns = (getattr(Visit, name) for name in Standing._fields)
    query = select(*columns).where(Visit.version > version).order_by(Visit.version).limit(limit)
    return [Standing(*row) for row in db.session.execute(query)]


def latest_version() -> int:
    """The version of the last change of any visit; 0 where there is none."""
    return db.session.scalar(select(func.max(Visit.version))) or 0


def count_changed(*, version: int, most: int) -> int:
    """How many visits changed after a version, counted up to `most`."""
    return number(number_of(select(Visit.id).where(Visit.version > version), most=most))


def acked_of(*, device_ids: Collection[str]) -> dict[str, int]:
    """How far each device's log is stored; devices that never wrote are left out."""
    rows = db.session.execute(select(Log.device_id, Log.acked_seq).where(Log.device_id.in_(sorted(set(device_ids)))))
    return {row[0]: row[1] for row in rows}


def count_open(*, assignee_ids: Collection[str], until: date) -> dict[str, int]:
    """How many visits that were planned up to a day each of these technicians has not closed."""
    query = (
        select(Visit.assignee_id, func.count())
        .where(Visit.assignee_id.in_(sorted(set(assignee_ids))), Visit.state.in_(("planned", "started")))
        .where(Visit.planned_on <= until)
        .group_by(Visit.assignee_id)
    )
    return {assignee_id: count for assignee_id, count in db.session.execute(query) if assignee_id}


def latest_of_customer(
    *, customer_id: str, types: Collection[str] = (), state: str = "", limit: int = MOST_AT_ONE_DOOR
) -> list[Json]:
    """The documents of a customer's visits, latest first, of some types and in one state where these are given."""
    query = select(Visit.document).where(Visit.customer_id == customer_id)
    if types:
        query = query.where(Visit.type.in_(sorted(types)))
    if state:
        query = query.where(Visit.state == state)
    ordered = query.order_by(Visit.planned_on.desc(), Visit.version.desc()).limit(limit)
    return [loads(text) for text in db.session.scalars(ordered)]


def on_day(*, day: date, assignee_id: str | None = None, limit: int) -> list[Json]:
    """The documents of a day's visits, of one technician where an id is given, of nobody where it is empty; cancelled last."""
    query = select(Visit.document).where(Visit.planned_on == day)
    if assignee_id is not None:
        query = query.where(Visit.assignee_id == assignee_id if assignee_id else Visit.assignee_id.is_(None))
    ordered = query.order_by(Visit.state == "cancelled", Visit.number).limit(limit)
    return [loads(text) for text in db.session.scalars(ordered)]


def load_of_days(*, first: date, last: date) -> dict[tuple[str, date], int]:
    """How many visits stand in each technician's days: (technician, day) → count; cancelled ones are not counted."""
    query = (
        select(Visit.assignee_id, Visit.planned_on, func.count())
        .where(Visit.planned_on.between(first, last), Visit.state != "cancelled", Visit.assignee_id.is_not(None))
        .group_by(Visit.assignee_id, Visit.planned_on)
    )
    return {(who, day): count for who, day, count in db.session.execute(query) if who and day}


class OpenVisit(NamedTuple):
    """A visit that is planned or under way."""

    id: str
    customer_id: str
    planned_on: date | None
    assignee_id: str | None
    state: str


_OPEN_VISITS = (
    select(*(getattr(Visit, name) for name in OpenVisit._fields))
    .where(among(Visit.customer_id, "ids"), among(Visit.type, "types"), Visit.state.in_(("planned", "started")))
    .order_by(Visit.planned_on, Visit.number)
)


def open_visits(*, customer_ids: Collection[str], types: Collection[str]) -> dict[str, list[OpenVisit]]:
    """The visits of some types that are planned or under way at these customers, the earliest first."""
    found: dict[str, list[OpenVisit]] = {one: [] for one in customer_ids}
    if found:
        for row in db.session.execute(_OPEN_VISITS, {"ids": sorted(found), "types": sorted(types)}):
            found[row.customer_id].append(OpenVisit(*row))
    return found


def latest_of(customer_ids: Collection[str], *, limit: int) -> list[Json]:
    """The documents of these customers' latest visits that somebody began."""
    query = (
        select(Visit.document)
        .where(Visit.customer_id.in_(sorted(customer_ids)), Visit.state.in_(("started", "closed")))
        .order_by(Visit.planned_on.desc(), Visit.version.desc())
        .limit(limit)
    )
    return [loads(text) for text in db.session.scalars(query)] if customer_ids else []
