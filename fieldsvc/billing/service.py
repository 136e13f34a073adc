"""Billing, as the office uses it: how a period stands, closing it, and its files. Knows no HTTP and never commits.

Invariant: a period is exported once; whoever takes its file later gets the same bytes, and the book says that it was again.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import exists, func, select

from fieldsvc import clock, problems
from fieldsvc.billing import completion, files, lines, periods, progress, work
from fieldsvc.billing.models import CLOSED, BillingPeriod, BillingTake
from fieldsvc.billing.periods import Period
from fieldsvc.billing.work import JOB, step, work_due
from fieldsvc.db import after_commit, db
from fieldsvc.jobs import service as jobs
from fieldsvc.readings import service as readings
from fieldsvc.surroundings import Surroundings

if TYPE_CHECKING:
    from fieldsvc.identity.models import User

__all__ = [
    "CLOSED", "JOB", "BillingPeriod", "BillingTake", "Period", "Standing", "book", "close", "closed_periods", "completion",
    "file_of", "files", "folder", "lines", "periods", "progress", "stand", "step", "take", "work", "work_due",
]  # fmt: skip

Reading, Review = readings.Reading, readings.Review
folder: Surroundings[Path] = Surroundings("billing.folder")
"""Where files are kept."""


@dataclass(frozen=True)
class Standing:
    """How a period stands: what is kept of it once it was closed, what it would hold now, and why it cannot be closed."""

    period: Period
    kept: BillingPeriod | None
    ready: int
    waiting: int
    late: int
    why_not: str


def stand(*, period: Period, today: date) -> Standing:
    """How a period stands. Before it is closed: readings ready for it, late ones among them, those that wait for eyes."""
    kept = periods.closed(period)
    if kept is not None:
        return Standing(period, kept, 0, 0, 0, "closed")
    looked_at = exists().where(Review.reading_id == Reading.id, Review.state.in_(("open", "again")))
    unbilled = (
        Reading.billed_in.is_(None),
        Reading.read_at < period.ends,
        Reading.read_at >= (periods.first_begins() or period.begins),
        Reading.value.is_not(None),
    )
    settled = (*unbilled, Reading.doubted.is_(False), ~looked_at)
    count = select(func.count()).select_from(Reading)
    return Standing(
        period,
        None,
        ready=db.session.scalar(count.where(*settled)) or 0,
        waiting=db.session.scalar(count.where(*unbilled, looked_at)) or 0,
        late=db.session.scalar(count.where(*settled, Reading.read_at < period.begins)) or 0,
        why_not=periods.may_close(period, today=today),
    )


def closed_periods(*, limit: int = 24) -> list[BillingPeriod]:
    """The periods that were closed or are being closed, the last one first."""
    return list(db.session.scalars(select(BillingPeriod).order_by(BillingPeriod.first_on.desc()).limit(limit)))


def close(*, period: Period, by: User, today: date, now: datetime) -> tuple[BillingPeriod, bool]:
    """Begin to close a period; gives it and whether it was we who did. In the caller's transaction.

    Who presses a moment after somebody else gets theirs. Raises Conflict `not_over` or `not_next`.
    """
    why_not = periods.may_close(period, today=today)
    kept = periods.closed(period)
    if kept is not None:
        return kept, False
    if why_not:
        raise problems.Conflict("this period cannot be closed now", code=why_not)
    row = BillingPeriod(
        id=period.id, first_on=period.first_on, until=period.until, closing_at=now, by_id=by.id, by_name=by.name,
        row_count=0, used=0, cents=0,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    after_commit(lambda: jobs.wake(JOB))
    return row, True


def file_of(*, period_id: str, form: str) -> Path:
    """The file of a closed period, made when it is asked for the first time. Raises NotFound, and Conflict while it is closed."""
    row = db.session.get(BillingPeriod, period_id)
    if row is None or form not in files.FORMS:
        raise problems.NotFound("there is no such export")
    if row.state != CLOSED:
        raise problems.Conflict("this period is still being closed", code="not_ready")
    path = folder() / f"{period_id}.{form}"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        mine = path.parent / f".{path.name}.{secrets.token_hex(6)}"
        try:
            files.write(mine, period_id=period_id, form=form)
            with mine.open("rb") as file:
                os.fsync(file.fileno())
            mine.replace(path)
        finally:
            mine.unlink(missing_ok=True)
    return path


def take(*, period_id: str, form: str, by: User, now: datetime) -> BillingTake:
    """Put into the book that somebody takes a file. In the caller's transaction; two at once: one is the first."""
    before = db.session.scalar(select(BillingTake.id).where(BillingTake.period_id == period_id).limit(1))
    entry = BillingTake(
        id=clock.new_id(),
        period_id=period_id,
        at=now,
        by_id=by.id,
        by_name=by.name,
        form=form,
        again=before is not None,
    )
    db.session.add(entry)
    return entry


def book(*, period_id: str) -> list[BillingTake]:
    """Who took a period's files when, the first one first."""
    query = select(BillingTake).where(BillingTake.period_id == period_id).order_by(BillingTake.at, BillingTake.id)
    return list(db.session.scalars(query.limit(200)))
