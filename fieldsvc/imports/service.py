"""Imports from the first look at a file to the rows that were not taken. Never commits, knows no HTTP.

Decides which step follows which: the columns are matched, the file is checked, a person confirms, it is written. The work itself
is in work.py. Invariant: the uploaded file stays until the import has ended, and not longer; the rows given back stay a while.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import IO, Any, TypeVar

from sqlalchemy import Select, delete, select

from fieldsvc import clock, problems
from fieldsvc.blobs import service as blobs
from fieldsvc.db import after_commit, db
from fieldsvc.found import Found
from fieldsvc.imports import columns, files
from fieldsvc.imports.models import (
    CANCELLED,
    CHECKED,
    CHECKING,
    ENDED,
    MATCHING,
    WORKING,
    WRITING,
    BadRow,
    ChangedRow,
    Import,
)
from fieldsvc.imports.refusal import Refused
from fieldsvc.surroundings import Surroundings

__all__ = ["BadRow", "ChangedRow", "Import", "Refused"]

Json = dict[str, Any]
OfRow = TypeVar("OfRow", BadRow, ChangedRow)

KEPT = timedelta(days=30)
UNCONFIRMED_KEPT = timedelta(days=7)
_CHUNK = 1024 * 1024
_AT_ONCE = 500
folder: Surroundings[Path] = Surroundings("imports.folder")
"""Where uploaded files wait."""


def file_of(import_id: str) -> Path:
    """Where the file of an import is put as it comes in, and where it stays with one host."""
    return folder() / import_id


def at_hand(import_id: str) -> AbstractContextManager[Path]:
    """From where the file of an import can be opened, as long as the context lasts. Raises FileNotFoundError."""
    return blobs.shelf(folder()).at_hand(import_id)


def _drop_file(import_id: str) -> None:
    blobs.shelf(folder()).drop_all(import_id)


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
        shape, size = files.look(path, partial(columns.known_headings, kind)), path.stat().st_size
        blobs.shelf(folder()).take(import_id, path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Received(import_id, kind, size, shape)


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


def found() -> Found[Import]:
    """The imports, latest first."""
    return Found(key=Import.id, orders={"made": (Import.made_at,)}, usual="-made", read=_by_ids)


def _by_ids(ids: Sequence[str]) -> Mapping[str, Import]:
    return {row.id: row for row in db.session.scalars(select(Import).where(Import.id.in_(ids)))}


def latest(*, limit: int = 50, offset: int = 0) -> tuple[list[Import], int]:
    """The imports, latest first, and how many there are."""
    total = found().count()
    return found().part(limit=limit, offset=offset).rows, total.number if total else 0


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
    _forget_rows([row.id])
    row.state, row.done, row.attempts, row.owner, row.held_until = state, 0, 0, "", now
    row.new = row.changed = row.unchanged = row.bad = 0
    row.notes = {}
    db.session.flush()


def end(row: Import, state: str, now: datetime, error: Json | None = None) -> None:
    """An import is over; its file is not needed any more."""
    row.state, row.finished_at, row.error, row.owner = state, now, error, ""
    after_commit(partial(_drop_file, row.id))


def bad_rows(*, import_id: str, limit: int, offset: int = 0) -> list[BadRow]:
    """Some of the rows that could not be taken, by line."""
    return _rows(BadRow, import_id, limit, offset)


def changed_rows(*, import_id: str, limit: int, offset: int = 0) -> list[ChangedRow]:
    """Some of the rows that change what is known, by line."""
    return _rows(ChangedRow, import_id, limit, offset)


def each_bad_row(*, import_id: str) -> Iterator[BadRow]:
    """All rows that could not be taken, by line, a few hundred in memory at a time."""
    return _each(BadRow, import_id)


def each_changed_row(*, import_id: str) -> Iterator[ChangedRow]:
    """All rows that change what is known, by line, a few hundred in memory at a time."""
    return _each(ChangedRow, import_id)


def _rows(kind: type[OfRow], import_id: str, limit: int, offset: int) -> list[OfRow]:
    query = select(kind).where(kind.import_id == import_id).order_by(kind.line).limit(limit).offset(offset)
    return list(db.session.scalars(query))


def _each(kind: type[OfRow], import_id: str) -> Iterator[OfRow]:
    line = -1
    while True:
        query = select(kind).where(kind.import_id == import_id, kind.line > line).order_by(kind.line)
        found: Sequence[OfRow] = db.session.scalars(query.limit(_AT_ONCE)).all()
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
    _forget_rows(old)


def _forget_rows(ids: Sequence[str] | Select[Any]) -> None:
    for kind in (BadRow, ChangedRow):
        db.session.execute(delete(kind).where(kind.import_id.in_(ids)))


def drop_strays() -> None:
    """Remove files that belong to no import that goes on: what a stop at the wrong moment left."""
    live = set(db.session.scalars(select(Import.id).where(Import.state.not_in(ENDED))))
    for name in list(blobs.shelf(folder()).older(clock.now() - timedelta(hours=1))):
        if name not in live:
            _drop_file(name)


def forget(*, import_id: str) -> None:
    """Remove every trace of an import that wrote nothing: a preview of the command line."""
    row = find(import_id=import_id, lock=True)
    _expect(row, MATCHING, CHECKED, CANCELLED)
    _forget_rows([import_id])
    db.session.delete(row)
    after_commit(partial(_drop_file, import_id))
