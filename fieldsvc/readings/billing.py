"""What was used between two visits to a meter, and what it costs by the company's tariff.

Decides which reading begins a period and a year of tiers. A tariff is a fact of the company, by kind of customer: `{cycle_start:
"01-01", tiers: [{upto: "320", price: "3.45"}, …, {price: "5.18"}]}`. A period across the start of a cycle belongs to the new one
whole ("by the first reading after it", meter.md section 4). Invariant: where a figure is not known, there is no bill.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from fieldsvc.clock import rfc3339
from fieldsvc.db import db
from fieldsvc.readings import price
from fieldsvc.readings.models import Reading

Json = dict[str, Any]
EXCHANGE = "exchange"
"""The source of a reading from another meter than the one before: between the two there is no difference."""
PREPAID = ("ic_card",)


def as_read(*, meter: Mapping[str, Any], reading: Mapping[str, Any], visit_id: str) -> Json:
    """A meter of a visit's document as its papers reckon with it: under its id on file, `last` read before this reading.

    What the document calls the last was the last when the visit was planned; another visit may have read the meter since.
    """
    meter_id = meter.get("on_file", meter["id"])
    before = select(Reading).where(
        Reading.meter_id == meter_id,
        Reading.value.is_not(None),
        Reading.read_at < datetime.fromisoformat(reading["at"]),
        or_(Reading.visit_id.is_(None), Reading.visit_id != visit_id),
    )
    row = db.session.scalar(before.order_by(Reading.read_at.desc(), Reading.id.desc()).limit(1))
    last = meter.get("last") if row is None else {"value": row.value, "at": rfc3339(row.read_at)}
    return {**meter, "id": meter_id, "last": last}


def consumption(*, meter: Mapping[str, Any], reading: Mapping[str, Any]) -> int | None:
    """Whole cubic metres since the last reading; None where they cannot be told: no reading before, a meter that
    seems to have run backwards, or more than a meter lets through in the time.
    """
    last, value, exchange = meter.get("last"), reading.get("value"), reading.get("exchange")
    if not last or not value:
        return None
    days = (datetime.fromisoformat(reading["at"]) - datetime.fromisoformat(last["at"])).days
    most = price.HOUSEHOLD_MOST * max(days, 1)
    legs = [(last["value"], value)]
    if exchange is not None:
        if not exchange.get("final") or not exchange.get("initial"):
            return None
        legs = [(last["value"], exchange["final"]), (exchange["initial"], value)]
    used = [price.used(before, after, digits=meter["digits"], most=most) for before, after in legs]
    return None if None in used else sum(int(one) for one in used if one is not None)


def bill(
    *, meter: Mapping[str, Any], reading: Mapping[str, Any], used: int, tariff: Mapping[str, Any], zone: ZoneInfo
) -> Json | None:
    """What a period costs: its tiers, the amount, and the use of the year so far; figures as text.

    None for a meter that was paid beforehand, and where the use since the cycle began is not known.
    """
    read_at, since = (datetime.fromisoformat(one) for one in (reading["at"], meter["last"]["at"]))
    begins = _cycle_begins(str(tariff.get("cycle_start", "01-01")), read_at.astimezone(zone).date(), zone)
    before = 0 if since < begins else _used_between(meter, begins=begins, until=since)
    if before is None or meter["kind"] in PREPAID:
        return None
    shares = price.split(Decimal(before), Decimal(used), price.tiers(tariff["tiers"]))
    return {
        "cycle_from": begins.date().isoformat(),
        "year": str(before + used),
        "tiers": [
            {"tier": one.tier, "volume": _figure(one.volume), "price": _money(one.price), "amount": _money(one.amount)}
            for one in shares
        ],
        "amount": _money(price.total(shares)),
    }


def _cycle_begins(start: str, on: date, zone: ZoneInfo) -> datetime:
    month, day = (int(part) for part in start.split("-"))
    this_year = date(on.year, month, day)
    first = this_year if this_year <= on else date(on.year - 1, month, day)
    return datetime.combine(first, datetime.min.time(), tzinfo=zone)


def _used_between(meter: Mapping[str, Any], *, begins: datetime, until: datetime) -> int | None:
    """From the last reading at or before `begins` to the one at `until`; None where no reading bounds the stretch."""
    query = select(Reading).where(Reading.meter_id == meter["id"], Reading.value.is_not(None), Reading.read_at <= until)
    rows = list(db.session.scalars(query.order_by(Reading.read_at)))
    base = max((place for place, row in enumerate(rows) if row.read_at <= begins), default=None)
    if base is None:
        return None
    amount = 0
    for before, after in pairwise(rows[base:]):
        most = price.HOUSEHOLD_MOST * max((after.read_at - before.read_at).days, 1)
        used = price.used(str(before.value), str(after.value), digits=meter["digits"], most=most)
        if used is None or after.source == EXCHANGE:
            return None
        amount += int(used)
    return amount


def _figure(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _money(value: Decimal) -> str:
    exact = value.normalize()
    return f"{exact:f}" if -int(exact.as_tuple().exponent) > 2 else f"{value:.2f}"
