"""Billing periods on the calendar: months, or two or three of them, counted from January.

Decides which period a day belongs to and which period may be closed next. Invariant: periods are closed one after another,
without a gap, and none before it is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from fieldsvc import installation
from fieldsvc.billing.models import BillingPeriod
from fieldsvc.db import db
from fieldsvc.policy import service as policy


@dataclass(frozen=True)
class Period:
    """A period of the calendar: `first_on` up to but without `until`. Its name is its first month: 2026-11."""

    first_on: date
    until: date

    @property
    def id(self) -> str:
        """The name that rows and files bear."""
        return f"{self.first_on:%Y-%m}"

    @property
    def last_on(self) -> date:
        """Its last day."""
        return self.until - timedelta(days=1)

    @property
    def begins(self) -> datetime:
        """The instant at which it begins on the company's clock."""
        return datetime.combine(self.first_on, time(), installation.zone())

    @property
    def ends(self) -> datetime:
        """The first instant after it."""
        return datetime.combine(self.until, time(), installation.zone())

    @property
    def before(self) -> Period:
        """The period before this one."""
        return of(months_on(self.first_on, -1))

    @property
    def after(self) -> Period:
        """The period after this one."""
        return of(self.until)


def months_on(day: date, count: int) -> date:
    """The first day of the month so many months on."""
    number = day.year * 12 + day.month - 1 + count
    return date(number // 12, number % 12 + 1, 1)


def of(day: date) -> Period:
    """The period that a day belongs to. Where one that was closed holds the day, that one, whatever was decided since."""
    return _of(day, _closed_ones())


def latest_of(day: date, *, count: int) -> list[Period]:
    """The period that a day belongs to and those before it, the latest first."""
    closed = _closed_ones()
    found = [_of(day, closed)]
    while len(found) < count:
        found.append(_of(months_on(found[-1].first_on, -1), closed))
    return found


def _closed_ones() -> list[Period]:
    """The periods that were closed, a dozen a year, the latest first."""
    query = select(BillingPeriod.first_on, BillingPeriod.until).order_by(BillingPeriod.until.desc())
    return [Period(first_on, until) for first_on, until in db.session.execute(query)]


def _of(day: date, closed: Sequence[Period]) -> Period:
    for one in closed:
        if one.first_on <= day < one.until:
            return one
    months = int(policy.value("billing", "months"))
    first = months_on(day, -((day.month - 1) % months))
    if closed and first < closed[0].until <= day:
        first = closed[0].until  # the first period of a new length begins where the last old one ended
    return Period(first, months_on(date(day.year, day.month, 1), months - (day.month - 1) % months))


def named(name: str) -> Period | None:
    """The period of a name; None where there is none of that name."""
    try:
        period = of(date.fromisoformat(f"{name}-01"))
    except ValueError:
        return None
    return period if period.id == name else None


def closed(period: Period) -> BillingPeriod | None:
    """What is kept of a period that was closed or is being closed."""
    return db.session.get(BillingPeriod, period.id)


def latest() -> BillingPeriod | None:
    """The last period that was closed or is being closed."""
    return db.session.scalar(select(BillingPeriod).order_by(BillingPeriod.first_on.desc()).limit(1))


def first_begins() -> datetime | None:
    """The instant at which the first period began that was ever closed: what was read before it, others have billed."""
    first = db.session.scalar(select(BillingPeriod.first_on).order_by(BillingPeriod.first_on).limit(1))
    return None if first is None else datetime.combine(first, time(), installation.zone())


def may_close(period: Period, *, today: date) -> str:
    """Why a period cannot be closed: not_over, not_next or closed; empty when it can."""
    if closed(period) is not None:
        return "closed"
    if today < period.until:
        return "not_over"
    last = latest()
    return "not_next" if last is not None and last.until != period.first_on else ""
