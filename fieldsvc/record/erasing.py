"""Taking out of the record what tells of a person, when its time is over or the person asks for it.

Rewrites a visit's fields, facts and document, and the bodies of its ops; says of each rewritten op in which entry of the audit
book that stands (`erased_in`). The op's digest and its link in the chain stay as they were, so `fieldsvc audit` still proves
which entries there were and in which order, and tells what was taken out of them. Followers are told nothing: no paper is made
anew because a name went. Decides nothing about whose time is over: `fieldsvc.privacy`. Why: ADR 0017.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update

from fieldsvc import numbers
from fieldsvc.audit import service as audit
from fieldsvc.db import db
from fieldsvc.jsontext import loads
from fieldsvc.record import sought
from fieldsvc.record import visit as visit_rows
from fieldsvc.record.models import Op, Visit, VisitFile
from sync import chain
from sync import erasing as parts_of

PLACE, PERSON, PHOTOS = parts_of.PLACE, parts_of.PERSON, "photos"
_BITS = {PLACE: 1, PHOTOS: 2, PERSON: 4}
OVER = ("closed", "cancelled")


@dataclass(frozen=True)
class Erased:
    """What goes, or went, out of one visit.

    `fresh`: how many ops lose something now; `ops`: how many have lost something by then; `digest`: one over theirs, in order.
    """

    visit_id: str
    fresh: int
    ops: int
    digest: str


def ripe(*, part: str, before: date, limit: int, after: str = "") -> list[str]:
    """Visits planned before a day, closed or cancelled, that still hold this part; by id, those after `after`."""
    query = select(Visit.id).where(*_ripe(part, before), Visit.id > after).order_by(Visit.id).limit(limit)
    return list(db.session.scalars(query))


def count_ripe(*, part: str, before: date) -> int:
    """How many such visits there are."""
    return db.session.scalar(select(func.count()).select_from(Visit).where(*_ripe(part, before))) or 0


def _ripe(part: str, before: date) -> list[ColumnElement[bool]]:
    return [
        Visit.planned_on < before,
        Visit.state.in_(OVER),
        Visit.erased.bitwise_and(_BITS[part]) == 0,
    ]


def mark(*, visit_ids: Collection[str], part: str) -> None:
    """Note that this part is no longer to be looked for in these visits."""
    bit = _BITS[part]
    db.session.execute(update(Visit).where(Visit.id.in_(sorted(visit_ids))).values(erased=Visit.erased.bitwise_or(bit)))


def unsettled(*, visit_ids: Collection[str]) -> set[str]:
    """Those of these visits that somebody has still to decide about: contradictions, or entries that wait."""
    ids = sorted(visit_ids)
    torn = select(Visit.id).where(Visit.id.in_(ids), Visit.open_conflicts > 0)
    held = select(Op.visit_id).where(Op.visit_id.in_(ids), Op.status == "quarantined")
    return {one for query in (torn, held) for one in db.session.scalars(query) if one}


def spoken(*, visit_id: str) -> set[str]:
    """Every file that a visit speaks of."""
    return set(db.session.scalars(select(VisitFile.sha256).where(VisitFile.visit_id == visit_id)))


def files(*, visit_id: str, signatures: bool) -> set[str]:
    """The files of a visit that no other visit speaks of; those of signatures only where asked for."""
    document = _document(visit_id)
    signed = {
        one["image"]
        for each in document["signatures"].values()
        for one in (each, *each.get("others", ()))
        if one.get("image")
    }
    wanted = spoken(visit_id=visit_id) - (set() if signatures else signed)
    others = select(VisitFile.sha256).where(VisitFile.sha256.in_(sorted(wanted)), VisitFile.visit_id != visit_id)
    return wanted - set(db.session.scalars(others))


def _document(visit_id: str) -> Any:
    return loads(db.session.scalars(select(Visit.document).where(Visit.id == visit_id)).one())


def preview(*, visit_id: str, parts: Collection[str]) -> Erased:
    """What would go out of a visit."""
    return _told(visit_id, _changed(visit_id, parts))


def erase(*, visit_id: str, parts: Collection[str], entry: int, leave: bool = False, now: datetime) -> Erased:
    """Take these parts out of a visit; `entry` is the number of the audit book's entry that tells of it.

    With `leave` the visit is nobody's any more, so that the phone that holds it gives it up at its next pull.
    """
    changed = _changed(visit_id, parts)
    told = _told(visit_id, changed)
    for row, left, fresh in changed:
        row.erased_in = entry
        if fresh:
            row.body = chain.canonical(left).decode()
    db.session.flush()
    _rewrite(visit_id, parts, leave, now)
    for part in parts:
        mark(visit_ids=[visit_id], part=part)
    return told


def _told(visit_id: str, changed: list[tuple[Op, Any, bool]]) -> Erased:
    fresh = sum(one for _, _, one in changed)
    return Erased(visit_id, fresh, len(changed), audit.digest_of(row.digest for row, _, _ in changed))


def _changed(visit_id: str, parts: Collection[str]) -> list[tuple[Op, Any, bool]]:
    """The ops of a visit of which something goes or went, with what is left of each, and whether it goes only now."""
    rows = db.session.scalars(select(Op).where(Op.visit_id == visit_id).order_by(Op.device_id, Op.seq))
    found = []
    for row in rows:
        whole = json.loads(row.body)
        left = parts_of.op(whole, parts)
        if left is not whole or row.erased_in is not None:
            found.append((row, left, left is not whole))
    return found


def _rewrite(visit_id: str, parts: Collection[str], leave: bool, now: datetime) -> None:
    rows = visit_rows.load([visit_id])
    if not rows:
        return
    row = rows[0]
    fields = dict(parts_of.state(loads(row.fields), parts))
    facts = dict(parts_of.facts(loads(row.facts), parts))
    if leave:
        facts["assignee"] = None
        fields.pop("assignee", None)
    visit_rows.rewrite(row, fields, facts, version=numbers.take(numbers.VERSION), now=now)


def forget_texts(*, customer_id: str) -> None:
    """Take the texts by which a customer was found out of the search, and put in what their visits still say."""
    sought.forget(customer_id=customer_id)
    rows = db.session.execute(select(Visit.id, Visit.document).where(Visit.customer_id == customer_id))
    sought.keep_places(customer_id, {sought.said_by(loads(text)).place for _, text in rows})
