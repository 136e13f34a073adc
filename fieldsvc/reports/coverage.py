"""How much of the yearly and quarterly duty is done, as a curve, and where it should be by now.

Decides that a period of the duty is a stretch of calendar months as long as the company set (policy `duty`: twelve months are
the calendar year), that a customer is covered from the first completed inspection in it, and that the work should be spread
evenly over the working days. Invariant: both curves begin at 0; the one that should be ends at all customers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from fieldsvc.db import db
from fieldsvc.duty import service as duty
from fieldsvc.policy import workdays
from fieldsvc.reports.models import Tally
from fieldsvc.reports.spans import days, period_of


@dataclass(frozen=True)
class Coverage:
    """One category's duty in one period. `curve` and `should`: customers per day of the period; `curve` up to `until`."""

    category: str
    months: int
    first: date
    last: date
    until: date
    whole: int
    curve: list[int]
    should: list[int]

    @property
    def covered(self) -> int:
        """Customers inspected in the period so far."""
        return self.curve[-1] if self.curve else 0

    @property
    def due_by_now(self) -> int:
        """How many should have been by now."""
        return self.should[max(len(self.curve) - 1, 0)]

    @property
    def behind(self) -> int:
        """How many inspections are missing to be where it should be; 0 where there are enough."""
        return max(0, self.due_by_now - self.covered)


def coverage(*, on: date, today: date) -> list[Coverage]:
    """The duty in the periods in which a day lies, one per category that has customers."""
    months = duty.months()
    counts = duty.count_by_kind()
    return [_of_category(kind, months[kind], whole, on, today) for kind, whole in counts.items() if whole]


def _of_category(category: str, months: int, whole: int, on: date, today: date) -> Coverage:
    first, last = period_of(on, months)
    until = min(last, today)
    query = select(Tally.day, Tally.count).where(
        Tally.measure == "covered",
        Tally.grain == "d",
        Tally.day.between(first, last),
        Tally.key == category,
        Tally.part == first.isoformat(),
    )
    newly = {row[0]: row[1] for row in db.session.execute(query)}
    curve, covered = [], 0
    for day in days(first, until):
        covered += newly.get(day, 0)
        curve.append(covered)
    return Coverage(category, months, first, last, until, whole, curve, _should(first, last, whole))


def _should(first: date, last: date, whole: int) -> list[int]:
    """Evenly over the working days; over all days where a period has no working day."""
    works = workdays.which_work(days(first, last))
    if not any(works):
        works = [True] * len(works)
    done, share, all_ = 0, [], sum(works)
    for work in works:
        done += work
        share.append(whole * done // all_)
    return share
