"""The life of one hazard: how it stands, from what the record says of it and from what the desk has written down.

Decides stage, date, gas, whether somebody has taken it up, when the home is called, and what closing still needs. Pure: knows
no database and no clock. Invariants: the same rows and events give the same life in whatever order they came; what the company
does not allow (a second extension, a review by the finder) is kept as an event and changes nothing; whenever two readings are
possible the more dangerous one counts. Source: domain.md G6 and G7, hazards.yaml, notice.md 6 and 7.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from fieldsvc.hazards.models import Hazard, HazardEvent

SHUT = ("now_all", "now_appliance")
LEVELS = (1, 2, 3)
STAGES = ("found", "told", "notified", "in_work", "reported_done", "checked", "closed", "withdrawn")
"""In the order of a life; `checked`: found put right at a re-inspection, and something else that closing needs is missing."""

NOT_CALLED = ("reported_done", "checked", "closed", "withdrawn")
"""Who has reported it done is not reminded to do it: the next step is the company's."""

GAS = ("unsafe", "off", "suspended", "restored")
"""`unsafe`: the gas was given back and the hazard is not put right after all; `off`: shut off when it was found."""


@dataclass(frozen=True)
class Rules:
    """What the company decides (policy section `ledger`), in the company's time zone."""

    reminders: Mapping[int, Sequence[int]]
    overdue_every: Mapping[int, int]
    revisit_day: Mapping[int, int]
    extensions: int
    extension_percent: int
    extend_levels: frozenset[int]
    review_levels: frozenset[int]
    alert_minutes: int
    zone: tzinfo

    @classmethod
    def of(cls, section: Mapping[str, Any], zone: tzinfo) -> Rules:
        """The rules from the values of the section."""
        return cls(
            reminders={level: sorted(set(section[f"level{level}_reminders"])) for level in LEVELS},
            overdue_every={level: int(section[f"level{level}_overdue_every"]) for level in LEVELS},
            revisit_day={level: int(section[f"level{level}_revisit_day"]) for level in LEVELS},
            extensions=int(section["extensions"]),
            extension_percent=int(section["extension_percent"]),
            extend_levels=frozenset(section["extend_levels"]),
            review_levels=frozenset(section["review_levels"]),
            alert_minutes=int(section["alert_minutes"]),
            zone=zone,
        )


@dataclass(frozen=True)
class Life:
    """How a hazard stands. `waits` names what closing still needs: reinspection, notice, heard, review."""

    stage: str
    due_on: date
    gas: str
    taken_up_at: datetime | None
    remind_on: date | None
    waits: tuple[str, ...]


def counting(row: Hazard, events: Iterable[HazardEvent]) -> list[HazardEvent]:
    """The events that speak of this hazard from its own home, oldest first."""
    return sorted((one for one in events if one.customer_id == row.customer_id), key=lambda one: (one.made_at, one.id))


def live(row: Hazard, events: Iterable[HazardEvent], rules: Rules, *, written_notice: bool) -> Life:
    """How a hazard stands. `written_notice`: the law wants one for it."""
    said = counting(row, events)
    due = due_on(row, said, rules)
    waits = _waits(row, said, rules, written_notice)
    stage = _stage(row, said, rules, waits)
    return Life(
        stage=stage,
        due_on=due,
        gas=_gas(row, said, rules),
        taken_up_at=_taken_up_at(row, said),
        remind_on=None if stage in NOT_CALLED else _remind_on(row, said, rules, due),
        waits=waits,
    )


def moment(event: HazardEvent, zone: tzinfo) -> datetime:
    """When something happened: the end of the day that was named, and never after it was written down."""
    if event.on_day is None:
        return event.made_at
    return min(datetime.combine(event.on_day, time.max, zone).astimezone(UTC), event.made_at)


def found_on(row: Hazard, zone: tzinfo) -> date:
    """The company's day on which it was found: terms and reminders count from it."""
    return row.found_at.astimezone(zone).date()


