"""What was done in a stretch of time, read from the tallies, and a recount that they can be held against.

Decides which tallies make up a figure; counts no visit itself. Invariant: a fixed number of queries per answer, whose rows are
days or months, never visits.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import and_, func, or_, select

from fieldsvc import clock, installation
from fieldsvc.calls import service as calls
from fieldsvc.catalog.service import catalogue
from fieldsvc.db import db
from fieldsvc.found import MOST_COUNTED
from fieldsvc.hazards import service as hazards
from fieldsvc.jsontext import loads
from fieldsvc.policy import service as policy
from fieldsvc.promises import service as clocks
from fieldsvc.record import service as record
from fieldsvc.reports import counting, facts, promises
from fieldsvc.reports.counting import catch_up, count_all_anew, count_batch, is_behind, work_due
from fieldsvc.reports.coverage import Coverage, coverage
from fieldsvc.reports.facts import DONE
from fieldsvc.reports.models import Head, Tally
from fieldsvc.reports.phones import Phone, silent_phones
from fieldsvc.reports.promises import Promise
from fieldsvc.reports.spans import NAMES, Span, span_of

__all__ = [
    "DONE",
    "NAMES",
    "Amounts",
    "Coverage",
    "Lag",
    "Phone",
    "Promise",
    "Span",
    "amounts",
    "catch_up",
    "count_all_anew",
    "count_batch",
    "coverage",
    "differences",
    "is_behind",
    "kept_promises",
    "lag",
    "series",
    "silent_phones",
    "span_of",
    "work_due",
]

Amounts = Mapping[str, Mapping[tuple[str, str], int]]
"""Measure → (key, part) → how much."""


class Lag(NamedTuple):
    """How many visits changed since the last count, as far as lists count; `anew` while everything is being counted again."""

    behind: int
    anew: bool


def lag() -> Lag:
    """How far the tallies are behind the record."""
    head = db.session.scalar(select(Head).execution_options(populate_existing=True))
    anew = head is None or head.rules != counting.rules_in_force()
    version = 0 if head is None or anew else head.version
    return Lag(
        record.count_changed(version=version, most=MOST_COUNTED) if record.latest_version() > version else 0, anew
    )


def amounts(*, measures: Sequence[str], span: Span) -> Amounts:
    """How much of each measure there was in a span, by key and part."""
    query = (
        select(Tally.measure, Tally.key, Tally.part, func.sum(Tally.count))
        .where(Tally.measure.in_(measures), Tally.grain == ("m" if span.whole_months else "d"))
        .where(Tally.day.between(span.first, span.last))
        .group_by(Tally.measure, Tally.key, Tally.part)
    )
    found: dict[str, dict[tuple[str, str], int]] = {measure: {} for measure in measures}
    for measure, key, part, count in db.session.execute(query):
        if count:
            found[measure][key, part] = int(count)
    return found


def series(*, measure: str, span: Span) -> list[tuple[date, date, Counter[str]]]:
    """A measure along the steps of a span: (first day, last day, amounts by part)."""
    months = span.name == "year"
    query = (
        select(Tally.day, Tally.part, func.sum(Tally.count))
        .where(Tally.measure == measure, Tally.grain == ("m" if months else "d"))
        .where(Tally.day.between(span.first, span.last))
        .group_by(Tally.day, Tally.part)
    )
    by_day: dict[date, Counter[str]] = defaultdict(Counter)
    for day, part, count in db.session.execute(query):
        by_day[day][part] += int(count)
    gathered = []
    for first, last in span.steps():
        whole: Counter[str] = Counter()
        for day, parts in by_day.items():
            if first <= day <= last:
                whole.update(parts)
        gathered.append((first, last, whole))
    return gathered


def kept_promises(*, span: Span, today: date) -> list[Promise]:
    """The promises that can be counted from what is recorded, for what fell to a span."""
    grain = "m" if span.whole_months else "d"
    # Who has come has kept or broken a promise, on whatever day; of those whom nobody has come to the day itself decides.
    decided = and_(Tally.measure.in_(("repair", "window")), Tally.grain == grain, Tally.key != "")
    by_day = or_(Tally.measure == "booked", and_(Tally.measure == "repair", Tally.key == ""))
    query = (
        select(Tally.day, Tally.measure, Tally.key, Tally.count)
        .where(Tally.measure.in_(("booked", "repair", "window")), Tally.day.between(span.first, span.last))
        .where(or_(decided, and_(Tally.grain == "d", by_day)), Tally.count != 0)
    )
    told = promises.kept(
        [(day, measure, key, count) for day, measure, key, count in db.session.execute(query)], today=today
    )
    return [*told, *_heard(span, today), *_running(span)]


def _running(span: Span) -> list[Promise]:
    """The clocks of kinds of visit that have run; those that the tallies tell, from before there were clocks, left out."""
    edition, told = catalogue(), []
    for one in clocks.counted(first=span.first, last=span.last, now=clock.now()):
        running = edition.clock(one.clock)
        if running is not None and one.clock not in ("booked", "repair"):
            told.append(Promise(one.clock, clocks.value_of(running)[0], one.kept, one.broken, one.open))
    return told


def _heard(span: Span, today: date) -> list[Promise]:
    """Complaints and opinions closed, telephones answered, suspensions told and ended in time."""
    values, first, last = policy.section("promises"), span.first, span.last
    heard = calls.complaints.kept(first=first, last=last, today=today, rings=values["rings"])
    cut = clocks.suspensions.counted(first=first, last=last, now=clock.now())
    return [
        Promise("complaint", values["complaint_working_days"], *heard["complaint"]),
        Promise("opinion", values["opinion_working_days"], *heard["opinion"]),
        Promise("hotline", values["rings"], *heard["hotline"]),
        Promise("suspension", values["suspension_hours"], *cut["suspension"]),
        Promise("restoration", values["restoration_hours"], *cut["restoration"]),
    ]


def differences() -> list[str]:
    """Count everything again without writing, and name each tally that says something else; none when all are right."""
    zone = installation.zone()
    wanted: Counter[tuple[str, date, str, str]] = Counter()
    inspected: list[tuple[str, str, date]] = []
    for row in _all_visits():
        document = loads(row.document)
        told = facts.of_visit(
            document, planned_on=row.planned_on, created_at=row.created_at, changed_at=row.changed_at, zone=zone
        )
        wanted.update(facts.parts_of_visit(told))
        on = facts.inspected_on(document, changed_at=row.changed_at, zone=zone)
        if on:
            inspected.append((row.customer_id, counting.category(document), on))
        for one in hazards.by_ids(ids=document["hazards"]):
            if one["visit"] == row.id:
                wanted.update(facts.parts_of_hazard(facts.of_hazard(one, zone=zone)))
    wanted.update(counting.covered_parts(counting.first_inspections(inspected)))
    return list(_unequal("d", wanted)) + list(_unequal("m", _by_month(wanted)))


def _all_visits() -> Iterator[record.Standing]:
    version = 0
    while rows := record.changed_since(version=version, limit=counting.BATCH):
        yield from rows
        version = rows[-1].version


def _by_month(parts: Mapping[tuple[str, date, str, str], int]) -> Counter[tuple[str, date, str, str]]:
    months: Counter[tuple[str, date, str, str]] = Counter()
    for (measure, day, key, part), count in parts.items():
        months[measure, day.replace(day=1), key, part] += count
    return months


def _unequal(grain: str, wanted: Mapping[tuple[str, date, str, str], int]) -> Iterator[str]:
    columns = (Tally.measure, Tally.day, Tally.key, Tally.part, Tally.count)
    rows = db.session.execute(select(*columns).where(Tally.grain == grain, Tally.count != 0))
    held = {(measure, day, key, part): count for measure, day, key, part, count in rows}
    for one in sorted(held.keys() | {key for key, count in wanted.items() if count}):
        if held.get(one, 0) != wanted.get(one, 0):
            yield f"{one}: {held.get(one, 0)} instead of {wanted.get(one, 0)}"
