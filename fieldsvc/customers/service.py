"""Customers and meters as they stand on file.

Decides how planned work finds or makes its customer (by account) and meter (by serial), and keeps what technicians corrected
until the office approves it. Invariant: a meter belongs to one customer; data on file changes through the office only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from fieldsvc import clock, problems
from fieldsvc.customers import corrections
from fieldsvc.customers.corrections import follow
from fieldsvc.customers.models import Customer, Meter
from fieldsvc.db import db
from fieldsvc.duty import service as duty
from sync.ops import CUSTOMER_FIELDS
from sync.values import is_uuid

__all__ = [
    "USUAL",
    "Customer",
    "Meter",
    "accounts_by_id",
    "corrections",
    "follow",
    "forget",
    "get",
    "meters_on_file",
    "of_account",
    "of_accounts",
    "of_ids",
    "of_meters",
    "of_serials",
    "on_file",
    "save",
    "save_many",
    "save_meter",
    "take_up",
    "written",
]

Json = dict[str, Any]

USUAL: Json = {"kind": "diaphragm", "digits": 5, "decimals": 3}
"""What hangs in a home, where nothing else is known of a meter."""


def save(*, given: Mapping[str, Any], now: datetime) -> Customer:
    """Find a customer by `account` and bring the given fields up to date, or make it. Gives the customer."""
    customer = db.session.scalar(select(Customer).where(Customer.account == given["account"]))
    new = customer is None
    if customer is None:
        customer = Customer(
            id=clock.new_id(), account=given["account"], name=given["name"], tags=[], changed_at=now, meters=[]
        )
        db.session.add(customer)
    changed = _bring_up_to_date(customer, given, now)
    db.session.flush()
    if new or changed:
        duty.know([customer])
    return customer


def _bring_up_to_date(customer: Customer, given: Mapping[str, Any], now: datetime) -> bool:
    """Put the given fields down; say whether one of them is news."""
    changed = False
    for name in (*CUSTOMER_FIELDS, "tags"):
        if name in given and given[name] != getattr(customer, name):
            setattr(customer, name, given[name])
            customer.changed_at, changed = now, True
    return changed


def save_many(*, given: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Bring many customers up to date as `save` does, each with the `meters` given, in a few statements.

    Raises Invalid when a meter belongs to somebody else; then none of them is saved once the transaction is rolled back.
    """
    customers = of_accounts(accounts=[one["account"] for one in given])
    news: dict[str, Customer] = {}
    meters = of_serials(serials=[meter["serial"] for one in given for meter in one.get("meters", ())])
    for one in given:
        customer = customers.get(one["account"])
        if customer is None:
            customer = Customer(
                id=clock.new_id(), account=one["account"], name=one["name"], tags=[], changed_at=now, meters=[]
            )
            customers[customer.account] = news[customer.id] = customer
            db.session.add(customer)
        if _bring_up_to_date(customer, one, now):
            news[customer.id] = customer
        for told in one.get("meters", ()):
            meter = meters.get(told["serial"])
            if meter is None:
                meter = meters[told["serial"]] = Meter(
                    id=clock.new_id(), serial=told["serial"], customer_id=customer.id, **USUAL
                )
                customer.meters.append(meter)
            elif meter.customer_id != customer.id:
                raise problems.Invalid(
                    f"meter {meter.serial} belongs to another customer", errors={"serial": ["taken"]}
                )
            for name in ("kind", "digits", "decimals"):
                if name in told:
                    setattr(meter, name, told[name])
    db.session.flush()
    duty.know(list(news.values()))


def of_accounts(*, accounts: Collection[str]) -> dict[str, Customer]:
    """Customers with their meters, by account; unknown accounts are left out."""
    query = select(Customer).where(Customer.account.in_(sorted(set(accounts)))).options(selectinload(Customer.meters))
    return {one.account: one for one in db.session.scalars(query)} if accounts else {}


def of_serials(*, serials: Collection[str]) -> dict[str, Meter]:
    """Meters by serial; unknown serials are left out."""
    query = select(Meter).where(Meter.serial.in_(sorted(set(serials))))
    return {one.serial: one for one in db.session.scalars(query)} if serials else {}


