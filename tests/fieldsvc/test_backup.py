"""A backup made while phones push is whole, is read back, and a phone heals what came after it."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from fieldsvc import clock, create_app, installation, setup
from fieldsvc.backup import service as backups
from fieldsvc.backup.place import Place
from fieldsvc.blobs import service as blobs
from fieldsvc.db import db
from fieldsvc.record import service as record
from fieldsvc.settings import Settings
from tests.fieldsvc.conftest import PASSWORD, Browser
from tests.fieldsvc.phone import Phone
from tests.fieldsvc.test_blobs import picture

Json = dict[str, Any]


def settings_of(app: Flask) -> Settings:
    settings: Settings = app.extensions["fieldsvc.settings"]
    return settings


def backed_up(app: Flask, root: Path, **more: Any) -> backups.Made:
    (settings_of(app).data / "secret.key").write_text(settings_of(app).secret_key)  # tests give it by word
    with app.app_context():
        return backups.make(settings=settings_of(app), root=root, now=clock.now(), **more)


@pytest.fixture
def restored(app: Flask, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """Make an installation of a backup, in a folder and a database of its own, on the kind of database the test runs on."""
    made: list[Flask] = []
    names: list[str] = []
    server = request.getfixturevalue("made_on_postgres")[1] if "postgresql" in settings_of(app).database_url else None

    def bring_back(root: Path, **more: Any) -> Flask:
        env = {"FIELDSVC_PUBLIC_URL": "http://localhost"}
        if server:
            names.append(f"restored_{clock.new_id().replace('-', '')}")
            env["FIELDSVC_DATABASE_URL"] = server.create(names[-1])
        data = tmp_path / f"restored-{len(made)}"
        told = backups.restore(
            order=backups.Order(root=root, data=data, env={**env, **more.pop("env", {})}, **more),
            install=setup.install,
            now=clock.now() + timedelta(seconds=1),
        )
        assert told.findings == []
        made.append(create_app(Settings.from_env({**env, "FIELDSVC_DATA": str(data)})))
        return made[-1]

    yield bring_back
    for one in made:
        with one.app_context():
            db.engine.dispose()
    for name in names:
        server.drop(name)


def logged_in(app: Flask) -> Browser:
    app.test_client_class = Browser
    client: Any = app.test_client()
    assert client.post("/api/v1/login", json={"username": "inspector", "password": PASSWORD}).status_code == 200
    return client


@pytest.mark.both_databases
def test_a_phone_that_pushed_after_the_backup_sends_again_and_nothing_is_lost_or_doubled(
    app: Flask,
    plan: Callable[..., Json],
    phone_of: Callable[[str], Phone],
    restored: Callable[..., Flask],
    tmp_path: Path,
) -> None:
    visit, phone = plan()["id"], phone_of("inspector")
    phone.op(visit, "visit.start")
    before = phone.upload(picture(colour="olive"), "image/jpeg")
    phone.op(visit, "photo.add", sha256=before, purpose="other", taken_at=clock.rfc3339(clock.now()))
    phone.sync()
    assert backed_up(app, tmp_path / "backups").findings == []
    after = phone.upload(picture(colour="gold"), "image/jpeg")
    phone.op(visit, "photo.add", sha256=after, purpose="other", taken_at=clock.rfc3339(clock.now()))
    phone.op(visit, "note.add", text="written after the backup")
    phone.sync()
    late = phone_of("inspector")  # enrolled after the backup: the restored server has never heard of it
    late.op(visit, "note.add", text="of a phone that came after the backup")
    late.sync()
    logs = {one.id: list(one.log) for one in (phone, late)}

    with app.app_context():
        epoch = installation.epoch()
    second = restored(tmp_path / "backups")
    client = logged_in(second)
    for one in (phone, late):
        one.client = client
        one.heal(epoch=epoch)
    assert phone.lacking([before, after]) == [after]
    phone.upload(picture(colour="gold"), "image/jpeg")
    phone.cursor = None
    shown = phone.sync() and phone.visits[visit]
    assert sorted(note["text"] for note in shown["notes"]) == [
        "of a phone that came after the backup",
        "written after the backup",
    ]
    assert set(shown["photos"]) == {before, after}
    assert shown["missing_blobs"] == []
    with second.app_context():
        assert record.audit().intact
        entries = [(one["device"], one["op"]["seq"]) for one in record.history(visit_id=visit) if one["device"] in logs]
        assert sorted(entries) == sorted((device, op["seq"]) for device, log in logs.items() for op in log)
        assert blobs.read(sha256=before) == picture(colour="olive")


@pytest.mark.both_databases
def test_a_backup_made_while_phones_push_is_whole(
    app: Flask,
    plan: Callable[..., Json],
    phone_of: Callable[[str], Phone],
    restored: Callable[..., Flask],
    tmp_path: Path,
) -> None:
    visits = [plan()["id"] for _ in range(3)]
    phones = [phone_of("inspector") for _ in visits]
    enough, done = threading.Event(), threading.Event()

    def push(phone: Phone, visit: str) -> None:
        number = 0
        while not done.is_set():
            number += 1
            phone.op(visit, "note.add", text=f"note {number}")
            phone.sync()
            if number == 3:
                enough.set()

    pushing = [threading.Thread(target=push, args=pair) for pair in zip(phones, visits, strict=True)]
    for thread in pushing:
        thread.start()
    try:
        assert enough.wait(60)
        made = [backed_up(app, tmp_path / "backups") for _ in range(2)]
    finally:
        done.set()
        for thread in pushing:
            thread.join()
    assert [one.findings for one in made] == [[], []]
    assert 0 < made[0].manifest.entries <= made[1].manifest.entries
    second = restored(tmp_path / "backups")
    client = logged_in(second)
    for phone in phones:
        phone.client = client
        phone.heal()
    for phone, visit in zip(phones, visits, strict=True):
        assert {note["text"] for note in phone.visits[visit]["notes"]} == {op["data"]["text"] for op in phone.log}
        assert len(phone.visits[visit]["notes"]) == len(phone.log)


def test_a_second_backup_copies_only_what_is_new_and_the_oldest_go_with_what_only_they_spoke_of(
    app: Flask, plan: Callable[..., Json], phone_of: Callable[[str], Phone], tmp_path: Path
) -> None:
    phone, root = phone_of("inspector"), tmp_path / "backups"
    first = phone.upload(picture(colour="olive"), "image/jpeg")
    backed_up(app, root)
    place = Place(root)
    stamp = place.path(first).stat().st_mtime_ns
    second = phone.upload(picture(colour="gold"), "image/jpeg")
    backed_up(app, root)
    assert place.path(first).stat().st_mtime_ns == stamp
    assert place.holds(second)
    with app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM blobs WHERE sha256 = '{first}'")
    newest = backed_up(app, root).name
    assert len(backups.prune(root=root, keep=1)) == 2
    assert place.names() == [newest]
    assert (place.holds(first), place.holds(second)) == (False, True)


def test_what_was_changed_in_a_backup_is_found_and_nothing_is_restored_from_it(
    app: Flask, phone_of: Callable[[str], Phone], tmp_path: Path
) -> None:
    sha256 = phone_of("inspector").upload(picture(), "image/jpeg")
    backed_up(app, tmp_path / "whole")
    order = backups.Order(root=tmp_path / "spoilt", data=tmp_path / "new", env={})
    for spoil in ("manifest.json", "database.*", "photos.txt", "secrets/keys/root.key", f"../../files/*/{sha256}"):
        shutil.copytree(tmp_path / "whole", order.root)
        path = next(Place(order.root).choose().glob(spoil))
        path.write_bytes(path.read_bytes().replace(b"0", b"1", 1) + b" ")
        with pytest.raises(backups.BadBackup, match=r"changed|cannot be read"):
            backups.verify(root=order.root)
        with pytest.raises(backups.BadBackup):
            backups.restore(order=order, install=setup.install, now=clock.now())
        assert not order.data.exists()
        shutil.rmtree(order.root)


@pytest.mark.both_databases
def test_a_restore_changes_nothing_that_is_there(app: Flask, tmp_path: Path) -> None:
    root = tmp_path / "backups"
    backed_up(app, root)
    settings = settings_of(app)
    held = {path: path.stat().st_mtime_ns for path in settings.data.rglob("*")}
    env = {"FIELDSVC_DATABASE_URL": settings.database_url}
    for data, words in ((settings.data, "is not empty"), (tmp_path / "new", "database .* is not empty")):
        with pytest.raises(backups.BadBackup, match=words):
            backups.restore(order=backups.Order(root=root, data=data, env=env), install=setup.install, now=clock.now())
    assert {path: path.stat().st_mtime_ns for path in settings.data.rglob("*")} == held
    assert not (tmp_path / "new").exists()
    assert list(tmp_path.glob(".*")) == []


def test_a_photo_that_is_gone_is_named_and_a_restored_server_asks_the_phone_for_it(
    app: Flask,
    plan: Callable[..., Json],
    phone_of: Callable[[str], Phone],
    restored: Callable[..., Flask],
    tmp_path: Path,
) -> None:
    visit, phone = plan()["id"], phone_of("inspector")
    sha256 = phone.upload(picture(), "image/jpeg")
    phone.op(visit, "photo.add", sha256=sha256, purpose="other", taken_at=clock.rfc3339(clock.now()))
    phone.sync()
    next((settings_of(app).data / "blobs" / "files").glob(f"*/{sha256}")).unlink()
    made = backed_up(app, tmp_path / "backups")
    assert made.findings == [f"photo {sha256} is missing from the store"]
    phone.client = logged_in(restored(tmp_path / "backups"))
    phone.heal()
    assert phone.lacking([sha256]) == [sha256]
    assert phone.visits[visit]["missing_blobs"] == [sha256]


def test_keys_are_for_their_owner_and_closed_with_a_passphrase_open_with_that_one_only(
    app: Flask, restored: Callable[..., Flask], tmp_path: Path
) -> None:
    root, keys = tmp_path / "backups", settings_of(app).data / "keys"
    made = backed_up(app, root, passphrase=b"a phrase of several words")
    folder = Place(root).choose() / "secrets"
    assert made.manifest.sealed
    assert {one.path for one in made.manifest.keys} >= {"secret.key", "keys/root.key", "keys/receipt.key"}
    assert all(b"PRIVATE KEY" not in path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert [path for path in root.rglob("*") if path.lstat().st_mode & 0o077 and path.name != ".lock"] == []
    for passphrase, words in ((b"another", "passphrase is not"), (b"", "closed with a passphrase")):
        order = backups.Order(root=root, data=tmp_path / "new", env={}, passphrase=passphrase)
        with pytest.raises(backups.BadBackup, match=words):
            backups.restore(order=order, install=setup.install, now=clock.now())
    second = restored(root, passphrase=b"a phrase of several words")
    held = settings_of(second).keys
    for path in keys.glob("[a-z]*.*"):
        assert (held / path.name).read_bytes() == path.read_bytes()
        assert (held / path.name).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("at", [2, 5, 9])
def test_a_disk_that_fills_up_leaves_no_half_backup_and_the_former_one_whole(
    at: int, app: Flask, phone_of: Callable[[str], Phone], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "backups"
    former = backed_up(app, root).name
    phone_of("inspector").upload(picture(colour="gold"), "image/jpeg")
    left, real = [at], os.fsync

    def full(handle: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(backups.BadBackup, match=r"disk is full.*earlier ones are whole"):
        backed_up(app, root)
    monkeypatch.undo()
    assert list((root / "backups").iterdir()) == [root / "backups" / former]
    assert backups.verify(root=root)[0] == former
    assert list(root.rglob("*.part")) == []


def test_a_place_for_backups_holds_nothing_else_and_lies_elsewhere(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").touch()
    for root, words in ((tmp_path / "photos", "something else"), (settings_of(app).data / "backups", "data folder")):
        with pytest.raises(backups.BadBackup, match=words):
            backed_up(app, root)


def test_a_backup_of_a_newer_version_waits_for_that_version(app: Flask, tmp_path: Path) -> None:
    backed_up(app, tmp_path / "backups")
    folder = Place(tmp_path / "backups").choose()
    manifest = backups.Manifest.read(folder)
    replace(manifest, migration="9999", program="99.0").write(folder)
    order = backups.Order(root=tmp_path / "backups", data=tmp_path / "new", env={})
    with pytest.raises(backups.BadBackup, match=r"newer version \(99.0"):
        backups.restore(order=order, install=setup.install, now=clock.now())


def test_one_backup_is_made_at_a_time(app: Flask, tmp_path: Path) -> None:
    backed_up(app, tmp_path / "backups")
    with Place(tmp_path / "backups").alone(), pytest.raises(backups.BadBackup, match="at this moment"):
        backed_up(app, tmp_path / "backups")
