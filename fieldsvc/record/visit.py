"""One visit's row while it is being written: its fields, its document, and the columns that lists search by.

Decides when a document is rebuilt and what its followers are told. Does not judge ops. Rows are read and written as columns,
never as objects of the session: a push writes forty of them, and nobody may find an older one kept there. Invariant:
`document`, the columns beside it and `version` always belong to the same state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from fieldsvc import numbers
from fieldsvc.db import Rows, among, db
from fieldsvc.jsontext import dumps, loads
from fieldsvc.record import sought
from fieldsvc.record.followers import Change, wiring
from fieldsvc.record.models import ScopeExit, Visit, VisitFile
from sync import document
from sync.merge import Author, State

Json = dict[str, Any]

_FROM_STATE = (
    "version", "state", "outcome", "planned_on", "assignee_id", "search", "open_conflicts", "facts", "fields", "document",
    "changed_at",
)  # fmt: skip
_AT_OPENING = ("id", "number", "type", "customer_id", "lookup", "created_at")

_OPEN = Rows(Visit.__table__, columns=(*_AT_OPENING, *_FROM_STATE))
_STORE = Rows(Visit.__table__, columns=_FROM_STATE, by="id")
_FILES = Rows(VisitFile.__table__, columns=("visit_id", "sha256"))
_EXITS = Rows(ScopeExit.__table__, columns=("visit_id", "version", "user_id"))


class Stored(NamedTuple):
    """What of a visit's row a write needs; `facts` and `fields` as text, `search` as it was."""

    id: str
    version: int
    customer_id: str
    assignee_id: str | None
    search: str
    facts: str
    fields: str


_LOAD = (
    select(Visit.id, Visit.version, Visit.customer_id, Visit.assignee_id, Visit.search, Visit.facts, Visit.fields)
    .where(among(Visit.id, "ids"))
    .order_by(Visit.id)
    .with_for_update()
)
_KEPT_FILES = select(VisitFile.visit_id, VisitFile.sha256).where(among(VisitFile.visit_id, "ids"))


class Folding:
    """A visit's row with its fields unpacked, and the ops that a write has applied to it so far."""

    def __init__(self, row: Stored):
        self.row = row
        self.fields: State = loads(row.fields)
        self.version = row.version
        self.ops: list[Mapping[str, Any]] = []

    def take(self, op: Mapping[str, Any], fields: State, version: int) -> None:
        """Accept what the merge made of one op."""
        self.fields, self.version = fields, version
        self.ops.append(op)


def load(ids: Iterable[str]) -> list[Stored]:
    """The rows of these visits, locked; unknown ids are left out."""
    return [Stored(*row) for row in db.session.execute(_LOAD, {"ids": sorted(ids)})]


def load_foldings(ids: set[str]) -> dict[str, Folding]:
    """The rows of these visits, locked and unpacked; unknown ids are left out."""
    return {row.id: Folding(row) for row in load(ids)}


def open_visits(*, facts: Sequence[Mapping[str, Any]], first_version: int, now: datetime) -> list[Stored]:
    """Make the rows of new visits from their facts (see sync.document.build), with versions from the first one on."""
    rows, said = [], []
    for version, one in enumerate(facts, start=first_version):
        made = document.build({}, one, version=version, arrived=set())
        said.append(sought.Change(one["id"], one["customer"]["id"], sought.said_by(made)))
        rows.append(
            {
                "id": one["id"],
                "number": one["number"],
                "type": one["type"],
                "customer_id": one["customer"]["id"],
                "lookup": one["lookup"],
                "created_at": now,
                **_from_state(made, said[-1].said, facts=dumps(one), fields="{}", now=now),
            }
        )
    _OPEN.write(rows)
    sought.keep(said)
    return [Stored(*(row[name] for name in Stored._fields)) for row in rows]


