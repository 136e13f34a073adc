"""Where bytes are kept: one small interface, and the folder behind it that every installation starts with.

An upload grows piece by piece under a name of its own; a finished file is kept under its SHA-256. Invariant: what `read`
gives has the digest it is asked by, or it was never kept; a half-written file has another name and another folder.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from fieldsvc.blobs.shelf import FolderShelf, Shelf


class Storage(Protocol):
    """What the rest of the system needs of a store of files. Uploads are at most 10 MiB, so they are handled whole."""

    def announce(self, upload: str, length: int) -> None:
        """Begin an upload of so many bytes, or begin it anew."""

    def announced(self, upload: str) -> int | None:
        """The length an upload was announced with; None for one that was not."""

    def offset(self, upload: str) -> int:
        """How many bytes of an upload are safely stored."""

    def append(self, upload: str, offset: int, content: bytes) -> int:
        """Store a piece at an offset, safely, and give the new offset. Whatever stood behind the offset is gone."""

    def content(self, upload: str) -> bytes:
        """All that has come in of an upload."""

    def drop(self, upload: str) -> None:
        """Forget an upload."""

    def keep(self, sha256: str, content: bytes) -> None:
        """Keep a whole file under its digest: all of it or nothing, safely."""

    def read(self, sha256: str) -> bytes:
        """A kept file. Raises FileNotFoundError."""

    def forget(self, sha256: str) -> None:
        """Remove a kept file."""

    def old_uploads(self, seconds: float) -> Iterator[str]:
        """Uploads that nothing was added to for so long."""

    def shelf(self, folder: Path) -> Shelf:
        """Where the files of a folder of the data folder are, for every host: see shelf.py."""

    def named(self) -> Iterator[str]:
        """`shelf/name` of every file on a shelf that is not a folder of the data folder."""


class Folder:
    """A store in a folder: `partial/{upload}` while bytes come in, `files/{ab}/{sha256}` when they are all there."""

    def __init__(self, root: Path):
        self.partials, self.files = root / "partial", root / "files"
        self.partials.mkdir(parents=True, exist_ok=True)
        self.files.mkdir(parents=True, exist_ok=True)

    def announce(self, upload: str, length: int) -> None:
        self._partial(upload).unlink(missing_ok=True)
        _write(self._note(upload), str(length).encode())

    def announced(self, upload: str) -> int | None:
        try:
            return int(self._note(upload).read_bytes())
        except (FileNotFoundError, ValueError):
            return None

    def offset(self, upload: str) -> int:
        try:
            return self._partial(upload).stat().st_size
        except FileNotFoundError:
            return 0

    def append(self, upload: str, offset: int, content: bytes) -> int:
        path = self._partial(upload)
        with path.open("r+b" if path.exists() else "w+b") as file:
            file.truncate(offset)
            file.seek(offset)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return offset + len(content)

    def content(self, upload: str) -> bytes:
        return self._partial(upload).read_bytes()

    def drop(self, upload: str) -> None:
        self._note(upload).unlink(missing_ok=True)
        self._partial(upload).unlink(missing_ok=True)

    def keep(self, sha256: str, content: bytes) -> None:
        place = self._place(sha256)
        place.parent.mkdir(exist_ok=True)
        part = place.with_suffix(f".{os.getpid()}-{time.monotonic_ns()}")
        try:
            _write(part, content)
            part.replace(place)
        except OSError:
            part.unlink(missing_ok=True)
            raise
        _sync_folder(place.parent)
        _sync_folder(self.files)

    def read(self, sha256: str) -> bytes:
        return self._place(sha256).read_bytes()

    def forget(self, sha256: str) -> None:
        self._place(sha256).unlink(missing_ok=True)

    def old_uploads(self, seconds: float) -> Iterator[str]:
        limit = time.time() - seconds
        for note in self.partials.glob("*.length"):
            upload = note.name.removesuffix(".length")
            newest = max(path.stat().st_mtime for path in (note, self._partial(upload)) if path.exists())
            if newest < limit:
                yield upload

    def shelf(self, folder: Path) -> Shelf:
        return FolderShelf(folder)

    def named(self) -> Iterator[str]:
        return iter(())

    def _partial(self, upload: str) -> Path:
        return self.partials / upload

    def _note(self, upload: str) -> Path:
        return self.partials / f"{upload}.length"

    def _place(self, sha256: str) -> Path:
        return self.files / sha256[:2] / sha256


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
