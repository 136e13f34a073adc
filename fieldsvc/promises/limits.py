"""How much time a clock gives, and when that is over.

Decides which of the company's values (policy `promises`) limits a clock for a customer, and counts it in hours, days or the
company's working days. Knows nothing of visits.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from fieldsvc import installation
from fieldsvc.catalog.service import Clock
from fieldsvc.policy import service as policy
from fieldsvc.policy import workdays


def value_of(clock: Clock, tags: Sequence[str] = ()) -> tuple[int, str]:
    """How much time a clock gives to a customer with these tags: the figure, and its unit."""
    marks, values = set(tags), policy.section("promises")
    field = clock.promise
    if clock.business and marks & set(policy.value("planning", "business_tags").split()):
        field = clock.business
    elif clock.remote and marks & set(str(values["remote_tags"]).split()):
        field = clock.remote
    elif clock.outside and marks & set(str(values["outside_tags"]).split()):
        field = clock.outside
    unit = next(one["unit"] for one in policy.declared()["promises"]["fields"] if one["id"] == field)
    return int(values[field]), str(unit).replace(" ", "_")


def due_at(clock: Clock, tags: Sequence[str], since: datetime) -> datetime:
    """When the time is over that a clock gives, counted from then: days end with the last one."""
    figure, unit = value_of(clock, tags)
    if unit in ("hours", "minutes"):
        return since + timedelta(**{unit: figure})
    zone = installation.zone()
    today = since.astimezone(zone).date()
    last = workdays.add_working_days(today, figure) if unit == "working_days" else today + timedelta(days=figure)
    return datetime.combine(last, time(23, 59, 59), tzinfo=zone)
