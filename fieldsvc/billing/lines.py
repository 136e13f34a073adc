"""The rows of an export: one reading each, as billing programs take it.

Decides which columns there are and what stands in them (docs/billing.md). Columns are only ever added at the end. Invariant: a
row follows from what is on file when it is frozen, and from nothing else; figures are text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from fieldsvc import installation
from fieldsvc.billing.models import BillingRow
from fieldsvc.billing.periods import Period
from fieldsvc.clock import rfc3339
from fieldsvc.customers import service as customers
from fieldsvc.db import db
from fieldsvc.duty import service as duty
from fieldsvc.readings import service as readings

COLUMNS = (
    "period", "account", "name", "district", "address", "room", "kind", "meter", "meter_kind", "last_reading", "last_read_at",
    "reading", "read_at", "source", "old_final", "new_initial", "used", "tier_1", "tier_2", "tier_3", "amount", "currency",
    "tariff_from", "late", "corrects", "used_before", "marks", "reading_id",
)  # fmt: skip
CURRENCY = "CNY"
KINDS = {duty.HOME: "residential", duty.BUSINESS: "commercial"}


@dataclass(frozen=True)
class Line:
    """One row: its cells in the order of COLUMNS, and what is summed up of it."""

    reading_id: str
    account: str
    used: int | None
    cents: int
    cells: Sequence[str]


def of(reads: Sequence[readings.Read], period: Period) -> list[Line]:
    """The rows of some readings, in a fixed number of queries."""
    meter_ids = {one.meter_id for one in reads}
    histories = readings.histories(meter_ids=meter_ids)
    meters = {one.id: one for one in customers.of_meters(ids=meter_ids)}
    owners = customers.of_ids(ids={one.customer_id for one in reads if one.customer_id})
    kinds = duty.of_customers(ids=list(owners))
    former = _former({one.id for one in reads})
    prices, rules, zone = readings.tariffs.in_force(), readings.rules(), installation.zone()
    lines = []
    for read in reads:
        meter, owner = meters.get(read.meter_id), owners.get(read.customer_id or "")
        dial = readings.Dial() if meter is None else readings.Dial(meter.digits, meter.decimals, meter.kind)
        kind = KINDS[kinds[owner.id].kind] if owner and owner.id in kinds else "residential"
        earlier = [
            one for one in histories[read.meter_id] if (one.read_at, one.id) < (read.read_at, read.id) and one.counts
        ]
        before = earlier[-1] if earlier else None
        bill = None
        if before is not None and read.used is not None:
            bill = readings.priced(
                earlier, since=before.read_at, at=read.read_at, used=read.used, kind=kind, dial=dial, tariffs=prices,
                rules=rules, zone=zone,
            )  # fmt: skip
        told = {
            **_whose(owner, meter, read),
            **_figures(read, before),
            **_price(bill),
            "period": period.id,
            "kind": kind,
            "late": "1" if read.read_at < period.begins else "",
            **former.get(read.id, {}),
            "marks": read.marks or "",
            "reading_id": read.id,
        }
        amount = (bill or {}).get("amount")
        cents = int(str(amount).replace(".", "")) if amount else 0
        lines.append(Line(read.id, told["account"], read.used, cents, [told.get(name, "") for name in COLUMNS]))
    return lines


def _whose(owner: Any, meter: Any, read: readings.Read) -> dict[str, str]:
    told = {"meter": meter.serial if meter else read.meter_id, "meter_kind": meter.kind if meter else "", "account": ""}
    if owner is not None:
        room = "-".join(part for part in (owner.building, owner.unit, owner.room) if part)
        account = "" if owner.account == owner.id else owner.account
        told |= {
            "account": account,
            "name": owner.name,
            "district": owner.district,
            "address": owner.address,
            "room": room,
        }
    return told


def _figures(read: readings.Read, before: readings.Read | None) -> dict[str, str]:
    return {
        "last_reading": before.value or "" if before else "",
        "last_read_at": rfc3339(before.read_at) if before else "",
        "reading": read.value or "",
        "read_at": rfc3339(read.read_at),
        "source": read.source,
        "old_final": read.final or "",
        "new_initial": read.initial or "",
        "used": "" if read.used is None else str(read.used),
    }


def _price(bill: Mapping[str, Any] | None) -> dict[str, str]:
    if bill is None:
        return {}
    tiers: dict[int, int] = {}
    for share in bill["tiers"]:
        tiers[min(share["tier"], 3)] = tiers.get(min(share["tier"], 3), 0) + int(share["volume"])
    split = {f"tier_{number}": str(tiers.get(number, 0)) for number in (1, 2, 3)}
    return {**split, "amount": bill["amount"], "currency": CURRENCY, "tariff_from": bill["tariff_from"]}


def _former(reading_ids: set[str]) -> dict[str, dict[str, str]]:
    """In which period these readings stood before, and with what use: they were corrected since."""
    query = select(BillingRow.reading_id, BillingRow.period_id, BillingRow.used).where(
        BillingRow.reading_id.in_(sorted(reading_ids))
    )
    rows = db.session.execute(query.order_by(BillingRow.period_id))
    return {
        reading_id: {"corrects": period, "used_before": "" if used is None else str(used)}
        for reading_id, period, used in rows
    }
