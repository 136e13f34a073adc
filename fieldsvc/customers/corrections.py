"""What technicians corrected at the door, until the office has said yes or no.

Follows the record: `customer.correct` makes a correction, a later one of the same visit replaces it, and the office's
`correction.settle` decides. Approving writes the customer file, so that visits planned from then on have the new value; a
rejected one keeps its reason. Invariant: data on file changes through the office only, and every correction is kept for ever.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, Select, literal_column, select

from fieldsvc import problems
from fieldsvc.customers.models import Correction, Customer
from fieldsvc.db import db
from fieldsvc.duty import service as duty
from fieldsvc.found import number, number_of
from fieldsvc.record.service import Change

WAITING, APPROVED, REJECTED, REPLACED = "", "approved", "rejected", "replaced"


@dataclass(frozen=True)
class Corrected:
    """One correction beside the file: `old` when the visit was planned, `present` now, `new` as the technician found it."""

    id: str
    customer_id: str
    account: str
    customer_name: str
    visit_id: str
    field: str
    old: str
    present: str
    new: str
    by_name: str
    made_at: datetime
    verdict: str | None
    reason: str
    settled_at: datetime | None
    settled_by: str

    @property
    def file_changed(self) -> bool:
        """Whether somebody else, an import perhaps, changed the same field meanwhile, to something else."""
        return self.present not in (self.old, self.new)

    @property
    def already_so(self) -> bool:
        """Whether the file says the new value by now."""
        return self.present == self.new and self.old != self.new


def follow(changes: Sequence[Change]) -> None:
    """Keep what the visits corrected, and do what the office decided about it."""
    for change in changes:
        touched = set()
        for op in change.ops:
            if op["kind"] == "customer.correct":
                _keep(change, op)
                touched.add(op["data"]["field"])
            elif op["kind"] == "correction.settle":
                _settle(change, op)
        if touched:
            _replace(change, touched)


def _keep(change: Change, op: Mapping[str, Any]) -> None:
    if db.session.get(Correction, op["id"]) is not None:
        return
    field = op["data"]["field"]
    author = change.author
    db.session.add(
        Correction(
            op_id=op["id"],
            customer_id=change.customer_id,
            visit_id=change.visit_id,
            field=field,
            old=str(change.document["customer"]["corrected"].get(field) or ""),
            new=op["data"]["value"],
            by_id=author.id if author else "",
            by_name=author.name if author else "",
            made_at=change.now,
            settled_by="",
            reason="",
        )
    )
    db.session.flush()


def _replace(change: Change, fields: Collection[str]) -> None:
    """Of a visit's corrections of one field only those count that the visit still shows."""
    query = select(Correction).where(Correction.visit_id == change.visit_id, Correction.settled_at.is_(None))
    waiting = list(db.session.scalars(query.order_by(Correction.made_at, Correction.op_id)))
    torn = {one["field"]: {value["op"] for value in one["values"]} for one in change.document["conflicts"]}
    for field in fields:
        rows = [row for row in waiting if row.field == field]
        shown = change.document["customer"].get(field)
        live = torn.get(f"customer/{field}")
        if live is None:
            live = {row.op_id for row in [row for row in rows if row.new == shown and row.new != row.old][-1:]}
        for row in rows:
            if row.op_id not in live:
                row.verdict, row.settled_at = REPLACED, change.now
    db.session.flush()


def _settle(change: Change, op: Mapping[str, Any]) -> None:
    row = db.session.get(Correction, op["data"]["correction"])
    if row is None or row.visit_id != change.visit_id or row.settled_at is not None:
        return
    approve = op["data"]["approve"]
    row.verdict, row.reason = APPROVED if approve else REJECTED, op["data"].get("reason") or ""
    row.settled_at, row.settled_by = change.now, change.author.name if change.author else ""
    if approve:
        if len(row.new) > longest(row.field):
            raise problems.Invalid("the customer file has no room for so long a value", code="too_long")
        customer = db.session.get(Customer, row.customer_id)
        if customer is not None and getattr(customer, row.field) != row.new:
            setattr(customer, row.field, row.new)
            customer.changed_at = change.now
            db.session.flush()
            duty.know([customer])
    db.session.flush()


