"""Keeping the counts of customers in step with their rows, in the transaction that changes these.

Decides nothing; whoever writes rows of `duty` says which they were and which they are now. Invariant: see `DutyCount`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import Date, bindparam, text

from fieldsvc.db import db
from fieldsvc.duty.models import NEVER


class Standing(NamedTuple):
    """As what a customer is counted."""

    district: str
    kind: str
    last_on: date
    is_open: bool


def standing(*, district: str, kind: str, last_on: date | None, open_visit_id: str | None) -> Standing:
    """As what the customer of such a row is counted."""
    return Standing(district, kind, last_on or NEVER, open_visit_id is not None)


_ADD = text(
    "INSERT INTO duty_counts (district, kind, last_on, is_open, count) VALUES (:district, :kind, :last_on, :is_open, :count)"
    " ON CONFLICT (district, kind, last_on, is_open) DO UPDATE SET count = duty_counts.count + excluded.count"
).bindparams(bindparam("last_on", type_=Date()))
_TIDY = text("DELETE FROM duty_counts WHERE count = 0")


def move(before: Iterable[Standing], now: Iterable[Standing]) -> None:
    """Count some customers as what they are now instead of what they were."""
    deltas = Counter(now)
    deltas.subtract(Counter(before))
    rows = [{**one._asdict(), "count": count} for one, count in sorted(deltas.items()) if count]
    if rows:
        db.session.execute(_ADD, rows)
        db.session.execute(_TIDY)
