"""Customers and meters as they stand on file.

Decides how planned work finds or makes its customer (by account) and meter (by serial), and keeps what technicians corrected
until the office approves it. Invariant: a meter belongs to one customer; data on file changes through the office only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from fieldsvc import clock, problems
from fieldsvc.customers.models import Correction, Customer, Meter
from fieldsvc.db import db
from fieldsvc.record.service import Change
from sync.ops import CUSTOMER_FIELDS

Json = dict[str, Any]


def save(*, given: Mapping[str, Any], now: datetime) -> Customer:
    """Find a customer by `account` and bring the given fields up to date, or make it. Gives the customer."""
    customer = db.session.scalar(select(Customer).where(Customer.account == given["account"]))
    if customer is None:
        customer = Customer(
            id=clock.new_id(), account=given["account"], name=given["name"], tags=[], changed_at=now, meters=[]
        )
        db.session.add(customer)
    for name in (*CUSTOMER_FIELDS, "tags"):
        if name in given and given[name] != getattr(customer, name):
            setattr(customer, name, given[name])
            customer.changed_at = now
    db.session.flush()
    return customer


def save_meter(*, customer: Customer, given: Mapping[str, Any]) -> Meter:
    """Find a customer's meter by serial, or make it. Raises Invalid when the serial belongs to somebody else."""
    meter = db.session.scalar(select(Meter).where(Meter.serial == given["serial"]))
    if meter is None:
        meter = Meter(id=clock.new_id(), serial=given["serial"])
        customer.meters.append(meter)
    elif meter.customer_id != customer.id:
        raise problems.Invalid(f"meter {given['serial']} belongs to another customer", errors={"serial": ["taken"]})
    for name in ("kind", "digits", "decimals"):
        if name in given:
            setattr(meter, name, given[name])
    db.session.flush()
    return meter


def get(*, customer_id: str) -> Customer | None:
    """A customer by id."""
    return db.session.get(Customer, customer_id)


def on_file(customer: Customer) -> Json:
    """A customer as visit documents show it."""
    return {
        "id": customer.id,
        "account": customer.account,
        **{name: getattr(customer, name) for name in CUSTOMER_FIELDS},
        "tags": list(customer.tags),
    }


def meters_on_file(meters: Sequence[Meter]) -> list[Json]:
    """Meters as visit documents show them, without their readings."""
    return [
        {"id": m.id, "serial": m.serial, "kind": m.kind, "digits": m.digits, "decimals": m.decimals} for m in meters
    ]


def follow(changes: Sequence[Change]) -> None:
    """Keep what the visits corrected, for the office to approve."""
    for change in changes:
        for op in change.ops:
            if op["kind"] == "customer.correct":
                _keep_correction(change, op)


def _keep_correction(change: Change, op: Mapping[str, Any]) -> None:
    field = op["data"]["field"]
    old = change.document["customer"]["corrected"].get(field) or ""
    db.session.merge(
        Correction(
            op_id=op["id"],
            customer_id=change.customer_id,
            visit_id=change.visit_id,
            field=field,
            old=str(old),
            new=op["data"]["value"],
            made_at=change.now,
        )
    )
