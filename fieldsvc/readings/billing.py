"""What was used between two visits to a meter, and what it costs by the company's tariff.

Decides which reading begins a period and a year of tiers, and how a period is laid over prices and years that change within
it (meter.md section 4). Invariant: where a figure is not known, there is no bill.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from fieldsvc.clock import rfc3339
from fieldsvc.db import db
from fieldsvc.readings import history, price
from fieldsvc.readings.judge import EXCHANGE, Dial, Read, Rules, charged
from fieldsvc.readings.models import Reading
from fieldsvc.readings.tariffs import Tariffs, trade_of

Json = dict[str, Any]
PREPAID = ("ic_card",)


def as_read(*, meter: Mapping[str, Any], reading: Mapping[str, Any], visit_id: str) -> Json:
    """A meter of a visit's document as its papers reckon with it: under its id on file, `last` read before this reading.

    What the document calls the last was the last when the visit was planned; another visit may have read the meter since.
    """
    meter_id = meter.get("on_file", meter["id"])
    own = select(Reading.read_at).where(Reading.meter_id == meter_id, Reading.visit_id == visit_id)
    read_at = db.session.scalar(own) or datetime.fromisoformat(reading["at"])
    before = select(Reading).where(
        Reading.meter_id == meter_id,
        Reading.value.is_not(None),
        Reading.doubted.is_(False),
        Reading.read_at < read_at,
        or_(Reading.visit_id.is_(None), Reading.visit_id != visit_id),
    )
    row = db.session.scalar(before.order_by(Reading.read_at.desc(), Reading.id.desc()).limit(1))
    last = meter.get("last") if row is None else {"value": row.value, "at": rfc3339(row.read_at)}
    return {**meter, "id": meter_id, "last": last}


def consumption(*, meter: Mapping[str, Any], reading: Mapping[str, Any]) -> int | None:
    """Whole cubic metres since the last reading; None where they cannot be told: no reading before, a meter that
    seems to have run backwards, or more than a meter lets through in the time.
    """
    last = meter.get("last")
    if not last or not reading.get("value"):
        return None
    return charged(_plain(meter, last), _plain(meter, reading), dial_of(meter), history.rules())


def _plain(meter: Mapping[str, Any], told: Mapping[str, Any]) -> Read:
    exchange = told.get("exchange")
    return Read(
        id="",
        meter_id=meter["id"],
        visit_id=None,
        source="visit" if exchange is None else EXCHANGE,
        value=told["value"],
        reason=None,
        read_at=datetime.fromisoformat(told["at"]),
        final=(exchange or {}).get("final"),
        initial=(exchange or {}).get("initial"),
    )


def dial_of(meter: Mapping[str, Any]) -> Dial:
    """The wheels of a meter as documents show it."""
    return Dial(meter["digits"], meter.get("decimals", 3), meter["kind"])


def bill(
    *, meter: Mapping[str, Any], reading: Mapping[str, Any], used: int, kind: str, tariffs: Tariffs, zone: ZoneInfo
) -> Json | None:
    """What a period costs: its tiers, the amount, and the use of the year so far; figures as text.

    None for a meter that was paid beforehand, and where no price or the use since the cycle began is not known.
    """
    at, since = (datetime.fromisoformat(one) for one in (reading["at"], meter["last"]["at"]))
    reads = [one for one in history.of([meter["id"]])[meter["id"]] if one.read_at <= since]
    return priced(
        reads,
        since=since,
        at=at,
        used=used,
        kind=kind,
        dial=dial_of(meter),
        tariffs=tariffs,
        rules=history.rules(),
        zone=zone,
    )


def priced(
    earlier: Sequence[Read],
    *,
    since: datetime,
    at: datetime,
    used: int,
    kind: str,
    dial: Dial,
    tariffs: Tariffs,
    rules: Rules,
    zone: ZoneInfo,
) -> Json | None:
    """`bill` for a meter whose readings are known: `earlier` are those up to and with the one at `since`, oldest first.

    `tariffs`: of every trade; the kind of meter says whose prices hold.
    """
    if dial.kind in PREPAID:
        return None
    tariffs = tariffs.of_trade(trade_of(dial.kind))
    first, last = (one.astimezone(zone).date() for one in (since, at))
    shares: list[price.Share] = []
    valid: list[date] = []
    cycle, before = None, 0
    for begins, volume in _parts(used, first, tariffs.cuts(kind, first, last), last):
        on = begins if tariffs.change_by_days else last
        tariff = tariffs.of(kind, on)
        of_cycle = tariffs.cycle(begins if tariffs.cycle_by_days else last)
        if tariff is None:
            return None
        if of_cycle != cycle:
            known = 0 if of_cycle > first else used_in_cycle(earlier, of_cycle, dial, tariffs, rules, zone)
            if known is None:
                return None
            cycle, before = of_cycle, known
        shares += price.split(Decimal(before), Decimal(volume), tariff.tiers)
        valid.append(tariff.since)
        before += volume
    assert cycle is not None
    return {
        "cycle_from": cycle.isoformat(),
        "year": str(before),
        "tiers": [
            {"tier": one.tier, "volume": _figure(one.volume), "price": _money(one.price), "amount": _money(one.amount)}
            for one in shares
        ],
        "amount": _money(price.total(shares)),
        "tariff_from": valid[-1].isoformat(),
    }


def _parts(used: int, since: date, cuts: Sequence[date], until: date) -> list[tuple[date, int]]:
    """A period's use laid over its days: (the day on which a part begins, whole cubic metres), together all of it."""
    days, told, parts = (until - since).days, 0, []
    for begins, ends in pairwise([since, *cuts, until]):
        upto = used if ends == until else int((Decimal(used * (ends - since).days) / days).quantize(1, ROUND_HALF_UP))
        parts.append((begins, upto - told))
        told = upto
    return parts


def used_in_cycle(
    earlier: Sequence[Read], begins: date, dial: Dial, tariffs: Tariffs, rules: Rules, zone: ZoneInfo
) -> int | None:
    """The use since a year of tiers began up to the last of these readings; None where no reading bounds the stretch."""
    counting = [one for one in earlier if one.counts]
    days = [one.read_at.astimezone(zone).date() for one in counting]
    start = max((place for place, day in enumerate(days) if day <= begins), default=None)
    if start is None:
        return None
    total = 0
    for place in range(start + 1, len(counting)):
        one = counting[place]
        used = one.used if one.marks is not None else charged(counting[place - 1], one, dial, rules)
        if used is None:
            return None
        if place == start + 1 and tariffs.cycle_by_days and days[start] < begins:
            used -= _parts(used, days[start], [begins], days[place])[0][1]
        total += used
    return total


def _figure(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _money(value: Decimal) -> str:
    exact = value.normalize()
    return f"{exact:f}" if -int(exact.as_tuple().exponent) > 2 else f"{value:.2f}"