def of_meters(*, ids: Collection[str]) -> list[Meter]:
    """Meters by id; unknown ids are left out."""
    return list(db.session.scalars(select(Meter).where(Meter.id.in_(sorted(set(ids)))))) if ids else []


def of_ids(*, ids: Collection[str]) -> dict[str, Customer]:
    """Customers by id; unknown ids are left out."""
    query = select(Customer).where(Customer.id.in_(sorted(set(ids))))
    return {one.id: one for one in db.session.scalars(query)} if ids else {}


def accounts_by_id(*, ids: Collection[str]) -> dict[str, str]:
    """The accounts of some customers."""
    query = select(Customer.id, Customer.account).where(Customer.id.in_(sorted(set(ids))))
    return dict(db.session.execute(query).all()) if ids else {}


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


def take_up(*, customer_id: str, account: str, meters: Sequence[Mapping[str, str]], now: datetime) -> Customer:
    """The customer of a visit that a phone opened: the one of this id or account, else a new one with nothing but these.

    What a phone knows of a new one, name and address, comes as corrections and waits for the office. A meter is taken up for
    a new customer only, and not when its number is somebody else's.
    """
    customer = known(customer_id=customer_id, account=account)
    if customer is not None:
        return customer
    account = "" if is_uuid(account) else account
    customer = Customer(id=customer_id, account=account or customer_id, name="", tags=[], changed_at=now, meters=[])
    db.session.add(customer)
    for one in meters:
        taken = select(Meter.id).where((Meter.serial == one["serial"]) | (Meter.id == one["id"]))
        if db.session.scalar(taken) is None:
            customer.meters.append(Meter(id=one["id"], serial=one["serial"], **USUAL))
    db.session.flush()
    duty.know([customer])
    return customer


def known(*, customer_id: str, account: str) -> Customer | None:
    """The customer on file of this id, else of this account."""
    # Who has no account goes by an id of ours in its place; nobody's account looks like one.
    account = "" if is_uuid(account.strip()) else account.strip()
    by_account = select(Customer).where(Customer.account == account)
    return get(customer_id=customer_id) or (db.session.scalar(by_account) if account else None)


def of_account(*, account: str) -> Customer | None:
    """A customer by account."""
    return db.session.scalar(select(Customer).where(Customer.account == account)) if account else None


def forget(*, customer_id: str, now: datetime) -> None:
    """Take the person out of the file: the account, the home and its meters stay for who lives there next."""
    customer = db.session.get(Customer, customer_id)
    if customer is not None:
        customer.name, customer.phone, customer.tags, customer.changed_at = "", "", [], now
        db.session.flush()
        duty.know([customer])


def by_ids(*, ids: Collection[str]) -> dict[str, Json]:
    """What is on file of some customers, without their meters, by id; unknown ids are left out."""
    if not ids:
        return {}
    query = select(Customer).where(Customer.id.in_(sorted(set(ids))))
    return {one.id: on_file(one) for one in db.session.scalars(query)}


def get(*, customer_id: str) -> Customer | None:
    """A customer by id."""
    return db.session.get(Customer, customer_id)


def written() -> Iterator[tuple[str, str]]:
    """What of every customer is printed: (the account, its name and address together)."""
    columns = [
        getattr(Customer, name) for name in ("account", "name", "district", "address", "building", "unit", "room")
    ]
    for account, *texts in db.session.execute(select(*columns).order_by(Customer.account)).yield_per(1000):
        yield f"account {account}", "".join(texts)


def on_file(customer: Customer) -> Json:
    """A customer as visit documents show it."""
    return {
        "id": customer.id,
        "account": "" if customer.account == customer.id else customer.account,  # see take_up
        **{name: getattr(customer, name) for name in CUSTOMER_FIELDS},
        "tags": list(customer.tags),
    }


def meters_on_file(meters: Sequence[Meter]) -> list[Json]:
    """Meters as visit documents show them, without their readings."""
    return [
        {"id": m.id, "serial": m.serial, "kind": m.kind, "digits": m.digits, "decimals": m.decimals} for m in meters
    ]
