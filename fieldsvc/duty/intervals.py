"""When an inspection is due: the company's intervals, and the latest last day that makes a customer due on a day.

Pure arithmetic of months beside the two figures of the policy section `duty`. Invariant: `due_on(last, months) <= day` exactly
when `last <= cutoff(day, months)`.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from fieldsvc.duty.models import BUSINESS, HOME
from fieldsvc.policy import service as policy


def months() -> dict[str, int]:
    """The interval in force for each kind of customer."""
    given = policy.section("duty")
    return {HOME: given["residential_months"], BUSINESS: given["business_months"]}


def due_on(last: date, interval: int) -> date:
    """The day on which the next inspection is due: the same day some months later, or that month's last."""
    return _moved(last, interval)


def cutoff(day: date, interval: int) -> date:
    """The latest day of a last inspection after which the next one is due on `day` or before."""
    latest = _moved(day, -interval)
    while _moved(latest + timedelta(days=1), interval) <= day:  # the ends of short months
        latest += timedelta(days=1)
    while _moved(latest, interval) > day:
        latest -= timedelta(days=1)
    return latest


def _moved(day: date, by: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + by, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
