"""A day's planned visits as the office moves them: a column for each technician, in the order of the route.

Decides how the board is cut where a day is larger than a page: by technician, never in the middle of a route without saying so.
Invariant: a fixed number of queries, however many visits the store holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from fieldsvc.identity import service as identity
from fieldsvc.printing import service as printing
from fieldsvc.record import service as record

Json = dict[str, Any]

MOST = 400
"""As many visits stand on one board; a larger day is looked at technician by technician."""


@dataclass
class Column:
    """One technician's day (of nobody, where `username` is empty): open and closed visits in route order."""

    user_id: str
    username: str
    name: str
    visits: list[Json] = field(default_factory=list)

    @property
    def left(self) -> int:
        """Visits that can still be moved."""
        return sum(one["state"] in ("planned", "started") for one in self.visits)


@dataclass(frozen=True)
class Board:
    """A day's columns, the visits of nobody first; cancelled ones apart. `more` of the day's visits are not on it."""

    day: date
    columns: list[Column]
    cancelled: list[Json]
    total: int
    more: int


def board(*, day: date, technician: str = "") -> Board:
    """The board of a day, or of one technician's day (an id, or `nobody`)."""
    total = sum(one.count for one in record.of_day(day=day))
    who = None if not technician else "" if technician == "nobody" else technician
    found = record.on_day(day=day, assignee_id=who, limit=MOST)
    columns = {"": Column("", "", "")} | {
        one.id: Column(one.id, one.username, one.name) for one in identity.technicians()
    }
    cancelled = [one for one in found if one["state"] == "cancelled"]
    for visit in sorted(found, key=printing.route_key):
        if visit["state"] != "cancelled":
            _column(columns, visit).visits.append(visit)
    shown = [one for one in columns.values() if who is None or one.user_id == who]
    shown.sort(key=lambda one: (bool(one.user_id), not one.visits))  # nobody's first, then who has any; else by name
    return Board(day, shown, cancelled, total, total - len(found) if who is None else 0)


def _column(columns: dict[str, Column], visit: Mapping[str, Any]) -> Column:
    person = visit["assignee"]
    if person is None:
        return columns[""]
    return columns.setdefault(person["id"], Column(person["id"], "", person["name"]))
