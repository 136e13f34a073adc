"""How much of a day may be taken by what plans itself, and on which day there is still room.

Decides that danger and what was agreed never wait for room: a hazard of level 1 and a day that somebody asked for stand; what is
due on a day to come is made earlier, or on that day however full it is; everything else goes to the next day with room. So a
backlog spreads over working days, and nothing is later than the company said it would be. Reads only.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import func, select

from fieldsvc.db import db
from fieldsvc.identity import service as identity
from fieldsvc.planning import needs
from fieldsvc.planning.models import AHEAD, FollowUp, Look
from fieldsvc.policy import service as policy
from fieldsvc.policy import workdays

FARTHEST = 500
"""So many working days ahead is room looked for; what finds none stands on the last of them."""
GRAVEST = 1


def most_a_day() -> int:
    """As many visits as plan themselves for one day: a share of what all technicians make in a day."""
    rules = policy.section("planning")
    whole = int(rules["visits_per_day"]) * max(len(identity.technicians()), 1)
    return max(whole * int(rules["itself_percent"]) // 100, 1)


def day_with_room(need: needs.Need, day: date, *, first: date, moved: FollowUp | None = None) -> date:
    """The day for a need that would stand on `day`; `first` is the first one possible, `moved` what stands somewhere already."""
    if need.how == needs.EXACT or any(part.get("level") == GRAVEST for part in need.why):
        return day
    most, taken = most_a_day(), _taken(first)
    if moved is not None and moved.state == AHEAD and moved.planned_for in taken:
        taken[moved.planned_for] -= 1

    def has_room(one: date) -> bool:
        return taken.get(one, 0) < most

    if need.how == needs.BY and need.basis > first:
        return next((one for one in _back(day, first) if has_room(one)), day)
    last = day
    for last in _on(day):
        if has_room(last):
            break
    return last


def _taken(first: date) -> dict[date, int]:
    query = select(FollowUp.planned_for, func.count()).where(FollowUp.state == AHEAD, FollowUp.planned_for >= first)
    return {row[0]: row[1] for row in db.session.execute(query.group_by(FollowUp.planned_for))}


def _back(day: date, first: date) -> Iterator[date]:
    """A day, and the working days before it down to the first."""
    yield day
    while day > first:
        day = date.fromordinal(day.toordinal() - 1)
        if day >= first and workdays.is_working_day(day):
            yield day


def _on(day: date) -> Iterator[date]:
    """A day, and the working days after it."""
    for _ in range(FARTHEST):
        yield day
        day = workdays.add_working_days(day, 1)


def homes_waiting() -> int:
    """How many homes wait for the office's word."""
    return db.session.scalar(select(func.count()).select_from(Look).where(Look.held)) or 0


class Backlog:
    """The homes that wait for the office's word after an upgrade, and how their visits would be spread at most.

    `days`: each with what stands there already and what would come to it.
    """

    def __init__(self, today: date):
        self.homes = homes_waiting()
        self.most = most_a_day() if self.homes else 0
        self.days = list(self._spread(today)) if self.homes else []

    def _spread(self, today: date) -> Iterator[tuple[date, int, int]]:
        left, day = self.homes, workdays.add_working_days(today, 1)
        taken = _taken(day)
        for one in _on(day):
            more = min(max(self.most - taken.get(one, 0), 0), left)
            yield one, taken.get(one, 0), more
            left -= more
            if not left:
                return
