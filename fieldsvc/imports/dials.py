"""Readings: which meter a row speaks of, whether the meter can show such a figure, and whether it is on file already.

A reading on file is never overwritten (domain: meter.md section 2): another figure for the same meter and instant is a bad row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from fieldsvc.customers import service as customers
from fieldsvc.imports import rows as common
from fieldsvc.imports.rows import NEW, UNCHANGED, Row
from fieldsvc.imports.seen import Seen
from fieldsvc.readings import service as readings


class Readings:
    """The judge of rows of readings."""

    def __init__(self) -> None:
        self._dials = Seen(("value",))

    def judge(self, rows: Sequence[Row], now: datetime) -> None:
        for row in rows:
            if datetime.fromisoformat(row.given["read_at"]) > now:
                row.refuse("future", "read_at")
        self._against_ours([row for row in rows if not row.reasons])

    def _against_ours(self, rows: Sequence[Row]) -> None:
        serials = {row.given["serial"] for row in rows if "serial" in row.given}
        accounts = {row.given["account"] for row in rows if "account" in row.given}
        meters, on_file = customers.of_serials(serials=serials), customers.of_accounts(accounts=accounts)
        lost = {
            "serial": common.lost_zeros_of_serials({one for one in serials if one not in meters}),
            "account": common.lost_zeros_of_accounts({one for one in accounts if one not in on_file}),
        }
        owners = customers.accounts_by_id(ids={meter.customer_id for meter in meters.values()})
        found = [(row, _meter(row, meters, on_file, owners, lost)) for row in rows]
        noted = readings.noted(meter_ids={meter.id for _, meter in found if meter is not None})
        for row, meter in found:
            if meter is not None:
                self._against_the_meter(row, meter, noted)

    def _against_the_meter(self, row: Row, meter: Any, noted: dict[tuple[str, datetime], str | None]) -> None:
        whole, _, fraction = row.given["value"].partition(".")
        if len(whole.lstrip("0")) > meter.digits or len(fraction) > meter.decimals:
            row.refuse("beyond_the_dial", "value", digits=meter.digits, decimals=meter.decimals)
            return
        if self._dials.contradicted(_key(row.given), {"value": _plain(row.given["value"])}):
            row.refuse("contradicts", "value", line=self._dials.line(_key(row.given)))
            return
        place = (meter.id, datetime.fromisoformat(row.given["read_at"]))
        held = noted.get(place)
        if held is not None and Decimal(held) != Decimal(row.given["value"]):
            row.refuse("another_reading", "value", on_file=held)
            return
        row.status = NEW if held is None and not self._dials.line(_key(row.given)) else UNCHANGED
        row.more = {"meter_id": meter.id}
        noted[place] = row.given["value"]
        self.recall(row)

    def recall(self, row: Row) -> None:
        self._dials.keep(_key(row.given), {"value": _plain(row.given["value"])}, row.line)

    def write(self, rows: Sequence[Row], now: datetime) -> None:
        given = [
            (row.more["meter_id"], row.given["value"], datetime.fromisoformat(row.given["read_at"])) for row in rows
        ]
        readings.note_many(given=given)


def _key(given: Mapping[str, str]) -> str:
    # Nobody knows yet whose the only meter of an account is, so such rows stand apart from those with a serial.
    meter = given.get("serial") or f"\n{given['account']}"
    return f"{meter}\n{given['read_at']}"


def _plain(value: str) -> str:
    return format(Decimal(value).normalize(), "f")


def _meter(
    row: Row,
    meters: Mapping[str, Any],
    on_file: Mapping[str, Any],
    owners: Mapping[str, str],
    lost: Mapping[str, Mapping[str, str]],
) -> Any:
    """The meter that a row means; None, with the reason, where that is not certain."""
    given = row.given
    if "account" in given and given["account"] not in on_file:
        _unknown(row, "account", lost)
        return None
    if "serial" not in given:
        held = on_file[given["account"]].meters
        if len(held) != 1:
            row.refuse("several_meters" if held else "no_meter", "account")
            return None
        return held[0]
    meter = meters.get(given["serial"])
    if meter is None:
        _unknown(row, "serial", lost)
        return None
    if "account" in given and owners.get(meter.customer_id) != given["account"]:
        row.refuse("serial_taken", "serial")
        return None
    return meter


def _unknown(row: Row, name: str, lost: Mapping[str, Mapping[str, str]]) -> None:
    on_file = lost[name].get(row.given[name])
    if on_file:
        row.refuse("zeros_lost", name, on_file=on_file)
    else:
        row.refuse("not_on_file", name)
