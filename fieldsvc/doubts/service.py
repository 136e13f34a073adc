"""Doubts as the others use them: follow the record, list what waits, say what there is of one visit.

A doubt is a question, never a verdict: it blocks and hides nothing, and a person settles it by an op of the office
(`doubt.settle`: fine, do it again, talk). Invariant: nothing of it reaches a phone, a paper or a public page.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, Select, literal_column, select

from fieldsvc import problems
from fieldsvc.db import db
from fieldsvc.doubts import signatures, work
from fieldsvc.doubts.models import Doubt, Taken
from fieldsvc.doubts.rules import KINDS
from fieldsvc.doubts.work import JOB, doubt_id, look_at_next, work_due
from fieldsvc.found import number_of
from fieldsvc.record.service import Change

__all__ = [
    "JOB",
    "KINDS",
    "VERDICTS",
    "Doubtful",
    "Takes",
    "doubt_id",
    "follow",
    "get",
    "heads",
    "leave",
    "look_at_next",
    "number",
    "of_visit",
    "settled",
    "signatures",
    "some",
    "take",
    "taken",
    "taken_by",
    "waiting",
    "work_due",
]

VERDICTS = ("fine", "redo", "talk")


@dataclass(frozen=True)
class Doubtful:
    """One doubt, as the office sees it."""

    id: str
    visit_id: str
    customer_id: str
    user_id: str | None
    kind: str
    is_open: bool
    evidence: list[str]
    facts: dict[str, Any]
    found_at: datetime
    verdict: str | None
    note: str
    recheck_id: str | None
    settled_at: datetime | None
    settled_by: str


@dataclass(frozen=True)
class Takes:
    """Who has taken something up, and when."""

    by_id: str
    by_name: str
    at: datetime


def follow(changes: Sequence[Change]) -> None:
    """Promise to look at every closed visit that changed, and keep the stale signatures in step."""
    closed = [change for change in changes if change.document["state"] == "closed"]
    if closed:
        work.ask(visit_ids=[change.visit_id for change in closed], now=closed[0].now)
    signatures.follow(changes)
    for change in changes:
        for op in change.ops:
            if op["kind"] == "doubt.settle" and change.author is not None:
                _settle(change, op)


def _settle(change: Change, op: Mapping[str, Any]) -> None:
    """What the job will work out again from the log: the clerk sees at once that the doubt is settled."""
    row = db.session.get(Doubt, op["data"]["doubt"])
    if row is None or row.visit_id != change.visit_id or change.author is None:
        return
    work.note(row, op["data"], by=change.author.name, at=datetime.fromisoformat(op["at"]))
    row.judged = sorted({*row.judged, *op["data"].get("evidence", ())})
    row.is_open = not set(row.evidence) <= set(row.judged)
    db.session.flush()


def heads(*, limit: int, newest: bool = False) -> list[tuple[datetime, str, str]]:
    """What waits as (since when, id, visit), those that wait longest first."""
    order = Doubt.found_at.desc() if newest else Doubt.found_at
    query = _open("", "").with_only_columns(Doubt.found_at, Doubt.id, Doubt.visit_id)
    return [
        (at, one_id, visit) for at, one_id, visit in db.session.execute(query.order_by(order, Doubt.id).limit(limit))
    ]


def waiting(*, limit: int, offset: int = 0, kind: str = "", user_id: str = "", newest: bool = False) -> list[Doubtful]:
    """Doubts that nobody has settled, those that wait longest first."""
    query = _open(kind, user_id)
    order = Doubt.found_at.desc() if newest else Doubt.found_at
    return [_doubtful(row) for row in db.session.scalars(query.order_by(order, Doubt.id).limit(limit).offset(offset))]


def number(*, most: int, kind: str = "", user_id: str = "") -> ScalarSelect[int]:
    """How many doubts wait, counted up to `most`, as a part of a statement."""
    return number_of(_open(kind, user_id).with_only_columns(literal_column("1")), most=most)


def _open(kind: str, user_id: str) -> Select[Doubt]:
    query = select(Doubt).where(Doubt.is_open)
    if kind:
        query = query.where(Doubt.kind == kind)
    return query.where(Doubt.user_id == user_id) if user_id else query


def settled(*, limit: int, offset: int = 0) -> list[Doubtful]:
    """Doubts that somebody has settled, the latest first."""
    query = select(Doubt).where(Doubt.settled_at.is_not(None), Doubt.is_open.is_(False))
    rows = db.session.scalars(query.order_by(Doubt.settled_at.desc(), Doubt.id).limit(limit).offset(offset))
    return [_doubtful(row) for row in rows]


def get(*, doubt_id: str) -> Doubtful:
    """A doubt. Raises NotFound."""
    row = db.session.get(Doubt, doubt_id)
    if row is None:
        raise problems.NotFound("there is no such doubt")
    return _doubtful(row)


def some(*, ids: Collection[str]) -> dict[str, Doubtful]:
    """Doubts by id; unknown ids are left out."""
    rows = db.session.scalars(select(Doubt).where(Doubt.id.in_(sorted(set(ids))))) if ids else ()
    return {row.id: _doubtful(row) for row in rows}


def of_visit(*, visit_id: str) -> list[Doubtful]:
    """All doubts of a visit, open ones first."""
    query = select(Doubt).where(Doubt.visit_id == visit_id).order_by(Doubt.is_open.desc(), Doubt.kind)
    return [_doubtful(row) for row in db.session.scalars(query)]


def _doubtful(row: Doubt) -> Doubtful:
    return Doubtful(**{name: getattr(row, name) for name in Doubtful.__dataclass_fields__})


def take(*, kind: str, item_id: str, by_id: str, by_name: str, now: datetime) -> None:
    """Say that somebody looks at one of the things that need a person; whoever says so last has it."""
    db.session.merge(Taken(kind=kind, item_id=item_id, by_id=by_id, by_name=by_name, at=now))


def leave(*, kind: str, item_id: str) -> None:
    """Say that nobody looks at it any more."""
    row = db.session.get(Taken, (kind, item_id))
    if row is not None:
        db.session.delete(row)


def taken(*, items: Collection[tuple[str, str]]) -> dict[tuple[str, str], Takes]:
    """Who looks at these things, by (kind, id)."""
    ids = sorted({item_id for _, item_id in items})
    rows = db.session.scalars(select(Taken).where(Taken.item_id.in_(ids))) if ids else ()
    return {(row.kind, row.item_id): Takes(row.by_id, row.by_name, row.at) for row in rows}


def taken_by(*, user_id: str) -> set[tuple[str, str]]:
    """What somebody has taken up, as (kind, id); things that were settled since may be among it."""
    rows = db.session.execute(select(Taken.kind, Taken.item_id).where(Taken.by_id == user_id))
    return {(kind, item_id) for kind, item_id in rows}
