"""The clocks of visits: made when a visit is asked for, stopped by what happens, read by office and reports.

Decides by when something was promised: the kind's clocks (catalogue), the company's values (policy `promises`) and its working
days. Follows the record. Invariant: a promise is made once, with the visit; what ends it is taken from the visit's document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, literal, select, union_all

from fieldsvc import installation
from fieldsvc.catalog import service as catalog
from fieldsvc.catalog.service import Clock
from fieldsvc.clock import rfc3339
from fieldsvc.db import Rows, db
from fieldsvc.policy import service as policy
from fieldsvc.policy import workdays
from fieldsvc.promises import suspensions
from fieldsvc.promises.models import BROKEN, DROPPED, KEPT, OPEN, Promised
from fieldsvc.record import service as record
from fieldsvc.record.service import Change

__all__ = [
    "BEGUN",
    "CLOSED",
    "Due",
    "Kept",
    "counted",
    "due",
    "ended_at",
    "follow",
    "keep",
    "made",
    "number_due",
    "suspensions",
    "value_of",
]

Json = dict[str, Any]

BEGUN, CLOSED = "begun", "closed"
LATE = "late"
_MADE = Rows(Promised.__table__, columns=("visit_id", "clock", "ends_with", "asked_on", "due_at", "ended_at", "state"))


@dataclass(frozen=True)
class Due:
    """A promise that is still open."""

    visit_id: str
    clock: str
    due_at: datetime


@dataclass(frozen=True)
class Kept:
    """How often the promise of a clock was kept and broken, and how many may still be kept."""

    clock: str
    kept: int
    broken: int
    open: int


def made(*, visit_type: str, tags: Sequence[str], now: datetime, customer_id: str = "") -> list[Json]:
    """What is promised of a visit that is asked for now, as its document tells it: the clock, what ends it, and by when."""
    kind = catalog.catalogue().kind(visit_type)
    clocks = catalog.catalogue().clocks_of(visit_type) if kind else []
    since = _followed(customer_id, visit_type, now) if customer_id and any(one.after for one in clocks) else None
    return [{"clock": one.id, "to": one.to, "due": rfc3339(_due(one, tags, _start(one, since, now)))} for one in clocks]


def _followed(customer_id: str, visit_type: str, now: datetime) -> tuple[str, datetime] | None:
    """The kind of what was completed last for a customer before a visit of this kind, and when; nothing is later than now."""
    visits = record.documents(ids=record.ids_of_customer(customer_id=customer_id)).values()
    done = [one for one in visits if one["state"] == "closed" and one["outcome"]["outcome"] == "completed"]
    ended = [(min(datetime.fromisoformat(one["outcome"]["at"]), now), one["type"]) for one in done]
    at, kind = max(ended, default=(now, visit_type))
    return (kind, at) if ended else None


def _start(clock: Clock, since: tuple[str, datetime] | None, now: datetime) -> datetime:
    """From when a clock runs: from the completion of what it follows, else from the asking."""
    return since[1] if since and since[0] in clock.after else now


def keep(*, facts: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Keep what was promised of visits that are opened now. In the caller's transaction."""
    asked_on = now.astimezone(installation.zone()).date()
    rows = [
        {
            "visit_id": one["id"], "clock": each["clock"], "ends_with": each["to"], "asked_on": asked_on,
            "due_at": datetime.fromisoformat(each["due"]), "ended_at": None, "state": OPEN,
        }
        for one in facts
        for each in one.get("promised") or ()
    ]  # fmt: skip
    if rows:
        _MADE.write(rows)


def value_of(clock: Clock, tags: Sequence[str] = ()) -> tuple[int, str]:
    """How much time a clock gives to a customer with these tags: the figure, and its unit."""
    marks, values = set(tags), policy.section("promises")
    field = clock.promise
    if clock.business and marks & set(policy.value("planning", "business_tags").split()):
        field = clock.business
    elif clock.remote and marks & set(str(values["remote_tags"]).split()):
        field = clock.remote
    elif clock.outside and marks & set(str(values["outside_tags"]).split()):
        field = clock.outside
    unit = next(one["unit"] for one in policy.declared()["promises"]["fields"] if one["id"] == field)
    return int(values[field]), str(unit).replace(" ", "_")


