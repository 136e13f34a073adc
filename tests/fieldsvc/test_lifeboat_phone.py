"""The app's own code writes a lifeboat, the server reads the same bytes, and the phone learns of it by its next sync."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from fieldsvc.lifeboat import intake, service
from fieldsvc.record import service as record
from tests.fieldsvc.conftest import PASSWORD, Browser
from tests.fieldsvc.test_blobs import picture

pytestmark = pytest.mark.both_databases

ROOT = Path(__file__).resolve().parents[2]
Json = dict[str, Any]
Order = Callable[..., Json]
Clients = Callable[[str], Browser]


@contextmanager
def served(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def phone() -> Iterator[Order]:
    """A phone of the app's own code in a process of its own: `phone("note", visit=…, text=…)`."""
    locked = ROOT / ".venv" / "bin" / "node"
    node = str(locked) if locked.exists() else shutil.which("node")
    assert node, "the phone's own code runs on Node: `make setup` installs it"
    words = [node, str(ROOT / "tests" / "js" / "stranded_phone.js")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdin is not None and process.stdout is not None
        given, told = process.stdin, process.stdout

        def order(name: str, **what: Any) -> Json:
            given.write(json.dumps({"order": name, **what}) + "\n")
            given.flush()
            answer: Json = json.loads(told.readline())
            assert "problem" not in answer, answer
            return answer

        yield order
        given.close()
        process.wait(timeout=120)


def taken_in(app: Flask, file: Path) -> service.Landing:
    with app.app_context(), file.open("rb") as given:
        keys = app.extensions["fieldsvc.settings"].keys
        return service.landing_of(intake.take_in(file=given, keys=keys, by_id=None, by_name=""))


@pytest.fixture
def origin(app: Flask) -> Iterator[str]:
    with served(app) as address:
        yield address


def at_a_door(phone: Order, visit: str) -> list[str]:
    """Three notes and two photos, written and not sent; gives the ids of the entries."""
    ids = [phone("note", visit=visit, text=f"第{number}条 𠮷 \u2028")["id"] for number in range(3)]
    for photo, kind in ((picture(colour="navy"), "image/jpeg"), (picture("PNG", colour="pink"), "image/png")):
        ids.append(phone("photo", visit=visit, bytes=base64.b64encode(photo).decode(), type=kind)["id"])
    return ids


def history(office: Browser, visit: str) -> list[str]:
    return [row["op"]["id"] for row in office.get(f"/api/v1/visits/{visit}/ops").json["ops"]]


def test_what_the_app_wrote_comes_in_by_its_file_and_the_app_then_says_that_all_is_sent(
    app: Flask, origin: str, phone: Order, plan: Callable[..., Json], client_as: Clients, tmp_path: Path
) -> None:
    visit, file = plan()["id"], tmp_path / "phone.lifeboat"
    device = phone("enrol", origin=origin, username="inspector", password=PASSWORD)
    first = phone("note", visit=visit, text="sent in time")["id"]
    assert phone("sync")["entries"] == 0
    ids = at_a_door(phone, visit)
    made = phone("lifeboat", path=str(file))
    assert (made["entries"], made["photos"], made["lost"], made["left"]) == (5, 2, 0, 0)
    assert made["name"].startswith(device["code"]) and made["name"].endswith(".lifeboat")
    landing = taken_in(app, file)
    assert (landing.phones[0].taken, landing.phones[0].held, landing.phones[0].refused) == (5, 0, "")
    assert (landing.photos.taken, landing.photos.held, landing.photos.lost) == (2, 0, [])
    later = phone("note", visit=visit, text="written after the file")["id"]
    told = phone("sync")
    assert (told["state"], told["entries"], told["photos"], told["errorCode"]) == ("sent", 0, 0, None)
    assert (told["receipt"]["acked_seq"], len(told["receipt"]["files"])) == (7, 2)
    assert history(client_as("office"), visit) == [first, *ids, later]
    with app.app_context():
        assert record.document(visit_id=visit)["missing_blobs"] == []
        assert record.audit().intact


def test_a_phone_that_sent_all_by_itself_loses_and_doubles_nothing_by_its_file(
    app: Flask, origin: str, phone: Order, plan: Callable[..., Json], client_as: Clients, tmp_path: Path
) -> None:
    visit, file = plan()["id"], tmp_path / "phone.lifeboat"
    # It enrolled before the server gave a key for lifeboats, and asks for it when it needs it.
    phone("enrol", origin=origin, username="inspector", password=PASSWORD, forgets=True)
    ids = at_a_door(phone, visit)
    assert phone("lifeboat", path=str(file))["entries"] == 5
    assert phone("sync")["state"] == "sent"
    for _ in range(2):
        landing = taken_in(app, file)
        assert (landing.phones[0].taken, landing.phones[0].held, landing.phones[0].refused) == (0, 5, "")
        assert (landing.photos.taken, landing.photos.held) == (0, 2)
    assert phone("sync")["state"] == "sent"
    assert history(client_as("office"), visit) == ids
