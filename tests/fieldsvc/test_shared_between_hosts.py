"""What hosts share, piece by piece: files with names, keys, the queue."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from fieldsvc import Settings, authority, clock, create_app, keyring, setup
from fieldsvc.backup import service as backup
from fieldsvc.blobs import service as blobs
from fieldsvc.blobs.bucket import Bucket
from fieldsvc.blobs.shelf import FolderShelf, Shelf
from fieldsvc.db import db, transaction
from fieldsvc.jobs import service as jobs
from fieldsvc.notices import desk
from tests import bucket_server, redis_server
from tests.fieldsvc.conftest import settings_for
from tests.fieldsvc.test_blobs import picture

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:botocore.*", "ignore::DeprecationWarning:boto3.*")
PATIENCE = 60


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    with bucket_server.served() as address:
        yield address


@pytest.fixture(params=["folder", "bucket"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    (tmp_path / "papers").mkdir()
    if request.param == "folder":
        return FolderShelf(tmp_path / "papers")
    address = str(request.getfixturevalue("bucket"))
    return Bucket(address.replace("company", tmp_path.name)).shelf(tmp_path / "papers")


def test_a_file_lies_whole_under_its_name_and_can_be_opened_as_long_as_it_is_at_hand(shelf: Shelf) -> None:
    shelf.keep("one.pdf", b"first")
    shelf.keep("one.pdf", b"second")
    assert shelf.read("one.pdf") == b"second" and shelf.holds("one.pdf") and not shelf.holds("one")
    with shelf.at_hand("one.pdf") as path, path.open("rb") as file, path.open("rb") as again:
        assert (file.read(), again.read()) == (b"second", b"second")


def test_a_file_made_beside_the_shelf_is_taken_and_given_another_name(shelf: Shelf, tmp_path: Path) -> None:
    made = tmp_path / "papers" / "run-try-1.pdf"
    made.write_bytes(b"made")
    shelf.take("run-try-1.pdf", made)
    shelf.rename("run-try-1.pdf", "run.pdf")
    assert shelf.read("run.pdf") == b"made" and not shelf.holds("run-try-1.pdf") and not made.exists()


def test_what_is_not_there_is_missing_and_what_begins_alike_goes_together(shelf: Shelf) -> None:
    for name in ("a-1", "a-2", "b-1"):
        shelf.keep(name, b"x")
    shelf.drop_all("a", but="a-2")
    now = clock.now()
    assert sorted(shelf.older(now + timedelta(hours=1))) == ["a-2", "b-1"]
    assert list(shelf.older(now - timedelta(hours=1))) == []
    with pytest.raises(FileNotFoundError):
        shelf.read("a-1")
    with pytest.raises(FileNotFoundError), shelf.at_hand("a-1"):
        raise AssertionError


@pytest.fixture
def host(made: Path, bucket: str, tmp_path: Path) -> Settings:
    """A host whose database is a copy of the first one's, with a place of its own in the bucket."""
    data = tmp_path / "first"
    data.mkdir()
    (data / "fieldsvc.db").write_bytes((made / "fieldsvc.db").read_bytes())
    return replace(settings_for(data), blob_url=bucket.replace("company", tmp_path.name))


def second(host: Settings, **changes: Any) -> Settings:
    return replace(host, data=host.data.with_name("second"), **changes)


def at(settings: Settings) -> Any:
    """In the application of a host."""
    return create_app(settings).app_context()


def end() -> None:
    db.session.remove()
    db.engine.dispose()


def test_keys_lie_closed_in_the_bucket_and_open_for_who_has_the_secret(host: Settings) -> None:
    with at(host):
        keyring.create(host, company="A company")
        closed = blobs.shelf(host.data / "keys").read("ring")
        key = (host.keys / "root.key").read_bytes()
        assert key not in closed and b"PRIVATE" not in closed
        end()
    stranger = second(host, secret_key="another secret, as long as the first one")
    with at(stranger), pytest.raises(keyring.AnotherSecret, match=r"copy secret\.key"):
        keyring.create(stranger, company="A company")
    assert not (stranger.keys / "root.key").exists()
    with at(second(host)):
        keyring.create(second(host), company="A company")
        assert (second(host).keys / "root.key").read_bytes() == key
        assert (second(host).keys / "root.key").stat().st_mode & 0o077 == 0
        end()


