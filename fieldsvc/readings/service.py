"""What a meter showed, what it usually uses, and which readings a person has to look at.

Follows the record: the reading that a visit shows becomes the meter's row for that visit. Figures are decimals, never floats
(domain: meter.md section 2). What is usual is computed from whole black digits, because only those are charged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from fieldsvc import clock
from fieldsvc.clock import rfc3339
from fieldsvc.db import db
from fieldsvc.readings import history, tariffs
from fieldsvc.readings.billing import as_read, bill, consumption, priced
from fieldsvc.readings.follow import follow, judge_late
from fieldsvc.readings.history import COLUMNS as READ_COLUMNS
from fieldsvc.readings.history import Book, rules
from fieldsvc.readings.judge import MARKS, Dial, Read, usual, whole
from fieldsvc.readings.later import visits_after
from fieldsvc.readings.models import Reading, Review
from fieldsvc.readings.review import (
    Place,
    Queue,
    again_planned,
    districts,
    find,
    neighbours,
    number_open,
    review,
    to_read_again,
)

__all__ = [
    "MARKS", "READ_COLUMNS", "Dial", "Place", "Queue", "Read", "Reading", "Review", "again_planned", "as_read",
    "bill", "consumption", "districts", "find", "follow", "histories", "judge_late", "last_and_usual",
    "neighbours", "note", "note_many", "noted", "number_open", "of_meters", "priced", "review", "rules", "tariffs",
    "to_read_again", "usual", "visits_after", "whole",
]  # fmt: skip

Json = dict[str, Any]


def note(*, meter_id: str, value: str, read_at: datetime, source: str = "import") -> None:
    """Keep a reading from elsewhere, once per meter and instant."""
    note_many(given=[(meter_id, value, read_at)], source=source)


def note_many(*, given: Sequence[tuple[str, str, datetime]], source: str = "import") -> None:
    """Keep readings from elsewhere, (meter, value, instant), once per meter and instant, in a few statements."""
    if not given:
        return
    book, now = Book({meter_id for meter_id, *_ in given}), clock.now()
    owners = book.owners()
    for meter_id, value, read_at in given:
        if all(one.read_at != read_at or one.visit_id is not None for one in book.histories[meter_id]):
            read = Read(clock.new_id(), meter_id, None, source, value, None, read_at, customer_id=owners.get(meter_id))
            book.add(read)
    for meter_id in book.histories:
        book.judge_anew(meter_id, min(at for one, _, at in given if one == meter_id))
    book.write(now=now)


def noted(*, meter_ids: Collection[str]) -> dict[tuple[str, datetime], str | None]:
    """The readings of these meters that came from elsewhere, by meter and instant."""
    columns = (Reading.meter_id, Reading.read_at, Reading.value)
    query = select(*columns).where(Reading.meter_id.in_(sorted(set(meter_ids))), Reading.visit_id.is_(None))
    return {(meter_id, read_at): value for meter_id, read_at, value in db.session.execute(query)} if meter_ids else {}


def histories(*, meter_ids: Collection[str]) -> dict[str, list[Read]]:
    """All readings of some meters, oldest first."""
    return history.of(meter_ids)


def last_and_usual(*, meter_ids: Sequence[str]) -> dict[str, Json]:
    """Per meter: `last` {value, at} and, after two readings, `usual` {low, high} in whole cubic metres per period."""
    found = history.of(meter_ids)
    return {meter_id: _summary(reads) for meter_id, reads in found.items() if history.latest(reads)}


def _summary(reads: Sequence[Read]) -> Json:
    latest, known = history.latest(reads), usual(reads)
    assert latest is not None
    summary: Json = {"last": {"value": latest.value, "at": rfc3339(latest.read_at)}}
    if known:
        summary["usual"] = {"low": str(known[0]), "high": str(known[1])}
    return summary


def of_meters(*, meter_ids: Iterable[str]) -> list[Mapping[str, Any]]:
    """All readings of some meters, newest first."""
    rows = db.session.scalars(
        select(Reading).where(Reading.meter_id.in_(list(meter_ids))).order_by(Reading.read_at.desc())
    )
    return [
        {
            "meter": r.meter_id,
            "value": r.value,
            "reason": r.reason,
            "at": rfc3339(r.read_at),
            "source": r.source,
            "visit": r.visit_id,
        }
        for r in rows
    ]
