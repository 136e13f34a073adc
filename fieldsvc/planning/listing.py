"""The rows of planning's lists, with what is on file of their customers and what became of their visits.

Reads only. Invariant: three queries for a page, however many customers there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from fieldsvc.customers import service as customers
from fieldsvc.db import db
from fieldsvc.duty import service as duty
from fieldsvc.found import Found
from fieldsvc.planning.models import FollowUp, Look
from fieldsvc.planning.work import MOST_TRIES
from fieldsvc.record import service as record

Json = dict[str, Any]

MOST_FAILED = 50
"""As many homes at which planning failed are named; they should be none."""


def due(asked: duty.Filter) -> Found[Json]:
    """Everybody who is due, as a person walks."""
    rows = duty.Duty
    return Found(
        key=rows.customer_id,
        orders={"walk": (rows.walk,)},
        usual="walk",
        where=[*asked.where(), asked.due()],
        read=_due_by_ids,
    )


def _due_by_ids(ids: Sequence[str]) -> dict[str, Json]:
    people, intervals = customers.by_ids(ids=ids), duty.months()
    found = {}
    for customer_id, row in duty.of_customers(ids=ids).items():
        due_on = duty.due_on(row.last_on, intervals[row.kind]) if row.last_on else None
        standing = {"kind": row.kind, "last_on": row.last_on, "due_on": due_on, "open_on": row.open_on}
        found[customer_id] = {**people[customer_id], **standing, "visit": row.open_visit_id}
    return found


def failed() -> list[Json]:
    """What is on file of the customers at whom planning itself failed too often, the first of them first."""
    query = select(Look.customer_id).where(Look.tries >= MOST_TRIES).order_by(Look.tries, Look.since).limit(MOST_FAILED)
    ids = list(db.session.scalars(query))
    people = customers.by_ids(ids=ids)
    return [people[one] for one in ids if one in people]


def follow_ups(*, state: str = "", kind: str = "") -> Found[Json]:
    """What planned itself, the next day first."""
    where = ([FollowUp.state == state] if state else []) + ([FollowUp.kind == kind] if kind else [])
    return Found(
        key=FollowUp.id, orders={"day": (FollowUp.planned_for,)}, usual="day", where=where, read=_follow_ups_by_ids
    )


def _follow_ups_by_ids(ids: Sequence[str]) -> dict[str, Json]:
    rows = list(db.session.scalars(select(FollowUp).where(FollowUp.id.in_(list(ids)))))
    people = customers.by_ids(ids={row.customer_id for row in rows})
    visits = record.documents(ids={row.visit_id or row.cause or "" for row in rows})
    found = {}
    for row in rows:
        visit = visits.get(row.visit_id or row.cause or "")
        technician = visit["assignee"]["name"] if visit and visit["assignee"] and row.visit_id else None
        told = {name: getattr(row, name) for name in ("kind", "state", "why", "basis", "planned_for", "made_at")}
        found[row.id] = {**people[row.customer_id], **told, "visit": visit, "technician": technician}
    return found
