"""Uploads: announced by digest, appended in pieces, checked when whole, then announced to the visits that wait for them.

Decides when a file counts as arrived, and when one that nobody speaks of may go. Invariant: a `Blob` row exists only for
bytes that are stored, have the digest they are named by and decode as an image. An upload is kept per user, so that two
phones sending one file do not disturb each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, delete, select, text

from fieldsvc import problems
from fieldsvc.blobs import images
from fieldsvc.blobs.images import Picture, inspect
from fieldsvc.blobs.models import Blob
from fieldsvc.blobs.shelf import SHELVES
from fieldsvc.blobs.shelf import Shelf as Shelf
from fieldsvc.blobs.storage import Folder, Storage
from fieldsvc.db import Instant, after_commit, among, db
from fieldsvc.record import service as record
from fieldsvc.surroundings import Surroundings

if TYPE_CHECKING:
    from flask import Flask

LARGEST = 10 * 1024 * 1024
ORPHANED_AFTER = timedelta(days=31)
"""Phones keep their files for 30 days after the server has them; only then may one that no visit speaks of go."""

AT_ONCE = 500

_PRESENT = select(Blob.sha256).where(among(Blob.sha256, "digests"))
_KEEP_ROW = text(
    "INSERT INTO blobs (sha256, type, size, width, height, arrived_at)"
    " VALUES (:sha256, :type, :size, :width, :height, :arrived_at) ON CONFLICT (sha256) DO NOTHING"
).bindparams(bindparam("arrived_at", type_=Instant))

_store: Surroundings[Storage] = Surroundings("blobs.store")


@dataclass(frozen=True)
class Upload:
    """An upload under way, or a file already held (offset = length). `picture` is set when the last byte has just come in."""

    sha256: str
    offset: int
    length: int
    picture: Picture | None = None


def use_storage(app: Flask, address: str, *, folder: Path) -> None:
    """Choose where bytes are kept: in a bucket at `s3://…`, or in a folder where the address is empty."""
    if address:
        from fieldsvc.blobs.bucket import Bucket  # boto3 takes long to load, and a folder does not need it

        _store.give(app, Bucket(address))
    else:
        _store.give(app, Folder(folder))


def shelf(folder: Path) -> Shelf:
    """Where the files of a folder of the data folder are, for every host: there, or in the bucket under the folder's name."""
    return _store().shelf(folder)


def named() -> Iterator[str]:
    """`shelf/name` of every file that lies in the bucket and not in the data folder."""
    return _store().named()


def at_hand(*, data: Path, name: str) -> AbstractContextManager[Path]:
    """From where a file `shelf/name` can be opened, as long as the context lasts. Raises FileNotFoundError."""
    place, _, file = name.partition("/")
    return shelf(data / place).at_hand(file)


def look() -> None:
    """See whether the store answers; raises whatever it raises."""
    next(_store().named(), None)


def bring_in(*, data: Path) -> int:
    """Move what the data folder holds for other hosts into the bucket; gives how many files. Safe to repeat."""
    store, moved = _store(), 0
    if isinstance(store, Folder):
        return moved
    for name in SHELVES:
        for path in sorted((data / name).glob("*")):
            shelf(data / name).take(path.name, path)
            moved += 1
    for path in sorted((data / "blobs" / "files").glob("??/*")):
        store.keep(path.name, path.read_bytes())
        path.unlink()
        moved += 1
    return moved


def _name(sha256: str, user_id: str) -> str:
    return f"{sha256}.{user_id}"


def announce(*, sha256: str, length: int, user_id: str) -> Upload:
    """Begin or go on with an upload. Raises TooLarge beyond 10 MiB, Invalid for nothing at all."""
    held = db.session.get(Blob, sha256)
    if held is not None:
        return Upload(sha256, held.size, held.size)
    if length > LARGEST:
        raise problems.TooLarge("an image has at most 10 MiB")
    if length < 1:
        raise problems.Invalid("an empty file is not an image", code="not_an_image")
    name = _name(sha256, user_id)
    if _store().announced(name) != length:
        _store().announce(name, length)
    return state(sha256=sha256, user_id=user_id)


def state(*, sha256: str, user_id: str) -> Upload:
    """How far a user's upload is. Raises NotFound for one that was never announced."""
    held = db.session.get(Blob, sha256)
    if held is not None:
        return Upload(sha256, held.size, held.size)
    name = _name(sha256, user_id)
    length = _store().announced(name)
    if length is None:
        raise problems.NotFound("no such upload; announce it first")
    offset = _store().offset(name)
    if offset >= length:
        # Whole, yet never recorded: the server stopped in between. Only a recorded file may look finished to the phone.
        _store().announce(name, length)
        offset = 0
    return Upload(sha256, offset, length)


def receive(*, sha256: str, user_id: str, offset: int, content: bytes) -> Upload:
    """Append a piece; on the last one check the whole and store it. Raises Conflict for another offset than the server's.

    Does not record the arrival: where the answer has a `picture`, the caller calls `arrive` in a transaction.
    """
    now_at = state(sha256=sha256, user_id=user_id)
    if now_at.offset == now_at.length:
        return now_at
    if offset != now_at.offset:
        raise problems.Conflict(f"the upload stands at {now_at.offset}", code="wrong_offset", offset=now_at.offset)
    if offset + len(content) > now_at.length:
        raise problems.TooLarge("more bytes than announced")
    name = _name(sha256, user_id)
    reached = _store().append(name, offset, content)
    picture = _take(name, sha256) if reached == now_at.length else None
    return Upload(sha256, reached, now_at.length, picture)