def latest_extension(row: Hazard, rules: Rules) -> date | None:
    """The latest date to which this hazard's date may be put off; None where it may not be."""
    if row.level not in rules.extend_levels or not rules.extensions:
        return None
    term = max((row.paper_due_on - found_on(row, rules.zone)).days, 1)
    return _later(row.paper_due_on, max(term * rules.extension_percent * rules.extensions // 100, 1))


def due_on(row: Hazard, events: Sequence[HazardEvent], rules: Rules) -> date:
    """The date that counts: the notice's own, or the one it was put off to; of more than are allowed the earliest count."""
    latest = latest_extension(row, rules)
    put_off = sorted(
        one.due
        for one in events
        if one.event == "extended" and one.due and one.note and latest and row.paper_due_on < one.due <= latest
    )
    return put_off[: rules.extensions][-1] if put_off else row.paper_due_on


def _not_fixed_since(row: Hazard) -> datetime | None:
    """When a re-inspection last found it not put right: what was said before that counts no more."""
    return row.verified_at if row.fixed_at is None else None


def _waits(row: Hazard, events: Sequence[HazardEvent], rules: Rules, written_notice: bool) -> tuple[str, ...]:
    if row.state == "withdrawn":
        return ()
    missing = []
    if row.fixed_at is None:
        missing.append("reinspection")
    if written_notice and row.noticed_at is None:
        missing.append("notice")
    elif written_notice and not _reached(row, events):
        missing.append("heard")
    if row.level in rules.review_levels and not _reviewed(row, events):
        missing.append("review")
    return tuple(missing)


def _reached(row: Hazard, events: Sequence[HazardEvent]) -> bool:
    # Before verifications were kept with their op, nothing was kept of signatures here either.
    old = row.verified_op is None and row.fixed_at is not None
    return bool(row.heard) or old or any(one.event == "notified" for one in events)


def _reviewed(row: Hazard, events: Sequence[HazardEvent]) -> bool:
    """Somebody who neither found it nor looked at it again has looked at that very verification."""
    if row.verified_op is None:
        return row.fixed_at is not None  # verified before the ledger kept by whom: nobody can be asked any more
    seen = (one for one in events if one.event == "reviewed" and one.seen == row.verified_op)
    return row.fixed_at is not None and any(one.by_id not in (row.found_by, row.verified_by) for one in seen)


def _stage(row: Hazard, events: Sequence[HazardEvent], rules: Rules, waits: Sequence[str]) -> str:
    if row.state == "withdrawn":
        return "withdrawn"
    if row.fixed_at is not None:
        return "checked" if waits else "closed"
    since = _not_fixed_since(row)
    said = {one.event for one in events if since is None or moment(one, rules.zone) > since}
    ever = {one.event for one in events}
    for stage in ("reported_done", "in_work"):
        if stage in said:
            return stage
    if row.noticed_at is not None and (row.heard or "notified" in ever):
        return "notified"
    return "told" if row.heard or ever & {"told", "notified"} else "found"


def _taken_up_at(row: Hazard, events: Sequence[HazardEvent]) -> datetime | None:
    """When somebody first took up the danger as it is now: at this level, and with the last look at it before them."""
    failed = _not_fixed_since(row) is not None
    counts = (
        one.made_at
        for one in events
        if one.event == "taken_up" and (one.level or 3) <= row.level and (not failed or one.seen == row.verified_op)
    )
    return min(counts, default=None)


def _gas(row: Hazard, events: Sequence[HazardEvent], rules: Rules) -> str:
    def last(event: str) -> datetime | None:
        return max((moment(one, rules.zone) for one in events if one.event == event), default=None)

    suspended = last("suspended")
    off_since = suspended or (row.found_at if row.stop_gas in SHUT else None)
    if off_since is None or row.state == "withdrawn":
        return ""
    given_back = max((one for one in (last("restored"), row.restored_at) if one is not None), default=None)
    if given_back is not None and given_back >= off_since:
        return "restored" if row.fixed_at is not None else "unsafe"
    return "suspended" if suspended else "off"


def _remind_on(row: Hazard, events: Sequence[HazardEvent], rules: Rules, due: date) -> date | None:
    """The next day on which the home is to be called; a day that has passed stays until somebody has called."""
    called = max(
        (moment(one, rules.zone).astimezone(rules.zone).date() for one in events if one.event == "reminded"),
        default=date.min,
    )
    start = found_on(row, rules.zone)
    planned = [_later(start, days) for days in rules.reminders.get(row.level, ())]
    days = [day for day in planned if day > called][:1]
    every = rules.overdue_every.get(row.level, 0)
    if every:
        first = _later(due, 1)
        days.append(first if called < first else _later(called, every))
    return min(days, default=None)


def _later(day: date, days: int) -> date:
    """So many days on; a phone may have written any date, and the calendar ends."""
    return day + timedelta(days=min(days, (date.max - day).days))


def revisit_on(row: Hazard, rules: Rules) -> date | None:
    """By when the company looks again: its own day for the level, never after the date; None: at the next visit."""
    days = rules.revisit_day.get(row.level, 0)
    if not days:
        return None
    start = found_on(row, rules.zone)
    return max(start, min(_later(start, days), row.due_on))
