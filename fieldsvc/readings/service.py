"""What a meter showed, and what it usually uses.

Follows the record: the reading that a visit shows becomes the meter's row for that visit. Figures are decimals, never floats
(domain: meter.md section 2). What is usual is computed from whole black digits, because only those are charged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import Any

from sqlalchemy import select

from fieldsvc import clock
from fieldsvc.clock import rfc3339
from fieldsvc.db import Rows, db
from fieldsvc.readings.models import Reading
from fieldsvc.record.service import Change

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
        for meter_id, shown in change.document["readings"].items():
            value, reason = shown.get("value"), shown.get("unreadable")
            read_at = datetime.fromisoformat(shown["at"])
            row = held.get((change.visit_id, meter_id))
            if row is not None:
                row.value, row.reason, row.read_at = value, reason, read_at
                continue
            new.append(
                {
                    "id": clock.new_id(),
                    "meter_id": meter_id,
                    "visit_id": change.visit_id,
                    "source": "visit",
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
    used = [whole(a.value) - whole(b.value) for a, b in pairwise(readings)]
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
