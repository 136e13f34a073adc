"""The duty to inspect: keeps its rows in step with customers and visits, and answers who is due, where and how many.

Follows the record; customers and planning tell it what no op tells: a new or changed customer, a new visit. Never commits.
Invariant: an answer over all customers is one walk along an index, or a sum of what is kept; what is kept (`counts`) moves
with the rows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

from sqlalchemy import and_, or_, select

from fieldsvc import installation
from fieldsvc.db import Rows, among, db
from fieldsvc.duty import counts
from fieldsvc.duty.figures import Area, Filter, Place, areas, count_areas, count_by_kind, customers_at, together, totals
from fieldsvc.duty.intervals import due_on, months
from fieldsvc.duty.models import BUSINESS, HOME, LONGEST_WALK, Duty
from fieldsvc.policy import service as policy
from fieldsvc.record import service as record
from fieldsvc.record.service import Change

__all__ = [
    "BUSINESS", "HOME", "INSPECTIONS", "Area", "Duty", "Filter", "Place", "areas", "count_areas", "count_by_kind",
    "customers_at", "due", "due_on", "follow", "know", "months", "note_opened", "of_customers", "together", "totals",
]  # fmt: skip

Json = dict[str, Any]

INSPECTIONS = ("gas.inspection", "gas.booked")
"""The kinds of visit that fulfil the duty: a booked inspection has the same steps as the yearly one (domain.md G2)."""

OPEN = ("planned", "started")
_ENDS = {"visit.close", "visit.reopen", "visit.plan", "visit.cancel", "visit.create"}


class OnFile(Protocol):
    """What the duty needs of a customer."""

    id: Any
    district: Any
    address: Any
    building: Any
    unit: Any
    room: Any
    tags: Any


def know(customers: Sequence[OnFile]) -> None:
    """Take new and changed customers over. They must be flushed."""
    if not customers:
        return
    rows = of_customers(ids=[one.id for one in customers])
    before = [_standing(row) for row in rows.values()]
    marks = set(policy.value("planning", "business_tags").split())
    for one in customers:
        row = rows.get(one.id)
        if row is None:
            row = rows[one.id] = Duty(customer_id=one.id)
            db.session.add(row)
        row.kind = BUSINESS if marks & set(one.tags or ()) else HOME
        row.district, row.address, row.building = one.district or "", one.address or "", one.building or ""
        row.walk = walk(one)
    counts.move(before, [_standing(row) for row in rows.values()])


def _standing(row: Duty | _Row) -> counts.Standing:
    return counts.standing(district=row.district, kind=row.kind, last_on=row.last_on, open_visit_id=row.open_visit_id)


def walk(one: OnFile) -> str:
    """The way a person walks: district, street, building, unit, floor by floor; figures count as figures, 9 before 10."""
    parts = (one.district, one.address, one.building, one.unit, one.room)
    steps = [re.sub(r"[0-9]+", lambda figure: figure[0].zfill(6), str(part or "")) for part in parts]
    return "\n".join(steps)[:LONGEST_WALK]


def of_customers(*, ids: Collection[str]) -> dict[str, Duty]:
    """The rows of some customers, by id."""
    if not ids:
        return {}
    return {
        row.customer_id: row for row in db.session.scalars(select(Duty).where(Duty.customer_id.in_(sorted(set(ids)))))
    }


def note_opened(documents: Sequence[Mapping[str, Any]]) -> None:
    """Take over visits that were just planned."""
    _take_over([(one["customer"]["id"], one) for one in documents])


def follow(changes: Sequence[Change]) -> None:
    """Keep the last and the open inspection of each customer in step with the visits that changed."""
    _take_over(
        [
            (change.customer_id, change.document)
            for change in changes
            if change.document["cancelled"] or any(op["kind"] in _ENDS for op in change.ops)
        ]
    )


class _Row(NamedTuple):
    """What a visit changes of a customer's row, and what they are counted under."""

    customer_id: str
    district: str
    kind: str
    last_on: date | None
    last_visit_id: str | None
    open_on: date | None
    open_visit_id: str | None


