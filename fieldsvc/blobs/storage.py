"""Where bytes are kept: one small interface, a folder behind it.

A finished file is moved into place by an atomic rename after its bytes and its folder are on the disk; a half-written one has
another name and another folder. Invariant: a path under `files` holds exactly the bytes its name is the SHA-256 of.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import BinaryIO, Protocol


class Storage(Protocol):
    """What the rest of the system needs of a store of files."""

    def offset(self, upload: str) -> int: ...
    def append(self, upload: str, offset: int, content: bytes) -> int: ...
    def digest(self, upload: str) -> str: ...
    def partial(self, upload: str) -> Path: ...
    def drop(self, upload: str) -> None: ...
    def keep(self, upload: str, sha256: str) -> None: ...
    def open(self, sha256: str) -> BinaryIO: ...


class Folder:
    """A store in a folder: `partial/{upload}` while bytes come in, `files/{ab}/{sha256}` when they are all there."""

    def __init__(self, root: Path):
        self.partials, self.files = root / "partial", root / "files"
        self.partials.mkdir(parents=True, exist_ok=True)
        self.files.mkdir(parents=True, exist_ok=True)

    def partial(self, upload: str) -> Path:
        """The path of an upload under way."""
        return self.partials / upload

    def offset(self, upload: str) -> int:
        """How many bytes of an upload are on the disk."""
        path = self.partial(upload)
        return path.stat().st_size if path.exists() else 0

    def append(self, upload: str, offset: int, content: bytes) -> int:
        """Write bytes at an offset and give the new one. What another request wrote behind the offset is cut off first."""
        with self.partial(upload).open("r+b" if self.partial(upload).exists() else "w+b") as file:
            file.truncate(offset)
            file.seek(offset)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return offset + len(content)

    def digest(self, upload: str) -> str:
        """The SHA-256 of what has come in, as hex."""
        with self.partial(upload).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def drop(self, upload: str) -> None:
        """Forget an upload."""
        self.partial(upload).unlink(missing_ok=True)

    def keep(self, upload: str, sha256: str) -> None:
        """Move a finished upload to its place."""
        place = self._place(sha256)
        place.parent.mkdir(exist_ok=True)
        self.partial(upload).replace(place)
        _sync_folder(place.parent)
        _sync_folder(self.files)

    def open(self, sha256: str) -> BinaryIO:
        """Open a kept file for reading. Raises FileNotFoundError."""
        return self._place(sha256).open("rb")

    def _place(self, sha256: str) -> Path:
        return self.files / sha256[:2] / sha256


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
