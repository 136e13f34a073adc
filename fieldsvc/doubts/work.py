"""Looking at visits: one at a time, after the commit that gave the reason, as often as there are reasons.

Decides what is due and how it is looked at: photos are boiled down and their like is searched first, without holding the write
lock; then what follows is written in one transaction, unless something came in between: then the visit is looked at again.
Repeating it changes nothing, and a visit that cannot be looked at
holds up no other. A doubt that nothing speaks for any more goes, unless a person has judged it.
Invariant: the doubts of a visit depend on what is stored and on the company's thresholds, never on the order of arrival.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, select, text, update

from fieldsvc import clock, numbers, problems
from fieldsvc.blobs import service as blobs
from fieldsvc.db import Instant, db, end_reading, transaction
from fieldsvc.doubts import breaches, compare, gone_through, likes, prints, rules
from fieldsvc.doubts.marks import Marks, marks_of
from fieldsvc.doubts.models import Doubt, Due
from fieldsvc.identity import service as identity
from fieldsvc.jobs import service as jobs
from fieldsvc.policy import service as policy
from fieldsvc.record import service as record

log = logging.getLogger(__name__)

JOB = "doubts.work"
AT_ONCE = 20
"""A job ends after so many visits and wakes itself again, so that a stop never waits for many."""
PAUSES: Sequence[timedelta] = [timedelta(seconds=s) for s in (30, 300, 3600, 86_400)]
_NAMES = uuid.UUID("5b0f6e9a-0f7c-5c55-9a7e-8a2f3b1d4c60")

_ASK = text(
    "INSERT INTO doubts_due (visit_id, asked, due_at, attempts) VALUES (:visit_id, 1, :due_at, 0)"
    " ON CONFLICT (visit_id) DO UPDATE SET asked = doubts_due.asked + 1, due_at = :due_at, attempts = 0"
).bindparams(bindparam("due_at", type_=Instant))

Pictures = dict[str, prints.Print | None]


def doubt_id(*, visit_id: str, kind: str) -> str:
    """The id of a visit's doubt of one kind."""
    return str(uuid.uuid5(_NAMES, f"{visit_id} {kind}"))


def ask(*, visit_ids: Iterable[str], now: datetime) -> None:
    """Promise to look at visits. In the caller's transaction."""
    wanted = [{"visit_id": visit_id, "due_at": now} for visit_id in sorted(set(visit_ids))]
    if wanted:
        db.session.execute(_ASK, wanted)


def work_due() -> None:
    """Look at what is due."""
    for _ in range(AT_ONCE):
        if not look_at_next():
            return
    jobs.wake(JOB)


def look_at_next() -> bool:
    """Look at the visit that is due longest; say whether there was one."""
    now = clock.now()
    query = select(Due.visit_id, Due.asked).where(Due.due_at <= now).order_by(Due.due_at, Due.visit_id).limit(1)
    due = db.session.execute(query).first()
    if due is None:
        return False
    visit_id, asked = due
    try:
        seen = _look(visit_id)
        with transaction():
            _is_as_it_was(visit_id, asked, seen)
            if seen is not None:
                _write(seen, now)
            db.session.execute(delete(Due).where(Due.visit_id == visit_id))
    except likes.Outdated:
        log.debug("visit %s changed while it was looked at", visit_id)  # it is still due
    except Exception:
        log.exception("looking at visit %s", visit_id)
        db.session.rollback()
        with transaction():
            _put_off(visit_id, now)
    return True


def _put_off(visit_id: str, now: datetime) -> None:
    row = db.session.get(Due, visit_id, populate_existing=True)
    if row is not None:
        pause = PAUSES[min(row.attempts, len(PAUSES) - 1)]
        db.session.execute(
            update(Due).where(Due.visit_id == visit_id).values(attempts=row.attempts + 1, due_at=now + pause)
        )


def _pictures(visit_id: str) -> Pictures:
    """The prints of a visit's photos that have arrived: those that are kept, and the others made now."""
    try:
        photos = record.document(visit_id=visit_id)["photos"]
    except problems.NotFound:
        return {}
    wanted = [sha for sha, photo in photos.items() if photo["arrived"] and not photo.get("removed")]
    kept = {ref: row for (kind, ref), row in compare.kept_prints(visit_id).items() if kind == "photo" and row.fine}
    made: Pictures = {
        sha: prints.Print(
            prints.joined(kept[sha].band0, kept[sha].band1, kept[sha].band2, kept[sha].band3), kept[sha].fine
        )
        for sha in wanted
        if sha in kept
    }
    end_reading()
    return made | {sha: _made(sha) for sha in wanted if sha not in kept}


def _made(sha256: str) -> prints.Print | None:
    try:
        return prints.of_photo(blobs.read(sha256=sha256))
    except (problems.NotFound, OSError, ValueError, SyntaxError) as error:
        log.warning("photo %s cannot be compared: %s", sha256, error)
        return None


