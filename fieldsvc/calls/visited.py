"""What a visit answers of the telephone: a return visit the call that was due, a visit about a complaint what was found.

Decides which call or complaint a closed visit speaks of: the most urgent one of the same home. Which points hold the score and
the words is declared by the kind of visit (`settles`, fieldsvc/catalog/data/jobs). Invariants: a visit answers once, under the
id of the op that closed it; nobody enters anything on a complaint about himself, and a visit never closes one: the office does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from fieldsvc.calls import complaints
from fieldsvc.calls.models import ANSWERED, DUE, OPEN, Answer, Call, Complaint
from fieldsvc.catalog.service import catalogue
from fieldsvc.db import db
from fieldsvc.record import service as record
from fieldsvc.record.service import Change

Check = Mapping[str, Any]


def follow(changes: Sequence[Change]) -> list[str]:
    """Write down what closed visits answer; gives the visits that were called back by it."""
    called = []
    for change in changes:
        ended = change.document["outcome"]
        if not ended or ended["outcome"] != "completed" or all(op["id"] != ended["op"] for op in change.ops):
            continue
        kind = next((one for one in catalogue().entries.visit_types if one.id == change.document["type"]), None)
        if kind is None or kind.settles is None:
            continue
        said = {id_: one for item in change.document["checks"].values() for id_, one in item.items()}
        if kind.settles.what == "return_call":
            called += _called_back(change, said, kind.settles.score)
        else:
            _looked_into(change, said, {"found": kind.settles.found, "answered": kind.settles.answered})
    return called


def _called_back(change: Change, said: Mapping[str, Check], score: str | None) -> list[str]:
    ids, ended = record.ids_of_customer(customer_id=change.customer_id), change.document["outcome"]
    due = select(Call).where(Call.visit_id.in_(ids), Call.state == DUE).order_by(Call.due_on, Call.visit_id)
    call = db.session.scalars(due).first()
    if call is None or db.session.get(Answer, ended["op"]) is not None:
        return []
    given = str(said.get(score or "", {}).get("value") or "")
    answers = {id_: str(one.get("note") or one.get("value") or one["result"]) for id_, one in sorted(said.items())}
    db.session.add(
        Answer(op_id=ended["op"], visit_id=call.visit_id, at=datetime.fromisoformat(ended["at"]),
               by_name=ended["by"]["name"][:200], reached=1, score=int(given) if given in "12345" and given else None,
               answers=answers, note=change.document["number"])
    )  # fmt: skip
    db.session.flush()
    return [call.visit_id]


def _looked_into(change: Change, said: Mapping[str, Check], points: Mapping[str, str | None]) -> None:
    ids, by = record.ids_of_customer(customer_id=change.customer_id), change.document["outcome"]["by"]
    open_ones = (
        select(Complaint)
        .where(Complaint.visit_id.in_(ids), Complaint.state.in_((OPEN, ANSWERED)))
        .order_by(Complaint.due_on, Complaint.id)
    )
    row = next((one for one in db.session.scalars(open_ones) if one.against_id != by["id"]), None)
    if row is None:
        return
    for event, point in points.items():
        words = str(said.get(point or "", {}).get("note") or "")
        if words.strip():
            complaints.add(
                complaint_id=row.id, event=event, words=words, seen=len(complaints.entries(complaint_id=row.id)),
                by_id=by["id"], by_name=by["name"], now=change.now,
            )  # fmt: skip
