"""Work orders: visits to plan, and which of them are planned already.

An order is known by its account, its kind and its day; one that is planned already is left as the office made it since. A
customer on file stays as on file: an order does not change whom it is for, and one that gives another name is named. Invariant:
the same file plans nothing the second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from fieldsvc import installation
from fieldsvc.customers import service as customers
from fieldsvc.identity import service as identity
from fieldsvc.imports import rows as common
from fieldsvc.imports.homes import wanted
from fieldsvc.imports.rows import NEW, UNCHANGED, Row
from fieldsvc.imports.seen import Seen
from fieldsvc.record import service as record
from fieldsvc.visits import service as visits
from sync.ops import CUSTOMER_FIELDS

USUAL_TYPE = "gas.inspection"


class Orders:
    """The judge of rows of work orders."""

    def __init__(self) -> None:
        self._accounts = Seen(CUSTOMER_FIELDS)
        self._orders = Seen(("from", "to", "technician"))
        self._meters = Seen(("account",))

    def judge(self, rows: Sequence[Row], now: datetime) -> None:
        today = now.astimezone(installation.zone()).date()
        accounts = {row.given["account"] for row in rows}
        on_file = customers.of_accounts(accounts=accounts)
        lost = common.lost_zeros_of_accounts({one for one in accounts if one not in on_file})
        meters = customers.of_serials(serials={row.given["serial"] for row in rows if "serial" in row.given})
        staff = _staff()
        planned = record.planned(
            customer_ids={one.id for one in on_file.values()},
            days={date.fromisoformat(row.given["day"]) for row in rows},
        )
        for row in rows:
            customer = on_file.get(row.given["account"])
            self._against_the_file(row)
            self._whom(row, customer, meters, lost)
            self._when_and_who(row, staff)
            on = date.fromisoformat(row.given["day"])
            held = customer is not None and (customer.id, _type(row.given), on) in planned
            if on < today and not held:
                row.refuse("past", "day")
            if not row.reasons:
                row.status = UNCHANGED if held or self._orders.line(_key(row.given)) else NEW
                row.more |= {"on_file": customer and customer.account}
                self.recall(row)

    def _against_the_file(self, row: Row) -> None:
        for seen, key in ((self._accounts, row.given["account"]), (self._orders, _key(row.given))):
            field = seen.contradicted(key, row.given)
            if field:
                row.refuse("contradicts", field, line=seen.line(key))
        serial = row.given.get("serial", "")
        if serial and self._meters.contradicted(serial, row.given):
            row.refuse("contradicts", "serial", line=self._meters.line(serial))

    def _whom(self, row: Row, customer: Any, meters: Mapping[str, Any], lost: Mapping[str, str]) -> None:
        account, serial = row.given["account"], row.given.get("serial", "")
        meter = meters.get(serial)
        if customer is None:
            if account in lost:
                row.refuse("zeros_lost", "account", on_file=lost[account])
            elif "name" not in row.given and not self._accounts.line(account):
                row.refuse("account_without_name", "account")
            if meter is not None:
                row.refuse("serial_taken", "serial")
            return
        if row.given.get("name", customer.name) != customer.name:
            row.refuse("another_name", "name", on_file=customer.name)
        if serial and meter is None:
            row.refuse("not_on_file", "serial")
        elif meter is not None and meter.customer_id != customer.id:
            row.refuse("serial_taken", "serial")

    def _when_and_who(self, row: Row, staff: Mapping[str, str | None]) -> None:
        given = row.given
        if "from" in given and "to" in given and given["to"] < given["from"]:
            row.refuse("ends_before", "to")
        if "technician" in given:
            username = staff.get(given["technician"], "")
            if username:
                row.more["assignee"] = username
            else:
                row.refuse("two_technicians" if username is None else "no_technician", "technician")

    def recall(self, row: Row) -> None:
        self._accounts.keep(row.given["account"], row.given, row.line)
        self._orders.keep(_key(row.given), row.given, row.line)
        if "serial" in row.given:
            self._meters.keep(row.given["serial"], row.given, row.line)

    def write(self, rows: Sequence[Row], now: datetime) -> None:
        visits.plan(visits=[_wanted(row) for row in rows], now=now)


def _staff() -> dict[str, str | None]:
    """User names by user name and by name; None for a name that two technicians have."""
    people = identity.technicians()
    found: dict[str, str | None] = {}
    for person in people:
        found[person.name] = None if person.name in found else person.username
    return found | {person.username: person.username for person in people}


def _type(given: Mapping[str, str]) -> str:
    return given.get("type", USUAL_TYPE)


def _key(given: Mapping[str, str]) -> str:
    return "\n".join((given["account"], _type(given), given["day"]))


def _wanted(row: Row) -> dict[str, Any]:
    given = row.given
    customer = wanted(given)
    meters: list[dict[str, Any]] = customer.pop("meters")
    if row.more["on_file"]:
        customer, meters = {"account": given["account"]}, []
    return {
        "type": _type(given),
        "customer": customer,
        "meters": [customers.USUAL | meter for meter in meters],
        "planned": {"date": given["day"], "from": given.get("from"), "to": given.get("to")},
        "assignee": row.more.get("assignee"),
    }