class _Seen(NamedTuple):
    """What was found out about a visit; `prints` is the number of prints by then, `through` what its rules see."""

    marks: Marks
    through: gone_through.Seen
    pictures: Pictures
    alike: likes.Alike
    said: dict[str, list[Mapping[str, Any]]]
    prints: int


def _look(visit_id: str) -> _Seen | None:
    """Read what takes long to read, without holding the write lock. None for a visit that is not looked at (yet)."""
    pictures = _pictures(visit_id)
    number = numbers.latest(likes.PRINTS)
    try:
        document = record.document(visit_id=visit_id)
    except problems.NotFound:
        return None
    if document["state"] != "closed":
        return None  # it is looked at when it is closed; what was found before stays until then
    rows = record.history(visit_id=visit_id)
    devices = identity.devices(ids=sorted({row["device"] for row in rows}))
    office = frozenset(one.id for one in devices if one.public_key is None)
    marks = marks_of(document, rows, office=office)
    if marks is None:
        return None
    through = gone_through.seen_of(document, rows, office=office)
    return _Seen(marks, through, pictures, compare.search(marks, pictures), _verdicts(rows), number)


def _is_as_it_was(visit_id: str, asked: int, seen: _Seen | None) -> None:
    """Raise Outdated where there is a new reason to look, somebody else has looked, or prints came that were not searched."""
    if db.session.scalar(select(Due.asked).where(Due.visit_id == visit_id)) != asked:
        raise likes.Outdated
    if seen is not None and numbers.latest(likes.PRINTS) != seen.prints:
        raise likes.Outdated


def _write(seen: _Seen, now: datetime) -> None:
    marks = seen.marks
    ask(visit_ids=compare.keep(marks, seen.pictures, seen.alike), now=now)
    limits = policy.section("doubts")
    if not seen.through.declared("not_for_show"):
        limits = {**limits, "fast": False, "short": False}
    found = compare.merged(
        [*rules.alone(marks, limits), *compare.together(marks, limits, seen.alike), *_breaches(seen, limits)]
    )
    _bring_in_step(marks, found, seen.said, now)


def _breaches(seen: _Seen, limits: Mapping[str, Any]) -> list[rules.Finding]:
    """What of its own rules a visit broke that says it was completed."""
    if not limits["rule"] or seen.marks.outcome != "completed":
        return []
    found = breaches.finding(seen.through)
    return [found] if found else []


def _verdicts(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """What people said of a visit's doubts, by doubt, oldest first."""
    said: dict[str, list[Mapping[str, Any]]] = {}
    settled = [row for row in rows if row["op"]["kind"] == "doubt.settle" and row["status"] in ("applied", "conflict")]
    for row in sorted(settled, key=lambda row: row["version"] or 0):
        said.setdefault(row["op"]["data"]["doubt"], []).append(row)
    return said


def _bring_in_step(
    marks: Marks, found: Mapping[str, rules.Finding], said: Mapping[str, list[Mapping[str, Any]]], now: datetime
) -> None:
    held = {row.kind: row for row in db.session.scalars(select(Doubt).where(Doubt.visit_id == marks.visit_id))}
    for kind in sorted({*held, *found}):
        one_id = doubt_id(visit_id=marks.visit_id, kind=kind)
        row, finding, verdicts = held.get(kind), found.get(kind), said.get(one_id, [])
        if finding is None:
            if row is not None and not verdicts:
                db.session.delete(row)
            elif row is not None:
                row.evidence, row.is_open = [], False
            continue
        if row is None:
            row = Doubt(
                id=one_id,
                visit_id=marks.visit_id,
                kind=kind,
                is_open=False,
                judged=[],
                found_at=now,
                note="",
                settled_by="",
            )
            db.session.add(row)
        row.customer_id, row.user_id = marks.customer_id, marks.user_id
        row.evidence, row.facts = finding.evidence, finding.facts
        for verdict in verdicts[-1:]:
            entry = verdict["op"]
            note(row, entry["data"], by=verdict["user"]["name"], at=datetime.fromisoformat(entry["at"]))
        row.judged = sorted({piece for verdict in verdicts for piece in verdict["op"]["data"].get("evidence", ())})
        waits = not set(row.evidence) <= set(row.judged)
        if waits and not row.is_open and row.settled_at is not None:
            row.found_at = now  # something new beside what was judged: it waits from now on
        row.is_open = waits
    db.session.flush()


def note(row: Doubt, data: Mapping[str, Any], *, by: str, at: datetime) -> None:
    """Write down what somebody said of a doubt."""
    row.verdict, row.note, row.recheck_id = data["verdict"], data.get("note") or "", data.get("recheck")
    row.settled_by, row.settled_at = by, at
