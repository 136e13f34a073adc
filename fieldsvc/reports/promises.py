"""Which of the company's promises were kept, of those that the record can tell.

Decides when a promise counts as kept, as broken, or as open still; the values are the company's (policy `promises`). Pure but for
those. Source: domain.md 1.1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from fieldsvc.policy import service as policy
from fieldsvc.policy import workdays


@dataclass
class Promise:
    """How often a promise was kept and broken, and how many may still be kept."""

    id: str
    value: int
    kept: int = 0
    broken: int = 0
    open: int = 0

    @property
    def percent(self) -> int | None:
        """The share kept of those that are decided; None where none is. 100 only when all were."""
        decided = self.kept + self.broken
        return self.kept * 100 // decided if decided else None


def kept(rows: Iterable[tuple[date, str, str, int]], *, today: date) -> list[Promise]:
    """From the tallies `booked`, `repair` and `window` as (day, measure, key, count): each promise, counted."""
    values = policy.section("promises")
    booked = Promise("booked", values["booked_working_days"])
    repair = Promise("repair", values["repair_hours"])
    window = Promise("window", values["window_grace_minutes"])
    due = cache(lambda asked_on: workdays.add_working_days(asked_on, booked.value))
    for day, measure, key, count in rows:
        if measure == "booked":
            _decide(booked, count, _booked(due(day), key, today))
        elif measure == "repair":
            _decide(repair, count, _repair(day, key, repair.value, today))
        else:
            _decide(window, count, int(key) <= window.value)
    return [booked, repair, window]


def _decide(promise: Promise, count: int, held: bool | None) -> None:
    if held is None:
        promise.open += count
    elif held:
        promise.kept += count
    else:
        promise.broken += count


def _booked(due: date, came: str, today: date) -> bool | None:
    if came:
        return date.fromisoformat(came) <= due
    return None if today <= due else False


def _repair(asked_on: date, hours: str, promised: int, today: date) -> bool | None:
    """Nobody having come yet, it is broken once the last day on which it could have been kept is over."""
    if hours:
        return int(hours) <= promised
    last = asked_on + timedelta(days=-(-promised // 24))
    return None if today <= last else False