def _take(name: str, sha256: str) -> Picture:
    whole = _store().content(name)
    try:
        if hashlib.sha256(whole).hexdigest() != sha256:
            raise problems.DigestMismatch("the upload was dropped; send it again")
        picture = inspect(whole)
    except problems.Problem:
        _store().drop(name)
        raise
    _store().keep(sha256, whole)
    return picture


def arrive(*, upload: Upload, now: datetime) -> None:
    """Record a file that is stored and checked, and tell the visits that speak of it. In the caller's transaction."""
    assert upload.picture is not None
    given = {"sha256": upload.sha256, "size": upload.length, "arrived_at": now, **vars(upload.picture)}
    if db.session.execute(_KEEP_ROW, given).rowcount:  # type: ignore[attr-defined]
        record.file_arrived(sha256=upload.sha256, now=now)


def drop_upload(*, sha256: str, user_id: str) -> None:
    """Forget a user's upload once its file is recorded."""
    _store().drop(_name(sha256, user_id))


def put(*, content: bytes, now: datetime) -> str:
    """Keep an image made on this side (demonstration data, imports); gives its digest. In the caller's transaction."""
    sha256 = hashlib.sha256(content).hexdigest()
    if db.session.get(Blob, sha256) is None:
        picture = inspect(content)
        _store().keep(sha256, content)
        arrive(upload=Upload(sha256, len(content), len(content), picture), now=now)
    return sha256


def type_of(*, content: bytes) -> str:
    """The media type of a whole image, by decoding it. Raises Invalid `not_an_image`."""
    return inspect(content).type


def bare(*, content: bytes, type: str) -> tuple[bytes, str]:
    """A copy of a kept file without anything but what is seen, for whoever is not of the office; and its media type."""
    return images.bare(content, type=type)


def present(digests: set[str]) -> set[str]:
    """Which of these files the server holds."""
    return set(db.session.scalars(_PRESENT, {"digests": sorted(digests)})) if digests else set()


def describe(*, sha256: str) -> Blob | None:
    """A file's row."""
    return db.session.get(Blob, sha256)


def read(*, sha256: str) -> bytes:
    """A file's bytes. Raises NotFound."""
    try:
        return _store().read(sha256)
    except FileNotFoundError as error:
        raise problems.NotFound("there is no such file") from error


def digests_in(connection: Connection) -> list[str]:
    """The files that a copy of the store, to which a connection leads, says it holds."""
    return list(connection.scalars(select(Blob.sha256).where(Blob.erased_at.is_(None)).order_by(Blob.sha256)))


def take_back(*, sha256: str, content: bytes) -> None:
    """Keep a file that a backup brings back; its row comes with the database."""
    _store().keep(sha256, content)


def forget_lost(*, digests: Sequence[str], now: datetime) -> None:
    """Drop the rows of files that are gone, so that phones which still hold them send them again. In the caller's transaction."""
    for start in range(0, len(digests), AT_ONCE):
        db.session.execute(delete(Blob).where(Blob.sha256.in_(digests[start : start + AT_ONCE])))
    for sha256 in digests:
        record.file_arrived(sha256=sha256, now=now)  # the visits that speak of it say that it is missing


def erase(*, digests: Collection[str], now: datetime) -> int:
    """Erase the bytes of files and keep their rows, so that nobody asks a phone for them again; gives how many.

    In the caller's transaction: the bytes go once it is committed.
    """
    rows = db.session.scalars(select(Blob).where(Blob.sha256.in_(sorted(digests)), Blob.erased_at.is_(None))).all()
    for row in rows:
        row.erased_at = now
    db.session.flush()
    for row in rows:
        after_commit(partial(_store().forget, row.sha256))
    return len(rows)


def held(*, digests: Collection[str]) -> set[str]:
    """Which of these files can be read: arrived and not erased."""
    query = select(Blob.sha256).where(Blob.sha256.in_(sorted(digests)), Blob.erased_at.is_(None))
    return set(db.session.scalars(query)) if digests else set()


def is_any_erased() -> bool:
    """Say whether any file was ever erased."""
    return db.session.scalar(select(Blob.sha256).where(Blob.erased_at.is_not(None)).limit(1)) is not None


def is_erased(*, sha256: str) -> bool:
    """Say whether a file was here and its bytes were erased."""
    return db.session.scalar(select(Blob.sha256).where(Blob.sha256 == sha256, Blob.erased_at.is_not(None))) is not None


def collect_orphans(*, now: datetime) -> int:
    """Remove files that no visit has spoken of for a month, and uploads broken off as long ago; gives how many files.

    In the caller's transaction, rows first: should the program end in between, a file without a row is sent again.
    """
    old = set(db.session.scalars(select(Blob.sha256).where(Blob.arrived_at < now - ORPHANED_AFTER)))
    orphans = sorted(old - record.spoken_files(old))
    for start in range(0, len(orphans), AT_ONCE):
        db.session.execute(delete(Blob).where(Blob.sha256.in_(orphans[start : start + AT_ONCE])))
    for sha256 in orphans:
        _store().forget(sha256)
    for upload in list(_store().old_uploads(ORPHANED_AFTER.total_seconds())):
        _store().drop(upload)
    return len(orphans)
