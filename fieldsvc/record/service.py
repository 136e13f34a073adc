"""The record, as other capabilities use it: write, read, settle. Never commits, knows no HTTP.

Reading is from documents; the op log is read for history and quarantine only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from fieldsvc import clock, numbers, problems
from fieldsvc.db import db
from fieldsvc.found import Total
from fieldsvc.jsontext import loads
from fieldsvc.record import erasing, waiting
from fieldsvc.record import visit as visit_rows
from fieldsvc.record.audit import audit
from fieldsvc.record.fates import Fate, fates
from fieldsvc.record.figures import (
    DayCount,
    OpenVisit,
    Standing,
    acked_of,
    changed_since,
    count_changed,
    count_open,
    count_torn,
    documents,
    latest_of,
    latest_of_customer,
    latest_version,
    load_of_days,
    of_day,
    on_day,
    open_visits,
    owner,
    planned,
    speaking_of,
    torn,
)
from fieldsvc.record.finding import find, named, numbered
from fieldsvc.record.followers import Change, Wiring, wiring
from fieldsvc.record.models import Log, Op, Visit, VisitFile
from fieldsvc.record.quarantine import held, row_document, settle
from fieldsvc.record.restored import begin_history
from fieldsvc.record.schemas import LogRow, SettledRow, VisitDocument
from fieldsvc.record.scope import Page, Position, in_scope, read_page
from fieldsvc.record.spans import of_customers_between, of_days
from fieldsvc.record.write import Result, log_of, write
from sync import chain
from sync.merge import Author

__all__ = [
    "Author",
    "Change",
    "DayCount",
    "Fate",
    "LogRow",
    "OpenVisit",
    "Page",
    "Position",
    "Result",
    "SettledRow",
    "Standing",
    "VisitDocument",
    "Wiring",
    "acked_of",
    "assigned_to",
    "audit",
    "begin_history",
    "by_lookup",
    "called_in_vain",
    "changed_since",
    "count_changed",
    "count_held",
    "count_open",
    "count_torn",
    "counts",
    "digests",
    "document",
    "documents",
    "entry_at",
    "erasing",
    "fates",
    "file_arrived",
    "find",
    "held",
    "history",
    "ids_of_customer",
    "latest_of",
    "latest_of_customer",
    "latest_version",
    "load_of_days",
    "log_head",
    "log_of",
    "may_read",
    "may_read_file",
    "named",
    "numbered",
    "of_customers_between",
    "of_day",
    "of_days",
    "on_day",
    "open_planned",
    "open_visits",
    "owner",
    "planned",
    "previous_of",
    "read_page",
    "search",
    "set_notices",
    "settle",
    "speaking_of",
    "spoken_files",
    "torn",
    "waiting",
    "wiring",
    "write",
    "write_as_office",
]


Json = dict[str, Any]
FILES_AT_ONCE = 500


def document(*, visit_id: str) -> Json:
    """A visit's document. Raises NotFound."""
    found = _one(Visit.id == visit_id)
    if found is None:
        raise problems.NotFound("there is no such visit")
    return found


def by_lookup(*, lookup: str) -> Json | None:
    """The document that a QR code's token belongs to."""
    return _one(Visit.lookup == lookup)


def _one(condition: ColumnElement[bool]) -> Json | None:
    text = db.session.scalar(select(Visit.document).where(condition))
    return None if text is None else dict(loads(text))


def may_read(*, user_id: str, office: bool, visit_id: str) -> bool:
    """Say whether somebody may read a visit: the office all of them, a technician those in their scope."""
    if office:
        return db.session.scalar(select(Visit.id).where(Visit.id == visit_id)) is not None
    return db.session.scalar(select(Visit.id).where(Visit.id == visit_id, Visit.assignee_id == user_id)) is not None


def may_read_file(*, user_id: str, office: bool, sha256: str) -> bool:
    """Say whether somebody may read a file: whoever may read a visit that speaks of it, be it only of last time."""
    query = select(Visit.id).join(VisitFile, VisitFile.visit_id == Visit.id).where(VisitFile.sha256 == sha256)
    if not office:
        query = query.where(Visit.assignee_id == user_id)
    if db.session.scalar(query.limit(1)) is not None:
        return True
    # What an earlier visit photographed stands in the document of whoever looks at it again, and nowhere else.
    given = select(Visit.id).where(
        Visit.assignee_id == user_id, Visit.state != "closed", Visit.document.contains(sha256, autoescape=True)
    )
    return not office and db.session.scalar(given.limit(1)) is not None


def spoken_files(digests: set[str]) -> set[str]:
    """Which of these files any visit speaks of."""
    found: set[str] = set()
    ordered = sorted(digests)
    for start in range(0, len(ordered), FILES_AT_ONCE):
        part = ordered[start : start + FILES_AT_ONCE]
        found |= set(db.session.scalars(select(VisitFile.sha256).where(VisitFile.sha256.in_(part))))
    return found


def history(*, visit_id: str) -> list[Json]:
    """Every op of a visit, applied or not, in the order in which the server took them in."""
    rows = db.session.scalars(select(Op).where(Op.visit_id == visit_id).order_by(Op.received_at, Op.device_id, Op.seq))
    return [row_document(row) for row in rows]


