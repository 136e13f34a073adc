"""What could not be applied: kept, listed, and released or dismissed by a person.

Decides nothing by itself. Releasing folds the op as if it had just arrived, under its own device and number, and passes the
checks that a person has now answered for (whose visit it is, whether it was closed, whether the phone was revoked). An op
that no server could fold stays where it is, and the answer says why. Invariant: what a phone wrote never gains the office's
authority: what only the office may write is not released, and followers are told of an author who is not the office.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from fieldsvc import numbers, problems
from fieldsvc.clock import rfc3339
from fieldsvc.db import db
from fieldsvc.identity import service as identity
from fieldsvc.record.followers import wiring
from fieldsvc.record.models import Op
from fieldsvc.record.restored import as_seen, gaps
from fieldsvc.record.visit import load_foldings
from fieldsvc.record.visit import settle as settle_visits
from fieldsvc.record.write import assignee_of
from sync import merge
from sync.merge import Author
from sync.ops import OFFICE_KINDS

Json = dict[str, Any]


def row_document(row: Op) -> Json:
    """One op of the log as people read it: the op as sent, and what became of it."""
    return {
        "op": json.loads(row.body),
        "device": row.device_id,
        "user": {"id": row.user_id, "name": row.user_name},
        "received_at": rfc3339(row.received_at),
        "status": row.status,
        "code": row.code,
        "detail": row.detail,
        "version": row.version,
        "settled": None
        if row.settled_at is None
        else {"at": rfc3339(row.settled_at), "by": row.settled_by, "reason": row.settled_reason},
    }


def held(*, limit: int = 500) -> list[Json]:
    """Everything that waits for a person, newest first."""
    rows = db.session.scalars(select(Op).where(Op.status == "quarantined").order_by(Op.received_at.desc()).limit(limit))
    return [row_document(row) for row in rows]


def settle(*, op_id: str, action: str, reason: str, user_id: str, now: datetime) -> Json:
    """Release (apply now) or dismiss a quarantined op. Raises NotFound, or Conflict when it cannot be applied at all."""
    row = db.session.scalar(select(Op).where(Op.op_id == op_id, Op.status == "quarantined").with_for_update())
    if row is None:
        raise problems.NotFound("nothing with this id is in quarantine")
    if action == "release":
        _release(row, user_id, now)
    else:
        row.status = "dismissed"
    row.settled_at, row.settled_by, row.settled_reason = now, user_id, reason
    db.session.flush()
    return row_document(row)


def _release(row: Op, user_id: str, now: datetime) -> None:
    if row.repeat:
        raise problems.Conflict("another entry has this id; dismiss this one", code="cannot_release")
    op = json.loads(row.body)
    office = any(one.public_key is None for one in identity.devices(ids=[row.device_id]))
    if row.kind in OFFICE_KINDS and not office:
        detail = "a phone wrote this, and only the office may write it; dismiss it, and write it in the office where it is right"
        raise problems.Conflict(detail, code="cannot_release")
    folding = load_foldings({row.visit_id or ""}).get(row.visit_id or "")
    if folding is None:
        raise problems.Conflict("the visit is still unknown", code="cannot_release")
    why = wiring.second_person(op, user_id)
    if why:
        raise problems.Conflict("somebody else must release what makes a hazard look less dangerous", code=why)
    version = numbers.take(numbers.VERSION)
    author = Author(device=row.device_id, id=row.user_id, name=row.user_name, office=office)
    seen = as_seen(op, gaps(version=version), version=version)
    let_in = replace(author, office=True)
    applied = merge.apply(folding.fields, seen, author=let_in, version=version, assignee=assignee_of(op))
    if applied.status == "quarantined":
        raise problems.Conflict(applied.detail, code="cannot_release")
    row.status, row.version = applied.status, version
    folding.take(op, applied.state, version)
    settle_visits([folding], author=author, now=now)
