"""What the office asks: how a day stands, what waits for a person, what one visit consists of.

Decides nothing of the trade: every figure comes from the capability that owns it. Knows no HTTP and no words on screen.
Invariant: a fixed number of queries per answer, however much the store holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from fieldsvc import clock, found, problems
from fieldsvc.calls import service as calls
from fieldsvc.customers import service as customers
from fieldsvc.doubts import service as doubts
from fieldsvc.hazards import service as hazards
from fieldsvc.identity import service as identity
from fieldsvc.notices import service as notices
from fieldsvc.policy import service as policy
from fieldsvc.readings import service as readings
from fieldsvc.record import service as record
from fieldsvc.record.service import Author

Json = dict[str, Any]

MOST_COUNTED = 10_000
"""What waits is counted no further: a count stands beside every page of the office."""


@dataclass(frozen=True)
class Waiting:
    """What somebody in the office should look at, as counts. What only some pages show is looked up when they ask."""

    today: date
    quarantined: int
    torn: int
    failed: int
    overdue: int
    readings: int
    signatures: int
    corrections: int
    doubts: int
    phones: int
    calls: int
    complaints: int

    @property
    def needs_a_person(self) -> int:
        """All that stands in the inbox (fieldsvc/office/attention/inbox.py)."""
        waits = (self.quarantined, self.torn, self.signatures, self.corrections, self.doubts, self.phones, self.failed)
        return sum(waits)

    @cached_property
    def notices(self) -> Mapping[str, int]:
        """How many papers stand where."""
        return notices.counts()

    @cached_property
    def hazards(self) -> Mapping[int, tuple[int, int]]:
        """By level: how many hazards are open, and how many of them past their date."""
        return hazards.open_by_level(today=self.today)


@dataclass
class Tally:
    """A day's visits of one technician, or of all: how many stand where."""

    planned: int = 0
    started: int = 0
    completed: int = 0
    stopped: int = 0
    no_access: int = 0
    refused: int = 0
    cancelled: int = 0

    def add(self, place: str, count: int) -> None:
        """Count visits under a state or an outcome."""
        setattr(self, place, getattr(self, place) + count)

    @property
    def total(self) -> int:
        """All visits that are meant to happen."""
        return self.planned + self.started + self.closed

    @property
    def done(self) -> int:
        """Visits at which the work was done, stopped for danger ones included."""
        return self.completed + self.stopped

    @property
    def closed(self) -> int:
        """Visits that ended, however they did."""
        return self.done + self.no_access + self.refused


@dataclass(frozen=True)
class Day:
    """How a day stands: all together, and by technician (id, name, tally), those with visits only."""

    all: Tally
    by_technician: list[tuple[str, str, Tally]] = field(default_factory=list)


def waiting(*, today: date) -> Waiting:
    """Count what waits for the office, by one statement."""
    silent_since = clock.now() - timedelta(days=policy.value("attention", "silent_days"))
    return Waiting(
        today=today,
        **found.numbers(
            {
                "quarantined": record.waiting.number_held(most=MOST_COUNTED),
                "torn": record.waiting.number_torn(most=MOST_COUNTED),
                "failed": notices.failed.number(most=MOST_COUNTED),
                "overdue": hazards.number_overdue(today=today, most=MOST_COUNTED),
                "readings": readings.number_open(),
                "signatures": doubts.signatures.number(most=MOST_COUNTED),
                "corrections": customers.corrections.number_waiting(most=MOST_COUNTED),
                "doubts": doubts.number(most=MOST_COUNTED),
                "phones": identity.number_silent(since=silent_since),
                "calls": calls.number_due(today=today),
                "complaints": calls.complaints.number_late(today=today),
            }
        ),
    )


def day(*, on: date) -> Day:
    """How a day's visits stand; visits that nobody has come last, under an empty id and name."""
    everybody, whole = identity.people(), Tally()
    tallies: dict[str, Tally] = {}
    for row in record.of_day(day=on):
        place = (row.outcome or "completed") if row.state == "closed" else row.state
        for tally in (whole, tallies.setdefault(row.assignee_id or "", Tally())):
            tally.add(place, row.count)
    named = [(user_id, everybody.get(user_id, ""), tally) for user_id, tally in tallies.items()]
    return Day(all=whole, by_technician=sorted(named, key=lambda one: (not one[0], one[1])))


def with_visits(rows: Iterable[Any], *, key: str) -> list[tuple[Any, Json | None]]:
    """Put beside each row the document of its visit; None where the server knows no such visit."""
    listed = list(rows)

    def visit_of(row: Any) -> str:
        return str(row[key] if isinstance(row, Mapping) else getattr(row, key))

    documents = record.documents(ids={visit_of(row) for row in listed})
    return [(row, documents.get(visit_of(row))) for row in listed]


def with_devices(rows: Iterable[Json]) -> list[Json]:
    """Put each log row's phone in words: `device` becomes {id, code, name, office}."""
    listed = list(rows)
    known = {one.id: one for one in identity.devices(ids=sorted({row["device"] for row in listed}))}
    for row in listed:
        one = known.get(row["device"])
        row["device"] = {
            "id": row["device"],
            "code": one.code if one else "",
            "name": one.name if one else "",
            "office": one is not None and one.public_key is None,
        }
    return listed


def history(*, visit_id: str) -> list[Json]:
    """Every entry of a visit with its device; drawn strokes left out, because nobody reads them."""
    rows = with_devices(record.history(visit_id=visit_id))
    for row in rows:
        if isinstance(row["op"].get("data"), dict):
            row["op"]["data"].pop("strokes", None)
    return rows


def held() -> list[Json]:
    """Every entry in quarantine with its device, newest first."""
    rows = with_devices(record.held())
    for row in rows:
        if isinstance(row["op"].get("data"), dict):
            row["op"]["data"].pop("strokes", None)
    return rows


def edit(*, author: Author, visit_id: str, base: int, kind: str, data: Mapping[str, Any], now: datetime) -> None:
    """Write one edit of a member of staff as an op. In the caller's transaction.

    Raises NotFound, and Invalid with the code of the quarantine for an edit that cannot be applied: the person who made it is
    there to put it right, so nothing of it is kept.
    """
    record.document(visit_id=visit_id)
    result = record.write_as_office(author=author, visit_id=visit_id, base=base, kind=kind, data=data, now=now)
    if result.status == "quarantined":
        raise problems.Invalid(result.detail, code=result.code)
