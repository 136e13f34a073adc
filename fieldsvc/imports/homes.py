"""Customers with their meters, one meter a row: what is new, what changes, and what contradicts the file or our own.

An empty cell changes nothing. Invariant: a meter never moves from one customer to another by an import, and no two rows say
different things of one account.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fieldsvc.customers import service as customers
from fieldsvc.imports import rows as common
from fieldsvc.imports.rows import CHANGED, NEW, UNCHANGED, Row
from fieldsvc.imports.seen import Seen
from sync.ops import CUSTOMER_FIELDS

OF_METER = ("kind", "digits", "decimals")


class Customers:
    """The judge of rows of customers."""

    def __init__(self) -> None:
        self._accounts = Seen(CUSTOMER_FIELDS)
        self._meters = Seen(("account", *OF_METER))

    def judge(self, rows: Sequence[Row], now: datetime) -> None:
        accounts = {row.given["account"] for row in rows}
        serials = {row.given["serial"] for row in rows if "serial" in row.given}
        on_file = customers.of_accounts(accounts=accounts)
        meters = customers.of_serials(serials=serials)
        lost = common.lost_zeros_of_accounts({one for one in accounts if one not in on_file})
        lost_serials = common.lost_zeros_of_serials({one for one in serials if one not in meters})
        for row in rows:
            self._against_the_file(row)
            customer, meter = on_file.get(row.given["account"]), meters.get(row.given.get("serial", ""))
            self._against_ours(row, customer, meter, lost, lost_serials)
            if not row.reasons:
                self._weigh(row, customer, meter)
                self.recall(row)

    def _against_the_file(self, row: Row) -> None:
        account, serial = row.given["account"], row.given.get("serial", "")
        field = self._accounts.contradicted(account, row.given)
        if field:
            row.refuse("contradicts", field, line=self._accounts.line(account))
        field = self._meters.contradicted(serial, row.given) if serial else None
        if field:
            # One meter of two accounts is said of the meter, which is what somebody has to look at.
            row.refuse("contradicts", "serial" if field == "account" else field, line=self._meters.line(serial))
        if not serial:
            for name in OF_METER:
                if name in row.given:
                    row.refuse("needs_serial", name)

    def _against_ours(
        self, row: Row, customer: Any, meter: Any, lost: Mapping[str, str], lost_serials: Mapping[str, str]
    ) -> None:
        account, serial = row.given["account"], row.given.get("serial", "")
        if customer is None and not self._accounts.line(account):
            if account in lost:
                row.refuse("zeros_lost", "account", on_file=lost[account])
            elif "name" not in row.given:
                row.refuse("needs_name", "name")
        if meter is not None and (customer is None or meter.customer_id != customer.id):
            row.refuse("serial_taken", "serial")
        elif serial and meter is None and serial in lost_serials:
            row.refuse("zeros_lost", "serial", on_file=lost_serials[serial])

    def _weigh(self, row: Row, customer: Any, meter: Any) -> None:
        """Say what a good row comes to, and what it changes of what is on file or was told by a row before it."""
        given = row.given
        if customer is None and not self._accounts.line(given["account"]):
            row.status = NEW
            return
        told = self._accounts.news(given["account"], [name for name in CUSTOMER_FIELDS if name in given])
        row.changes = _changes(told, given, customer)
        if "serial" in given:
            fresh = meter is None and not self._meters.line(given["serial"])
            told = self._meters.news(given["serial"], [name for name in OF_METER if name in given])
            row.changes += _changes((["serial"] if fresh else []) + told, given, meter)
        row.status = CHANGED if row.changes else UNCHANGED

    def recall(self, row: Row) -> None:
        self._accounts.keep(row.given["account"], row.given, row.line)
        if "serial" in row.given:
            self._meters.keep(row.given["serial"], row.given, row.line)

    def write(self, rows: Sequence[Row], now: datetime) -> None:
        customers.save_many(given=[wanted(row.given) for row in rows], now=now)


def _changes(names: Sequence[str], given: Mapping[str, str], on_file: Any) -> list[dict[str, str]]:
    """The fields of which a row says something else than the file; what is not on file was empty."""
    held = {name: "" if on_file is None else str(getattr(on_file, name)) for name in names}
    return [{"field": name, "old": held[name], "new": given[name]} for name in names if held[name] != given[name]]


def wanted(given: Mapping[str, str]) -> dict[str, Any]:
    """A row as the customers' service takes it."""
    customer: dict[str, Any] = {name: given[name] for name in ("account", *CUSTOMER_FIELDS) if name in given}
    customer["meters"] = []
    if "serial" in given:
        meter: dict[str, Any] = {"serial": given["serial"]}
        meter |= {name: given[name] if name == "kind" else int(given[name]) for name in OF_METER if name in given}
        customer["meters"] = [meter]
    return customer
