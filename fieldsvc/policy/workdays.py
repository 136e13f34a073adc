"""Which days the company works: weekends, the public holidays of China with their make-up working days, and its own days.

The State Council announces each year's days off late in the year before; the package `chinesecalendar` carries what was
announced. For a year that it does not know, weekends alone are days off (`known_years` says which it knows, and the page of
the calendar tells so); days that the company itself has put down (policy section `calendar`) win in every year.
Invariant: working_days_between(day, add_working_days(day, n)) == n for every n >= 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache, lru_cache

import chinese_calendar

from fieldsvc.policy import service as policy

SATURDAY = 5
_STEP = timedelta(days=1)


@cache
def known_years() -> tuple[int, int]:
    """The first and the last year whose public holidays and make-up working days are known."""
    announced = chinese_calendar.holidays
    return min(announced).year, max(announced).year


def is_working_day(day: date) -> bool:
    """Say whether the company works on this day."""
    return _works(day, _own_days())


def which_work(days: Iterable[date]) -> list[bool]:
    """Say of each of many days whether the company works on it."""
    own = _own_days()
    return [_works(day, own) for day in days]


def add_working_days(day: date, count: int) -> date:
    """Give the `count`-th working day after `day`; `day` itself for 0. Raises ValueError below 0."""
    if count < 0:
        raise ValueError(f"not a number of working days ahead: {count}")
    own = _own_days()
    while count:
        day += _STEP
        count -= _works(day, own)
    return day


def working_days_between(first: date, last: date) -> int:
    """Count the working days after `first` up to and with `last`; negative where `last` is the earlier one."""
    if last < first:
        return -working_days_between(last, first)
    own = _own_days()
    return sum(_works(first + n * _STEP, own) for n in range(1, (last - first).days + 1))


def _own_days() -> dict[str, bool]:
    return {row["day"]: row["is"] == "work" for row in policy.value("calendar", "own_days")}


def _works(day: date, own: dict[str, bool]) -> bool:
    if own and (decided := own.get(day.isoformat())) is not None:
        return decided
    return _works_usually(day)


@lru_cache(maxsize=4096)
def _works_usually(day: date) -> bool:
    first, last = known_years()
    if first <= day.year <= last:
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < SATURDAY
