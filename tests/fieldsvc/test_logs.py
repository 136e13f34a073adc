"""What the server says while it runs: findable by its request, and never anything about a person."""

from __future__ import annotations

import io
import json
import logging
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from fieldsvc import clock, logs
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.phone import Phone

Json = dict[str, Any]
MARKS = ("欧阳特别名", "18812345678", "特别路九十九号", "Zebulon", "zebulon", "5201020001")
TEXT = "欧阳特别名 18812345678 特别路九十九号 Zebulon 5201020001"


@pytest.fixture
def said() -> Iterator[Callable[[], list[Json]]]:
    """All lines so far, as a serving process says them with everything switched on."""
    root = logging.getLogger()
    before, levels = list(root.handlers), {name: logging.getLogger(name).level for name in ("", *logs.OURS)}
    stream = io.StringIO()
    logs.begin(level="debug", stream=stream)
    root.setLevel(logging.DEBUG)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.captureWarnings(False)
    root.handlers[:] = before
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def lines_of(said: Callable[[], list[Json]], request_id: str) -> list[Json]:
    return [line for line in said() if line.get("request") == request_id]


def test_an_answer_carries_the_id_under_which_its_lines_are_found(
    browser: Browser, said: Callable[[], list[Json]]
) -> None:
    answer = browser.get("/n/ABCDEFGH?q=1", headers={"X-Request-Id": TEXT.encode().hex()})
    line = lines_of(said, answer.headers["X-Request-Id"])[-1]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/n/<lookup>", answer.status_code)
    assert line["ms"] >= 0
    assert uuid.UUID(line["request"])


def test_a_push_tells_its_phone_its_entries_and_how_long_it_took(
    plan: Callable[..., Json], phone_of: Callable[[str], Phone], said: Callable[[], list[Json]]
) -> None:
    visit, phone = plan()["id"], phone_of("inspector")
    ops = [phone.op(visit, "note.add", text=TEXT)["id"] for _ in range(3)]
    answer = phone.send()
    line = lines_of(said, answer.headers["X-Request-Id"])[-1]
    assert (line["device"], line["ops"], line["op_count"]) == (phone.id, ops, 3)


def test_a_refusal_names_its_code_and_nothing_that_was_sent(
    browser: Browser, client_as: Callable[[str], Browser], said: Callable[[], list[Json]]
) -> None:
    refused = {
        "bad_credentials": browser.post("/api/v1/login", json={"username": TEXT[:20], "password": TEXT}),
        "malformed": browser.post("/api/v1/login", data=TEXT.encode()),
        "invalid": client_as("office").post("/api/v1/visits", json={"visits": [{"type": TEXT}]}),
        "forbidden": client_as("inspector").get("/api/v1/quarantine"),
    }
    for code, answer in refused.items():
        lines = lines_of(said, answer.headers["X-Request-Id"])
        assert lines[-1]["problem"] == code and not any(mark in json.dumps(lines) for mark in MARKS)


def test_an_error_tells_its_kind_and_its_place_and_nothing_that_was_typed(
    app: Flask, browser: Browser, said: Callable[[], list[Json]]
) -> None:
    @app.get("/broken/<name>")
    def broken(name: str) -> str:
        try:
            raise IntegrityError("INSERT", {"name": name}, ValueError(f"Key (name)=({name}) already exists"))
        except IntegrityError as error:
            raise RuntimeError(name) from error

    answer = browser.get(f"/broken/{quote(TEXT)}")
    assert answer.status_code == 500
    line = next(line for line in said() if "errors" in line)
    assert line["request"] == answer.headers["X-Request-Id"]
    assert [error["kind"] for error in line["errors"]] == ["builtins.RuntimeError", "sqlalchemy.exc.IntegrityError"]
    assert line["errors"][0]["trace"][-1].endswith(" broken")
    assert not any(mark in json.dumps(said(), ensure_ascii=False) for mark in MARKS)


def values_for(rule: Any) -> dict[str, Any]:
    return {name: 7 if type(rule._converters[name]).__name__ == "IntegerConverter" else TEXT for name in rule.arguments}


def test_no_kind_of_request_brings_a_name_a_number_or_an_address_into_the_log(
    app: Flask, browser: Browser, client_as: Callable[[str], Browser], said: Callable[[], list[Json]]
) -> None:
    """Every route there is, by every method, as a technician and as an admin, with persons in every part of it."""
    everybody = [client_as("inspector"), client_as("admin")]
    adapter, asked = app.url_map.bind("localhost"), 0
    body = dict.fromkeys(("username", "password", "name", "q", "words", "reason", "note", "text", "address"), TEXT)
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            path = adapter.build(rule.endpoint, values_for(rule), method=method)
            ends = rule.endpoint.split(".")[-1] in ("login", "log_in", "logout", "log_out")
            for client in [browser] if ends else everybody:
                sent: Json = {"json": body} if path.startswith("/api/") else {"data": body}
                given = {} if method == "GET" else sent
                answer = client.open(path, method=method, query_string=body, headers={"User-Agent": "Zebulon"}, **given)
                answer.close()
                asked += 1
    assert asked > 300
    assert len([line for line in said() if line["logger"] == "fieldsvc.request"]) >= asked
    found = [line for line in said() if any(mark in json.dumps(line, ensure_ascii=False) for mark in MARKS)]
    assert found == []


def test_a_persons_day_leaves_no_trace_of_the_person(
    plan: Callable[..., Json],
    phone_of: Callable[[str], Phone],
    client_as: Callable[[str], Browser],
    said: Callable[[], list[Json]],
) -> None:
    visit = plan(name="欧阳特别名", phone="18812345678", address="特别路九十九号")
    phone = phone_of("inspector")
    phone.op(visit["id"], "customer.correct", field="phone", value="18812345678")
    phone.op(visit["id"], "note.add", text=TEXT)
    phone.op(TEXT, "note.add", text=TEXT)
    phone.log.append({**phone.log.pop(), "id": TEXT})
    phone.send()
    phone.send({**phone.request(), "device": TEXT})
    office = client_as("office")
    for path in ("/office/visits?q=", "/office/customers?q=", "/office/search?q=", "/api/v1/visits?q="):
        office.get(path + quote(TEXT))
    office.get(f"/office/visits/{visit['id']}")
    office.post(f"/api/v1/visits/{visit['id']}/ops", json={"base": 0, "kind": "note.add", "data": {"text": TEXT}})
    client_as("inspector").post("/api/v1/login", json={"username": "Zebulon", "password": TEXT})
    text = json.dumps(said(), ensure_ascii=False)
    assert clock.now() and len(said()) > 8
    assert not [mark for mark in MARKS if mark in text]


def test_what_libraries_say_is_told_by_its_place_only(said: Callable[[], list[Json]]) -> None:
    logging.getLogger("weasyprint").error("cannot place %s", TEXT)
    logging.getLogger("fieldsvc.jobs").warning("gave up: %s", ValueError(TEXT))
    library, ours = said()[-2:]
    assert library["place"].startswith("test_logs.py:") and "says" not in library
    assert ours["says"] == "gave up: ValueError"