def settle(foldings: Iterable[Folding], *, author: Author, now: datetime) -> None:
    """Make the documents of every visit that a write changed anew, let the followers follow, and store it all."""
    changed = [folding for folding in foldings if folding.ops]
    spoken = {folding.row.id: document.files(folding.fields) for folding in changed}
    arrived = wiring.present(set().union(*spoken.values())) if spoken else set()
    made = []
    for folding in changed:
        facts = loads(folding.row.facts)
        built = document.build(folding.fields, facts, version=folding.version, arrived=arrived)
        made.append((folding, facts, Change(folding.row.id, folding.row.customer_id, built, folding.ops, now, author)))
    _follow([change for _, _, change in made])
    _store([(folding.row, folding.fields, facts, change.document) for folding, facts, change in made], now=now)
    _keep_files(spoken)


def touch(rows: Sequence[Stored], *, now: datetime, notices: Sequence[Mapping[str, Any]] | None = None) -> None:
    """Make visits' documents anew for a reason other than an op, under new versions, so that phones pull them.

    `notices` are the papers they list from now on; without them a file has arrived, and the followers are told.
    """
    if not rows:
        return
    first = numbers.take(numbers.VERSION, len(rows))
    made = []
    for version, row in enumerate(rows, start=first):
        facts, fields = loads(row.facts), loads(row.fields)
        built = document.build(fields, facts, version=version, arrived=wiring.present(document.files(fields)))
        made.append((row, fields, facts, Change(row.id, row.customer_id, built, (), now)))
    changes = [change for *_, change in made]
    if notices is None:
        _follow(changes)
    else:
        for change in changes:
            change.notices = list(notices)
    _store([(row, fields, facts, change.document) for row, fields, facts, change in made], now=now)


def rewrite(row: Stored, fields: State, facts: Json, *, version: int, now: datetime) -> None:
    """Store a visit of which something was taken out, under a new version. No follower is told: nothing new was said."""
    built = document.build(fields, facts, version=version, arrived=wiring.present(document.files(fields)))
    _store([(row._replace(facts=dumps(facts)), fields, facts, built)], now=now)


def _follow(changes: Sequence[Change]) -> None:
    for follow in wiring.followers:
        follow(changes)


def _store(made: Sequence[tuple[Stored, State, Json, Json]], *, now: datetime) -> None:
    """Write visits: row as it was, its fields, its facts, and the document made from them."""
    rows, exits, said = [], [], []
    for row, fields, facts, built in made:
        text = row.facts if built["notices"] == facts["notices"] else dumps({**facts, "notices": built["notices"]})
        said.append(sought.Change(row.id, row.customer_id, sought.said_by(built), row.search))
        state = _from_state(built, said[-1].said, facts=text, fields=dumps(fields), now=now)
        rows.append({**state, "id": row.id})
        if row.assignee_id and row.assignee_id != state["assignee_id"]:
            exits.append({"visit_id": row.id, "version": built["version"], "user_id": row.assignee_id})
    _STORE.write(rows)
    sought.keep(said)
    _EXITS.write(exits)


def _from_state(built: Mapping[str, Any], said: sought.Said, *, facts: str, fields: str, now: datetime) -> Json:
    return {
        "version": built["version"],
        "state": built["state"],
        "outcome": built["outcome"]["outcome"] if built["outcome"] else None,
        "planned_on": date.fromisoformat(built["planned"]["date"]) if built["planned"] else None,
        "assignee_id": built["assignee"]["id"] if built["assignee"] else None,
        "search": said.whole,
        "open_conflicts": len(built["conflicts"]),
        "facts": facts,
        "fields": fields,
        "document": dumps(built),
        "changed_at": now,
    }


def _keep_files(spoken: Mapping[str, set[str]]) -> None:
    speaking = sorted(visit_id for visit_id, files in spoken.items() if files)
    if not speaking:
        return
    held = {(visit_id, sha256) for visit_id, sha256 in db.session.execute(_KEPT_FILES, {"ids": speaking})}
    wanted = {(visit_id, sha256) for visit_id in speaking for sha256 in spoken[visit_id]}
    _FILES.write([{"visit_id": visit_id, "sha256": sha256} for visit_id, sha256 in sorted(wanted - held)])
