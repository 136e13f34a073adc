"""What a backup says of itself: `manifest.json`, written last.

A folder without a manifest that says its own digest is no backup, whatever else lies in it. Invariant: every file that a
restore needs is named here with its digest, either by itself or through the list of photos, whose digest stands here.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

NAME = "manifest.json"
FORMAT = 1
AT_ONCE = 1024 * 1024


class BadBackup(Exception):
    """A backup or a restore that cannot be; the message says why and what to do, to a person."""


@dataclass(frozen=True)
class Kept:
    """One file: where it stands in the data folder (or in the backup), and what its bytes are."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """One backup. What `files` and `photos` name lies under its digest in `files/`; `keys` and the database lie beside this."""

    made_at: str
    program: str
    migration: str
    epoch: str
    database_kind: str
    database: Kept
    photos: Kept
    photo_count: int
    devices: int
    entries: int
    intact: bool
    sealed: bool = False
    files: list[Kept] = field(default_factory=list)
    keys: list[Kept] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def write(self, folder: Path) -> None:
        """Write it under its name, whole and on the disk."""
        body = {"format": FORMAT, **asdict(self)}
        text = json.dumps({"digest": _digest(body), "backup": body}, ensure_ascii=False, indent=1)
        write(folder / NAME, text.encode())

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """The manifest of a backup. Raises BadBackup."""
        try:
            given: dict[str, Any] = json.loads((folder / NAME).read_bytes())
            body = dict(given["backup"])
            whole = given["digest"] == _digest(body)
            number = body.pop("format")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadBackup(f"{folder.name}: its {NAME} cannot be read ({type(error).__name__})") from error
        if number != FORMAT:
            raise BadBackup(
                f"{folder.name} was made by a newer version (format {number}); restore it with that version"
            )
        if not whole:
            raise BadBackup(f"{folder.name}: its {NAME} was changed after it was written")
        for name in ("database", "photos"):
            body[name] = Kept(**body[name])
        for name in ("files", "keys"):
            body[name] = [Kept(**one) for one in body[name]]
        return cls(**body)


def _digest(body: Any) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def digest_of(path: Path) -> Kept:
    """A file's digest and size; `path` of it is its name."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return Kept(path.name, sha256, file.tell())


def write(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Write a file for its owner's eyes only, whole and on the disk."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        for piece in [content] if isinstance(content, bytes) else content:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """See that the names in a folder are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
