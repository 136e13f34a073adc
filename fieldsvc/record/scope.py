"""Which visits a technician sees, and what changed among them since a cursor.

The scope: visits assigned to them from 7 days back to 14 days ahead that were not cancelled, and those still open. A cursor
says up to which version, and on which day, everything was given. As days pass, visits come into the window and leave it without
having changed; a cursor of an earlier day therefore first brings those that came in, then what changed. Invariant: no committed
change is ever skipped (see fieldsvc.numbers).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, and_, not_, or_, select, union

from fieldsvc import numbers
from fieldsvc.db import db
from fieldsvc.record.models import ScopeExit, Visit

DAYS_BACK, DAYS_AHEAD = 7, 14


@dataclass(frozen=True)
class Position:
    """Where a reader stands: all up to `version` as of `day`; `entering` is how far visits new to the window were given."""

    version: int = 0
    day: date | None = None
    entering: int = 0


@dataclass
class Page:
    """Documents as stored JSON text, oldest change first; ids that left; where to go on."""

    position: Position
    documents: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    more: bool = False


def in_scope(user_id: str, day: date) -> ColumnElement[bool]:
    """The condition that a visit is in a technician's scope on a day."""
    return and_(Visit.assignee_id == user_id, or_(_in_window(day), _still_open(day)))


def _in_window(day: date) -> ColumnElement[bool]:
    near = Visit.planned_on.between(day - timedelta(days=DAYS_BACK), day + timedelta(days=DAYS_AHEAD))
    return and_(near, Visit.state != "cancelled")


def _still_open(day: date) -> ColumnElement[bool]:
    return and_(
        Visit.state.in_(("planned", "started")),
        or_(Visit.planned_on.is_(None), Visit.planned_on <= day + timedelta(days=DAYS_AHEAD)),
    )


def _ids_in_scope(user_id: str, day: date) -> Select[tuple[str]]:
    """The same as `in_scope`, as two short walks along their own indexes: for a phone that has nothing yet.

    By version, its walk would go through everything that the technician ever did.
    """
    arms = [select(Visit.id).where(Visit.assignee_id == user_id, arm(day)) for arm in (_in_window, _still_open)]
    found = union(*arms).subquery()
    return select(found.c.id)


def read_page(*, user_id: str, since: Position, day: date, limit: int) -> Page:
    """The next page of a technician's changes."""
    if since.day is not None and since.day < day and since.version:
        entering = _entering(user_id, since, day, limit)
        if entering is not None:
            return entering
    horizon = numbers.latest(numbers.VERSION)
    wanted = in_scope(user_id, day) if since.version else Visit.id.in_(_ids_in_scope(user_id, day))
    rows = _rows(and_(wanted, Visit.version > since.version), limit + 1)
    more = len(rows) > limit
    rows = rows[:limit]
    last_seen = rows[-1][0] if rows else since.version
    # A row may have been committed after the horizon was read; whatever is visible below it was visible to this query too.
    upto = last_seen if more else max(horizon, last_seen)
    return Page(
        position=Position(version=upto, day=day),
        documents=[text for _, text in rows],
        gone=_gone(user_id, since, day, upto) if since.version else [],
        more=more,
    )


def _rows(condition: ColumnElement[bool], limit: int) -> list[tuple[int, str]]:
    query = select(Visit.version, Visit.document).where(condition).order_by(Visit.version).limit(limit)
    return [(version, text) for version, text in db.session.execute(query)]


def _entering(user_id: str, since: Position, day: date, limit: int) -> Page | None:
    assert since.day is not None
    came = Visit.planned_on.between(since.day + timedelta(days=DAYS_AHEAD + 1), day + timedelta(days=DAYS_AHEAD))
    rows = _rows(
        and_(in_scope(user_id, day), came, Visit.version <= since.version, Visit.version > since.entering), limit
    )
    if not rows:
        return None
    return Page(
        position=Position(version=since.version, day=since.day, entering=rows[-1][0]),
        documents=[text for _, text in rows],
        more=True,
    )


def _gone(user_id: str, since: Position, day: date, upto: int) -> list[str]:
    given_away = select(ScopeExit.visit_id).where(
        ScopeExit.user_id == user_id, ScopeExit.version > since.version, ScopeExit.version <= upto
    )
    not_mine = select(Visit.id).where(
        Visit.id.in_(given_away), or_(Visit.assignee_id.is_(None), Visit.assignee_id != user_id)
    )
    # Closed long after its day, a visit leaves the scope by the very change that the phone waits for.
    outlived = select(Visit.id).where(
        Visit.assignee_id == user_id,
        Visit.version > since.version,
        Visit.version <= upto,
        not_(in_scope(user_id, day)),
    )
    gone = set(db.session.scalars(not_mine)) | set(db.session.scalars(outlived))
    if since.day is not None:
        oldest_then, oldest_now = since.day - timedelta(days=DAYS_BACK), day - timedelta(days=DAYS_BACK)
        aged = select(Visit.id).where(
            Visit.assignee_id == user_id,
            Visit.state.in_(("closed", "cancelled")),
            Visit.planned_on >= oldest_then - timedelta(days=1),
            Visit.planned_on < oldest_now,
        )
        gone |= set(db.session.scalars(aged)) if oldest_then < oldest_now else set()
    return sorted(gone)
