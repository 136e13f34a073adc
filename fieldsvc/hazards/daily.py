"""Every day once: bring the open hazards in step with the rules as the company has them now.

What a day changes by itself (overdue, due to be called) is asked of the day and stored nowhere; this is for what the company
changed: its boundary, its reminder days, how far a date may be put off. Invariant: a row that stands as the rules say is not
written, and no turn to write lasts longer than for some hundred rows.
"""

from __future__ import annotations

from sqlalchemy import select

from fieldsvc import clock
from fieldsvc.db import db, end_reading, transaction
from fieldsvc.hazards import book
from fieldsvc.hazards.models import Hazard

AT_ONCE = 500


def work_due() -> None:
    """Look at every open hazard, some at a time."""
    after = ""
    while ids := _next(after):
        with transaction():
            _settle(ids)
        after = ids[-1]
    end_reading()


def _next(after: str) -> list[str]:
    query = select(Hazard.id).where(Hazard.state == "open", Hazard.id > after).order_by(Hazard.id).limit(AT_ONCE)
    return list(db.session.scalars(query))


def _settle(ids: list[str]) -> None:
    rules, now = book.rules(), clock.now()
    known = book.events_of(ids)
    rows = select(Hazard).where(Hazard.id.in_(ids)).execution_options(populate_existing=True)
    for row in db.session.scalars(rows):
        row.responsible = book.responsible(row)
        book.settle(row, known[row.id], now=now, by=rules)