def _due(clock: Clock, tags: Sequence[str], now: datetime) -> datetime:
    figure, unit = value_of(clock, tags)
    if unit in ("hours", "minutes"):
        return now + timedelta(**{unit: figure})
    zone = installation.zone()
    today = now.astimezone(zone).date()
    last = workdays.add_working_days(today, figure) if unit == "working_days" else today + timedelta(days=figure)
    return datetime.combine(last, time(23, 59, 59), tzinfo=zone)


def follow(changes: Sequence[Change]) -> None:
    """Stop, and start again, the clocks of visits that changed."""
    documents = {change.visit_id: change for change in changes if change.document.get("promised")}
    if not documents:
        return
    rows = db.session.scalars(select(Promised).where(Promised.visit_id.in_(sorted(documents))))
    for row in rows:
        change = documents[row.visit_id]
        row.ended_at = ended_at(change.document, row.ends_with, now=change.now)
        row.state = _state(change.document, row)


def _state(document: Mapping[str, Any], row: Promised) -> str:
    if row.ended_at is not None:
        return KEPT if row.ended_at <= row.due_at else BROKEN
    # Who was not let in, or found nobody, has been there: what was promised beyond that cannot be kept any more.
    return DROPPED if document["state"] in ("closed", "cancelled") else OPEN


def ended_at(document: Mapping[str, Any], ends_with: str, *, now: datetime) -> datetime | None:
    """When what was promised happened; None while it has not. Nothing happened later than we heard of it."""
    outcome = document["outcome"] if document["state"] == "closed" else None
    if ends_with == BEGUN:
        one = document["start"] or outcome
    elif ends_with == CLOSED:
        one = outcome if outcome and outcome["outcome"] == "completed" else None
    else:
        one = next((points[ends_with] for points in document["checks"].values() if ends_with in points), None)
    return min(datetime.fromisoformat(one["at"]), now) if one else None


def due(*, until: datetime, limit: int) -> list[Due]:
    """What is still open and due by then, the earliest first; what is late comes first of all."""
    query = select(Promised.visit_id, Promised.clock, Promised.due_at).where(Promised.state == OPEN)
    query = query.where(Promised.due_at <= until).order_by(Promised.due_at, Promised.visit_id, Promised.clock)
    return [Due(*row) for row in db.session.execute(query.limit(limit))]


def number_due(*, until: datetime, most: int) -> int:
    """How many are open and due by then, counted no further than `most`."""
    query = select(Promised.visit_id).where(Promised.state == OPEN, Promised.due_at <= until).limit(most)
    return int(db.session.scalar(select(func.count()).select_from(query.subquery())) or 0)


def counted(*, first: date, last: date, now: datetime) -> list[Kept]:
    """How the promises stand that were made in a stretch of time, by clock; what is open and late is broken already."""
    made_then = Promised.asked_on.between(first, last)
    all_ = (
        select(Promised.clock, Promised.state, func.count()).where(made_then).group_by(Promised.clock, Promised.state)
    )
    late = select(Promised.clock, literal(LATE), func.count()).where(made_then, Promised.state == OPEN)
    late = late.where(Promised.due_at < now).group_by(Promised.clock)
    found: dict[str, dict[str, int]] = {}
    for name, state, count in db.session.execute(union_all(all_, late)):
        found.setdefault(name, {})[state] = int(count)
    return [
        Kept(name, said.get(KEPT, 0), said.get(BROKEN, 0) + said.get(LATE, 0), said.get(OPEN, 0) - said.get(LATE, 0))
        for name, said in sorted(found.items())
    ]