def test_a_renewed_signer_and_every_certificate_reach_the_other_hosts(host: Settings) -> None:
    other = second(host)
    with at(host):
        keyring.create(host, company="A company")
        end()
    with at(other):
        keyring.fetch(other)
        (other.keys / "signers").mkdir()
        (other.keys / "signers" / "ours.pem").write_bytes(b"a certificate that only this host has seen")
        keyring.keep_in_step(other)
        before = authority.signer_certificate(other.keys)
    with at(host):
        made = authority.renew_signer(host.keys, company="A company")
        keyring.keep_in_step(host)
        assert authority.signer_certificate(host.keys) == before, "nobody replaces a shared key by the way"
        made = authority.renew_signer(host.keys, company="A company")
        keyring.publish(host, *keyring.SIGNER)
        assert (host.keys / "signers" / "ours.pem").is_file()
    with at(other):
        keyring.keep_in_step(other)
        assert authority.signer_certificate(other.keys) == made


def test_a_backup_of_a_host_holds_what_lies_in_the_bucket_and_a_restore_puts_it_there(
    host: Settings, tmp_path: Path
) -> None:
    (host.data / "secret.key").write_text(host.secret_key)
    with at(host):
        keyring.create(host, company="A company")
        desk.keep("paper.pdf", b"%PDF- a paper")
        made = backup.make(settings=host, root=tmp_path / "backup", now=clock.now())
        assert [one.path for one in made.manifest.files] == ["notices/paper.pdf"]
        end()
    elsewhere = host.blob_url.replace(tmp_path.name, f"{tmp_path.name}-restored")
    env = {"FIELDSVC_BLOB_URL": elsewhere, "FIELDSVC_PUBLIC_URL": "http://localhost"}
    order = backup.Order(tmp_path / "backup", tmp_path / "restored", env)
    backup.restore(order=order, install=setup.install, now=clock.now())
    restored = Settings.from_env({**env, "FIELDSVC_DATA": str(tmp_path / "restored")})
    with at(restored):
        assert desk.read("paper.pdf") == b"%PDF- a paper"
        assert not list((restored.data / "notices").glob("*"))
        end()


def test_an_installation_that_outgrew_its_folder_is_moved_into_a_bucket(host: Settings) -> None:
    before, content = replace(host, blob_url=""), picture(colour="olive")
    with at(before):
        keyring.create(before, company="A company")
        desk.keep("paper.pdf", b"%PDF- a paper")
        with transaction():
            sha256 = blobs.put(content=content, now=clock.now())
        end()
    with at(host):
        keyring.create(host, company="A company")
        assert [blobs.bring_in(data=host.data) for _ in range(2)] == [2, 0]
        assert (desk.read("paper.pdf"), blobs.read(sha256=sha256)) == (b"%PDF- a paper", content)
        end()
    with at(second(host)):
        keyring.fetch(second(host))
        assert (second(host).keys / "root.key").read_bytes() == (host.keys / "root.key").read_bytes()


def test_a_job_is_woken_through_redis_and_a_forged_one_is_not_done(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    reached = threading.Event()

    def work() -> None:
        done.append("done")
        reached.set()

    monkeypatch.setattr(jobs, "_jobs", {})
    with redis_server.served() as server:
        queue = _queue(tmp_path, server.url)
        jobs.register("ours", work, every=timedelta(days=1))
        _queue(tmp_path, server.url, secret="what somebody has guessed, long enough").wake("ours")
        workers = queue.consumer()
        workers.start()  # whose clock wakes every job once
        assert reached.wait(PATIENCE)
        workers.stop()
    assert done == ["done"]
    assert any("Error reading from queue" in one.getMessage() for one in caplog.records)


def test_who_wakes_a_job_is_not_held_up_by_a_queue_that_is_gone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        _queue(tmp_path, "redis://127.0.0.1:1/0").wake("ours")
    assert "job ours could not be woken: ConnectionError" in caplog.text


def _queue(data: Path, url: str, *, secret: str = "a secret of the tests, long enough") -> jobs.Queue:
    app = Flask(__name__)
    app.config["SECRET_KEY"] = secret
    return jobs.Queue(app, url=url, folder=data)
