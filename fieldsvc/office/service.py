"""What the office asks: how a day stands, what waits for a person, what one visit consists of.

Decides nothing of the trade: every figure comes from the capability that owns it. Knows no HTTP and no words on screen.
Invariant: a fixed number of queries per answer, however much the store holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from fieldsvc import problems
from fieldsvc.hazards import service as hazards
from fieldsvc.identity import service as identity
from fieldsvc.notices import service as notices
from fieldsvc.record import service as record
from fieldsvc.record.service import Author

Json = dict[str, Any]


@dataclass(frozen=True)
class Waiting:
    """What somebody in the office should look at, as counts."""

    quarantined: int
    torn: int
    notices: Mapping[str, int]
    hazards: Mapping[int, tuple[int, int]]

    @property
    def needs_a_person(self) -> int:
        """Entries in quarantine and visits with contradicting values."""
        return self.quarantined + self.torn

    @property
    def failed(self) -> int:
        """Notices that could not be made."""
        return self.notices.get("failed", 0)

    @property
    def open(self) -> int:
        """Open hazards of all levels."""
        return sum(count for count, _ in self.hazards.values())

    @property
    def overdue(self) -> int:
        """Open hazards past their date."""
        return sum(late for _, late in self.hazards.values())


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
    """Count what waits for the office."""
    return Waiting(
        quarantined=record.count_held(),
        torn=record.count_torn(),
        notices=notices.counts(),
        hazards=hazards.open_by_level(today=today),
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

    found = record.documents(ids={visit_of(row) for row in listed})
    return [(row, found.get(visit_of(row))) for row in listed]


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
