"""Imports from the first look at a file to the rows that were not taken. Never commits, knows no HTTP.

Decides which step follows which: the columns are matched, the file is checked, a person confirms, it is written. The work itself
is in work.py. Invariant: the uploaded file stays until the import has ended, and not longer; the rows given back stay a while.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import IO, Any

from sqlalchemy import delete, func, select

from fieldsvc import clock, problems
from fieldsvc.db import after_commit, db
from fieldsvc.imports import columns, files
from fieldsvc.imports.models import CANCELLED, CHECKED, CHECKING, ENDED, MATCHING, WORKING, WRITING, BadRow, Import
from fieldsvc.imports.refusal import Refused

__all__ = ["BadRow", "Import", "Refused"]

Json = dict[str, Any]

KEPT = timedelta(days=30)
UNCONFIRMED_KEPT = timedelta(days=7)
_CHUNK = 1024 * 1024
_AT_ONCE = 500
_folder: list[Path] = []


def use_folder(folder: Path) -> None:
    """Say where uploaded files wait."""
    _folder[:] = [folder]


def file_of(import_id: str) -> Path:
    """Where the file of an import lies."""
    return _folder[0] / import_id


@dataclass(frozen=True)
class Received:
    """A file that was kept and looked at, before anything is written down of it."""

    import_id: str
    kind: str
    size: int
    shape: Json


def receive(*, kind: str, file: IO[bytes]) -> Received:
    """Keep a file and look at its shape, which takes a while: outside of a transaction. Raises Refused; then nothing is kept."""
    if kind not in columns.FIELDS:
        raise problems.Invalid("there is no such kind of import", errors={"kind": ["unknown"]})
    import_id = clock.new_id()
    path = file_of(import_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        _copy(file, path)
        shape = files.look(path, partial(columns.known_headings, kind))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Received(import_id, kind, path.stat().st_size, shape)


def bring(*, received: Received, name: str, by_id: str | None, by_name: str, now: datetime) -> Import:
    """Write an import down; its columns are matched by their headings."""
    shape = received.shape
    row = Import(
        id=received.import_id,
        kind=received.kind,
        file_name=name[-200:] or "?",
        size=received.size,
        made_at=now,
        by_id=by_id,
        by_name=by_name,
        state=MATCHING,
        shape=shape,
        match=columns.matched(received.kind, shape["headings"]),
        notes={},
        total=shape["rows"],
        held_until=now,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _copy(file: IO[bytes], path: Path) -> None:
    size = 0
    with path.open("xb") as out:
        path.chmod(0o600)
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if size > files.LARGEST:
                raise Refused("too_large")
            out.write(chunk)


def find(*, import_id: str, lock: bool = False) -> Import:
    """An import. Raises NotFound."""
    row = db.session.get(Import, import_id, populate_existing=True, with_for_update=lock)
    if row is None:
        raise problems.NotFound("there is no such import")
    return row


def latest(*, limit: int = 50, offset: int = 0) -> tuple[list[Import], int]:
    """The imports, latest first, and how many there are."""
    query = select(Import).order_by(Import.made_at.desc(), Import.id.desc()).limit(limit).offset(offset)
    return list(db.session.scalars(query)), db.session.scalar(select(func.count()).select_from(Import)) or 0


def check(*, import_id: str, match: Mapping[str, int], now: datetime) -> Import:
    """Have the whole file checked with the columns matched so. Raises Invalid naming fields that are lacking or given twice."""
    row = find(import_id=import_id, lock=True)
    _expect(row, MATCHING, CHECKED)
    known = {field.name for field in columns.FIELDS[row.kind]}
    width = len(row.shape["headings"])
    if set(match) - known or any(not 0 <= place < width for place in match.values()):
        raise problems.Invalid("there is no such column", code="no_such_column")
    if len(set(match.values())) < len(match):
        raise problems.Invalid("a column can hold one field only", code="column_twice")
    lacking = columns.lacking(row.kind, match)
    if lacking:
        raise problems.Invalid(
            "columns are lacking", code="columns_lacking", errors={name: ["lacking"] for name in lacking}
        )
    row.match = dict(match)
    _begin(row, CHECKING, now)
    return row


def confirm(*, import_id: str, now: datetime) -> Import:
    """Have the good rows written. Raises Conflict where this import is not checked, or was confirmed before."""
    row = find(import_id=import_id, lock=True)
    _expect(row, CHECKED)
    row.total = row.done
    _begin(row, WRITING, now)
    return row


def rematch(*, import_id: str) -> Import:
    """Go back to the columns."""
    row = find(import_id=import_id, lock=True)
    _expect(row, CHECKED, MATCHING)
    row.state = MATCHING
    return row


def cancel(*, import_id: str, now: datetime) -> Import:
    """Give an import up, or stop it: what was written by then stays written."""
    row = find(import_id=import_id, lock=True)
    if row.state not in ENDED:
        end(row, CANCELLED, now)
    return row


def _expect(row: Import, *states: str) -> None:
    if row.state not in states:
        raise problems.Conflict("this import is at another step by now", code="import_step")


def _begin(row: Import, state: str, now: datetime) -> None:
    db.session.execute(delete(BadRow).where(BadRow.import_id == row.id))
    row.state, row.done, row.attempts, row.owner, row.held_until = state, 0, 0, "", now
    row.new = row.changed = row.unchanged = row.bad = 0
    row.notes = {}
    db.session.flush()


def end(row: Import, state: str, now: datetime, error: Json | None = None) -> None:
    """An import is over; its file is not needed any more."""
    row.state, row.finished_at, row.error, row.owner = state, now, error, ""
    path = file_of(row.id)
    after_commit(lambda: path.unlink(missing_ok=True))


def bad_rows(*, import_id: str, limit: int, offset: int = 0) -> list[BadRow]:
    """Some of the rows that could not be taken, by line."""
    query = select(BadRow).where(BadRow.import_id == import_id).order_by(BadRow.line).limit(limit).offset(offset)
    return list(db.session.scalars(query))


def each_bad_row(*, import_id: str) -> Iterator[BadRow]:
    """All rows that could not be taken, by line, a few hundred in memory at a time."""
    line = -1
    while True:
        query = select(BadRow).where(BadRow.import_id == import_id, BadRow.line > line).order_by(BadRow.line)
        found: Sequence[BadRow] = db.session.scalars(query.limit(_AT_ONCE)).all()
        if not found:
            return
        yield from found
        line = found[-1].line
        for row in found:
            db.session.expunge(row)


def is_working(row: Import) -> bool:
    """Say whether an import is being checked or written."""
    return row.state in WORKING


def tidy(*, now: datetime) -> None:
    """Give up imports that nobody confirmed, and forget the rows that were given back long ago."""
    waiting = select(Import).where(Import.state.in_((MATCHING, CHECKED)), Import.made_at < now - UNCONFIRMED_KEPT)
    for row in db.session.scalars(waiting):
        end(row, CANCELLED, now)
    old = select(Import.id).where(Import.state.in_(ENDED), Import.finished_at < now - KEPT)
    db.session.execute(delete(BadRow).where(BadRow.import_id.in_(old)))


def drop_strays() -> None:
    """Remove files that belong to no import that goes on: what a stop at the wrong moment left."""
    if not _folder or not _folder[0].is_dir():
        return
    live = set(db.session.scalars(select(Import.id).where(Import.state.not_in(ENDED))))
    for path in _folder[0].iterdir():
        if path.is_file() and path.name not in live and path.stat().st_mtime < clock.now().timestamp() - 3600:
            path.unlink(missing_ok=True)


def forget(*, import_id: str) -> None:
    """Remove every trace of an import that wrote nothing: a preview of the command line."""
    row = find(import_id=import_id, lock=True)
    _expect(row, MATCHING, CHECKED, CANCELLED)
    db.session.execute(delete(BadRow).where(BadRow.import_id == import_id))
    db.session.delete(row)
    path = file_of(import_id)
    after_commit(lambda: path.unlink(missing_ok=True))
