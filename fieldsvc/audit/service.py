"""Writing the audit book, searching it, and taking out what is too old.

Decides what an entry is and how entries hang together: each carries the digest of the one before, so that none can be changed
or left out unseen (`walk`). What a request looked at is decided in `fieldsvc.privacy.looks`. Invariant: an entry is written in
the transaction of what it tells of, and its number is taken there, so the book has no gap on any number of processes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, delete, func, or_, select

from fieldsvc import clock, numbers
from fieldsvc.audit import walk as walking
from fieldsvc.audit.models import KINDS, AuditEntry, AuditRemoval
from fieldsvc.audit.walk import Walk, digest_of, untold, walk
from fieldsvc.db import db
from fieldsvc.found import Found
from fieldsvc.jsontext import dumps

__all__ = [
    "KINDS", "AuditEntry", "AuditRemoval", "Walk", "digest_of", "find", "head", "how_many", "looked_up",
    "of_number", "old", "remove", "untold", "walk",
]  # fmt: skip

COUNTER = "audit"
LONGEST_DETAIL = 4000

ORDERS = {"at": (AuditEntry.at, AuditEntry.number)}


def looked_up(
    *,
    kind: str,
    what: str,
    object_id: str = "",
    customer_id: str = "",
    visit_id: str = "",
    by_id: str = "",
    by_name: str = "",
    address: str = "",
    route: str = "",
    status: int = 0,
    detail: Mapping[str, Any] | None = None,
    now: datetime,
) -> int:
    """Write down that somebody looked at or changed something; gives the entry's number. In the caller's transaction."""
    if kind not in KINDS:
        raise ValueError(f"the audit book has no kind {kind}")
    number = numbers.take(COUNTER)
    before = db.session.scalar(select(AuditEntry.chain).where(AuditEntry.number == number - 1)) or _anchor(number)
    row = AuditEntry(
        number=number, at=now, kind=kind, what=_fit(what, 20), object_id=_fit(object_id, 80),
        customer_id=_fit(customer_id, 36), visit_id=_fit(visit_id, 36), by_id=_fit(by_id, 36),
        by_name=_fit(by_name, 200), address=_fit(address, 64), route=_fit(route, 60), status=status,
        detail=_told(detail),
    )  # fmt: skip
    row.digest = walking.digest(row)
    row.chain = walking.link(before, row.digest)
    db.session.add(row)
    db.session.flush()
    return number


def _fit(text: str, longest: int) -> str:
    return text[:longest].replace("\0", "\ufffd")


def _told(detail: Mapping[str, Any] | None) -> str:
    """What else is to be said, as JSON; too much of it is left out whole, because half a text is none."""
    if not detail:
        return ""
    text = dumps(dict(detail)).replace("\\u0000", "\ufffd").encode("utf-8", "replace").decode()
    return text if len(text) <= LONGEST_DETAIL else dumps({"left_out": len(text)})


def _anchor(number: int) -> str:
    """The chain that the entry of this number goes on from, where the one before is gone or never was."""
    removed = db.session.get(AuditRemoval, number - 1)
    return removed.chain if removed else walking.START


def head() -> tuple[int, str]:
    """The last entry's number and chain: noted outside of the database, they prove that nothing was cut off later."""
    row = db.session.execute(select(AuditEntry.number, AuditEntry.chain).order_by(AuditEntry.number.desc()).limit(1))
    return next(((number, chain) for number, chain in row), (0, walking.START))


def of_number(*, number: int) -> AuditEntry | None:
    """An entry."""
    return db.session.get(AuditEntry, number)


def how_many(*, by_id: str, route: str, since: datetime) -> int:
    """How often somebody has come by this way since an instant."""
    query = select(func.count()).select_from(AuditEntry).where(AuditEntry.by_id == by_id, AuditEntry.at > since)
    return db.session.scalar(query.where(AuditEntry.route == route)) or 0


def find(
    *,
    by_id: str = "",
    kind: str = "",
    what: str = "",
    about: Collection[str] | None = None,
    first: date | None = None,
    last: date | None = None,
    zone: ZoneInfo,
) -> Found[AuditEntry]:
    """Entries by person, kind and object, the latest first. `about`: ids of things, visits or customers."""
    where: list[ColumnElement[bool]] = []
    for column, given in ((AuditEntry.by_id, by_id), (AuditEntry.kind, kind), (AuditEntry.what, what)):
        if given:
            where.append(column == given)
    if about is not None:
        things = (AuditEntry.object_id, AuditEntry.visit_id, AuditEntry.customer_id)
        where.append(or_(*(column.in_(sorted(about)) for column in things)))
    if first:
        where.append(AuditEntry.at >= datetime.combine(first, time.min, zone))
    if last:
        where.append(AuditEntry.at < datetime.combine(last + timedelta(days=1), time.min, zone))
    return Found(key=AuditEntry.number, orders=ORDERS, usual="-at", where=where, read=_by_numbers)


def _by_numbers(ids: Sequence[Any]) -> dict[Any, AuditEntry]:
    rows = db.session.scalars(select(AuditEntry).where(AuditEntry.number.in_(ids)))
    return {row.number: row for row in rows}


def old(*, before: datetime) -> tuple[int, int]:
    """The entries from before an instant that stand at the beginning of the book: (last number, how many)."""
    young = select(func.min(AuditEntry.number)).where(AuditEntry.at >= before)
    first_young = db.session.scalar(young)
    query = select(func.max(AuditEntry.number), func.count())
    if first_young is not None:
        query = query.where(AuditEntry.number < first_young)
    last, many = db.session.execute(query).one()
    return int(last or 0), int(many)


def remove(*, before: datetime, now: datetime) -> int:
    """Take out what is older than an instant, and write down what was taken; gives how many. In the caller's transaction."""
    last, many = old(before=before)
    if not many:
        return 0
    first = db.session.scalar(select(func.min(AuditEntry.number))) or 0
    chain = db.session.scalar(select(AuditEntry.chain).where(AuditEntry.number == last)) or ""
    db.session.add(AuditRemoval(last_number=last, first_number=first, chain=chain, made_at=now))
    db.session.flush()
    looked_up(
        kind="erased", what="audit", detail={"first": first, "last": last, "entries": many, "chain": chain,
        "before": clock.rfc3339(before)}, now=now,
    )  # fmt: skip
    db.session.execute(delete(AuditEntry).where(AuditEntry.number <= last))
    return many
