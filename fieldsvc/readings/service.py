"""What a meter showed, and what it usually uses.

Follows the record: the reading that a visit shows becomes the meter's row for that visit. Figures are decimals, never floats
(domain: meter.md section 2). What is usual is computed from whole black digits, because only those are charged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import Any

from sqlalchemy import select

from fieldsvc import clock
from fieldsvc.clock import rfc3339
from fieldsvc.db import Rows, db
from fieldsvc.readings.billing import EXCHANGE, as_read, bill, consumption
from fieldsvc.readings.models import Reading
from fieldsvc.record.service import Change

__all__ = [
    "as_read",
    "bill",
    "consumption",
    "follow",
    "last_and_usual",
    "note",
    "note_many",
    "noted",
    "of_meters",
    "whole",
]

Json = dict[str, Any]

PERIODS_FOR_USUAL = 6
_KEEP = Rows(
    Reading.__table__,
    columns=("id", "meter_id", "visit_id", "source", "value", "reason", "read_at"),
)
LOW, HIGH = Decimal("0.8"), Decimal("1.2")


def follow(changes: Sequence[Change]) -> None:
    """Keep the readings that the visits show."""
    read = [change for change in changes if any(op["kind"] == "reading.set" for op in change.ops)]
    if not read:
        return
    rows = db.session.scalars(select(Reading).where(Reading.visit_id.in_([change.visit_id for change in read])))
    held = {(row.visit_id, row.meter_id): row for row in rows}
    new = []
    for change in read:
        # A phone that opened the visit itself may speak of a meter by an id of its own.
        on_file = {meter["id"]: meter["on_file"] for meter in change.document["meters"] if "on_file" in meter}
        for spoken_id, shown in change.document["readings"].items():
            meter_id = on_file.get(spoken_id, spoken_id)
            value, reason = shown.get("value"), shown.get("unreadable")
            source = "visit" if shown.get("exchange") is None else EXCHANGE
            read_at = datetime.fromisoformat(shown["at"])
            row = held.get((change.visit_id, meter_id))
            if row is not None:
                row.value, row.reason, row.read_at, row.source = value, reason, read_at, source
                continue
            new.append(
                {
                    "id": clock.new_id(),
                    "meter_id": meter_id,
                    "visit_id": change.visit_id,
                    "source": source,
                    "value": value,
                    "reason": reason,
                    "read_at": read_at,
                }
            )
    _KEEP.write(new)


def note(*, meter_id: str, value: str, read_at: datetime, source: str = "import") -> None:
    """Keep a reading from elsewhere, once per meter and instant."""
    known = select(Reading.id).where(
        Reading.meter_id == meter_id, Reading.read_at == read_at, Reading.visit_id.is_(None)
    )
    if db.session.scalar(known) is None:
        db.session.add(Reading(id=clock.new_id(), meter_id=meter_id, source=source, value=value, read_at=read_at))
        db.session.flush()


def note_many(*, given: Sequence[tuple[str, str, datetime]], source: str = "import") -> None:
    """Keep readings from elsewhere, (meter, value, instant), as `note` does, in a few statements."""
    known = set(noted(meter_ids={meter_id for meter_id, *_ in given}))
    rows: dict[tuple[str, datetime], Json] = {}
    for meter_id, value, read_at in given:
        if (meter_id, read_at) not in known:
            row = {"meter_id": meter_id, "visit_id": None, "source": source, "value": value, "reason": None}
            rows.setdefault((meter_id, read_at), {**row, "id": clock.new_id(), "read_at": read_at})
    _KEEP.write(list(rows.values()))


def noted(*, meter_ids: Collection[str]) -> dict[tuple[str, datetime], str | None]:
    """The readings of these meters that came from elsewhere, by meter and instant."""
    columns = (Reading.meter_id, Reading.read_at, Reading.value)
    query = select(*columns).where(Reading.meter_id.in_(sorted(set(meter_ids))), Reading.visit_id.is_(None))
    return {(meter_id, read_at): value for meter_id, read_at, value in db.session.execute(query)} if meter_ids else {}


def last_and_usual(*, meter_ids: Sequence[str]) -> dict[str, Json]:
    """Per meter: `last` {value, at} and, after two readings, `usual` {low, high} in whole cubic metres per period."""
    rows = db.session.scalars(
        select(Reading)
        .where(Reading.meter_id.in_(meter_ids), Reading.value.is_not(None))
        .order_by(Reading.read_at.desc())
    )
    by_meter: dict[str, list[Reading]] = defaultdict(list)
    for row in rows:
        if len(by_meter[row.meter_id]) <= PERIODS_FOR_USUAL:
            by_meter[row.meter_id].append(row)
    return {meter_id: _summary(readings) for meter_id, readings in by_meter.items()}


def _summary(readings: Sequence[Reading]) -> Json:
    latest = readings[0]
    summary: Json = {"last": {"value": latest.value, "at": rfc3339(latest.read_at)}}
    used = [whole(a.value) - whole(b.value) for a, b in pairwise(readings) if a.source != EXCHANGE]
    used = [amount for amount in used if amount >= 0]
    if used:
        mean = Decimal(sum(used)) / len(used)
        summary["usual"] = {
            "low": str((mean * LOW).to_integral_value(ROUND_FLOOR)),
            "high": str((mean * HIGH).to_integral_value(ROUND_CEILING)),
        }
    return summary


def whole(value: str | None) -> int:
    """The black digits of a reading."""
    return int(Decimal(value or "0"))


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
