"""Uploads: announced by digest, appended in pieces, checked when whole, then announced to those who wait for them.

Decides when a file counts as arrived. Invariant: a `Blob` row exists only for bytes that are on the disk, have the digest they
are named by and decode as an image. An upload is kept per user, so that two phones sending one file do not disturb each other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from fieldsvc import problems
from fieldsvc.blobs.images import inspect
from fieldsvc.blobs.models import Blob
from fieldsvc.blobs.storage import Folder, Storage
from fieldsvc.db import db

LARGEST = 10 * 1024 * 1024

_storage: list[Storage] = []
arrivals: list[Callable[[str, datetime], None]] = []
"""Told in the transaction in which a file arrives: (sha256, now). Filled by create_app."""


@dataclass(frozen=True)
class Upload:
    """An upload under way, or a file already held (offset = length)."""

    sha256: str
    offset: int
    length: int


def use_storage(storage: Storage) -> None:
    """Choose where bytes are kept; called once by create_app."""
    _storage[:] = [storage]


def use_folder(root: Path) -> None:
    """Keep bytes in a folder."""
    use_storage(Folder(root))


def _store() -> Storage:
    return _storage[0]


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
    note = _store().partial(_name(sha256, user_id) + ".json")
    if not note.exists() or json.loads(note.read_text())["length"] != length:
        _store().drop(_name(sha256, user_id))
        note.write_text(json.dumps({"length": length}))
    return state(sha256=sha256, user_id=user_id)


def state(*, sha256: str, user_id: str) -> Upload:
    """How far a user's upload is. Raises NotFound for one that was never announced."""
    held = db.session.get(Blob, sha256)
    if held is not None:
        return Upload(sha256, held.size, held.size)
    note = _store().partial(_name(sha256, user_id) + ".json")
    if not note.exists():
        raise problems.NotFound("no such upload; announce it first")
    offset, length = _store().offset(_name(sha256, user_id)), int(json.loads(note.read_text())["length"])
    if offset >= length:
        # Whole, yet never recorded: the server stopped in between. Only a recorded file may look finished to the phone.
        _store().drop(_name(sha256, user_id))
        offset = 0
    return Upload(sha256, offset, length)


def receive(*, sha256: str, user_id: str, offset: int, content: bytes) -> Upload:
    """Append a piece; on the last one check the whole. Raises Conflict for another offset than the server's.

    Does not record the arrival: when the answer's offset equals its length, the caller calls `arrive`.
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
    if reached == now_at.length:
        _check(name, sha256)
    return Upload(sha256, reached, now_at.length)


def _check(name: str, sha256: str) -> None:
    try:
        if _store().digest(name) != sha256:
            raise problems.DigestMismatch("the upload was dropped; send it again")
        inspect(_store().partial(name))
    except problems.Problem:
        _forget(name)
        raise


def _forget(name: str) -> None:
    _store().drop(name)
    _store().drop(name + ".json")


def arrive(*, sha256: str, user_id: str, now: datetime) -> None:
    """Move a whole, checked upload to its place and tell those who wait for it. In the caller's transaction."""
    name = _name(sha256, user_id)
    if db.session.get(Blob, sha256) is None:
        _keep_row(sha256, _store().partial(name), now)
        _store().keep(name, sha256)
        for tell in arrivals:
            tell(sha256, now)
    _forget(name)


def put(*, content: bytes, now: datetime) -> str:
    """Keep an image made on this side (demonstration data, imports); gives its digest. In the caller's transaction."""
    sha256 = hashlib.sha256(content).hexdigest()
    if db.session.get(Blob, sha256) is None:
        _store().append(f"{sha256}.put", 0, content)
        _keep_row(sha256, _store().partial(f"{sha256}.put"), now)
        _store().keep(f"{sha256}.put", sha256)
        for tell in arrivals:
            tell(sha256, now)
    return sha256


def _keep_row(sha256: str, path: Path, now: datetime) -> None:
    picture = inspect(path)
    db.session.add(
        Blob(
            sha256=sha256,
            type=picture.type,
            size=path.stat().st_size,
            width=picture.width,
            height=picture.height,
            arrived_at=now,
        )
    )
    db.session.flush()


def present(digests: set[str]) -> set[str]:
    """Which of these files the server holds."""
    found: set[str] = set()
    ordered = sorted(digests)
    for start in range(0, len(ordered), 500):
        found |= set(db.session.scalars(select(Blob.sha256).where(Blob.sha256.in_(ordered[start : start + 500]))))
    return found


def describe(*, sha256: str) -> Blob | None:
    """A file's row."""
    return db.session.get(Blob, sha256)


def read(*, sha256: str) -> bytes:
    """A file's bytes. Raises NotFound."""
    try:
        with _store().open(sha256) as file:
            return file.read()
    except FileNotFoundError as error:
        raise problems.NotFound("there is no such file") from error
