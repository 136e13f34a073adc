"""Visits of one kind over a stretch of days, for those who ask how far a round has come. Decides nothing; counts and reads."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import func, select

from fieldsvc.db import db
from fieldsvc.jsontext import loads
from fieldsvc.record.figures import DayCount
from fieldsvc.record.models import Visit

Json = dict[str, Any]


def of_days(*, first: date, until: date, visit_type: str) -> list[DayCount]:
    """How the visits of a kind stand that are planned from a day up to but without another, by technician and outcome."""
    counted = (
        select(Visit.assignee_id, Visit.state, Visit.outcome, func.count())
        .where(
            Visit.planned_on >= first, Visit.planned_on < until, Visit.type == visit_type, Visit.state != "cancelled"
        )
        .group_by(Visit.assignee_id, Visit.state, Visit.outcome)
    )
    return [DayCount(*row) for row in db.session.execute(counted)]


def of_customers_between(
    *, customer_ids: Collection[str], first: date, until: date, visit_type: str
) -> dict[str, Json]:
    """The last visit of a kind to each of these customers that is planned for these days and was not cancelled."""
    if not customer_ids:
        return {}
    query = select(Visit.customer_id, Visit.document).where(
        Visit.customer_id.in_(sorted(set(customer_ids))),
        Visit.planned_on >= first,
        Visit.planned_on < until,
        Visit.type == visit_type,
        Visit.state != "cancelled",
    )
    return {customer: loads(text) for customer, text in db.session.execute(query.order_by(Visit.planned_on, Visit.id))}
