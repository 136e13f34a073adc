"""Making a backup: the database first, then every file that it speaks of, all of it read back before it counts.

Photos and papers are stored before the database says so and removed only after, so whatever the copied database speaks of is
there to be copied; what has gone in between by itself is named as missing. Nothing of the installation is changed, so that a
backup can be made of one whose disk is full.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from fieldsvc import clock, installation, problems
from fieldsvc.audit import service as audit_book
from fieldsvc.backup import sealing, snapshots
from fieldsvc.backup.manifest import BadBackup, Kept, Manifest, digest_of, write
from fieldsvc.backup.place import PHOTOS, Place
from fieldsvc.blobs import service as blobs
from fieldsvc.db import transaction
from fieldsvc.notices import service as notices
from fieldsvc.record import service as record
from fieldsvc.settings import Settings

NOT_KEPT = ("blobs", "jobs.db", "jobs.db-wal", "jobs.db-shm", "metrics")
"""In the data folder: photos are kept under their digests, jobs are woken by their rows, figures of processes end with them."""

SECRETS = ("keys", "secret.key")
LAST = "last backup"


@dataclass(frozen=True)
class Made:
    """A finished backup, and what somebody should know of it."""

    name: str
    manifest: Manifest
    findings: list[str]


def make(*, settings: Settings, root: Path, passphrase: bytes = b"", now: datetime) -> Made:
    """Make one backup in the folder `root`. Raises BadBackup; then nothing there looks like a new backup."""
    place = Place(root.resolve())
    if place.root.is_relative_to(settings.data):
        raise BadBackup(f"{root} lies in the data folder; a copy beside the original is lost with it")
    try:
        place.prepare()
        with place.alone(), place.draft(now) as folder:
            manifest, findings = _fill(folder, place, settings, passphrase, now)
            manifest.write(folder)
        return Made(folder.name.removesuffix(".part"), manifest, findings)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        why = "its disk is full" if full else f"{error.strerror or type(error).__name__}"
        raise BadBackup(f"{place.root}: {why}. This backup was removed; the earlier ones are whole") from error


def _fill(
    folder: Path, place: Place, settings: Settings, passphrase: bytes, now: datetime
) -> tuple[Manifest, list[str]]:
    with snapshots.take(settings.database_url, folder) as copy:
        told = record.audit(copy.connection)
        book = audit_book.walk(copy.connection)
        findings = [*told.findings, *book.findings]
        database = digest_of(copy.file)
        migration, epoch = _facts(copy.connection)
        missing = _photos(folder, place, copy.connection)
        papers = notices.files_in(copy.connection)
    findings += [f"photo {sha256} is missing from the store" for sha256 in missing]
    files = list(_files(place, settings))
    findings += _differing(papers, files)
    manifest = Manifest(
        made_at=clock.rfc3339(now),
        program=version("fieldsvc"),
        migration=migration,
        epoch=epoch,
        database_kind=copy.kind,
        database=database,
        photos=digest_of(folder / PHOTOS),
        photo_count=sum(1 for _ in place.photos(folder)),
        devices=told.devices,
        entries=told.entries,
        intact=told.intact and book.intact,
        sealed=bool(passphrase),
        files=files,
        keys=_keys(folder, settings, passphrase),
        missing=missing,
    )
    return manifest, findings


def _facts(copy: Connection) -> tuple[str, str]:
    migration = copy.scalar(text("SELECT version_num FROM alembic_version"))
    epoch = copy.scalar(text("SELECT value FROM installation WHERE name = 'epoch'"))
    return str(migration), str(epoch).strip('"')


def _photos(folder: Path, place: Place, copy: Connection) -> list[str]:
    """Keep every photo that the database speaks of, reading each; gives those that are gone."""
    missing = []
    kept = []
    for sha256 in blobs.digests_in(copy):
        if not place.holds(sha256):
            try:
                place.put(sha256, blobs.read(sha256=sha256))
            except problems.NotFound:
                missing.append(sha256)
                continue
            if not place.holds(sha256):
                raise BadBackup(f"photo {sha256} was written and cannot be read back")
        kept.append(f"{sha256}\n")
    write(folder / PHOTOS, "".join(kept).encode())
    return missing


def _files(place: Place, settings: Settings) -> Iterator[Kept]:
    """Keep whatever else lies in the data folder: papers, print runs, imported files, and what later versions add."""
    for path in _data_files(settings):
        name = path.relative_to(settings.data).as_posix()
        if name.split("/")[0] in SECRETS:
            continue
        try:
            kept = place.put_file(path)
        except FileNotFoundError:
            continue  # another attempt has taken its place meanwhile
        if not place.holds(kept.sha256):
            raise BadBackup(f"{name} was written and cannot be read back")
        yield Kept(name, kept.sha256, kept.size)
    for name in blobs.named():  # with several hosts, what they share lies in the bucket
        if not _in_the_making(name):
            with contextlib.suppress(FileNotFoundError), blobs.at_hand(data=settings.data, name=name) as path:
                kept = place.put_file(path)
                yield Kept(name, kept.sha256, kept.size)


def _data_files(settings: Settings) -> list[Path]:
    left_out = list(NOT_KEPT)
    if snapshots.kind_of(settings.database_url) == snapshots.SQLITE:
        database = Path(snapshots.sqlite_file(settings.database_url)).name
        left_out += [f"{database}{end}" for end in ("", "-wal", "-shm", "-journal")]
    found = []
    for path in sorted(settings.data.rglob("*")):
        inside = path.relative_to(settings.data).parts
        if path.is_file() and inside[0] not in left_out and not _in_the_making(path.name):
            found.append(path)
    return found


def _in_the_making(name: str) -> bool:
    return name.startswith(".") or name.endswith((".part", ".tmp")) or "-try-" in name


def _differing(papers: dict[str, str], files: list[Kept]) -> list[str]:
    held = {one.path.removeprefix("notices/"): one.sha256 for one in files if one.path.startswith("notices/")}
    return [
        f"paper {name} is missing from the data folder" if name not in held else f"paper {name} is not what was issued"
        for name, digest in papers.items()
        if held.get(name) != digest
    ]


def _keys(folder: Path, settings: Settings, passphrase: bytes) -> list[Kept]:
    """Copy the keys into the backup, for its owner's eyes only, and sealed where a passphrase is given."""
    kept = []
    (folder / "secrets").mkdir(mode=0o700)
    for path in _data_files(settings):
        name = path.relative_to(settings.data)
        if name.parts[0] not in SECRETS:
            continue
        copy = folder / "secrets" / name
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        content = path.read_bytes()
        write(copy, sealing.seal(content, passphrase) if passphrase else content)
        told = digest_of(copy)
        kept.append(Kept(name.as_posix(), told.sha256, told.size))
    return kept


def note(*, made: Made, now: datetime) -> bool:
    """Let the installation remember its last backup, for whoever watches it; gives whether it could."""
    told = {"name": made.name, "at": clock.rfc3339(now), "whole": not made.findings}
    try:
        with transaction():
            installation.keep(name=LAST, value=told)
    except SQLAlchemyError:
        return False
    return True


def last() -> datetime | None:
    """When the installation was last backed up; None for never."""
    told = installation.fact(LAST)
    return datetime.fromisoformat(told["at"]) if told else None
