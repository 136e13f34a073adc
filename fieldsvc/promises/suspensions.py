"""Planned suspensions of supply: when they were told, when they begin, when the supply is back. Two promises follow from that.

Decides what has to be known of a suspension, and when its promises were kept: told so many hours ahead, restored within so many
(policy `promises`; domain.md 1.1). Invariant: a row is added once; when the supply came back is written once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import or_, select

from fieldsvc import clock, installation, problems
from fieldsvc.db import db
from fieldsvc.policy import service as policy
from fieldsvc.promises.models import Suspension


def announce(
    *, place: str, reason: str, told_at: datetime | None, begins_at: datetime | None, by_name: str, now: datetime
) -> Suspension:
    """Write a planned suspension down. In the caller's transaction. Raises Invalid with `errors` by field."""
    wrong = {
        "place": not place.strip(),
        "told_at": told_at is None or told_at > now,
        "begins_at": begins_at is None or (told_at is not None and begins_at < told_at),
    }
    if any(wrong.values()) or told_at is None or begins_at is None:
        raise problems.Invalid(errors={name: "needed" for name, bad in wrong.items() if bad})
    row = Suspension(
        id=clock.new_id(), place=place.strip()[:300], reason=reason.strip()[:300], told_at=told_at, begins_at=begins_at,
        restored_at=None, recorded_at=now, by_name=by_name[:200], ended_recorded_at=None, ended_by_name="",
    )  # fmt: skip
    db.session.add(row)
    return row


def restored(*, suspension_id: str, at: datetime | None, by_name: str, now: datetime) -> None:
    """Write down when the supply was back, and who says so. In the caller's transaction. Raises NotFound, Conflict, Invalid."""
    row = db.session.get(Suspension, suspension_id, with_for_update=True)
    if row is None:
        raise problems.NotFound()
    if row.restored_at is not None:
        raise problems.Conflict("the supply is back already", code="restored")
    if at is None or not row.begins_at <= at <= now:
        raise problems.Invalid(errors={"at": "needed"})
    row.restored_at, row.ended_recorded_at, row.ended_by_name = at, now, by_name[:200]


def found(
    *,
    words: str = "",
    told: str = "",
    back: str = "",
    first: date | None = None,
    last: date | None = None,
    now: datetime,
) -> Sequence[Suspension]:
    """The suspensions with these words in place or reason that begin in these days; `told` and `back`: whose promise of that
    name was `kept` or `broken`, or is `open` still, as `counted` counts them. A company writes down some hundreds a year."""
    query = select(Suspension).order_by(Suspension.begins_at.desc(), Suspension.id)
    for word in words.split():
        query = query.where(
            or_(*(one.icontains(word, autoescape=True) for one in (Suspension.place, Suspension.reason)))
        )
    if first:
        query = query.where(Suspension.begins_at >= _midnight(first))
    if last and last < date.max:
        query = query.where(Suspension.begins_at < _midnight(last + timedelta(days=1)))
    if told or back:
        query = query.where(Suspension.begins_at < now)
    rows = db.session.scalars(query).all()
    held = {"kept": True, "broken": False, "open": None}
    return [
        row
        for row in rows
        if (not told or is_told_in_time(row) is held.get(told))
        and (not back or is_restored_in_time(row, now=now) is held.get(back))
    ]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=installation.zone())


def is_told_in_time(row: Suspension) -> bool:
    """Whether a suspension was told as long ahead as the company promises."""
    return row.begins_at - row.told_at >= timedelta(hours=policy.value("promises", "suspension_hours"))


def is_restored_in_time(row: Suspension, *, now: datetime) -> bool | None:
    """Whether the supply was back in time; None while it still may be."""
    within = row.begins_at + timedelta(hours=policy.value("promises", "restoration_hours"))
    if row.restored_at is not None:
        return row.restored_at <= within
    return None if now <= within else False


def counted(*, first: date, last: date, now: datetime) -> dict[str, tuple[int, int, int]]:
    """Of the suspensions that began in some days, of each of the two promises: how often kept, broken, open still."""
    begin, end = _midnight(first), min(_midnight(last + timedelta(days=1)), now)
    rows = db.session.scalars(select(Suspension).where(Suspension.begins_at >= begin, Suspension.begins_at < end)).all()
    told: list[bool | None] = [is_told_in_time(row) for row in rows]
    back = [is_restored_in_time(row, now=now) for row in rows]
    return {
        name: (held.count(True), held.count(False), held.count(None))
        for name, held in (("suspension", told), ("restoration", back))
    }
