"""Printing as the office asks for it: choose papers, order a run, follow it, cancel it, and keep the book of printings.

Decides which papers a choice means and in which order they lie. A choice names every paper that fits, ready or not, so that what
could not be printed is said and never just missing. Invariant: a printing is in the book before the file goes to the browser.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from fieldsvc import clock, problems
from fieldsvc.db import after_commit, db
from fieldsvc.jobs import service as jobs
from fieldsvc.notices import service as notices
from fieldsvc.printing import folder, route
from fieldsvc.printing.models import (
    CANCELLED,
    FAILED,
    LEFT,
    MERGED,
    READY,
    WAITS,
    WORKING,
    Printing,
    PrintRun,
    RunPaper,
)
from fieldsvc.printing.route import ORDERS
from fieldsvc.printing.work import JOB, KEPT, step, work_due
from fieldsvc.record import service as record

if TYPE_CHECKING:
    from fieldsvc.identity.models import User

__all__ = [
    "CANCELLED", "FAILED", "KEPT", "LEFT", "MERGED", "MOST", "ORDERS", "READY", "WORKING", "Choice", "Chosen", "PrintRun",
    "RunPaper", "again", "book", "cancel", "choose", "find", "in_pile", "latest", "look_at", "note", "note_run",
    "order", "outdated", "retry", "route_key", "step", "use_folder", "work_due",
]  # fmt: skip

Json = dict[str, Any]


def route_key(document: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a visit is sorted by in its technician's route, as on the phone."""
    return route.key(document, order="route")


MOST = 2000
"""The papers of one run at most; more than that is a choice to narrow."""
AT_ONCE = 200
use_folder = folder.use


@dataclass(frozen=True)
class Choice:
    """What to print. `day` is the date that the papers bear; `fresh`: only what was never printed."""

    kind: str = ""
    day: date | None = None
    district: str = ""
    building: str = ""
    technician: str = ""
    fresh: bool = True
    order: str = "route"


@dataclass(frozen=True)
class Chosen:
    """A paper and what is shown of its visit."""

    paper: notices.Notice
    customer: Json
    number: str


def choose(choice: Choice) -> list[Chosen] | None:
    """The papers that a choice means, as they will lie in the pile; None for too many."""
    rank = {name: place for place, name in enumerate(notices.KINDS)}
    found = []
    for some in _pages(choice):
        visits = record.documents(ids={paper.visit_id for paper in some})
        for paper in some:
            visit = visits.get(paper.visit_id)
            if visit is not None and _fits(visit, choice):
                key = (*route.key(visit, order=choice.order), rank.get(paper.kind, len(rank)), paper.number)
                found.append((key, Chosen(paper, visit["customer"], visit["number"])))
        if len(found) > MOST:
            return None
    return [one for _key, one in sorted(found, key=lambda pair: pair[0])]


def _pages(choice: Choice) -> Iterator[list[notices.Notice]]:
    """The papers that may fit, some at a time: the place and the technician stand in the visits, and are asked there."""
    last: notices.Notice | None = None
    while some := notices.standing(kind=choice.kind, day=choice.day, fresh=choice.fresh, limit=AT_ONCE, after=last):
        yield some
        last = some[-1]


def _fits(visit: Json, choice: Choice) -> bool:
    customer, assignee = visit["customer"], visit.get("assignee") or {}
    place = f"{customer.get('district') or ''} {customer.get('address') or ''}".lower()
    return (
        all(word in place for word in choice.district.lower().split())
        and choice.building in ("", str(customer.get("building") or ""))
        and choice.technician in ("", assignee.get("id"))
    )


def order(*, choice: Choice, chosen: Sequence[Chosen] | None, both_sides: bool, by: User, now: datetime) -> PrintRun:
    """Order a run of what was chosen before the caller's transaction began. Raises Conflict for nothing or too much."""
    if chosen is None:
        raise problems.Conflict("narrow the choice", code="too_many_papers")
    asked = asdict(choice) | {"day": choice.day.isoformat() if choice.day else None}
    return _order([one.paper.id for one in chosen], asked=asked, both_sides=both_sides, by=by, now=now)


def again(*, run_id: str, by: User, now: datetime) -> PrintRun:
    """Order the papers of a run once more, in its order. In the caller's transaction."""
    run = find(run_id=run_id)
    ids = [row.notice_id for row in _papers(run_id)]
    return _order(ids, asked=run.asked | {"again": run.id}, both_sides=run.both_sides, by=by, now=now)


def _order(ids: Sequence[str], *, asked: Json, both_sides: bool, by: User, now: datetime) -> PrintRun:
    if not ids:
        raise problems.Conflict("no paper fits", code="no_paper_fits")
    run = PrintRun(
        id=clock.new_id(),
        made_at=now,
        by_id=by.id,
        by_name=by.name,
        asked=asked,
        both_sides=both_sides,
        total=len(ids),
        next_try_at=now,
    )
    db.session.add(run)
    db.session.flush()
    db.session.add_all(RunPaper(run_id=run.id, place=place, notice_id=one) for place, one in enumerate(ids))
    after_commit(lambda: jobs.wake(JOB))
    return run


def find(*, run_id: str) -> PrintRun:
    """A run. Raises NotFound."""
    run = db.session.get(PrintRun, run_id)
    if run is None:
        raise problems.NotFound("there is no such print run")
    return run


