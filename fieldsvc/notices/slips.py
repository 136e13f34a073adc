"""Payment slips that the office orders by hand: which readings have none, by district, days and what was said of them.

A reading round makes its slips by itself; what was read at another visit has none until somebody orders it. Decides which
readings may have one: read at a door, believed, of a closed visit without a slip. Reads only: the order is an entry of the visit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select

from fieldsvc import installation
from fieldsvc.customers import service as customers
from fieldsvc.db import db
from fieldsvc.notices.contents import payment
from fieldsvc.notices.models import VOID, Notice
from fieldsvc.readings import service as readings

MOST = 500
"""So many are ordered at once; the rest is asked for again."""
SAID = ("clear", "accepted")
"""What may have been said of a reading: nobody had to look at it, or somebody accepted it."""


@dataclass(frozen=True)
class Wish:
    """Readings to make slips of: from a day to a day, a district, and what was said of them (empty: either)."""

    first: date
    last: date
    district: str = ""
    said: str = ""


def may_be_ordered(document: Mapping[str, Any]) -> bool:
    """Whether a slip of this visit can be ordered: closed, with a reading, and none owed already."""
    if document["state"] != "closed" or payment.owed(document):
        return False
    return payment.owed({**document, "slip": True})


def without(wish: Wish) -> tuple[list[str], bool]:
    """The visits with readings that fit and have no slip, the oldest readings first, and whether there are more."""
    row, review, zone = readings.Reading, readings.Review, installation.zone()
    begins = datetime.combine(wish.first, time.min, zone)
    ends = datetime.combine(wish.last + timedelta(days=1), time.min, zone)
    slip = exists().where(Notice.visit_id == row.visit_id, Notice.kind == "payment", Notice.status != VOID)
    looked = exists().where(review.reading_id == row.id, review.state.not_in(SAID))
    where: list[ColumnElement[bool]] = [
        row.read_at >= begins, row.read_at < ends, row.visit_id.is_not(None), row.value.is_not(None),
        row.doubted.is_(False), ~slip, ~looked,
    ]  # fmt: skip
    if wish.said == "accepted":
        where.append(exists().where(review.reading_id == row.id, review.state == "accepted"))
    elif wish.said == "clear":
        where.append(~exists().where(review.reading_id == row.id, review.state == "accepted"))
    query = select(row.visit_id).where(*where)
    if wish.district:
        query = query.join(customers.Customer, customers.Customer.id == row.customer_id)
        query = query.where(customers.Customer.district == wish.district)
    ids = list(
        db.session.scalars(query.group_by(row.visit_id).order_by(func.min(row.read_at), row.visit_id).limit(MOST + 1))
    )
    return [one for one in ids if one][:MOST], len(ids) > MOST
