"""The folder that backups are kept in: one sub-folder per backup, and one store of files that they share.

    FOLDER/backups/20261122T143000Z/   manifest.json, the database, the list of photos, keys/
    FOLDER/files/ab/<sha256>           photos and papers, each once, however many backups speak of it

A backup in the making has the suffix `.part` and no manifest; it gets its name when it was read back. Invariant: nothing that
a whole backup names is ever changed or removed, but by `prune`, oldest first.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from fieldsvc.backup.manifest import AT_ONCE, NAME, BadBackup, Kept, Manifest, digest_of, sync_folder, write

PHOTOS = "photos.txt"
_NAMED = re.compile(r"\d{8}T\d{6}Z(-\d+)?")


class Place:
    """A folder of backups, which need not be there yet."""

    def __init__(self, root: Path):
        self.root, self.files, self.backups = root, root / "files", root / "backups"

    def prepare(self) -> None:
        """Make the folder, for its owner's eyes only. Raises BadBackup for one that holds something else."""
        if self.root.is_dir() and any(self.root.iterdir()) and not self.backups.is_dir():
            raise BadBackup(f"{self.root} holds something else than backups; give an empty folder or a new one")
        for folder in (self.root, self.files, self.backups):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let one backup be made here at a time. Raises BadBackup."""
        with (self.root / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise BadBackup(f"another backup is being made in {self.root} at this moment") from error
            yield

    def names(self) -> list[str]:
        """The whole backups, oldest first."""
        found = self.backups.iterdir() if self.backups.is_dir() else ()
        return sorted(path.name for path in found if _NAMED.fullmatch(path.name) and (path / NAME).is_file())

    def choose(self, name: str = "") -> Path:
        """The folder of a backup, the newest where none is named. Raises BadBackup."""
        names = self.names()
        if not names:
            raise BadBackup(f"there is no whole backup in {self.root}")
        if name and name not in names:
            raise BadBackup(f"there is no backup {name} in {self.root}; there are: {', '.join(names)}")
        return self.backups / (name or names[-1])

    @contextmanager
    def draft(self, now: datetime) -> Iterator[Path]:
        """A folder to make a backup in. At the end it gets its name; when anything goes wrong it is removed."""
        for left in self.backups.glob("*.part"):
            shutil.rmtree(left)
        name, number = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}", 1
        while (self.backups / (final := name if number == 1 else f"{name}-{number}")).exists():
            number += 1
        part = self.backups / f"{final}.part"
        part.mkdir(mode=0o700)
        try:
            yield part
            part.rename(self.backups / final)
            sync_folder(self.backups)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            self._sweep()
            raise

    def _sweep(self) -> None:
        for left in self.files.rglob("*.part"):
            left.unlink(missing_ok=True)

    def path(self, sha256: str) -> Path:
        """Where the file of a digest lies."""
        return self.files / sha256[:2] / sha256

    def holds(self, sha256: str) -> bool:
        """Say whether a file is here whole: reads it."""
        path = self.path(sha256)
        return path.is_file() and digest_of(path).sha256 == sha256

    def put(self, sha256: str, content: bytes) -> None:
        """Keep a photo under its digest. Raises BadBackup when it is not what it is named."""
        if hashlib.sha256(content).hexdigest() != sha256:
            raise BadBackup(f"photo {sha256} in the store is not what was once stored under this name")
        part = self.files / f"{secrets.token_hex(8)}.part"
        write(part, content)
        self._name(part, sha256)

    def put_file(self, source: Path) -> Kept:
        """Keep a file of the data folder; one that is here already is not written again. Raises FileNotFoundError."""
        before = digest_of(source)
        if self.holds(before.sha256):
            return before
        part = self.files / f"{secrets.token_hex(8)}.part"
        with source.open("rb") as file:
            write(part, iter(lambda: file.read(AT_ONCE), b""))
        copied = digest_of(part)
        self._name(part, copied.sha256)
        return copied

    def _name(self, part: Path, sha256: str) -> None:
        path = self.path(sha256)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        part.replace(path)
        sync_folder(path.parent)

    def photos(self, folder: Path) -> Iterator[str]:
        """The digests of a backup's photos."""
        with (folder / PHOTOS).open() as lines:
            yield from (line.strip() for line in lines)

    def prune(self, keep: int) -> list[str]:
        """Remove all backups but the newest `keep`, and files that no backup speaks of; gives the names of those removed."""
        gone = self.names()[:-keep]
        for name in gone:
            # Without its manifest it is no backup any more, wherever the removing ends.
            (self.backups / name / NAME).unlink()
            shutil.rmtree(self.backups / name)
        named: set[str] = set()
        for name in self.names():
            folder = self.backups / name
            named |= {one.sha256 for one in Manifest.read(folder).files} | set(self.photos(folder))
        for path in list(self.files.glob("??/*")):
            if path.name not in named:
                path.unlink()
        return gone


def used(path: Path) -> int:
    """How many bytes lie in a folder."""
    return sum(os.lstat(one).st_size for one in path.rglob("*") if one.is_file())
