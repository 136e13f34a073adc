"""How far the reading of a period is, for a page: counted as one looks, or for many meters as it was counted last.

Every meter of a company has to be looked at for it. Up to MOST_LIVE of them that is done at once; for more a job does it, at most
once in RECOUNT while somebody looks, and the page says of when its figures are. Decides nothing about what is due: `completion`
does. Invariant: kept figures are those of one moment, made by the rules that are in force.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from fieldsvc import clock, installation
from fieldsvc.billing import completion, periods
from fieldsvc.billing.completion import Rate
from fieldsvc.billing.models import ReadingProgress
from fieldsvc.billing.periods import Period
from fieldsvc.customers import service as customers
from fieldsvc.db import db, transaction
from fieldsvc.found import number, number_of
from fieldsvc.jobs import service as jobs
from fieldsvc.policy import service as policy

JOB = "billing.progress"
MOST_LIVE = 5_000
RECOUNT = timedelta(minutes=1)
KEPT, CHANGING = 13, 2
"""So many periods are kept counted; so many of them, the latest, still change and are counted again and again."""


@dataclass(frozen=True)
class Progress:
    """The rates of the districts; `counted_at` is empty where they are of this very moment."""

    rates: Sequence[Rate]
    counted_at: datetime | None = None


def of(period: Period, *, now: datetime) -> Progress:
    """How far the districts are in a period. Asks for another count where the last one is old."""
    if number(number_of(select(customers.Meter.id), most=MOST_LIVE + 1)) <= MOST_LIVE:
        return Progress(completion.by_district(period))
    kept = _kept(period)
    changes = period in periods.latest_of(installation.today(), count=CHANGING)
    if kept is None or (changes and now - kept.counted_at > RECOUNT):
        jobs.wake(JOB)
    if kept is None:
        return Progress(completion.by_district(period))
    return Progress([Rate(*one) for one in kept.rates], kept.counted_at)


def work_due() -> None:
    """Count the last periods: those that still change when they were asked for, the others once."""
    if number(number_of(select(customers.Meter.id), most=MOST_LIVE + 1)) <= MOST_LIVE:
        return
    for place, period in enumerate(periods.latest_of(installation.today(), count=KEPT)):
        kept, now = _kept(period), clock.now()
        if kept is None or (place < CHANGING and now - kept.counted_at > RECOUNT):
            count(period, now=now)


def count(period: Period, *, now: datetime) -> None:
    """Count a period and keep it. Looks at the meters before it stands in line to write."""
    rates, rules = [[one.name, one.due, one.read] for one in completion.by_district(period)], _rules(period)
    with transaction():
        db.session.merge(ReadingProgress(period_id=period.id, rules=rules, counted_at=now, rates=rates))


def _kept(period: Period) -> ReadingProgress | None:
    row = db.session.get(ReadingProgress, period.id, populate_existing=True)
    return row if row is not None and row.rules == _rules(period) else None


def _rules(period: Period) -> dict[str, Any]:
    """What decides which meters are due; figures that were made by others are counted anew."""
    days = {"until": period.until.isoformat(), "zone": str(installation.zone())}
    return {**days, **{name: policy.value("billing", name) for name in ("home_months", "business_months")}}
