"""The ledger's rules: a hazard is open until a re-inspection verifies it as fixed, or its finder withdraws it.

Follows the record. A hazard for which the law wants a written notice is not closed before one was issued, however fixed it
is: it waits, and closes when the notice goes out. Invariant: the ledger shows the same level and due date as the visit that
found the hazard; of verifications that contradict within a visit `not_fixed` counts (sync.rules), of several visits the one
that looked last, and when that cannot be told, the hazard is open.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, select

from fieldsvc.catalog.service import catalogue
from fieldsvc.clock import rfc3339
from fieldsvc.db import db
from fieldsvc.hazards.models import Hazard
from fieldsvc.record.service import Change

Json = dict[str, Any]

NEEDED = ("item", "level", "position", "due", "stop_gas")
"""What a hazard's `hazard.add` always says."""


def follow(changes: Sequence[Change]) -> None:
    """Bring the ledger in step with the visits that changed."""
    spoken = {
        hazard for change in changes for hazard in (*change.document["hazards"], *change.document["verifications"])
    }
    if not spoken:
        return
    ledger = {row.id: row for row in db.session.scalars(select(Hazard).where(Hazard.id.in_(sorted(spoken))))}
    for change in changes:
        for found in change.document["hazards"].values():
            _enter(ledger, change, found)
        for hazard_id, verification in change.document["verifications"].items():
            row = ledger.get(hazard_id)
            if row is not None and row.customer_id == change.customer_id and row.state != "withdrawn":
                _verify(row, verification, change)


def _enter(ledger: dict[str, Hazard], change: Change, found: Mapping[str, Any]) -> None:
    if any(found[part] is None for part in NEEDED):
        return  # a `hazard.set` whose `hazard.add` is still to come, or waits in quarantine: the visit shows what there is
    row = ledger.get(found["id"])
    if row is None:
        row = Hazard(
            id=found["id"], visit_id=change.visit_id, customer_id=change.customer_id, state="open", found_at=change.now
        )
        ledger[row.id] = row
        db.session.add(row)
    elif row.visit_id != change.visit_id:
        return  # another visit found it; this one can only verify it
    row.code, row.name, row.item = found["code"], found["name"], found["item"]
    row.level, row.position, row.stop_gas = found["level"], found["position"], found["stop_gas"]
    row.due_on = date.fromisoformat(found["due"])
    if found["withdrawn"]:
        row.state = "withdrawn"
    elif found["verified"]:
        _verify(row, found["verified"], change)
    elif row.state == "withdrawn":
        row.state = "open"


def _verify(row: Hazard, verification: Mapping[str, Any], change: Change) -> None:
    """Take what a visit says of a hazard, once: a photo of it that arrives later must not decide anew what another visit has
    decided since. A verification that was made earlier and arrives later opens the hazard, and never closes it."""
    here = row.verified_in == change.visit_id
    if not here and not any(op["kind"] == "hazard.verify" and op["data"]["hazard"] == row.id for op in change.ops):
        return
    fixed, at = verification["result"] == "fixed", min(datetime.fromisoformat(verification["at"]), change.now)
    if fixed and not here and row.verified_at is not None and at < row.verified_at:
        return
    row.verified_in, row.verified_at = change.visit_id, at
    row.fixed_at = (row.fixed_at or change.now) if fixed else None
    _close_or_open(row, change.now)


def _close_or_open(row: Hazard, now: datetime) -> None:
    closes = row.fixed_at is not None and not _waits_for_notice(row)
    row.state, row.closed_at = ("closed", row.closed_at or now) if closes else ("open", None)


def _waits_for_notice(row: Hazard) -> bool:
    return row.noticed_at is None and _needs_notice(row.code)


def _needs_notice(code: str | None) -> bool:
    try:
        return catalogue().hazard(code or "").national_written_notice
    except KeyError:
        return False


def note_written(*, hazard_ids: Collection[str], now: datetime) -> None:
    """Remember that a written notice naming these hazards was issued, and close those that only waited for it."""
    for row in db.session.scalars(select(Hazard).where(Hazard.id.in_(list(hazard_ids)), Hazard.noticed_at.is_(None))):
        row.noticed_at = now
        if row.state == "open" and row.fixed_at is not None:
            _close_or_open(row, now)


def of_customer(*, customer_id: str, only_open: bool = True) -> list[Json]:
    """A customer's hazards, most dangerous and most urgent first."""
    query = select(Hazard).where(Hazard.customer_id == customer_id)
    if only_open:
        query = query.where(Hazard.state == "open")
    return [entry(row) for row in db.session.scalars(query.order_by(Hazard.level, Hazard.due_on, Hazard.id))]


def of_visit(*, visit_id: str) -> dict[str, Json]:
    """The ledger entries of the hazards that a visit found, by id."""
    return {row.id: entry(row) for row in db.session.scalars(select(Hazard).where(Hazard.visit_id == visit_id))}


def ledger(
    *, state: str = "open", level: int | None = None, due_before: date | None = None, limit: int = 50, offset: int = 0
) -> tuple[list[Json], int]:
    """The ledger of all customers, the open first, then most dangerous and most urgent. Gives (entries, total)."""
    conditions: list[ColumnElement[bool]] = []
    if state:
        conditions.append(Hazard.state == state)
    if level:
        conditions.append(Hazard.level == level)
    if due_before:
        conditions.append(Hazard.due_on < due_before)
    total = db.session.scalar(select(func.count()).select_from(Hazard).where(*conditions)) or 0
    closed_last = case((Hazard.state == "open", 0), else_=1)
    order = (closed_last, Hazard.level, Hazard.due_on, Hazard.id)
    page = select(Hazard).where(*conditions).order_by(*order).limit(limit).offset(offset)
    return [entry(row) for row in db.session.scalars(page)], total


def open_by_level(*, today: date) -> dict[int, tuple[int, int]]:
    """By level: how many hazards are open, and how many of them past their date."""
    overdue = func.sum(case((Hazard.due_on < today, 1), else_=0))
    query = select(Hazard.level, func.count(), overdue).where(Hazard.state == "open").group_by(Hazard.level)
    return {level: (count, int(late)) for level, count, late in db.session.execute(query)}


def entry(row: Hazard) -> Json:
    """One ledger entry."""
    return {
        "id": row.id,
        "visit": row.visit_id,
        "code": row.code,
        "name": row.name,
        "item": row.item,
        "level": row.level,
        "position": row.position,
        "due": row.due_on.isoformat(),
        "stop_gas": row.stop_gas,
        "state": row.state,
        "found_at": rfc3339(row.found_at),
        "closed_at": None if row.closed_at is None else rfc3339(row.closed_at),
        "waits_for_notice": row.state == "open" and row.fixed_at is not None,
    }
