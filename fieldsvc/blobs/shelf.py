"""Files with names of their own (papers, scans, print files, imported files): where every host of an installation finds them.

Photos lie under their digest in a `Storage`; these lie under a name, on a shelf that is called like a folder of the data
folder. With one host the shelf is that folder. Invariant: a file appears under its name whole or not at all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

SHELVES = ("notices", "prints", "imports")
"""The folders that another host needs. What else lies in the data folder is a host's own, or made again from the database."""


class Shelf(Protocol):
    """What the rest of the system needs of files with names."""

    def keep(self, name: str, content: bytes) -> None:
        """Keep a file under its name, whole and safely, or not at all."""

    def take(self, name: str, made: Path) -> None:
        """Keep a file that was made beside the shelf; it is gone from there."""

    def rename(self, name: str, new: str) -> None:
        """Give a file another name."""

    def read(self, name: str) -> bytes:
        """A file's bytes. Raises FileNotFoundError."""

    def at_hand(self, name: str) -> AbstractContextManager[Path]:
        """A path from which a file can be opened, as long as the context lasts. Raises FileNotFoundError."""

    def holds(self, name: str) -> bool:
        """Say whether there is a file of this name."""

    def drop_all(self, prefix: str, *, but: str = "") -> None:
        """Remove the files whose names begin so, but for one."""

    def older(self, than: datetime) -> Iterator[str]:
        """The names of files that were there before."""


class FolderShelf:
    """A shelf that is a folder."""

    def __init__(self, root: Path):
        self.root = root

    def keep(self, name: str, content: bytes) -> None:
        part = self.root / f"{name}.part"
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.root / name)
        handle = os.open(self.root, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def take(self, name: str, made: Path) -> None:
        made.replace(self.root / name)

    def rename(self, name: str, new: str) -> None:
        (self.root / name).replace(self.root / new)

    def read(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    @contextmanager
    def at_hand(self, name: str) -> Iterator[Path]:
        path = self.root / name
        if not path.is_file():
            raise FileNotFoundError(path)
        yield path

    def holds(self, name: str) -> bool:
        return (self.root / name).is_file()

    def drop_all(self, prefix: str, *, but: str = "") -> None:
        for file in self.root.glob(f"{prefix}*"):
            if file.name != but:
                file.unlink(missing_ok=True)

    def older(self, than: datetime) -> Iterator[str]:
        for path in self.root.iterdir() if self.root.is_dir() else ():
            if path.is_file() and path.stat().st_mtime < than.timestamp():
                yield path.name
