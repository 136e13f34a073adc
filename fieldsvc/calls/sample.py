"""A week's sample of visits to be called back: drawn once, by a rule that anybody can repeat.

Of the visits closed up to a week's end that no sample has looked at, those with the smallest SHA-256 of week and visit are taken,
as many as the share says, rounded up. Invariant: the row of the week is written in the same transaction, so a week is drawn once
however often the job runs; a visit whose record arrives late is looked at with the next week.
"""

from __future__ import annotations

import hashlib
import math
from datetime import date, datetime, timedelta

from sqlalchemy import func, select, update

from fieldsvc import clock, installation
from fieldsvc.calls.models import DUE, Call, Closing, Week
from fieldsvc.db import db, transaction
from fieldsvc.policy import service as policy
from fieldsvc.policy import workdays

JOB = "calls.sample"
_WEEK = timedelta(days=7)
MOST_AT_ONCE = 500


def week_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def work_due() -> None:
    """Draw the sample of the week that ended last, unless it was drawn."""
    week = week_of(installation.today()) - _WEEK
    if db.session.get(Week, week) is None:
        with transaction():
            draw(week=week, now=clock.now())


def rank(week: date, visit_id: str) -> str:
    """Where a visit stands in the draw of a week."""
    return hashlib.sha256(f"{week.isoformat()} {visit_id}".encode()).hexdigest()


def draw(*, week: date, now: datetime) -> Week | None:
    """Draw a week's sample; None where it was drawn before. In the caller's transaction."""
    if db.session.get(Week, week) is not None:
        return None
    asked = select(Closing.visit_id).where(Closing.drawn.is_(None), Closing.week <= week)
    visits = sorted(db.session.scalars(asked), key=lambda visit_id: rank(week, visit_id))
    taken = visits[: math.ceil(len(visits) * policy.value("calls", "sample_percent") / 100)]
    today = now.astimezone(installation.zone()).date()
    due = workdays.add_working_days(today, policy.value("calls", "sample_working_days"))
    for first in range(0, len(visits), MOST_AT_ONCE):
        part = visits[first : first + MOST_AT_ONCE]
        db.session.execute(update(Closing).where(Closing.visit_id.in_(part)).values(drawn=0))
    for first in range(0, len(taken), MOST_AT_ONCE):
        part = taken[first : first + MOST_AT_ONCE]
        known = set(db.session.scalars(select(Call.visit_id).where(Call.visit_id.in_(part))))
        db.session.execute(update(Closing).where(Closing.visit_id.in_(part)).values(drawn=1))
        db.session.add_all(
            Call(visit_id=one, reason="sample", week=week, due_on=due, state=DUE, attempts=0, made_at=now)
            for one in part
            if one not in known
        )
    drawn = Week(week=week, made_at=now, considered=len(visits), drawn=len(taken))
    db.session.add(drawn)
    db.session.flush()
    return drawn


def closed_in(*, weeks: list[date]) -> dict[date, int]:
    """How many visits were closed in each of these weeks."""
    asked = select(Closing.week, func.count()).where(Closing.week.in_(weeks)).group_by(Closing.week)
    return {row[0]: int(row[1]) for row in db.session.execute(asked)}
