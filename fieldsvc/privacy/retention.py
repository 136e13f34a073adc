"""What goes when its time is over: by kind, with a look beforehand at what would go and what is held back.

Decides which visits are ripe and what holds them: an open hazard that they found or verified, a hazard in the ledger whose own
time is not over, contradictions that nobody has settled. The periods are the company's (`retention` among the settings). What is
taken out of a visit is `fieldsvc.record.erasing`'s business, and each visit has an entry in the audit book, written in the same
transaction. Papers that were issued are not touched. Invariant: a dry run and a run choose the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from fieldsvc import clock, installation
from fieldsvc.audit import service as audit
from fieldsvc.blobs import service as blobs
from fieldsvc.calls import service as calls
from fieldsvc.customers import service as customers
from fieldsvc.db import end_reading, transaction
from fieldsvc.hazards import service as hazards
from fieldsvc.policy import service as policy
from fieldsvc.record import service as record

AT_ONCE = 50
MOST_LOOKED_AT = 5000
PLACES, PHOTOS, PERSONS, CALLS, BOOK = "places", "photos", "visits", "calls", "audit"
_PARTS = {PLACES: record.erasing.PLACE, PHOTOS: record.erasing.PHOTOS, PERSONS: record.erasing.PERSON}

Say = Callable[[str], None]


@dataclass(frozen=True)
class Ripe:
    """One kind of data: what is older than `before`, how much of it would go, and how much something holds back.

    `more`: there is more than was looked at.
    """

    kind: str
    before: date
    goes: int
    held: int = 0
    more: bool = False


def before(kind: str, *, today: date) -> date:
    """The day before which data of a kind are over."""
    periods = policy.section("retention")
    match kind:
        case "places":
            return months_before(today, periods["places_months"])
        case "photos":
            return months_before(today, 12 * periods["photos_years"])
        case "visits":
            return months_before(today, 12 * periods["visits_years"])
        case "calls":
            return months_before(today, 12 * periods["complaints_years"])
        case _:
            return months_before(today, 12 * periods["audit_years"])


def months_before(day: date, months: int) -> date:
    """The day so many months ago."""
    whole = day.year * 12 + day.month - 1 - months
    year, month = divmod(whole, 12)
    # The last days of a month are not in every month; the first of the next comes a little later, which keeps more.
    return date(year, month + 1, min(day.day, 28))


def look(*, today: date) -> list[Ripe]:
    """The dry run: what would go today, kind by kind. Changes nothing."""
    found = [_look_at_visits(kind, today) for kind in (PLACES, PHOTOS, PERSONS)]
    day = before(CALLS, today=today)
    found.append(Ripe(CALLS, day, calls.erasing.count_over(before=instant(day))))
    day = before(BOOK, today=today)
    return [*found, Ripe(BOOK, day, audit.old(before=instant(day))[1])]


def _look_at_visits(kind: str, today: date) -> Ripe:
    day, goes, held, seen = before(kind, today=today), 0, 0, 0
    for ids in _batches(kind, day, at_once=500):
        kept = _held_back(kind, ids, today)
        goes, held, seen = goes + len(ids) - len(kept), held + len(kept), seen + len(ids)
        if seen >= MOST_LOOKED_AT:
            break
    return Ripe(kind, day, goes, held, more=seen >= MOST_LOOKED_AT)


def _batches(kind: str, day: date, *, at_once: int) -> Iterator[Sequence[str]]:
    after = ""
    while ids := record.erasing.ripe(part=_PARTS[kind], before=day, limit=at_once, after=after):
        yield ids
        after = ids[-1]


def _held_back(kind: str, ids: Collection[str], today: date) -> set[str]:
    """Which of these visits keep what they hold: none may lose what an open hazard's record is made of."""
    ledger = months_before(today, 12 * policy.value("retention", "hazards_years"))
    since = None if kind == PLACES else instant(ledger)
    return hazards.kept_visits(visit_ids=ids, closed_since=since) | record.erasing.unsettled(visit_ids=ids)


def instant(day: date) -> datetime:
    """When a day begins on the company's clock."""
    return datetime.combine(day, time.min, installation.zone())


def run(*, today: date, say: Say = lambda line: None) -> list[Ripe]:
    """Take out everything that is over, some at a time; gives what went. Not in a transaction: it makes its own."""
    gone = [_run_visits(kind, today) for kind in (PLACES, PHOTOS, PERSONS)]
    gone.append(_run_calls(today))
    day = before(BOOK, today=today)
    with transaction():
        removed = audit.remove(before=instant(day), now=clock.now())
    gone.append(Ripe(BOOK, day, removed))
    for one in gone:
        say(f"{one.kind}: {one.goes} erased, {one.held} held back (before {one.before})")
    return gone


def _run_visits(kind: str, today: date) -> Ripe:
    day, goes, held = before(kind, today=today), 0, 0
    for ids in _batches(kind, day, at_once=AT_ONCE):
        with transaction():
            kept = _held_back(kind, ids, today)
            for visit_id in ids:
                if visit_id not in kept:
                    erase_visit(visit_id=visit_id, kind=kind, why="retention", now=clock.now())
        goes, held = goes + len(ids) - len(kept), held + len(kept)
    end_reading()
    return Ripe(kind, day, goes, held)


def _run_calls(today: date) -> Ripe:
    day = before(CALLS, today=today)
    with transaction():
        now = clock.now()
        many = calls.erasing.erase_over(before=instant(day))
        if many:
            said = {"why": "retention", "calls": many, "before": day.isoformat()}
            audit.looked_up(kind="erased", what="calls", detail=said, now=now)
    return Ripe(CALLS, day, many)


def erase_visit(
    *, visit_id: str, kind: str, why: str, by: tuple[str, str] = ("", ""), leave: bool = False, now: datetime
) -> None:
    """Take one kind of data out of a visit, and write that down. In the caller's transaction."""
    parts = [] if kind == PHOTOS else [_PARTS[kind]]
    files = record.erasing.files(visit_id=visit_id, signatures=kind == PERSONS)
    gone = blobs.erase(digests=files, now=now) if kind in (PHOTOS, PERSONS) else 0
    told = record.erasing.preview(visit_id=visit_id, parts=parts)
    fixed = customers.corrections.forget(visit_id=visit_id, now=now) if kind == PERSONS else 0
    if not (told.fresh or gone or fixed or leave):
        record.erasing.mark(visit_ids=[visit_id], part=_PARTS[kind])
        return
    said: dict[str, Any] = {"why": why, "kind": kind, "ops": told.ops, "files": gone}
    if told.ops:
        said["digest"] = told.digest
    entry = audit.looked_up(
        kind="erased", what="personal_data", object_id=visit_id, visit_id=visit_id,
        customer_id=record.owner(visit_id=visit_id), by_id=by[0], by_name=by[1], detail=said, now=now,
    )  # fmt: skip
    record.erasing.erase(visit_id=visit_id, parts=parts, entry=entry, leave=leave, now=now)
    record.erasing.mark(visit_ids=[visit_id], part=_PARTS[kind])


JOB = "privacy.retention"


def work_due() -> None:
    """The daily job: does nothing where the company has switched it off. Says in the log where the audit book stands."""
    if policy.value("retention", "automatic"):
        run(today=installation.today())
    end_reading()
