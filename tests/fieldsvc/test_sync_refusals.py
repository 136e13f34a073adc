"""What the sync endpoint refuses, and in which words: cursors, bodies, text that is none, and too much at once."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from fieldsvc import installation
from fieldsvc.db import transaction
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.phone import Phone
from tests.fieldsvc.test_sync import problem

pytestmark = pytest.mark.both_databases

Json = dict[str, Any]
Phones = Callable[[str], Phone]
Plan = Callable[..., Json]


@pytest.mark.parametrize("cursor", ["no such cursor", "", "e30", "W10", "💥"])
def test_a_cursor_that_cannot_be_read_is_gone(cursor: str, phone_of: Phones) -> None:
    phone = phone_of("inspector")
    problem(phone.send({**phone.request(), "cursor": cursor}), 410, "cursor_expired")


def test_a_cursor_of_another_epoch_is_gone_and_the_answer_names_the_new_one(
    app: Flask, plan: Plan, phone_of: Phones
) -> None:
    visit = plan()["id"]
    phone = phone_of("inspector")
    with app.app_context(), transaction():
        installation.keep(name="epoch", value="another history")
    problem(phone.send(), 410, "cursor_expired")
    phone.cursor = None
    told = phone.sync()
    assert told["epoch"] == "another history"
    assert [shown["id"] for shown in told["visits"]] == [visit]


BODIES = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'{"protocol":1}',
    b'{"protocol":99,"device":"x","ops":[]}',
    b'{"protocol":1,"device":"x","ops":{}}',
    b"\xff\xfe",
    b'{"protocol":1,"device":1,"ops":[1.5]}',
    b'{"protocol":1,"device":"x","ops":[{"id":"\\ud800"}]}',
    b'{"protocol":1,"device":"x","ops":[],"limit":NaN}',
    b'{"a":' * 2000 + b"1" + b"}" * 2000,
]


@pytest.mark.parametrize("body", BODIES)
def test_a_malformed_request_gets_a_clear_no(body: bytes, client_as: Callable[[str], Browser]) -> None:
    answer = client_as("inspector").post("/api/v1/sync", data=body, content_type="application/json")
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.mimetype == "application/problem+json"
    assert answer.json["code"]


def test_text_that_is_not_unicode_is_refused_with_words(plan: Plan, phone_of: Phones) -> None:
    visit = plan()["id"]
    phone = phone_of("inspector")
    phone.op(visit, "note.add", text="x")
    body = json.dumps(phone.request()).replace('"x"', '"\\ud800"')
    problem(phone.client.post("/api/v1/sync", data=body, content_type="application/json"), 422, "invalid")


def test_too_much_at_once_is_said_so(plan: Plan, phone_of: Phones) -> None:
    visit = plan()["id"]
    phone = phone_of("inspector")
    for _ in range(1001):
        phone.op(visit, "note.add", text="x")
    problem(phone.send(), 413, "too_large")
    fat = {**phone.request(last=1), "filler": "x" * (2 * 1024 * 1024)}
    problem(phone.send(fat), 413, "too_large")


def test_a_gzipped_request_is_unpacked_and_limited_by_its_unpacked_size(plan: Plan, phone_of: Phones) -> None:
    visit = plan()["id"]
    phone = phone_of("inspector")
    phone.op(visit, "note.add", text="packed")
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    packed = gzip.compress(json.dumps(phone.request()).encode())
    assert phone.client.post("/api/v1/sync", data=packed, headers=headers).json["acked_seq"] == 1
    bomb = gzip.compress(b" " * (64 * 1024 * 1024))
    problem(phone.client.post("/api/v1/sync", data=bomb, headers=headers), 413, "too_large")
    problem(phone.client.post("/api/v1/sync", data=packed[:-20], headers=headers), 400, "malformed")
