"""What is kept for a time after it was taken off: a removed meter, until the office says that it was given out.

Decides from when it is kept (the exchange, once the visit is completed) and whether it was kept long enough: given out before
its time breaks the promise, later never does. Source: domain.md 1.5, E5. Invariants: a thing is given out once; an exchange that
is taken back keeps nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from fieldsvc import installation, problems
from fieldsvc.catalog import service as catalog
from fieldsvc.db import db
from fieldsvc.promises.limits import due_at
from fieldsvc.promises.models import BROKEN, DROPPED, GIVEN_OUT, KEPT, OPEN, Promised
from fieldsvc.record.service import Change


def follow(changes: Sequence[Change]) -> None:
    """Begin to keep what was taken off at visits that changed."""
    for change in changes:
        for clock in catalog.catalogue().clocks_of(change.document["type"]):
            if not clock.since:
                continue
            since = _taken_off(change.document, now=change.now)
            row = db.session.get(Promised, (change.visit_id, clock.id))
            if row is not None and row.ended_at is None:
                row.state = OPEN if since else DROPPED
            elif row is None and since:
                tags = change.document["customer"].get("tags") or ()
                db.session.add(
                    Promised(
                        visit_id=change.visit_id, clock=clock.id, ends_with=GIVEN_OUT, ended_at=None, state=OPEN,
                        asked_on=since.astimezone(installation.zone()).date(), due_at=due_at(clock, tags, since),
                    )
                )  # fmt: skip


def _taken_off(document: Mapping[str, Any], *, now: datetime) -> datetime | None:
    """When the last of the meters was exchanged; None while the visit is not completed, or where none was."""
    if document["state"] != "closed" or document["outcome"]["outcome"] != "completed":
        return None
    exchanged = [one["at"] for one in document["readings"].values() if one.get("exchange")]
    return max((min(datetime.fromisoformat(at), now) for at in exchanged), default=None)


def give_out(*, visit_id: str, now: datetime) -> None:
    """Write down that what was taken off was given out now. In the caller's transaction. Raises NotFound."""
    rows = db.session.scalars(
        select(Promised)
        .where(Promised.visit_id == visit_id, Promised.ends_with == GIVEN_OUT, Promised.state == OPEN)
        .with_for_update()
    ).all()
    if not rows:
        raise problems.NotFound()
    for row in rows:
        row.ended_at, row.state = now, KEPT if now >= row.due_at else BROKEN


def of_visit(*, visit_id: str) -> Sequence[Promised]:
    """What was taken off at a visit: kept until when, given out when."""
    query = select(Promised).where(Promised.visit_id == visit_id, Promised.ends_with == GIVEN_OUT)
    return db.session.scalars(query.where(Promised.state != DROPPED).order_by(Promised.clock)).all()


def may_go(*, now: datetime, limit: int) -> list[tuple[str, str, datetime]]:
    """What was kept long enough and is not given out, as (visit, clock, since when it may go), the longest first."""
    query = select(Promised.visit_id, Promised.clock, Promised.due_at)
    query = query.where(Promised.state == OPEN, Promised.due_at <= now, Promised.ends_with == GIVEN_OUT)
    rows = db.session.execute(query.order_by(Promised.due_at, Promised.visit_id).limit(limit))
    return [(row.visit_id, row.clock, row.due_at) for row in rows]


def number_may_go(*, now: datetime, most: int) -> int:
    """How many were kept long enough and are not given out, counted no further than `most`."""
    query = select(Promised.visit_id).where(Promised.state == OPEN, Promised.due_at <= now)
    query = query.where(Promised.ends_with == GIVEN_OUT).limit(most)
    return int(db.session.scalar(select(func.count()).select_from(query.subquery())) or 0)
