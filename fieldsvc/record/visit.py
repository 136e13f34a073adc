"""One visit's row while it is being written: its fields, its document, and the columns that lists search by.

Decides when a document is rebuilt and what its followers are told. Does not judge ops. Invariant: `document`, the columns
beside it and `version` always belong to the same state.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from fieldsvc import numbers
from fieldsvc.db import db
from fieldsvc.record.followers import Change, wiring
from fieldsvc.record.models import ScopeExit, Visit, VisitFile
from sync import document
from sync.merge import State

Json = dict[str, Any]


def dumps(value: Any) -> str:
    """JSON as it is stored: compact, characters as they are."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class Folding:
    """A visit's row with its fields unpacked, and the ops that a write has applied to it so far."""

    def __init__(self, row: Visit):
        self.row = row
        self.fields: State = json.loads(row.fields)
        self.version = row.version
        self.ops: list[Mapping[str, Any]] = []

    def take(self, op: Mapping[str, Any], fields: State, version: int) -> None:
        """Accept what the merge made of one op."""
        self.fields, self.version = fields, version
        self.ops.append(op)


def load_foldings(ids: set[str]) -> dict[str, Folding]:
    """Lock and unpack the rows of these visits; unknown ids are left out."""
    rows = db.session.scalars(select(Visit).where(Visit.id.in_(sorted(ids))).order_by(Visit.id).with_for_update())
    return {row.id: Folding(row) for row in rows}


def open_visit(*, facts: Mapping[str, Any], version: int, now: datetime) -> Visit:
    """Make the row of a new visit from its facts (see sync.document.build)."""
    planned = facts["planned"]
    row = Visit(
        id=facts["id"],
        version=version,
        number=facts["number"],
        type=facts["type"],
        customer_id=facts["customer"]["id"],
        lookup=facts["lookup"],
        planned_on=date.fromisoformat(planned["date"]) if planned else None,
        facts=dumps(facts),
        fields="{}",
        created_at=now,
    )
    rebuild(row, {}, now=now, arrived=set())
    db.session.add(row)
    return row


def rebuild(row: Visit, fields: State, *, now: datetime, arrived: set[str]) -> Json:
    """Make the row's document anew from its facts and fields, and the columns that follow from it."""
    facts = json.loads(row.facts)
    made = document.build(fields, facts, version=row.version, arrived=arrived)
    assignee = made["assignee"]["id"] if made["assignee"] else None
    if row.assignee_id and row.assignee_id != assignee:
        db.session.add(ScopeExit(visit_id=row.id, version=row.version, user_id=row.assignee_id))
    row.assignee_id = assignee
    row.state = made["state"]
    row.outcome = made["outcome"]["outcome"] if made["outcome"] else None
    row.open_conflicts = len(made["conflicts"])
    row.search = _search_text(made)
    row.fields, row.document = dumps(fields), dumps(made)
    row.changed_at = now
    return made


def tell_followers(foldings: Iterable[Folding], *, now: datetime) -> None:
    """Rebuild every visit that a write changed, then tell the followers what changed."""
    changed = [folding for folding in foldings if folding.ops]
    spoken = {folding.row.id: document.files(folding.fields) for folding in changed}
    arrived = wiring.present(set().union(*spoken.values())) if spoken else set()
    changes = []
    for folding in changed:
        folding.row.version = folding.version
        made = rebuild(folding.row, folding.fields, now=now, arrived=arrived)
        _keep_files(folding.row.id, spoken[folding.row.id])
        changes.append(Change(folding.row.id, folding.row.customer_id, made, folding.ops, now))
    db.session.flush()
    for change in changes:
        for follow in wiring.followers:
            follow(change)


def touch(row: Visit, *, now: datetime, facts: Mapping[str, Any] | None = None) -> Json:
    """Rebuild a visit for a reason other than an op (a file arrived, a paper is ready), under a new version."""
    if facts is not None:
        row.facts = dumps(facts)
    fields = json.loads(row.fields)
    row.version = numbers.take(numbers.VERSION)
    return rebuild(row, fields, now=now, arrived=wiring.present(document.files(fields)))


def _keep_files(visit_id: str, spoken: set[str]) -> None:
    if not spoken:
        return
    held = set(db.session.scalars(select(VisitFile.sha256).where(VisitFile.visit_id == visit_id)))
    db.session.add_all(VisitFile(visit_id=visit_id, sha256=sha) for sha in spoken - held)


def _search_text(made: Mapping[str, Any]) -> str:
    customer = made["customer"]
    words = [made["number"], *(str(customer.get(k) or "") for k in ("account", "name", "phone", "district", "address"))]
    words.append("-".join(str(customer.get(k) or "") for k in ("building", "unit", "room")))
    words += [meter["serial"] for meter in made["meters"]] + [notice["number"] for notice in made["notices"]]
    return " ".join(word for word in words if word).lower()