def entry_at(*, device_id: str, seq: int) -> tuple[str, str] | None:
    """The (digest, chain) of one entry of a device's log, as hex."""
    row = db.session.execute(select(Op.digest, Op.chain).where(Op.device_id == device_id, Op.seq == seq)).first()
    return None if row is None else (row[0], row[1])


def log_head(*, device_id: str) -> tuple[int, str]:
    """How far a device's log is stored without gaps, and the chain (hex) up to there."""
    row = db.session.execute(select(Log.acked_seq, Log.chain).where(Log.device_id == device_id)).first()
    return (0, chain.start(device_id).hex()) if row is None else (row[0], row[1])


def digests(*, device_id: str, first: int, count: int) -> dict[int, str]:
    """The digests (hex) of a stretch of a device's log, by number."""
    if not count:
        return {}
    rows = db.session.execute(
        select(Op.seq, Op.digest).where(Op.device_id == device_id, Op.seq >= first, Op.seq < first + count)
    )
    return dict(rows.all())


def open_planned(*, facts: Sequence[Mapping[str, Any]], now: datetime) -> list[Json]:
    """Open planned visits from their facts, all or none; gives their documents."""
    if not facts:
        return []
    first = numbers.take(numbers.VERSION, len(facts))
    visit_rows.open_visits(facts=facts, first_version=first, now=now)
    made = documents(ids=[one["id"] for one in facts])
    return [made[one["id"]] for one in facts]


def write_as_office(
    *, author: Author, visit_id: str, base: int, kind: str, data: Mapping[str, Any], now: datetime
) -> Result:
    """Write one edit of the office as an op of the office's own device."""
    log = log_of(device_id=author.device)
    op = {
        "id": clock.new_id(),
        "seq": log.acked_seq + 1,
        "visit": visit_id,
        "kind": kind,
        "at": clock.rfc3339(now),
        "base": base,
        "data": dict(data),
    }
    return write(author=author, log=log, entries=[chain.entry(op)], now=now, at_desk=True)[0]


def set_notices(*, visit_id: str, notices: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Put a visit's papers into its document, under a new version, so that phones and office see their state."""
    rows = visit_rows.load([visit_id])
    if not rows:
        raise problems.NotFound("there is no such visit")
    visit_rows.touch(rows, now=now, notices=notices)


def file_arrived(*, sha256: str, now: datetime) -> None:
    """Tell every visit that speaks of a file that the server now holds it."""
    ids = db.session.scalars(select(VisitFile.visit_id).where(VisitFile.sha256 == sha256))
    visit_rows.touch(visit_rows.load(ids), now=now)


def previous_of(*, customer_id: str) -> Json | None:
    """What happened at a customer's last closed visit: when, with what outcome, and its hazards still open then."""
    row = db.session.execute(
        select(Visit.planned_on, Visit.outcome, Visit.document)
        .where(Visit.customer_id == customer_id, Visit.state == "closed")
        .order_by(Visit.planned_on.desc(), Visit.version.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    planned_on, outcome, text = row
    visited_on = planned_on.isoformat() if planned_on else loads(text)["outcome"]["at"][:10]
    return {"visited_on": visited_on, "outcome": outcome}


def called_in_vain(*, customer_id: str, until: str) -> list[str]:
    """The instants at which somebody called at a customer's and nobody opened, in a row up to the one named, oldest first."""
    texts = db.session.scalars(select(Visit.document).where(Visit.customer_id == customer_id, Visit.state == "closed"))
    outcomes = sorted((loads(text)["outcome"] for text in texts), key=lambda one: datetime.fromisoformat(one["at"]))
    calls: list[str] = []
    for outcome in outcomes:
        if datetime.fromisoformat(outcome["at"]) > datetime.fromisoformat(until):
            break
        calls = [*calls, outcome["at"]] if outcome["outcome"] == "no_access" else []
    return calls


def ids_of_customer(*, customer_id: str) -> list[str]:
    """A customer's visits, latest first."""
    return list(
        db.session.scalars(
            select(Visit.id)
            .where(Visit.customer_id == customer_id)
            .order_by(Visit.planned_on.desc(), Visit.version.desc())
        )
    )


def assigned_to(*, user_id: str, day: date) -> list[Json]:
    """The documents in a technician's scope on a day."""
    return [loads(text) for text in db.session.scalars(select(Visit.document).where(in_scope(user_id, day)))]


def search(
    *,
    words: str = "",
    state: str = "",
    outcome: str = "",
    planned_on: date | None = None,
    assignee_id: str = "",
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[Json], int]:
    """Some of what `find` finds, in its usual order. Gives (documents, total), counted as far as lists count."""
    found = find(words=words, state=state, outcome=outcome, planned_on=planned_on, assignee_id=assignee_id)
    part = found.part(limit=limit, offset=offset)
    total = part.total or found.count() or Total(offset + len(part.rows) + part.more)
    return part.rows, total.number


def counts() -> dict[str, int]:
    """How many visits there are by state."""
    return dict(db.session.execute(select(Visit.state, func.count()).group_by(Visit.state)).all())


def count_held() -> int:
    """How many entries wait in quarantine."""
    return db.session.scalar(select(func.count()).select_from(Op).where(Op.status == "quarantined")) or 0
