"""The ledger as lists: all hazards by what is asked of them, the alerts, and the homes to call today.

Decides which orders there are (an index of `hazards` carries each) and what counts as an alert or a call. Invariant: a fixed
number of queries each, and none that reads more rows than it shows or counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, case, func, select, tuple_
from sqlalchemy.orm import aliased

from fieldsvc import installation
from fieldsvc.db import db
from fieldsvc.found import MOST_COUNTED, Found, number_of
from fieldsvc.hazards.life import LEVELS, STAGES
from fieldsvc.hazards.models import Hazard

STATES = ("open", "closed", "withdrawn")
ORDERS = {
    "danger": (Hazard.level, Hazard.due_on),
    "due": (Hazard.due_on,),
    "found": (Hazard.found_at,),
    "closed": (Hazard.closed_at,),
}
MOST_CALLS = 1000
"""Nobody calls more homes in a day; so many can be paged through."""
_ALERT = (Hazard.level == 1, Hazard.state == "open", Hazard.fixed_at.is_(None), Hazard.taken_up_at.is_(None))


@dataclass(frozen=True)
class Filter:
    """What is asked of the ledger. `state`: open, closed, withdrawn, a stage of an open one, alert, or all; `overdue_on`: past
    their date on that day; `finder`: the technician who found them; `found`, `closed`: first and last day."""

    state: str = "open"
    level: int | None = None
    item: str = ""
    district: str = ""
    responsible: str = ""
    finder: str = ""
    gas: str = ""
    overdue_on: date | None = None
    found: tuple[date | None, date | None] = (None, None)
    closed: tuple[date | None, date | None] = (None, None)


@dataclass(frozen=True)
class Call:
    """A home to be called, with the hazards to remind it of, most dangerous first."""

    customer_id: str
    hazards: Sequence[Hazard]


def find(asked: Filter) -> Found[Hazard]:
    """The hazards that are asked for: of one state most dangerous and most urgent first, of all the latest first."""
    return Found(
        key=Hazard.id,
        orders=ORDERS,
        usual="danger" if asked.state != "all" else "-found",
        where=_conditions(asked),
        never_empty=frozenset({"level", "due_on", "found_at"}),
        read=_read,
    )


def _read(ids: Sequence[str]) -> dict[str, Hazard]:
    return {row.id: row for row in db.session.scalars(select(Hazard).where(Hazard.id.in_(ids)))}


def _conditions(asked: Filter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if asked.state == "alert":
        where += _ALERT
    elif asked.state in STATES:
        where.append(Hazard.state == asked.state)
    elif asked.state in STAGES:
        where.append(Hazard.stage == asked.state)
    for column, value in (
        (Hazard.level, asked.level),
        (Hazard.item, asked.item),
        (Hazard.district, asked.district),
        (Hazard.responsible, asked.responsible),
        (Hazard.found_by, asked.finder),
        (Hazard.gas, asked.gas),
    ):
        if value:
            where.append(column == value)
    if asked.gas:
        where.append(Hazard.gas != "")  # said so that the partial index is taken
    if asked.overdue_on:
        where += [Hazard.state == "open", Hazard.due_on < asked.overdue_on]
    return [*where, *_within(Hazard.found_at, asked.found), *_within(Hazard.closed_at, asked.closed)]


def _within(column: Any, days: tuple[date | None, date | None]) -> list[ColumnElement[bool]]:
    first, last = days
    zone = installation.zone()
    where: list[ColumnElement[bool]] = []
    if first:
        where.append(column >= datetime.combine(first, time(), zone))
    if last and last < date.max:
        where.append(column < datetime.combine(last + timedelta(days=1), time(), zone))
    return where


def districts() -> list[str]:
    """The districts in which hazards were ever found: one step through the index for each."""
    each = select(func.min(Hazard.district).label("name")).cte("each", recursive=True)
    following = select(func.min(Hazard.district)).where(Hazard.district > each.c.name).scalar_subquery()
    each = each.union_all(select(following).where(each.c.name.is_not(None)))
    return [one for one in db.session.scalars(select(each.c.name)) if one]


def alerts(*, limit: int) -> list[Hazard]:
    """Level 1 hazards that nobody has taken up and that are not put right, the oldest first."""
    return list(db.session.scalars(select(Hazard).where(*_ALERT).order_by(Hazard.found_at).limit(limit)))


def count_alerts(*, most: int) -> int:
    """How many such hazards there are, counted no further than `most`."""
    return (
        db.session.scalar(select(func.count()).select_from(select(Hazard.id).where(*_ALERT).limit(most).subquery()))
        or 0
    )


def calls(*, today: date, limit: int, offset: int = 0) -> list[Call]:
    """Some of the homes to call today, the most dangerous and longest waiting first.

    Walks along the hazards; a home stands where its first one does, and the later ones are passed over.
    """
    due, sooner = _to_call(Hazard, today), aliased(Hazard)
    place, before = (tuple_(of.level, of.remind_on, of.id) for of in (Hazard, sooner))
    passed = select(sooner.id).where(sooner.customer_id == Hazard.customer_id, *_to_call(sooner, today), before < place)
    first = select(Hazard.customer_id).where(*due, ~passed.exists())
    walk = first.order_by(Hazard.level, Hazard.remind_on, Hazard.id).limit(limit).offset(offset)
    homes = list(db.session.scalars(walk))
    rows = select(Hazard).where(Hazard.customer_id.in_(homes), *due).order_by(Hazard.level, Hazard.due_on, Hazard.id)
    found: dict[str, list[Hazard]] = {home: [] for home in homes}
    for row in db.session.scalars(rows) if homes else ():
        found[row.customer_id].append(row)
    return [Call(home, rows) for home, rows in found.items()]


def count_calls(*, today: date) -> int:
    """How many homes are to be called today, counted no further than MOST_CALLS."""
    some = select(Hazard.customer_id).where(*_to_call(Hazard, today), Hazard.level.in_(LEVELS)).distinct()
    return db.session.scalar(select(func.count()).select_from(some.limit(MOST_CALLS).subquery())) or 0


def _to_call(of: Any, today: date) -> list[ColumnElement[bool]]:
    return [of.remind_on.is_not(None), of.remind_on <= today]  # the first says that the partial index is enough


def number_overdue(*, today: date, most: int = MOST_COUNTED) -> ScalarSelect[int]:
    """How many open hazards are past their date, counted up to `most`, as a part of a statement."""
    return number_of(select(Hazard.id).where(Hazard.state == "open", Hazard.due_on < today), most=most)


def open_by_level(*, today: date) -> dict[int, tuple[int, int]]:
    """By level: how many hazards are open, and how many of them past their date."""
    overdue = func.sum(case((Hazard.due_on < today, 1), else_=0))
    query = select(Hazard.level, func.count(), overdue).where(Hazard.state == "open").group_by(Hazard.level)
    return {level: (count, int(late)) for level, count, late in db.session.execute(query)}
