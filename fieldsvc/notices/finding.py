"""Which papers a person looks for: by number, standing and kind; void ones are never shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from fieldsvc.db import among, db
from fieldsvc.found import MOST_COUNTED, Found
from fieldsvc.notices.contents.kinds import KINDS
from fieldsvc.notices.models import FAILED, PENDING, READY, VOID, Notice, Serving
from fieldsvc.record import service as record

ORDERS = {
    "issued": (Notice.promised_at, Notice.number, Notice.revision),
    "number": (Notice.number, Notice.revision),
}


LENGTH_OF_ID = 36
WINDOWS = (250, 1_500, 6_000, 30_000)
"""So many papers are gone through for a part of their number: all of it stands in the index of the order."""
WAYS = ("to_print", "printed", "to_serve", "to_scan", "served")
"""How far a paper has come on its way to the customer and back; the last three are asked of papers that need ink."""


def find(*, words: str = "", status: str = "", kind: str = "", way: str = "") -> Found[Notice]:
    """Papers by parts of their number, newest first. `way`: one of WAYS."""
    where: list[ColumnElement[bool]] = [Notice.status != VOID]
    has: list[ColumnElement[bool]] = []
    picks: list[set[str]] = []
    anyway: list[ColumnElement[bool]] = []
    for word in words.split():
        escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        numbered = Notice.number.ilike(f"%{escaped}%", escape="\\")
        has.append(or_(numbered, Notice.visit_id == word) if len(word) == LENGTH_OF_ID else numbered)
        visits = record.named(word)
        if visits is not None:
            picks.append({*visits, word})
        else:
            anyway.append(Notice.visit_id.in_(record.numbered(word)))
    if status:
        where.append(Notice.status == status)
    if kind:
        where.append(Notice.kind == kind)
    if way in WAYS:
        where += _on_its_way(way)
    return Found(
        key=Notice.id,
        orders=ORDERS,
        usual="-issued",
        where=where,
        read=_read,
        sift=has,
        anyway=and_(*anyway) if anyway else None,
        windows=WINDOWS,
        picks=[among(Notice.visit_id, "visits", sorted(set.intersection(*picks)))] if picks else None,
    )


def _on_its_way(way: str) -> list[ColumnElement[bool]]:
    """What a paper must be like to have come so far; one that a newer revision replaces has nowhere to go any more."""
    newer = aliased(Notice)
    current = ~select(newer.id).where(newer.replaces_id == Notice.id, newer.status == READY).exists()
    if way == "to_print":
        return [Notice.status == READY, Notice.printed_count == 0, current]
    if way == "printed":
        return [Notice.status == READY, Notice.printed_count > 0]
    brought = select(Serving.id).where(Serving.notice_id == Notice.id)
    back = brought.where(Serving.file.is_not(None)).exists()
    by_hand = Notice.kind.in_([name for name, kind in KINDS.items() if kind.by_hand])
    said: dict[str, list[ColumnElement[bool]]] = {
        "to_serve": [Notice.printed_count > 0, ~brought.exists()],
        "to_scan": [brought.exists(), ~back],
        "served": [back],
    }
    return [Notice.status == READY, by_hand, current, *said[way]]


def _read(ids: Sequence[str]) -> Mapping[str, Notice]:
    return {paper.id: paper for paper in db.session.scalars(select(Notice).where(Notice.id.in_(ids)))}


def queue() -> Mapping[str, tuple[int, datetime | None]]:
    """How many papers of each kind are still to be made, and since when the oldest was promised."""
    due = select(Notice.kind, func.count(), func.min(Notice.promised_at))
    rows = db.session.execute(due.where(Notice.status == PENDING, Notice.held.is_(False)).group_by(Notice.kind))
    waiting = {kind: (count, oldest) for kind, count, oldest in rows}
    return {kind: waiting.get(kind, (0, None)) for kind in KINDS}


def counts() -> Mapping[str, int]:
    """How many papers are pending, ready and failed; of ready ones, of which there are more every day, as far as lists count."""
    others = select(Notice.status, func.count()).where(Notice.status.in_((PENDING, FAILED))).group_by(Notice.status)
    some = select(Notice.status).where(Notice.status == READY).limit(MOST_COUNTED + 1).subquery()
    ready = db.session.scalar(select(func.count()).select_from(some)) or 0
    return {**dict(db.session.execute(others).all()), **({READY: ready} if ready else {})}
