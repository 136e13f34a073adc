"""The work behind a print run: a few papers a step into a part, then the parts into one file.

Every step may be cut off and repeated: a part is written whole under a name of this try, and only the transaction that counts it
gives it its own name; so a worker that comes late, after another did its step, changes nothing.
Between two steps the queue may do other work, and a cancelled run is left. Decides which paper is left out and why, the pauses
after a failure, and how long a print file is kept: it holds what householders told us. Invariant: a file whose digest is not the
one that was issued is never printed.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta

from sqlalchemy import select

from fieldsvc import clock, problems
from fieldsvc.db import db, transaction
from fieldsvc.jobs import service as jobs
from fieldsvc.notices import service as notices
from fieldsvc.printing import folder
from fieldsvc.printing.models import CANCELLED, FAILED, LEFT, MERGED, READY, WAITS, WORKING, PrintRun, RunPaper

log = logging.getLogger(__name__)

JOB = "printing.work"
A_PART = 20
CLAIM = timedelta(seconds=120)
PAUSES: Sequence[timedelta] = [timedelta(seconds=s) for s in (5, 30, 120)]
MAX_ATTEMPTS = len(PAUSES) + 1
KEPT = timedelta(days=7)
SUBJECT = "签名原件另存，本文件仅供打印。 A copy for the printer; the signed originals are kept as they were issued."


def work_due() -> None:
    """Do one step of the oldest run that is due, and wake again for the next one."""
    if step():
        jobs.wake(JOB)
    else:
        _drop_old(clock.now())


def step() -> bool:
    """Do one step; say whether there was one."""
    now = clock.now()
    run = _claim(now)
    if run is None:
        return False
    try:
        waits = db.session.scalars(
            select(RunPaper)
            .where(RunPaper.run_id == run.id, RunPaper.state == WAITS)
            .order_by(RunPaper.place)
            .limit(A_PART)
        ).all()
        if waits:
            _next_part(run, waits)
        else:
            _finish(run)
    except Exception as error:
        log.exception("print run %s, attempt %s", run.id, run.attempts)
        _put_off(run.id, f"{type(error).__name__}: {error}"[:400])
    return True


def _claim(now: datetime) -> PrintRun | None:
    query = (
        select(PrintRun)
        .where(PrintRun.status == WORKING, PrintRun.next_try_at <= now)
        .order_by(PrintRun.made_at, PrintRun.id)
        .limit(1)
    )
    if db.session.scalar(query) is None:
        return None  # looked at without the write lock: there is nothing to do most of the time
    with transaction():
        run = db.session.scalar(query.with_for_update(skip_locked=True))
        if run is None:
            return None
        run.attempts += 1
        if run.attempts > MAX_ATTEMPTS:  # each try ended the program before it could say so
            run.status, run.error, run.finished_at = FAILED, run.error or "making it ended the program each time", now
            return None
        run.next_try_at = now + CLAIM
    return run


def _next_part(run: PrintRun, waits: Sequence[RunPaper]) -> None:
    # Imported here and not above: what merges is a library that every start of a server would pay for.
    from fieldsvc.printing.merge import Paper, Part, Unreadable

    papers = notices.by_ids(ids=[row.notice_id for row in waits])
    part, became = Part(both_sides=run.both_sides, face=notices.printing_face()), dict[int, tuple[str, str, int, int]]()
    for row in waits:
        paper = papers[row.notice_id]
        reason, detail, content = _content(paper)
        if content is not None:
            try:
                became[row.place] = (
                    MERGED,
                    "",
                    part.add(Paper(content, paper.printed_count + 1)),
                    paper.printed_count + 1,
                )
                continue
            except Unreadable as error:
                reason, detail = "damaged", str(error)
        became[row.place] = LEFT, f"{reason}\n{detail}", 0, paper.printed_count + 1
    number = run.parts
    done, made = run.done, folder.attempt(run.id)
    holds = any(state == MERGED for state, *_ in became.values())
    try:
        if holds:
            part.write(made)
            folder.send(made)
        with transaction():
            now_run = db.session.get_one(PrintRun, run.id, populate_existing=True, with_for_update=True)
            if now_run.status == WORKING and (now_run.parts, now_run.done) == (number, done):
                if holds:
                    folder.settle(made, folder.part(run.id, number))
                _count(now_run, waits, became, holds)
    finally:
        folder.drop_attempt(made)
    if now_run.status == CANCELLED:
        folder.drop(run.id, whole_too=True)


def _count(run: PrintRun, waits: Sequence[RunPaper], became: dict[int, tuple[str, str, int, int]], holds: bool) -> None:
    for row in waits:
        state, why, pages, times = became[row.place]
        reason, _, detail = why.partition("\n")
        row.state, row.reason, row.detail = state, reason or None, detail[:400] or None
        row.pages, row.times = pages, times
        if state == MERGED:
            row.first_page = run.pages
            run.pages, run.merged = run.pages + pages, run.merged + 1
    run.done, run.parts = run.done + len(waits), run.parts + (1 if holds else 0)
    run.attempts, run.next_try_at, run.error = 0, clock.now(), None


def _content(paper: notices.Notice) -> tuple[str, str, bytes | None]:
    """(why not, more of it, the file): the signed file as it was issued, or why it cannot be printed."""
    if notices.replaced_by(paper) is not None:
        return "replaced", "", None
    if paper.status != "ready":
        return ("failed" if paper.status == "failed" else "not_ready"), paper.error or "", None
    try:
        content = notices.pdf(paper)
    except (problems.NotFound, OSError):
        return "missing", "", None
    if hashlib.sha256(content).hexdigest() != paper.sha256:
        return "altered", "", None
    return "", "", content


def _finish(run: PrintRun) -> None:
    from fieldsvc.printing import whole

    rows = db.session.scalars(
        select(RunPaper).where(RunPaper.run_id == run.id, RunPaper.state == MERGED).order_by(RunPaper.place)
    ).all()
    size, made = None, folder.attempt(run.id)
    if rows:
        papers = notices.by_ids(ids=[row.notice_id for row in rows])
        with ExitStack() as opened:
            size = whole.join(
                [opened.enter_context(folder.at_hand(folder.part(run.id, number))) for number in range(run.parts)],
                made,
                title=f"打印副本 Print copy · {len(rows)}",
                subject=SUBJECT,
                headings=[whole.Heading(papers[row.notice_id].number, row.first_page or 0) for row in rows],
            )
        # Before anybody's turn to write: it may be a gigabyte on its way to the bucket. Whoever joins these parts makes the same.
        folder.put(made, folder.whole(run.id))
    now = clock.now()
    with transaction():
        done = db.session.get_one(PrintRun, run.id, populate_existing=True, with_for_update=True)
        if done.status == WORKING:
            done.status, done.size, done.finished_at, done.error = READY, size, now, None
    if done.status in (READY, CANCELLED):
        folder.drop(run.id, whole_too=done.status == CANCELLED)


def _put_off(run_id: str, reason: str) -> None:
    now = clock.now()
    with transaction():
        run = db.session.get_one(PrintRun, run_id, populate_existing=True, with_for_update=True)
        if run.status != WORKING:
            return
        run.error = reason
        if run.attempts >= MAX_ATTEMPTS:
            run.status, run.finished_at = FAILED, now
        else:
            run.next_try_at = now + PAUSES[run.attempts - 1]


def _drop_old(now: datetime) -> None:
    """Remove the files of runs that are long over; their rows stay."""
    old = select(PrintRun).where(PrintRun.finished_at < now - KEPT, PrintRun.dropped_at.is_(None))
    if db.session.scalar(old.limit(1)) is None:
        return
    with transaction():
        for run in db.session.scalars(old):
            folder.drop(run.id, whole_too=True)
            run.dropped_at = now
