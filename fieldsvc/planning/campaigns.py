"""A campaign: whoever is due in some places, spread over working days and technicians as a person walks.

Decides who goes where on which day. A batch of visits and how far the campaign has come are one transaction, so a stop at any
moment costs nothing and doubles nobody; who has an open inspection is never planned again, whoever planned it. Never
commits; the work is in work.py. Invariant: no technician gets more visits on a day than the campaign allows, those planned
before included.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from fieldsvc import clock, installation, problems
from fieldsvc.customers import service as customers
from fieldsvc.db import db
from fieldsvc.duty import service as duty
from fieldsvc.identity import service as identity
from fieldsvc.planning.models import DONE, FAILED, STOPPED, WORKING, Campaign
from fieldsvc.policy import workdays
from fieldsvc.record import service as record
from fieldsvc.visits import service as visits

Json = dict[str, Any]

TYPE = "gas.inspection"
MOST_DAYS, MOST_PLACES, MOST_TECHNICIANS, MOST_A_DAY = 250, 200, 100, 200
BATCH = 20
"""Visits in one transaction; phones that send meanwhile wait for so long."""


@dataclass(frozen=True)
class Wish:
    """What somebody asks for, before anything is written."""

    asked: duty.Filter
    first: date
    last: date
    technicians: tuple[str, ...]
    per_day: int

    def days(self) -> list[date]:
        """The working days from the first to the last, at most as many as a campaign may have."""
        span = range(min((self.last - self.first).days + 1, 2 * MOST_DAYS))
        days = (self.first + timedelta(days=n) for n in span)
        return [day for day in days if workdays.is_working_day(day)][:MOST_DAYS]


@dataclass(frozen=True)
class Preview:
    """What a campaign would do: who is due and in nobody's plan, how many of them find a place, on how many days."""

    left: int
    room: int
    days: list[date]
    last_day: date | None
    free: list[tuple[str, int]]

    @property
    def fits(self) -> int:
        return min(self.left, self.room)


def check(wish: Wish, *, today: date) -> str:
    """What is wrong with a wish, as a word; empty where nothing is."""
    if not wish.asked.places:
        return "places"
    if len(wish.asked.places) > MOST_PLACES:
        return "too_many_places"
    if wish.first < today:
        return "past"
    if wish.last < wish.first:
        return "ends_before"
    if not wish.technicians or len(wish.technicians) > MOST_TECHNICIANS:
        return "technicians"
    if not 1 <= wish.per_day <= MOST_A_DAY:
        return "per_day"
    return "" if wish.days() else "no_working_day"


def preview(wish: Wish) -> Preview:
    """Say what a campaign would do. Writes nothing."""
    days, left = wish.days(), duty.totals(asked=wish.asked).left
    people = _people(wish.technicians)
    slots = list(_slots(days, [one["id"] for one in people], wish.per_day))
    taken = slots[:left]
    free = [(one["name"], sum(who == one["id"] for _, who in slots)) for one in people]
    return Preview(left=left, room=len(slots), days=days, last_day=taken[-1][0] if taken else None, free=free)


def _people(usernames: Sequence[str]) -> list[Any]:
    found = [identity.find_technician(username) for username in usernames]
    return [one for one in found if one is not None]


def _slots(days: Sequence[date], technicians: Sequence[str], per_day: int) -> Iterator[tuple[date, str]]:
    """The free places of the days: each day each technician's in a row, so that neighbours go to the same person."""
    if not days:
        return
    load = record.load_of_days(first=days[0], last=days[-1])
    for day in days:
        for who in technicians:
            for _ in range(per_day - load.get((who, day), 0)):
                yield day, who


def begin(*, wish: Wish, name: str, by_id: str, by_name: str, now: datetime) -> Campaign:
    """Write a campaign down; its visits are planned by the queue. Raises Invalid with what is wrong with the wish as its code."""
    wrong = check(wish, today=now.astimezone(installation.zone()).date())
    if wrong:
        raise problems.Invalid("this campaign cannot be planned", code=f"campaign_{wrong}")
    campaign = Campaign(
        id=clock.new_id(),
        name=name,
        made_at=now,
        by_id=by_id,
        by_name=by_name,
        visit_type=TYPE,
        places=[[place.district, place.address, place.building] for place in wish.asked.places],
        kind=wish.asked.kind,
        until=wish.asked.until,
        days=[day.isoformat() for day in wish.days()],
        technicians=list(wish.technicians),
        per_day=wish.per_day,
        total=preview(wish).fits,
        held_until=now,
    )
    db.session.add(campaign)
    db.session.flush()
    return campaign


def find(*, campaign_id: str, lock: bool = False) -> Campaign:
    """A campaign. Raises NotFound."""
    query = select(Campaign).where(Campaign.id == campaign_id)
    row = db.session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise problems.NotFound("there is no such campaign")
    return row


def latest(*, limit: int) -> list[Campaign]:
    """The campaigns, newest first."""
    return list(db.session.scalars(select(Campaign).order_by(Campaign.made_at.desc(), Campaign.id.desc()).limit(limit)))


def stop(*, campaign_id: str, now: datetime) -> None:
    """Plan nothing more; what was planned stays planned."""
    row = find(campaign_id=campaign_id, lock=True)
    if row.state == WORKING:
        end(row, STOPPED, now)


def end(row: Campaign, state: str, now: datetime) -> None:
    """A campaign is through."""
    row.state, row.owner, row.finished_at = state, "", now


def filter_of(row: Campaign) -> duty.Filter:
    """Whom a campaign is for."""
    places = tuple(duty.Place(str(district), address, building) for district, address, building in row.places)
    return duty.Filter(until=row.until, places=places, kind=row.kind)


def plan_batch(row: Campaign, *, now: datetime, size: int = BATCH) -> bool:
    """Plan the next visits of a campaign; say whether there may be more. In the caller's transaction."""
    today = now.astimezone(installation.zone()).date()
    days = [day for day in map(date.fromisoformat, row.days) if day >= today]
    people = {one["id"]: one["username"] for one in _people(row.technicians)}
    slots = [slot for slot, _ in zip(_slots(days, list(people), row.per_day), range(size), strict=False)]
    after = (row.walked[0], row.walked[1]) if row.walked else None
    homes = duty.due(asked=filter_of(row), after=after, limit=len(slots)) if slots else []
    if not homes:
        end(row, DONE, now)
        return False
    accounts = customers.accounts_by_id(ids=[home.customer_id for home in homes])
    visits.plan(
        visits=[
            {
                "type": row.visit_type,
                "customer": {"account": accounts[home.customer_id]},
                "planned": {"date": day.isoformat(), "from": None, "to": None},
                "assignee": people[who],
            }
            for home, (day, who) in zip(homes, slots, strict=False)
        ],
        now=now,
    )
    row.planned += len(homes)
    row.walked, row.attempts = [homes[-1].walk, homes[-1].customer_id], 0
    return True


def fail(row: Campaign, now: datetime) -> None:
    """A campaign that fails again and again is ended; what it planned stays."""
    end(row, FAILED, now)
