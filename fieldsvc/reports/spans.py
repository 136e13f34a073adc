"""Stretches of time that people report on: week, month, quarter, year, and the periods of the duty.

Decides where each begins and ends on the company's calendar, which one came before and which one is the same a year earlier.
Knows neither the clock nor the database. Weeks are those of ISO 8601: they begin on Monday, and the first of a year is the one
with its first Thursday. Invariant: `before` of a span ends on the day before the span begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

NAMES = ("week", "month", "quarter", "year")
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DAY = timedelta(days=1)
FIRST, LAST = date(1900, 1, 1), date(2999, 12, 31)


@dataclass(frozen=True)
class Span:
    """A stretch of days, both ends included."""

    name: str
    first: date
    last: date

    @property
    def before(self) -> Span:
        """The span that ends where this one begins."""
        return span_of(self.name, self.first - _DAY)

    @property
    def after(self) -> Span:
        """The span that begins where this one ends."""
        return span_of(self.name, self.last + _DAY)

    @property
    def year_earlier(self) -> Span:
        """The same span of the year before; of a year's 53rd week the last week of the year before."""
        if self.name == "week":
            year, week, _ = self.first.isocalendar()
            return span_of("week", date.fromisocalendar(year - 1, min(week, weeks_of(year - 1)), 1))
        return span_of(self.name, add_months(self.first, -12))

    @property
    def whole_months(self) -> bool:
        """Whether it is made of whole calendar months."""
        return self.name != "week"

    def steps(self) -> list[tuple[date, date]]:
        """The parts that a chart of it shows: days of a week or a month, weeks of a quarter, months of a year."""
        if self.name == "year":
            return [(first, add_months(first, 1) - _DAY) for first in (add_months(self.first, n) for n in range(12))]
        if self.name == "quarter":
            return list(self._weeks())
        return [(day, day) for day in days(self.first, self.last)]

    def _weeks(self) -> Iterator[tuple[date, date]]:
        first = self.first
        while first <= self.last:
            last = min(first + timedelta(days=6 - first.weekday()), self.last)
            yield first, last
            first = last + _DAY


def days(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def weeks_of(year: int) -> int:
    """How many weeks a year has: the 28th of December always lies in its last one."""
    return date(year, 12, 28).isocalendar().week


def add_months(first: date, count: int) -> date:
    """The first day of a month, so many months on."""
    number = first.year * 12 + first.month - 1 + count
    return date(number // 12, number % 12 + 1, 1)


def span_of(name: str, day: date) -> Span:
    """The span of this name in which a day lies; the calendar's ends are never passed. Raises KeyError for another name."""
    day = min(max(day, FIRST), LAST)
    if name == "week":
        first = day - timedelta(days=day.weekday())
        return Span(name, first, first + timedelta(days=6))
    return Span(name, *period_of(day, _MONTHS[name]))


def period_of(day: date, months: int) -> tuple[date, date]:
    """First and last day of the period of so many months in which a day lies; periods begin with the year 0 of the calendar.

    Twelve months are the calendar year, three its quarters.
    """
    number = (day.year * 12 + day.month - 1) // months * months
    number = max(number, FIRST.year * 12)
    first = date(number // 12, number % 12 + 1, 1)
    return first, add_months(first, months) - _DAY