def forget(*, visit_id: str, now: datetime) -> int:
    """Take the values out of a visit's corrections; one that still waits waits no more. Gives how many."""
    rows = db.session.scalars(select(Correction).where(Correction.visit_id == visit_id))
    said = [row for row in rows if row.old or row.new or row.reason]
    for row in said:
        row.old = row.new = row.reason = ""
        if row.settled_at is None:
            row.verdict, row.settled_at = REPLACED, now
    db.session.flush()
    return len(said)


def longest(field: str) -> int:
    """How many characters the customer file has for a field."""
    return int(Customer.__table__.columns[field].type.length)  # type: ignore[attr-defined]


def heads(*, limit: int, newest: bool = False) -> list[tuple[datetime, str, str]]:
    """What waits as (since when, id, visit), what waits longest first."""
    order = Correction.made_at.desc() if newest else Correction.made_at
    query = select(Correction.made_at, Correction.op_id, Correction.visit_id).where(Correction.settled_at.is_(None))
    rows = db.session.execute(query.order_by(order, Correction.op_id).limit(limit))
    return [(at, op_id, visit_id) for at, op_id, visit_id in rows]


def waiting(*, limit: int, offset: int = 0, field: str = "", newest: bool = False) -> list[Corrected]:
    """Corrections that wait for the office, those that wait longest first."""
    order = Correction.made_at.desc() if newest else Correction.made_at
    query = _with_file().where(Correction.settled_at.is_(None))
    if field:
        query = query.where(Correction.field == field)
    return _read(query.order_by(order, Correction.op_id).limit(limit).offset(offset))


def settled(*, limit: int, offset: int = 0) -> list[Corrected]:
    """Corrections that somebody decided, the latest first."""
    query = _with_file().where(Correction.settled_at.is_not(None), Correction.verdict.in_((APPROVED, REJECTED)))
    return _read(query.order_by(Correction.settled_at.desc(), Correction.op_id).limit(limit).offset(offset))


def some(*, ids: Collection[str]) -> dict[str, Corrected]:
    """Corrections by id; unknown ids are left out."""
    return {one.id: one for one in _read(_with_file().where(Correction.op_id.in_(sorted(set(ids)))))} if ids else {}


def number_waiting(*, most: int, field: str = "") -> ScalarSelect[int]:
    """How many wait, counted up to `most`, as a part of a statement."""
    few: Select[Any] = select(literal_column("1")).select_from(Correction).where(Correction.settled_at.is_(None))
    return number_of(few.where(Correction.field == field) if field else few, most=most)


def count(*, most: int, field: str = "") -> int:
    """How many wait, counted up to `most`."""
    return number(number_waiting(most=most, field=field))


def of_visit(*, visit_id: str) -> list[Corrected]:
    """A visit's corrections, oldest first."""
    return _read(_with_file().where(Correction.visit_id == visit_id).order_by(Correction.made_at, Correction.op_id))


def _with_file() -> Select[Correction, Customer]:
    return select(Correction, Customer).join(Customer, Customer.id == Correction.customer_id)


def _read(query: Select[Correction, Customer]) -> list[Corrected]:
    return [
        Corrected(
            id=row.op_id,
            customer_id=row.customer_id,
            account=customer.account,
            customer_name=customer.name,
            visit_id=row.visit_id,
            field=row.field,
            old=row.old,
            present=str(getattr(customer, row.field, "") or ""),
            new=row.new,
            by_name=row.by_name,
            made_at=row.made_at,
            verdict=row.verdict,
            reason=row.reason,
            settled_at=row.settled_at,
            settled_by=row.settled_by,
        )
        for row, customer in db.session.execute(query)
    ]
