"""What of the record waits for a person, in the order of its waiting: entries in quarantine, visits that contradict themselves.

Decides nothing; reads heads first (an id, since when, which visit), so that a page of a long list costs a page. Invariant: every
answer is a walk along an index that holds only what waits.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ScalarSelect, func, literal_column, select

from fieldsvc.db import db
from fieldsvc.found import number, number_of
from fieldsvc.record.models import Op, Visit
from fieldsvc.record.quarantine import row_document

Json = dict[str, Any]


class Head(NamedTuple):
    """One thing that waits."""

    id: str
    since: datetime
    visit_id: str


def torn(*, limit: int, offset: int = 0, newest: bool = False) -> list[Head]:
    """Visits that carry contradicting values, by when they changed last."""
    order = Visit.changed_at.desc() if newest else Visit.changed_at
    query = select(Visit.id, Visit.changed_at).where(Visit.open_conflicts > 0).order_by(order, Visit.id)
    return [Head(visit_id, at, visit_id) for visit_id, at in db.session.execute(query.limit(limit).offset(offset))]


def held(*, limit: int, offset: int = 0, newest: bool = False, device_id: str = "") -> list[Head]:
    """Entries in quarantine, by when they came."""
    order = Op.received_at.desc() if newest else Op.received_at
    query = select(Op.op_id, Op.received_at, Op.visit_id).where(Op.status == "quarantined").order_by(order, Op.op_id)
    query = query.where(Op.device_id == device_id) if device_id else query
    rows = db.session.execute(query.limit(limit).offset(offset))
    return [Head(op_id, at, visit_id or "") for op_id, at, visit_id in rows]


def entries(*, ids: Collection[str]) -> dict[str, Json]:
    """Entries in quarantine by their ids; what does not wait any more is left out."""
    query = select(Op).where(Op.op_id.in_(sorted(set(ids))), Op.status == "quarantined")
    return {row.op_id: row_document(row) for row in db.session.scalars(query)} if ids else {}


def number_held(*, most: int) -> ScalarSelect[int]:
    """How many entries wait in quarantine, as a part of a statement."""
    return number_of(select(literal_column("1")).select_from(Op).where(Op.status == "quarantined"), most=most)


def number_torn(*, most: int) -> ScalarSelect[int]:
    """How many visits contradict themselves, as a part of a statement."""
    return number_of(select(literal_column("1")).select_from(Visit).where(Visit.open_conflicts > 0), most=most)


def count_held(*, most: int) -> int:
    """How many entries wait in quarantine, counted up to `most`."""
    return number(number_held(most=most))


def count_torn(*, most: int) -> int:
    """How many visits contradict themselves, counted up to `most`."""
    return number(number_torn(most=most))


def count_begun(*, user_ids: Collection[str]) -> dict[str, int]:
    """How many visits somebody has begun and not closed, by technician: what their phone may still hold."""
    query = select(Visit.assignee_id, func.count()).where(
        Visit.assignee_id.in_(sorted(set(user_ids))), Visit.state == "started"
    )
    return {str(user): n for user, n in db.session.execute(query.group_by(Visit.assignee_id))} if user_ids else {}
