"""The hazard ledger, as other capabilities use it: follow the record, read a home's hazards, note what papers did.

A hazard is open until a re-inspection verifies it as fixed and nothing else that closing needs is missing (`life`), or its
finder withdraws it and no other visit says that it is there (`again`). Invariants: the ledger shows the level of the visit
that found the hazard, and its date unless the office has put that off; of verifications that contradict within a visit
`not_fixed` counts (sync.rules), of several visits the one that looked last, and when that cannot be told, the hazard is open;
every op that speaks of a hazard leaves one event.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select

from fieldsvc import clock
from fieldsvc.db import db
from fieldsvc.hazards import again, book, daily, supervise
from fieldsvc.hazards.book import entry
from fieldsvc.hazards.desk import Possible, check, possible
from fieldsvc.hazards.life import GAS, STAGES, Rules, counting, found_on, latest_extension, revisit_on
from fieldsvc.hazards.lists import (
    Call,
    Filter,
    alerts,
    calls,
    count_alerts,
    count_calls,
    districts,
    find,
    number_overdue,
    open_by_level,
)
from fieldsvc.hazards.models import Hazard, HazardEvent
from fieldsvc.record.service import Change

__all__ = [
    "GAS", "STAGES", "Call", "Filter", "Hazard", "HazardEvent", "Possible", "Rules", "alerts", "calls", "check",
    "count_alerts", "count_calls", "daily", "districts", "entry", "events", "find", "follow", "found_on", "get",
    "latest_extension", "ledger", "note_restored", "note_written", "number_overdue", "of_customer", "of_visit", "open_by_level",
    "possible", "revisit_on", "rules", "supervise", "waits",
]  # fmt: skip

Json = dict[str, Any]

NEEDED = ("item", "level", "position", "due", "stop_gas")
"""What a hazard's `hazard.add` always says."""

rules = book.rules
events = book.events
waits = book.waits


def follow(changes: Sequence[Change]) -> None:
    """Bring the ledger in step with the visits that changed."""
    told = book.told(changes)
    spoken = {one.hazard_id for one in told}
    for change in changes:
        spoken |= {*change.document["hazards"], *change.document["verifications"]}
    if not spoken:
        return
    ledger = {row.id: row for row in db.session.scalars(select(Hazard).where(Hazard.id.in_(sorted(spoken))))}
    known, by, now = book.keep(told, book.events_of(spoken)), rules(), changes[0].now
    with db.session.no_autoflush:  # a row is whole only when it has been settled
        before = set(ledger)
        for change in changes:
            for found in change.document["hazards"].values():
                _enter(ledger, change, found)
        for change in changes:
            _look(ledger, change)
        said = {row.id: counting(row, known[row.id]) for row in ledger.values()}
        again.weigh(ledger.values(), said, new=set(ledger) - before, changes=changes, now=now)
        for row in ledger.values():
            book.settle(row, known[row.id], now=now, by=by)


def _look(ledger: Mapping[str, Hazard], change: Change) -> None:
    """Take what a visit says of hazards that other visits found; a photo of it that arrives later must not decide anew what
    another visit has decided since."""
    for hazard_id, verification in change.document["verifications"].items():
        row = ledger.get(hazard_id)
        if row is not None and row.customer_id == change.customer_id and _speaks(row, change):
            again.verify(row, verification, visit_id=change.visit_id, now=change.now)


def _speaks(row: Hazard, change: Change) -> bool:
    here = row.verified_in == change.visit_id
    return here or any(op["kind"] == "hazard.verify" and op["data"]["hazard"] == row.id for op in change.ops)


def _enter(ledger: dict[str, Hazard], change: Change, found: Mapping[str, Any]) -> None:
    if any(found[part] is None for part in NEEDED):
        return  # a `hazard.set` whose `hazard.add` is still to come, or waits in quarantine: the visit shows what there is
    row = ledger.get(found["id"])
    if row is None:
        row = Hazard(
            id=found["id"],
            visit_id=change.visit_id,
            customer_id=change.customer_id,
            state="open",
            arrived_at=change.now,
            # Who found it stays: the office may enter a hazard again as it stands, and has not found it.
            found_by=found["by"]["id"],
            found_by_name=found["by"]["name"],
        )
        ledger[row.id] = row
        db.session.add(row)
    elif row.visit_id != change.visit_id:
        return  # another visit found it; this one can only verify it
    row.code, row.name, row.item = found["code"], found["name"], found["item"]
    row.level, row.position, row.stop_gas = found["level"], found["position"], found["stop_gas"]
    row.paper_due_on = date.fromisoformat(found["due"])
    row.found_at = min(datetime.fromisoformat(found["at"]), row.arrived_at)
    row.district = str(change.document["customer"].get("district") or "")
    row.heard = _heard(change.document, found)
    row.responsible = book.responsible(row)
    if found["withdrawn"]:
        row.state = "withdrawn"
    elif row.state == "withdrawn":
        row.state = "open"
    if found["verified"] and not found["withdrawn"] and _speaks(row, change):
        again.verify(row, found["verified"], visit_id=change.visit_id, now=change.now)


