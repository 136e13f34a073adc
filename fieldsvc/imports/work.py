"""The work behind an import: a batch of rows a transaction, until the file is through.

Who works on an import holds it for a while and renews that with every batch; after a kill somebody else goes on where the last
batch ended, having read the rows before it again without the database. Decides the sizes of batches, so that phones that wait to
write wait a fraction of a second, and gives the queue back every few seconds. Invariant: a batch's writes, its bad rows and
`done` are one transaction.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import or_, select

from fieldsvc import clock, installation, problems
from fieldsvc.db import db, transaction
from fieldsvc.imports import columns, files, service
from fieldsvc.imports.cells import Cell, shown
from fieldsvc.imports.dials import Readings
from fieldsvc.imports.homes import Customers
from fieldsvc.imports.models import CHECKED, CHECKING, DONE, FAILED, WORKING, WRITING, BadRow, ChangedRow, Import
from fieldsvc.imports.orders import Orders
from fieldsvc.imports.refusal import Refused
from fieldsvc.imports.rows import BAD, CHANGED, NEW, UNCHANGED, Judge, Row
from fieldsvc.jobs import service as jobs

log = logging.getLogger(__name__)

JOB = "imports.work"
BATCH = {"customers": 500, "readings": 500, "orders": 100}
HOLD = timedelta(seconds=30)
STEP_SECONDS = 4.0
SKIPPED_AT_ONCE = 20_000
MOST_ATTEMPTS = 5
JUDGES: dict[str, type[Judge]] = {"customers": Customers, "readings": Readings, "orders": Orders}

_me = secrets.token_hex(16)
_open: dict[str, Reading] = {}
_one_at_a_time = threading.Lock()


class NotOurs(Exception):
    """Somebody else works on this import by now, or it was stopped."""


class Reading:
    """A file that is being worked off: where we are in it, and what its rows have said so far."""

    def __init__(self, row: Import, path: Path):
        self.state, self.done, self.kind, self.match = row.state, 0, row.kind, row.match
        self.judge = JUDGES[row.kind]()
        self.zone = installation.zone()
        self._rows = files.Rows(path, row.shape)
        self._left: Iterator[tuple[int, list[Cell]]] = iter(self._rows)

    def next(self, count: int) -> list[Row]:
        """The next rows, with what is wrong with each by itself."""
        found = []
        for line, cells in islice(self._left, count):
            given, reasons = columns.read_row(self.kind, self.match, cells, self.zone)
            found.append(Row(line, cells, given, reasons))
        self.done += len(found)
        return found

    def close(self) -> None:
        self._rows.close()


def work_due() -> None:
    """Work on the oldest import that is due, for a few seconds; wake again where there is more."""
    if not _one_at_a_time.acquire(blocking=False):
        return
    try:
        again = step()
    finally:
        _one_at_a_time.release()
    if again:
        jobs.wake(JOB)


def step() -> bool:
    """Do some batches of one import; say whether there was one."""
    import_id = _claim()
    if import_id is None:
        return False
    run(import_id=import_id, seconds=STEP_SECONDS)
    return True


def _claim() -> str | None:
    now = clock.now()
    free = or_(Import.held_until <= now, Import.owner == _me)
    query = select(Import).where(Import.state.in_(WORKING), free).order_by(Import.made_at, Import.id).limit(1)
    if db.session.scalar(query.with_only_columns(Import.id)) is None:
        return None  # looked at without the write lock: there is nothing to do most of the time
    with transaction():
        row = db.session.scalar(query.with_for_update(skip_locked=True))
        return row.id if row is not None and hold(row) else None


def hold(row: Import) -> bool:
    """Take an import up, in the present transaction; one that fails again and again is ended."""
    now = clock.now()
    row.owner, row.held_until, row.attempts = _me, now + HOLD, row.attempts + 1
    if row.attempts > MOST_ATTEMPTS:
        service.end(row, FAILED, now, {"code": "internal"})
        return False
    return True


def run(*, import_id: str, seconds: float | None = None) -> None:
    """Work on an import that we hold, to its end or for some seconds. Whatever goes wrong is written down or tried again."""
    until = None if seconds is None else time.monotonic() + seconds
    try:
        reading = _reading(import_id)
        while batch(import_id, reading):
            if until is not None and time.monotonic() > until:
                return
            jobs.give_way()
    except NotOurs:
        pass
    except Refused as refused:
        with transaction():
            row = service.find(import_id=import_id, lock=True)
            if row.owner == _me:
                service.end(row, FAILED, clock.now(), refused.document())
    except Exception:
        log.exception("import %s", import_id)
        with transaction():
            service.find(import_id=import_id, lock=True).owner = ""  # tried again once HOLD has passed
    _let_go(import_id)


def _let_go(import_id: str) -> None:
    reading = _open.pop(import_id, None)
    if reading is not None:
        reading.close()


def _reading(import_id: str) -> Reading:
    """The open file of an import at the place where its last batch ended."""
    row = service.find(import_id=import_id)
    reading = _open.get(import_id)
    if reading is not None and (reading.state, reading.done) == (row.state, row.done):
        return reading
    _let_go(import_id)
    try:
        with service.at_hand(import_id) as path:
            reading = _open[import_id] = Reading(row, path)  # which opens it once, and needs no path any more
    except FileNotFoundError as error:
        raise Refused("file_gone") from error
    bad = set(db.session.scalars(select(BadRow.line).where(BadRow.import_id == import_id)))
    while reading.done < row.done:
        skipped = reading.next(min(SKIPPED_AT_ONCE, row.done - reading.done))
        if not skipped:
            raise Refused("file_changed")
        for one in skipped:
            if one.line not in bad:
                reading.judge.recall(one)
        with transaction():
            _ours(import_id, row.state, row.done)
    return reading


def _ours(import_id: str, state: str, done: int) -> Import:
    """The import, locked, and held for a while longer. Raises NotOurs."""
    row = service.find(import_id=import_id, lock=True)
    if row.owner != _me or row.state != state or row.done != done:
        raise NotOurs
    row.held_until = clock.now() + HOLD
    return row


def batch(import_id: str, reading: Reading) -> bool:
    """Take the next rows; say whether there are more."""
    done, now = reading.done, clock.now()
    rows = reading.next(BATCH[reading.kind])
    if reading.done > files.MOST_ROWS:
        raise Refused("too_many_rows")
    if reading.state == CHECKING:
        _judge(rows, reading, now)  # reads only, so that nobody waits
    with transaction():
        row = _ours(import_id, reading.state, done)
        if reading.state == WRITING:
            _judge(rows, reading, now)
            _write([one for one in rows if one.status in (NEW, CHANGED)], reading.judge, now)
        _count(row, rows, reading)
        if not rows:
            _finish(row, now)
    db.session.expunge_all()
    return bool(rows)


def _judge(rows: Sequence[Row], reading: Reading, now: datetime) -> None:
    readable = [row for row in rows if not row.reasons]
    if readable:
        reading.judge.judge(readable, now)
    for row in rows:
        row.status = BAD if row.reasons else row.status


def _write(rows: Sequence[Row], judge: Judge, now: datetime) -> None:
    """Write good rows at once; where one of them is refused after all, one by one, and that one is named."""
    if not rows:
        return
    try:
        with db.session.begin_nested():
            judge.write(rows, now)
        return
    except problems.Invalid as problem:
        if len(rows) == 1:
            rows[0].status = BAD
            rows[0].refuse("refused", "", detail=problem.detail)
            return
    for row in rows:
        _write([row], judge, now)


def _count(row: Import, rows: Sequence[Row], reading: Reading) -> None:
    counted = {status: sum(one.status == status for one in rows) for status in (NEW, CHANGED, UNCHANGED, BAD)}
    row.new += counted[NEW]
    row.changed += counted[CHANGED]
    row.unchanged += counted[UNCHANGED]
    row.bad += counted[BAD]
    row.done = reading.done
    if row.total is not None and row.done > row.total:
        row.total = None  # the workbook stated too few
    row.attempts = 0
    for one in rows:
        if one.reasons:
            cells = [shown(cell)[:300] for cell in one.cells]
            db.session.add(BadRow(import_id=row.id, line=one.line, cells=cells, reasons=one.reasons))
        elif one.status == CHANGED:
            whose = {"account": one.given["account"], "serial": one.given.get("serial", "")}
            db.session.add(ChangedRow(import_id=row.id, line=one.line, fields=one.changes, **whose))
    if reading.state == CHECKING:
        row.notes = _noted(row.notes, rows, reading)


def _noted(notes: dict[str, dict[str, int]], rows: Sequence[Row], reading: Reading) -> dict[str, dict[str, int]]:
    """Per field: how many figures that are a name stand in the file as numbers, the shortest and the longest."""
    found = {name: dict(told) for name, told in notes.items()}
    for row in rows:
        for name, figures in columns.numbers_in(reading.kind, reading.match, row.cells).items():
            told = found.setdefault(name, {"count": 0, "shortest": figures, "longest": figures})
            told["count"] += 1
            told["shortest"], told["longest"] = min(told["shortest"], figures), max(told["longest"], figures)
    return found


def _finish(row: Import, now: datetime) -> None:
    row.total = row.done
    if row.state == CHECKING:
        row.state, row.owner = CHECKED, ""
    else:
        service.end(row, DONE, now)


def tidy() -> None:
    """Once a day: see service.tidy."""
    with transaction():
        service.tidy(now=clock.now())
    service.drop_strays()
