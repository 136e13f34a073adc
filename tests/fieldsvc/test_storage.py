"""Both stores of files keep the same promises: a folder, and a bucket of a server that speaks S3."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from fieldsvc import clock
from fieldsvc.blobs import service as blobs
from fieldsvc.blobs.bucket import Bucket
from fieldsvc.blobs.storage import Folder, Storage
from fieldsvc.db import transaction
from tests.bucket_server import served
from tests.fieldsvc.phone import Phone
from tests.fieldsvc.test_blobs import announce, picture, piece

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:botocore.*", "ignore::DeprecationWarning:boto3.*")


@pytest.fixture(scope="module")
def bucket_address() -> Iterator[str]:
    """A server that speaks S3, with one bucket."""
    with served() as address:
        yield address


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return Folder(tmp_path)
    address = str(request.getfixturevalue("bucket_address"))
    return Bucket(address.replace("company", tmp_path.name))


def test_an_upload_grows_piece_by_piece(storage: Storage) -> None:
    assert storage.announced("u") is None
    storage.announce("u", 10)
    assert (storage.announced("u"), storage.offset("u")) == (10, 0)
    assert storage.append("u", 0, b"01234") == 5
    assert storage.append("u", 5, b"56789") == 10
    assert (storage.offset("u"), storage.content("u")) == (10, b"0123456789")


def test_writing_at_an_earlier_offset_replaces_what_stood_behind_it(storage: Storage) -> None:
    storage.announce("u", 10)
    storage.append("u", 0, b"01234")
    storage.append("u", 5, b"xxxxx")
    storage.append("u", 5, b"56")
    assert (storage.offset("u"), storage.content("u")) == (7, b"0123456")


def test_announcing_again_and_dropping_begin_anew(storage: Storage) -> None:
    storage.announce("u", 10)
    storage.append("u", 0, b"01234")
    storage.announce("u", 6)
    assert (storage.announced("u"), storage.offset("u")) == (6, 0)
    storage.drop("u")
    assert storage.announced("u") is None
    storage.drop("u")


def test_a_kept_file_is_read_back_and_an_unknown_one_is_missing(storage: Storage) -> None:
    storage.keep("a" * 64, b"one")
    storage.keep("a" * 64, b"one")
    assert storage.read("a" * 64) == b"one"
    storage.forget("a" * 64)
    storage.forget("a" * 64)
    with pytest.raises(FileNotFoundError):
        storage.read("a" * 64)


def test_uploads_nobody_went_on_with_are_named(storage: Storage) -> None:
    storage.announce("u", 10)
    storage.append("u", 0, b"01234")
    assert list(storage.old_uploads(3600)) == []
    assert list(storage.old_uploads(-5)) == ["u"]


def test_a_full_disk_leaves_nothing_half_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = Folder(tmp_path)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        storage.keep("a" * 64, b"one")
    assert [path for path in storage.files.rglob("*") if path.is_file()] == []


def test_a_full_disk_is_said_in_words_and_the_phone_goes_on_later(
    client_as: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, content = client_as("inspector"), picture(colour="olive")
    where = announce(client, content).headers["Location"]
    real = os.fsync

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    answer = piece(client, where, 0, content)
    assert (answer.status_code, answer.json["code"]) == (503, "server_full")
    monkeypatch.setattr(os, "fsync", real)
    offset = int(client.head(where).headers["Upload-Offset"])
    assert piece(client, where, offset, content[offset:]).status_code == 204


def test_a_visit_and_its_photo_live_in_a_bucket(
    app: Flask, bucket_address: str, plan: Callable[..., Any], phone_of: Callable[[str], Phone]
) -> None:
    blobs.use_storage(app, bucket_address, folder=Path())
    visit, phone = plan()["id"], phone_of("inspector")
    content = picture(colour="gold")
    phone.op(
        visit, "photo.add", sha256=phone.upload(content, "image/jpeg"), purpose="meter", taken_at="2026-11-21T09:00:00Z"
    )
    phone.sync()
    assert phone.visits[visit]["missing_blobs"] == []
    assert phone.client.get(f"/api/v1/blobs/{hashlib.sha256(content).hexdigest()}").data == content


def test_files_no_visit_speaks_of_go_after_a_month_and_not_before(
    app: Flask, plan: Callable[..., Any], phone_of: Callable[[str], Phone]
) -> None:
    visit, phone = plan()["id"], phone_of("inspector")
    spoken, orphan = phone.upload(picture(colour="pink")), phone.upload(picture(colour="plum"))
    phone.op(visit, "photo.add", sha256=spoken, purpose="meter", taken_at="2026-11-21T09:00:00Z")
    phone.sync()
    with app.app_context():
        for days, kept in ((30, {spoken, orphan}), (32, {spoken})):
            with transaction():
                blobs.collect_orphans(now=clock.now() + timedelta(days=days))
            assert blobs.present({spoken, orphan}) == kept
    assert phone.upload(picture(colour="plum")) == orphan