_ROWS = select(*(getattr(Duty, name) for name in _Row._fields)).where(among(Duty.customer_id, "ids"))
_KEEP = Rows(Duty.__table__, columns=_Row._fields[3:], by="customer_id")


def _take_over(visits: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    ours = [(customer_id, visit) for customer_id, visit in visits if visit["type"] in INSPECTIONS]
    if not ours:
        return
    ids = sorted({customer_id for customer_id, _ in ours})
    before = {row[0]: _Row(*row) for row in db.session.execute(_ROWS, {"ids": ids})}
    rows = dict(before)
    here = {visit["id"] for _, visit in ours}
    ended = {customer_id for customer_id, visit in ours if visit["state"] not in OPEN}
    others = record.open_visits(customer_ids=ended & before.keys(), types=INSPECTIONS)
    # What ended gives way before what is open steps in.
    for customer_id, visit in sorted(ours, key=lambda one: one[1]["state"] in OPEN):
        if customer_id in rows:
            row = _last(rows[customer_id], visit, here)
            rows[customer_id] = _open(row, visit, [one for one in others.get(customer_id, ()) if one.id not in here])
    changed = [row for row in rows.values() if row != before[row.customer_id]]
    _KEEP.write([row._asdict() for row in changed])
    counts.move([_standing(before[row.customer_id]) for row in changed], [_standing(row) for row in changed])


def _last(row: _Row, visit: Mapping[str, Any], here: set[str]) -> _Row:
    on = _completed_on(visit)
    if on is not None:
        if row.last_on is None or on >= row.last_on or row.last_visit_id == visit["id"]:
            return row._replace(last_on=on, last_visit_id=visit["id"])
    elif row.last_visit_id == visit["id"]:  # opened again
        others = record.latest_of_customer(customer_id=row.customer_id, types=INSPECTIONS, state="closed")
        done = [(day, one["id"]) for one in others if one["id"] not in here and (day := _completed_on(one))]
        last_on, last_visit_id = max(done, default=(None, None))
        return row._replace(last_on=last_on, last_visit_id=last_visit_id)
    return row


def _completed_on(visit: Mapping[str, Any]) -> date | None:
    outcome = visit["outcome"]
    if visit["state"] != "closed" or not outcome or outcome["outcome"] != "completed":
        return None
    return datetime.fromisoformat(outcome["at"]).astimezone(installation.zone()).date()


def _open(row: _Row, visit: Mapping[str, Any], others: Sequence[record.OpenVisit]) -> _Row:
    """The row after one visit; `others` are the customer's open visits beside those that change now, the earliest first."""
    if visit["state"] in OPEN:
        on = date.fromisoformat(visit["planned"]["date"]) if visit["planned"] else None
        if row.open_visit_id in (None, visit["id"]) or (on and row.open_on and on < row.open_on):
            return row._replace(open_on=on, open_visit_id=visit["id"])
    elif row.open_visit_id == visit["id"]:
        planned = [(one.planned_on, one.id) for one in others if one.planned_on]
        open_on, open_visit_id = min(planned, default=(None, None))
        return row._replace(open_on=open_on, open_visit_id=open_visit_id)
    return row


def due(*, asked: Filter, after: tuple[str, str] | None = None, limit: int, planned: bool = False) -> list[Duty]:
    """The next customers that are due and in nobody's plan, as a person walks from `after` (walk, customer) on.

    With `planned`, those with an open inspection too.
    """
    conditions = [*asked.where(), asked.due()]
    if not planned:
        conditions.append(Duty.open_visit_id.is_(None))
    if after:
        conditions.append(or_(Duty.walk > after[0], and_(Duty.walk == after[0], Duty.customer_id > after[1])))
    query = select(Duty).where(*conditions).order_by(Duty.walk, Duty.customer_id).limit(limit)
    return list(db.session.scalars(query))
