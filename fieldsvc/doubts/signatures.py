"""Signatures that do not cover the record: kept in step with the visits, with what came after them.

A signature covers what its author had seen (docs/sync-protocol.md). Where a closed visit has gained something since, a person
plans another signing, or accepts it as it is, with a reason (`signature.accept`). Accepting covers what the person had before
them: what comes after that makes the signature wait again. Invariant: a row stands exactly for such a signature.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, delete, literal_column, select

from fieldsvc.db import among, db
from fieldsvc.doubts.models import StaleSignature
from fieldsvc.found import number_of
from fieldsvc.record import service as record
from fieldsvc.record.service import Change

Json = Mapping[str, Any]

SIGNED_KINDS = frozenset(
    {
        "check.set", "reading.set", "hazard.add", "hazard.set", "hazard.withdraw", "hazard.verify", "customer.correct",
        "visit.close", "visit.reopen",
    }
)  # fmt: skip
"""The kinds of entry that write what a signature vouches for (sync.document.SIGNED_THINGS)."""

COUNTED = ("applied", "conflict")

_OF_VISITS = select(StaleSignature).where(among(StaleSignature.visit_id, "ids"))


@dataclass(frozen=True)
class Stale:
    """A signature that waits for a person."""

    visit_id: str
    role: str
    op_id: str
    name: str
    since: datetime


def follow(changes: Sequence[Change]) -> None:
    """Bring the waiting signatures in step with the visits that changed."""
    speaking = [change for change in changes if change.ops and change.document["signatures"]]
    kept: dict[str, dict[str, StaleSignature]] = {change.visit_id: {} for change in speaking}
    if kept:
        for row in db.session.scalars(_OF_VISITS, {"ids": sorted(kept)}):
            kept[row.visit_id][row.role] = row
    for change in speaking:
        signed, held = change.document["signatures"], kept[change.visit_id]
        stale = {role for role, one in signed.items() if one["stale"] and change.document["state"] == "closed"}
        rows = record.history(visit_id=change.visit_id) if stale else []
        waiting = {role: signed[role] for role in stale if unseen(rows, signed[role]["op"])}
        for role, row in held.items():
            if role not in waiting or row.op_id != waiting[role]["op"]:
                db.session.execute(
                    delete(StaleSignature).where(
                        StaleSignature.visit_id == change.visit_id, StaleSignature.role == role
                    )
                )
                db.session.expunge(row)
        for role, one in waiting.items():
            if role not in held or held[role].op_id != one["op"]:
                db.session.add(
                    StaleSignature(
                        visit_id=change.visit_id,
                        role=role,
                        op_id=one["op"],
                        name=one.get("name") or "",
                        since=change.now,
                    )
                )
        if held or waiting:
            db.session.flush()


def unseen(rows: Sequence[Json], op_id: str) -> list[Json]:
    """The entries of a visit's log that a signature does not cover and nobody has accepted since, in the log's order."""
    counted = [row for row in rows if row["status"] in COUNTED]
    signature = next((row for row in counted if row["op"]["id"] == op_id), None)
    if signature is None:
        return []
    accepted = max(
        (
            row["op"]["base"]
            for row in counted
            if row["op"]["kind"] == "signature.accept" and row["op"]["data"]["signature"] == op_id
        ),
        default=0,
    )
    return [
        row
        for row in counted
        if row["op"]["kind"] in SIGNED_KINDS
        and _speaks_of(signature, row)
        and not _covered(row, signature)
        and (row["version"] or 0) > accepted
    ]


def _speaks_of(signature: Json, row: Json) -> bool:
    """As sync.document judges it: for everything, unless the signature says which answers it covers."""
    covers, data = signature["op"]["data"].get("covers"), row["op"]["data"]
    return covers is None or f"{data.get('item')}/{data.get('point')}" in covers


def _covered(row: Json, signature: Json) -> bool:
    """As sync.document judges it: seen by who signed, or the close that the signing phone made."""
    if row["device"] == signature["device"]:
        closes = row["op"]["kind"] == "visit.close"
        return closes or int(row["op"]["seq"]) < int(signature["op"]["seq"])
    return int(row["version"] or 0) <= int(signature["op"]["base"])


def waiting(*, limit: int, offset: int = 0, newest: bool = False) -> list[Stale]:
    """Signatures that wait, those that wait longest first."""
    order = StaleSignature.since.desc() if newest else StaleSignature.since
    query = select(StaleSignature).order_by(order, StaleSignature.visit_id, StaleSignature.role)
    return [_stale(row) for row in db.session.scalars(query.limit(limit).offset(offset))]


def number(*, most: int) -> ScalarSelect[int]:
    """How many wait, counted up to `most`, as a part of a statement."""
    return number_of(select(literal_column("1")).select_from(StaleSignature), most=most)


def get(*, visit_id: str, role: str) -> Stale | None:
    """One signature that waits; None where it does not."""
    row = db.session.get(StaleSignature, (visit_id, role))
    return None if row is None else _stale(row)


def some(*, visit_ids: Collection[str]) -> list[Stale]:
    """The signatures of some visits that wait."""
    query = select(StaleSignature).where(StaleSignature.visit_id.in_(sorted(set(visit_ids))))
    return [_stale(row) for row in db.session.scalars(query)] if visit_ids else []


def _stale(row: StaleSignature) -> Stale:
    return Stale(row.visit_id, row.role, row.op_id, row.name, row.since)