def latest(*, limit: int = 10) -> list[PrintRun]:
    """The newest runs."""
    return list(db.session.scalars(select(PrintRun).order_by(PrintRun.made_at.desc()).limit(limit)))


def _papers(run_id: str) -> list[RunPaper]:
    return list(db.session.scalars(select(RunPaper).where(RunPaper.run_id == run_id).order_by(RunPaper.place)))


def in_pile(run: PrintRun) -> list[tuple[RunPaper, notices.Notice, Json]]:
    """A run's papers in their order, each with its notice and its customer."""
    rows = _papers(run.id)
    papers, customers = notices.by_ids(ids=[row.notice_id for row in rows]), dict[str, Json]()
    visits = sorted({paper.visit_id for paper in papers.values()})
    for start in range(0, len(visits), AT_ONCE):
        some = record.documents(ids=visits[start : start + AT_ONCE])
        customers |= {visit_id: visit["customer"] for visit_id, visit in some.items()}
    return [(row, papers[row.notice_id], customers.get(papers[row.notice_id].visit_id, {})) for row in rows]


def cancel(*, run_id: str, now: datetime) -> PrintRun:
    """Stop a run that is worked off. In the caller's transaction; nothing happens to one that has ended."""
    run = find(run_id=run_id)
    db.session.refresh(run, with_for_update=True)
    if run.status == WORKING:
        run.status, run.finished_at = CANCELLED, now
        after_commit(lambda: folder.drop(run_id, whole_too=True))
    return run


def retry(*, run_id: str, now: datetime) -> PrintRun:
    """Go on with a run that failed. In the caller's transaction. Raises Conflict for any other."""
    run = find(run_id=run_id)
    db.session.refresh(run, with_for_update=True)
    if run.status != FAILED:
        raise problems.Conflict("only a run that failed is tried again", code="not_failed")
    if run.dropped_at is not None or not all(folder.holds(folder.part(run_id, number)) for number in range(run.parts)):
        _from_the_start(run)
    run.status, run.attempts, run.error, run.next_try_at, run.finished_at = WORKING, 0, None, now, None
    after_commit(lambda: jobs.wake(JOB))
    return run


def _from_the_start(run: PrintRun) -> None:
    """Forget what was made of a run: its parts are gone."""
    run.dropped_at, run.size, run.done, run.merged, run.parts, run.pages = None, None, 0, 0, 0, 0
    for row in _papers(run.id):
        row.state, row.reason, row.detail, row.first_page, row.pages, row.times = WAITS, None, None, None, 0, 1


def note(*, notice_ids: Sequence[str], by: User, now: datetime, run_id: str | None = None) -> None:
    """Put printings into the book. In the caller's transaction."""
    for notice_id, times in notices.note_printed(notice_ids=notice_ids, now=now).items():
        db.session.add(Printing(notice_id=notice_id, run_id=run_id, at=now, by_id=by.id, by_name=by.name, times=times))


def note_run(*, run_id: str, by: User, now: datetime) -> PrintRun:
    """Put a run's printing into the book, once. In the caller's transaction.

    Raises Conflict unless its file is there, was not printed yet, and is still true of every paper in it.
    """
    run = find(run_id=run_id)
    db.session.refresh(run, with_for_update=True)
    if run.status != READY or run.dropped_at is not None:
        raise problems.Conflict("this print file is not there", code="not_ready")
    if not run.merged:
        raise problems.Conflict("no paper fits", code="no_paper_fits")
    if run.printed_at is not None:
        raise problems.Conflict("this file was printed already; order it once more", code="printed")
    if why := outdated(run):
        raise problems.Conflict("this file no longer says what holds; order it once more", code=why)
    merged = [row.notice_id for row in _papers(run_id) if row.state == MERGED]
    note(notice_ids=merged, by=by, now=now, run_id=run_id)
    run.printed_at = now
    return run


def outdated(run: PrintRun) -> str:
    """Why a file must not be handed out any more: `replaced`, `printed_since`, or nothing.

    A paper in it has a newer revision, or was printed otherwise, so that its mark, or that it has none, is wrong.
    """
    times = {row.notice_id: row.times for row in _papers(run.id) if row.state == MERGED}
    if notices.replaced(ids=list(times)):
        return "replaced"
    own = 1 if run.printed_at is None else 0
    counts = {one.id: one.printed_count for one in notices.by_ids(ids=list(times), anew=True).values()}
    return "" if all(counts.get(one, -1) + own == said for one, said in times.items()) else "printed_since"


@contextmanager
def look_at(run: PrintRun) -> Iterator[Path]:
    """A path of a run's file. Raises NotFound when it is not there, Conflict when it is not true of its papers any more."""
    file = folder.whole(run.id)
    if run.status != READY or not folder.holds(file):
        raise problems.NotFound("this print file is not there")
    if why := outdated(run):
        raise problems.Conflict("this file no longer says what holds; order it once more", code=why)
    with folder.at_hand(file) as path:
        yield path


def book(*, notice_ids: Iterable[str]) -> dict[str, list[Printing]]:
    """Who printed these papers when, oldest first."""
    entries: dict[str, list[Printing]] = {}
    query = select(Printing).where(Printing.notice_id.in_(list(notice_ids))).order_by(Printing.at, Printing.id)
    for one in db.session.scalars(query):
        entries.setdefault(one.notice_id, []).append(one)
    return entries


def waiting() -> int:
    """How many runs are being worked off."""
    return db.session.scalar(select(func.count()).select_from(PrintRun).where(PrintRun.status == WORKING)) or 0
