"""One visit's row while it is being written: its fields, its document, and the columns that lists search by.

Decides when a document is rebuilt and what its followers are told. Does not judge ops. Invariant: `document`, the columns
beside it and `version` always belong to the same state.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
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
    store(row, {}, document.build({}, facts, version=version, arrived=set()), now=now)
    db.session.add(row)
    return row


def store(row: Visit, fields: State, made: Mapping[str, Any], *, now: datetime) -> None:
    """Put fields and the document made from them into a visit's row, and into the columns that follow from them."""
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


def settle(foldings: Iterable[Folding], *, now: datetime) -> None:
    """Make the documents of every visit that a write changed anew, let the followers follow, and store it all."""
    changed = [folding for folding in foldings if folding.ops]
    spoken = {folding.row.id: document.files(folding.fields) for folding in changed}
    arrived = wiring.present(set().union(*spoken.values())) if spoken else set()
    with db.session.no_autoflush:
        changes = []
        for folding in changed:
            folding.row.version = folding.version
            facts = json.loads(folding.row.facts)
            made = document.build(folding.fields, facts, version=folding.version, arrived=arrived)
            changes.append((folding, facts, Change(folding.row.id, folding.row.customer_id, made, folding.ops, now)))
        _follow([change for _, _, change in changes])
        for folding, facts, change in changes:
            if change.notices != facts["notices"]:
                folding.row.facts = dumps({**facts, "notices": change.notices})
            store(folding.row, folding.fields, change.document, now=now)
        _keep_files(spoken)


def touch(row: Visit, *, now: datetime, notices: Sequence[Mapping[str, Any]] | None = None) -> None:
    """Make a visit's document anew for a reason other than an op, under a new version, so that phones pull it.

    `notices` are the papers it lists from now on; without them a file has arrived, and the followers are told.
    """
    facts, fields = json.loads(row.facts), json.loads(row.fields)
    row.version = numbers.take(numbers.VERSION)
    made = document.build(fields, facts, version=row.version, arrived=wiring.present(document.files(fields)))
    change = Change(row.id, row.customer_id, made, (), now)
    if notices is None:
        _follow([change])
    else:
        change.notices = list(notices)
    row.facts = dumps({**facts, "notices": change.notices})
    store(row, fields, change.document, now=now)


def _follow(changes: Sequence[Change]) -> None:
    for follow in wiring.followers:
        follow(changes)


def _keep_files(spoken: Mapping[str, set[str]]) -> None:
    speaking = sorted(visit_id for visit_id, files in spoken.items() if files)
    if not speaking:
        return
    rows = db.session.execute(select(VisitFile.visit_id, VisitFile.sha256).where(VisitFile.visit_id.in_(speaking)))
    held = {(visit_id, sha256) for visit_id, sha256 in rows}
    wanted = {(visit_id, sha256) for visit_id in speaking for sha256 in spoken[visit_id]}
    db.session.add_all(VisitFile(visit_id=visit_id, sha256=sha256) for visit_id, sha256 in sorted(wanted - held))


def _search_text(made: Mapping[str, Any]) -> str:
    customer = made["customer"]
    words = [made["number"], *(str(customer.get(k) or "") for k in ("account", "name", "phone", "district", "address"))]
    words.append("-".join(str(customer.get(k) or "") for k in ("building", "unit", "room")))
    words += [meter["serial"] for meter in made["meters"]] + [notice["number"] for notice in made["notices"]]
    return " ".join(word for word in words if word).lower()
