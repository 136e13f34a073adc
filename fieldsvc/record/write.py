"""The one write path: ops go in, the log grows, visits are folded, followers are told.

Decides for every op of a batch whether it is applied, repeated or kept in quarantine, and gives it its version. Does not
check whose device it is, nor its proof: `fieldsvc.sync_api` does. Never commits. Invariant: every op given has a row in the
log afterwards, whatever became of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, text

from fieldsvc import numbers
from fieldsvc.db import Rows, among, db
from fieldsvc.record.followers import wiring
from fieldsvc.record.models import Log, Op, Visit
from fieldsvc.record.restored import Gap, as_seen, gaps
from fieldsvc.record.visit import Folding, load_foldings, open_visits
from fieldsvc.record.visit import settle as settle_visits
from sync import chain, merge
from sync import ops as op_kinds
from sync.chain import Entry
from sync.merge import Author
from sync.values import is_uuid

Json = dict[str, Any]


_BEGIN_LOG = text(
    "INSERT INTO logs (device_id, acked_seq, chain) VALUES (:device_id, 0, :chain) ON CONFLICT (device_id) DO NOTHING"
)

_HEAD = select(Log).where(Log.device_id == bindparam("device")).with_for_update()
_HELD = select(Op.op_id, Op.body).where(among(Op.op_id, "ids"), Op.repeat == 0)
_KEEP = Rows(
    Op.__table__,
    columns=(
        "device_id", "seq", "op_id", "repeat", "visit_id", "kind", "user_id", "user_name", "version", "status", "code",
        "detail", "body", "digest", "chain", "received_at",
    ),
)  # fmt: skip


class Result(NamedTuple):
    """What became of one op; `document()` is what the phone is told."""

    id: str
    seq: int
    status: str
    code: str = ""
    detail: str = ""
    fields: tuple[str, ...] = ()

    def document(self) -> Json:
        told: Json = {"id": self.id, "seq": self.seq, "status": self.status}
        if self.code:
            told |= {"code": self.code, "detail": self.detail}
        if self.fields:
            told["fields"] = list(self.fields)
        return told


@dataclass
class _Batch:
    author: Author
    now: datetime
    known: Mapping[str, str]
    foldings: dict[str, Folding]
    version: int
    link: bytes
    gaps: Sequence[Gap]
    refuse: str = ""
    at_desk: bool = False
    rows: list[Json] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    seen: dict[str, bytes] = field(default_factory=dict)


def log_of(*, device_id: str) -> Log:
    """The head of a device's log, locked for this transaction; a new one where the device never wrote."""
    log = db.session.scalar(_HEAD, {"device": device_id})
    if log is None:
        # Two tabs may enrol one device at the same moment; the second then waits here for the first.
        db.session.execute(_BEGIN_LOG, {"device_id": device_id, "chain": chain.start(device_id).hex()})
        log = db.session.scalars(_HEAD, {"device": device_id}).one()
    return log


def write(
    *, author: Author, log: Log, entries: Sequence[Entry], now: datetime, refuse: str = "", at_desk: bool = False
) -> list[Result]:
    """Append entries to their device's log (see `log_of`) and fold them; they must go on where the log ends, in order.

    `refuse` (a quarantine code) keeps all of them in quarantine: for revoked devices. `at_desk`: the office writes, no phone.
    Gives one Result per entry.
    """
    if not entries:
        return []
    ops = [entry.op for entry in entries]
    first_version = numbers.take(numbers.VERSION, len(ops))
    batch = _Batch(
        author=author,
        now=now,
        known=_known([op["id"] for op in ops]),
        foldings=load_foldings({op["visit"] for op in ops if is_uuid(op["visit"])}),
        version=first_version,
        refuse=refuse,
        at_desk=at_desk,
        link=bytes.fromhex(log.chain),
        gaps=gaps(version=first_version),
    )
    for entry in entries:
        _take_in(batch, entry)
    log.acked_seq, log.chain = ops[-1]["seq"], batch.link.hex()
    alike = {"device_id": author.device, "user_id": author.id, "user_name": author.name, "received_at": now}
    _KEEP.write(batch.rows, common=alike)
    settle_visits(batch.foldings.values(), author=author, now=now)
    return batch.results


def _known(ids: Sequence[str]) -> Mapping[str, str]:
    """The bodies that the log holds under these ids."""
    return dict(db.session.execute(_HELD, {"ids": ids}).all())