def _heard(document: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """How the customer took note of a hazard: signed or refused after it was found; empty where nobody was asked."""
    given = document["signatures"].get("customer")
    if given is None or datetime.fromisoformat(given["at"]) < datetime.fromisoformat(found["at"]):
        return ""
    return "refused" if given.get("refused") else "signed"


def note_written(*, hazard_ids: Collection[str], number: str, visit_id: str, now: datetime) -> None:
    """Remember that a written notice naming these hazards was issued, and close those that only waited for it."""
    rows = [row for row in _rows(hazard_ids) if row.noticed_at is None]
    for row in rows:
        row.noticed_at = now
    _note("written", rows, number=number, visit_id=visit_id, now=now)


def note_restored(*, verified_at: Mapping[str, datetime], number: str, visit_id: str, now: datetime) -> None:
    """Remember that the record was issued by which gas flows again where these hazards had stopped it.

    `verified_at`: when each was found put right, as the record says; of several records the latest look counts.
    """
    at = {hazard_id: min(looked, now) for hazard_id, looked in verified_at.items()}
    rows = [row for row in _rows(at) if row.restored_at is None or row.restored_at < at[row.id]]
    for row in rows:
        row.restored_at = at[row.id]
    _note("gas_restored", rows, number=number, visit_id=visit_id, now=now)


def _rows(ids: Collection[str]) -> list[Hazard]:
    return list(db.session.scalars(select(Hazard).where(Hazard.id.in_(sorted(set(ids)))))) if ids else []


def _note(event: str, rows: Sequence[Hazard], *, number: str, visit_id: str, now: datetime) -> None:
    said = [
        HazardEvent(
            id=clock.new_id(), hazard_id=row.id, visit_id=visit_id, customer_id=row.customer_id, event=event, note=number,
            way="", by_id="", by_name="", made_at=now, kept_at=now,
        )
        for row in rows
    ]  # fmt: skip
    known, by = book.keep(said, book.events_of([row.id for row in rows])), rules()
    for row in rows:
        book.settle(row, known[row.id], now=now, by=by)


def get(*, hazard_id: str) -> Hazard | None:
    """A hazard of the ledger; None where there is none."""
    return db.session.get(Hazard, hazard_id)


def of_customer(*, customer_id: str, only_open: bool = True) -> list[Json]:
    """A customer's hazards, most dangerous and most urgent first."""
    query = select(Hazard).where(Hazard.customer_id == customer_id)
    if only_open:
        query = query.where(Hazard.state == "open")
    return [entry(row) for row in db.session.scalars(query.order_by(Hazard.level, Hazard.due_on, Hazard.id))]


def kept_visits(*, visit_ids: Collection[str], closed_since: datetime | None) -> set[str]:
    """Those of these visits that the record of a hazard is made of: an open one, or one closed since an instant."""
    ids = sorted(visit_ids)
    kept = Hazard.state == "open"
    if closed_since is not None:
        kept = or_(kept, Hazard.closed_at >= closed_since)
    query = select(Hazard.visit_id, Hazard.verified_in).where(
        or_(Hazard.visit_id.in_(ids), Hazard.verified_in.in_(ids)), kept
    )
    return {one for pair in db.session.execute(query) for one in pair if one} & set(ids)


def by_ids(*, ids: Collection[str]) -> list[Json]:
    """The ledger entries of these hazards, each with who found it; unknown ids are left out."""
    query = select(Hazard).where(Hazard.id.in_(sorted(set(ids)))).execution_options(populate_existing=True)
    return [{**entry(row), "found_by": row.found_by} for row in db.session.scalars(query)] if ids else []


def of_visit(*, visit_id: str) -> dict[str, Json]:
    """The ledger entries of the hazards that a visit found, by id."""
    return {row.id: entry(row) for row in db.session.scalars(select(Hazard).where(Hazard.visit_id == visit_id))}


def ledger(*, state: str = "open", limit: int = 50) -> list[Json]:
    """The ledger of all customers, in its usual order."""
    return [entry(row) for row in find(Filter(state=state or "all")).part(limit=limit).rows]
