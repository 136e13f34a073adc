"""Making an installation of a backup, in an empty place, as another line of history.

The data folder gets its name last of all, when the database is loaded, brought up to date, audited, and has begun another
history, by which phones notice that they have to send again what came after the backup. Until then nothing can be started
there. Invariant: nothing that is there already is changed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import Flask

from fieldsvc.audit import service as audit_book
from fieldsvc.backup import sealing, snapshots
from fieldsvc.backup.manifest import BadBackup, Kept, Manifest, digest_of, sync_folder, write
from fieldsvc.backup.place import Place
from fieldsvc.blobs import service as blobs
from fieldsvc.db import db, transaction
from fieldsvc.record import service as record
from fieldsvc.settings import Settings

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations" / "versions"


@dataclass(frozen=True)
class Restored:
    """What came of it, and what is wrong with the op log or the audit book."""

    manifest: Manifest
    epoch: str
    findings: list[str]


@dataclass(frozen=True)
class Order:
    """What to restore, and where to: `env` are the settings of the installation to be made, but for its data folder."""

    root: Path
    data: Path
    env: Mapping[str, str]
    name: str = ""
    passphrase: bytes = b""


def check(folder: Path, place: Place) -> Manifest:
    """Read a backup whole: every digest. Raises BadBackup."""
    manifest = Manifest.read(folder)
    beside = [manifest.database, manifest.photos, *(_under("secrets", one) for one in manifest.keys)]
    for one in beside:
        path = folder / one.path
        if not path.is_file() or digest_of(path).sha256 != one.sha256:
            raise BadBackup(f"{folder.name}: {one.path} is missing or was changed")
    for sha256, words in _shared(manifest, folder, place):
        if not place.holds(sha256):
            raise BadBackup(f"{folder.name}: {words} is missing or was changed")
    return manifest


def _under(folder: str, one: Kept) -> Kept:
    return Kept(f"{folder}/{one.path}", one.sha256, one.size)


def _shared(manifest: Manifest, folder: Path, place: Place) -> list[tuple[str, str]]:
    photos = [(sha256, f"photo {sha256}") for sha256 in place.photos(folder)]
    return [*((one.sha256, one.path) for one in manifest.files), *photos]


def restore(*, order: Order, install: Callable[[Settings], Flask], now: datetime) -> Restored:
    """Make an installation of a backup. Raises BadBackup for a backup that is not whole and for a place that is not empty."""
    place = Place(order.root.resolve())
    folder = place.choose(order.name)
    manifest = check(folder, place)
    data = order.data.resolve()
    _see_that_it_can_be(manifest, data)
    staging = data.with_name(f".{data.name}.restoring")
    if staging.exists():
        shutil.rmtree(staging)
    try:
        staging.mkdir(mode=0o700, parents=True)
        told = _bring_back(order, manifest, folder, place, staging, install, now)
        if data.exists():
            data.rmdir()  # empty, as was seen above
        staging.rename(data)
        sync_folder(data.parent)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return told


def _see_that_it_can_be(manifest: Manifest, data: Path) -> None:
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise BadBackup(f"{data} is not empty; a restore changes nothing that is there. Give a new folder")
    newest = max(path.name[:4] for path in MIGRATIONS.glob("[0-9]*.py"))
    if manifest.migration > newest:
        raise BadBackup(
            f"the backup is of a newer version ({manifest.program}, tables {manifest.migration}); install that one first"
        )


def _bring_back(
    order: Order,
    manifest: Manifest,
    folder: Path,
    place: Place,
    staging: Path,
    install: Callable[[Settings], Flask],
    now: datetime,
) -> Restored:
    _write_files(order, manifest, folder, place, staging)
    settings = Settings.from_env({**order.env, "FIELDSVC_DATA": str(staging)})
    if snapshots.kind_of(settings.database_url) != manifest.database_kind:
        raise BadBackup(f"the backup is of {manifest.database_kind}; set FIELDSVC_DATABASE_URL to one of that kind")
    if not snapshots.is_empty(settings.database_url):
        raise BadBackup("the database that FIELDSVC_DATABASE_URL names is not empty; make a new one and name that")
    snapshots.load(settings.database_url, folder / manifest.database.path)
    app = install(settings)
    with app.app_context():
        blobs.bring_in(data=staging)
        for sha256 in place.photos(folder):
            blobs.take_back(sha256=sha256, content=place.path(sha256).read_bytes())
        with transaction():
            blobs.forget_lost(digests=manifest.missing, now=now)
            epoch = record.begin_history(now=now)
        findings = [*record.audit().findings, *audit_book.walk().findings]
        db.session.remove()
        db.engine.dispose()
    return Restored(manifest, epoch, findings)


def _write_files(order: Order, manifest: Manifest, folder: Path, place: Place, staging: Path) -> None:
    if manifest.sealed and not order.passphrase:
        raise BadBackup("the keys of this backup are closed with a passphrase; give it with --passphrase-file")
    for one in manifest.keys:
        content = (folder / "secrets" / one.path).read_bytes()
        _write(staging, one.path, sealing.unseal(content, order.passphrase) if manifest.sealed else content)
    for one in manifest.files:
        target = _target(staging, one.path)
        shutil.copyfile(place.path(one.sha256), target)
        with target.open("rb") as copied:
            os.fsync(copied.fileno())
    (staging / "keys").mkdir(mode=0o700, exist_ok=True)
    (staging / "keys").chmod(0o700)


def _write(staging: Path, name: str, content: bytes) -> None:
    write(_target(staging, name), content)


def _target(staging: Path, name: str) -> Path:
    target = (staging / name).resolve()
    if not target.is_relative_to(staging):
        raise BadBackup(f"the backup names a file outside the data folder: {name}")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return target