def _take_in(batch: _Batch, entry: Entry) -> None:
    op, body = entry.op, entry.body
    batch.link = chain.link(batch.link, entry.digest)
    result = _repeated(batch, op) or _judge(batch, op)
    kept_out = result.status == "quarantined"
    again = op["id"] in batch.known or op["id"] in batch.seen
    batch.seen.setdefault(op["id"], body)
    batch.results.append(result)
    batch.rows.append(
        {
            "seq": op["seq"],
            "op_id": op["id"],
            "repeat": int(again),
            "visit_id": _column(op["visit"]) if isinstance(op["visit"], str) else None,
            "kind": _column(str(op["kind"])),
            "version": None if kept_out or again else batch.version,
            "status": result.status,
            "code": result.code or None,
            "detail": result.detail[:300] or None,
            "body": body.decode(),
            "digest": entry.digest.hex(),
            "chain": batch.link.hex(),
        }
    )
    batch.version += 1


def _column(text: str) -> str:
    # What a phone wrote may be longer than the column, or hold a NUL, which PostgreSQL does not take; the body keeps it all.
    return text[:80].replace("\0", "\ufffd")


def _repeated(batch: _Batch, op: Mapping[str, Any]) -> Result | None:
    """An op whose id is known is a duplicate, whatever device sends it; other content under that id is kept aside."""
    if op["id"] in batch.known:
        held = batch.known[op["id"]]
    elif op["id"] in batch.seen:
        held = batch.seen[op["id"]].decode()
    else:
        return None
    former = json.loads(held)
    if {**former, "seq": 0} == {**op, "seq": 0}:
        return Result(op["id"], op["seq"], "duplicate")
    return Result(op["id"], op["seq"], "quarantined", "invalid_data", "this id was already used for another entry")


def _judge(batch: _Batch, op: Mapping[str, Any]) -> Result:
    refused = _refusal(batch, op)
    if refused:
        return Result(op["id"], op["seq"], "quarantined", *refused)
    folding = batch.foldings[op["visit"]]
    seen = as_seen(op, batch.gaps, version=batch.version)
    applied = merge.apply(folding.fields, seen, author=batch.author, version=batch.version, assignee=assignee_of(op))
    if applied.status != "quarantined":
        folding.take(op, applied.state, batch.version)
    return Result(op["id"], op["seq"], applied.status, applied.code, applied.detail, applied.fields)


def assignee_of(op: Mapping[str, Any]) -> Mapping[str, str] | None:
    """The technician that a `visit.assign` names by username, if there is one."""
    data = op["data"]
    if op["kind"] != "visit.assign" or not isinstance(data, Mapping) or not isinstance(data.get("assignee"), str):
        return None
    return wiring.find_technician(data["assignee"])


def _refusal(batch: _Batch, op: Mapping[str, Any]) -> tuple[str, str] | None:
    if batch.refuse:
        return batch.refuse, "this phone has been revoked; the office decides what becomes of the entry"
    folding = batch.foldings.get(op["visit"]) if isinstance(op["visit"], str) else None
    if folding is None:
        return op_kinds.problem(op) or _open(batch, op)
    if op["kind"] == "visit.create":
        return "invalid_data", "this visit exists already"
    if not batch.author.office and folding.row.assignee_id != batch.author.id:
        return "not_assigned", "this visit belongs to another technician"
    return _needs_another(batch, folding, op)


def _needs_another(batch: _Batch, folding: Folding, op: Mapping[str, Any]) -> tuple[str, str] | None:
    """What makes a home look safer: at the open door its own technician decides, afterwards a second person."""
    at_the_door = folding.row.assignee_id == batch.author.id and not merge.is_closed(folding.fields)
    if not batch.author.office or (at_the_door and not batch.at_desk):
        return None
    why = wiring.second_person(op, batch.author.id)
    return (why, "somebody else must write what makes a hazard look less dangerous") if why else None


def _open(batch: _Batch, op: Mapping[str, Any]) -> tuple[str, str] | None:
    if op["kind"] != "visit.create" or not is_uuid(op["visit"]):
        return "unknown_visit", "the server does not know this visit"
    lookup = op["data"].get("lookup")
    if lookup and db.session.scalar(select(Visit.id).where(Visit.lookup == lookup)) is not None:
        return "invalid_data", "this lookup belongs to another visit"
    facts = wiring.open_unplanned(op, batch.author.id)
    if facts is None:
        return "invalid_data", "the server does not know this customer or this kind of visit"
    (row,) = open_visits(facts=[facts], first_version=batch.version, now=batch.now)
    batch.foldings[op["visit"]] = Folding(row)
    return None
