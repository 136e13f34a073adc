"""The clocks of visits: made when a visit is asked for, stopped by what happens, read by office and reports.

Decides by when something was promised: the kind's clocks (catalogue), the company's values (policy `promises`) and its working
days. Follows the record. Invariant: a promise is made once, with the visit; what ends it is taken from the visit's document.
What is kept for a time after an exchange is removed.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, literal, select, union_all

from fieldsvc import installation
from fieldsvc.catalog import service as catalog
from fieldsvc.catalog.service import Clock
from fieldsvc.clock import rfc3339
from fieldsvc.db import Rows, db
from fieldsvc.promises import removed, suspensions
from fieldsvc.promises.limits import due_at, value_of
from fieldsvc.promises.models import BROKEN, DROPPED, GIVEN_OUT, KEPT, OPEN, Promised
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
    "removed",
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


def made(
    *,
    visit_type: str,
    tags: Sequence[str],
    now: datetime,
    customer_id: str = "",
    called: Callable[[Collection[str]], Collection[str]] = lambda ids: (),
) -> list[Json]:
    """What is promised of a visit that is asked for now, as its document tells it: the clock, what ends it, and by when.

    `called` gives those of some visits that the customer was called about since.
    """
    told = []
    for one in catalog.catalogue().clocks_of(visit_type):
        if one.since:
            continue
        since = _followed(one, customer_id, visit_type, now, called) if one.after and customer_id else now
        promise: Json = {"clock": one.id, "to": one.to, "due": rfc3339(due_at(one, tags, since))}
        if one.instead:
            otherwise = replace(one, promise=one.instead.promise, business="", outside="", remote="")
            due = rfc3339(due_at(otherwise, tags, since))
            promise["instead"] = {"point": one.instead.point, "value": one.instead.value, "due": due}
        told.append(promise)
    return told


def _followed(
    clock: Clock,
    customer_id: str,
    visit_type: str,
    now: datetime,
    called: Callable[[Collection[str]], Collection[str]],
) -> datetime:
    """When the last visit was completed that the clock follows, and that nothing has followed yet; now where there is none."""
    visits = record.documents(ids=record.ids_of_customer(customer_id=customer_id)).values()
    done = [one for one in visits if one["state"] == "closed" and one["outcome"]["outcome"] == "completed"]
    ended = {one["id"]: min(datetime.fromisoformat(one["outcome"]["at"]), now) for one in done}
    last = max((one for one in done if one["type"] in clock.after), key=lambda one: ended[one["id"]], default=None)
    if last is None or called([last["id"]]):
        return now
    is_followed = any(one["type"] == visit_type and ended[one["id"]] >= ended[last["id"]] for one in done)
    return now if is_followed else ended[last["id"]]


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


def follow(changes: Sequence[Change]) -> None:
    """Stop, and start again, the clocks of visits that changed."""
    removed.follow(changes)
    documents = {change.visit_id: change for change in changes if change.document.get("promised")}
    if not documents:
        return
    asked = select(Promised).where(Promised.visit_id.in_(sorted(documents)), Promised.ends_with != GIVEN_OUT)
    for row in db.session.scalars(asked):
        change = documents[row.visit_id]
        row.due_at = _due_now(change.document, row)
        row.ended_at = ended_at(change.document, row.ends_with, now=change.now)
        row.state = _state(change.document, row)


def _due_now(document: Mapping[str, Any], row: Promised) -> datetime:
    """By when it was promised, as the answers stand: one of the moments that were promised with the visit."""
    told = next((one for one in document["promised"] if one["clock"] == row.clock), None)
    if told is None or "instead" not in told:
        return row.due_at
    otherwise = told["instead"]
    answers = [points[otherwise["point"]] for points in document["checks"].values() if otherwise["point"] in points]
    is_otherwise = any(one.get("value") == otherwise["value"] for one in answers)
    return datetime.fromisoformat(otherwise["due"] if is_otherwise else told["due"])


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
    query = query.where(Promised.ends_with != GIVEN_OUT)
    query = query.where(Promised.due_at <= until).order_by(Promised.due_at, Promised.visit_id, Promised.clock)
    return [Due(*row) for row in db.session.execute(query.limit(limit))]


def number_due(*, until: datetime, most: int) -> int:
    """How many are open and due by then, counted no further than `most`."""
    query = select(Promised.visit_id).where(Promised.state == OPEN, Promised.due_at <= until)
    query = query.where(Promised.ends_with != GIVEN_OUT).limit(most)
    return int(db.session.scalar(select(func.count()).select_from(query.subquery())) or 0)


def counted(*, first: date, last: date, now: datetime) -> list[Kept]:
    """How the promises stand that were made in a stretch of time, by clock; what is open and late is broken already."""
    made_then = Promised.asked_on.between(first, last)
    all_ = (
        select(Promised.clock, Promised.state, func.count()).where(made_then).group_by(Promised.clock, Promised.state)
    )
    late = select(Promised.clock, literal(LATE), func.count()).where(made_then, Promised.state == OPEN)
    late = late.where(Promised.due_at < now, Promised.ends_with != GIVEN_OUT).group_by(Promised.clock)
    found: dict[str, dict[str, int]] = {}
    for name, state, count in db.session.execute(union_all(all_, late)):
        found.setdefault(name, {})[state] = int(count)
    return [
        Kept(name, said.get(KEPT, 0), said.get(BROKEN, 0) + said.get(LATE, 0), said.get(OPEN, 0) - said.get(LATE, 0))
        for name, said in sorted(found.items())
    ]
