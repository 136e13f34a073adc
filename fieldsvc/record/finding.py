"""Which visits a person looks for: by free words, state, outcome, day and technician.

Decides the orders that a list of visits can stand in; an index of `visits` carries each. Every visit has a day: planned work
the one it is planned for, a visit that a phone opened its own.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select

from fieldsvc.found import Found
from fieldsvc.record.figures import documents
from fieldsvc.record.models import Visit
from fieldsvc.record.sought import narrow, of_number, with_number

Json = dict[str, Any]

# within a day the numbers ascend when the newest day is first, because that is how a day is read
ORDERS = {"day": (Visit.planned_on, Visit.number.desc()), "number": (Visit.number,), "changed": (Visit.version,)}


def find(
    *,
    words: str = "",
    state: str = "",
    outcome: str = "",
    planned_on: date | None = None,
    assignee_id: str = "",
    planned_from: date | None = None,
    planned_to: date | None = None,
    type: str = "",
) -> Found[Json]:
    """Visits by parts of number, name, account, phone, address or serial; the newest day first, within it by number."""
    where: list[ColumnElement[bool]] = []
    if state:
        where.append(Visit.state == state)
    if outcome:
        where.append(Visit.outcome == outcome)
    if planned_on:
        where.append(Visit.planned_on == planned_on)
    if planned_from:
        where.append(Visit.planned_on >= planned_from)
    if planned_to:
        where.append(Visit.planned_on <= planned_to)
    if type:
        where.append(Visit.type == type)
    if assignee_id:
        where.append(Visit.assignee_id == assignee_id)
    sought = narrow(words)
    return Found(
        key=Visit.id,
        orders=ORDERS,
        usual="-day",
        where=where,
        hint=None if where else Visit.planned_on >= date.min,
        never_empty=frozenset({"planned_on"}),
        read=lambda ids: documents(ids=ids),
        picks=sought.picks,
        sift=sought.verified,
        anyway=sought.anyway,
    )


def numbered(word: str) -> Select[Any]:
    """The query for the visits that have a number like this, or a paper with one, however many they are."""
    found: Select[Any] = with_number(word)
    return found


def named(word: str) -> set[str] | None:
    """The visits that have a number like this, or a paper with one; None where they are too many, or too little is said."""
    return of_number(word)
