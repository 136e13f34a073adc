"""A full disk and a store that can only be read: said in words, nothing half-written, and phones go on by themselves."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from psycopg.errors import DiskFull
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from fieldsvc.db import db
from fieldsvc.record import service as record
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.phone import Phone

Json = dict[str, Any]


class Hindered:
    """Makes the database refuse to write, as a full disk or a read-only mount does; and lets it again."""

    def __init__(self, app: Flask, *words: str):
        with app.app_context():
            self.engine = db.engine
        self._words = words
        event.listen(self.engine, "checkout", self._hinder)
        self.engine.pool.dispose()

    def _hinder(self, connection: Any, *_: Any) -> None:
        cursor = connection.cursor()
        for one in self._words:
            cursor.execute(one)
        cursor.close()

    def end(self) -> None:
        event.remove(self.engine, "checkout", self._hinder)
        self.engine.pool.dispose()


FULL = ("PRAGMA max_page_count = 1",)  # no page more than there are
HINDRANCES = [
    pytest.param("sqlite", FULL, "server_full", "磁盘已满", id="full"),
    pytest.param("sqlite", ("PRAGMA query_only = ON",), "server_read_only", "只能读取", id="read-only"),
    pytest.param(
        "postgresql",
        ("SET default_transaction_read_only = on",),
        "server_read_only",
        "只能读取",
        id="read-only PostgreSQL",
    ),
]


@pytest.mark.parametrize(("database", "words", "code", "advice"), HINDRANCES, indirect=["database"])
def test_a_store_that_cannot_be_written_is_said_in_words_and_nothing_is_lost_or_doubled(
    words: tuple[str, ...],
    code: str,
    advice: str,
    app: Flask,
    plan: Callable[..., Json],
    phone_of: Callable[[str], Phone],
    client_as: Callable[[str], Browser],
) -> None:
    visit, phone, office = plan()["id"], phone_of("inspector"), client_as("office")
    page, action = f"/office/visits/{visit}", f"/office/visits/{visit}/note"
    form = {**hidden_of(office, page, action), "text": "长" * 2000}
    notes = [f"{number} " + "水" * 900 for number in range(40)]
    for text in notes:
        phone.op(visit, "note.add", text=text)
    hindered = Hindered(app, *words)
    told = phone.send()
    assert (told.status_code, told.mimetype, told.json["code"]) == (503, "application/problem+json", code)
    assert int(told.headers["Retry-After"]) > 0
    shown = office.post(action, data=form)
    assert (shown.status_code, shown.mimetype, "Retry-After" in shown.headers) == (503, "text/html", True)
    assert advice in shown.text
    hindered.end()
    assert phone.sync()["results"][-1]["status"] == "applied"
    assert [note["text"] for note in phone.visits[visit]["notes"]] == notes
    assert office.get(page).status_code == 200
    with app.app_context():
        assert record.audit().intact


def hidden_of(office: Browser, page: str, action: str) -> Json:
    """The hidden fields of a form, as a page that was opened earlier holds them."""
    forms = re.findall(r"<form\b.*?</form>", office.get(page).text, flags=re.DOTALL)
    form = next(one for one in forms if f'action="{action}"' in one)
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))


def test_postgresql_says_that_its_disk_is_full_by_a_number(app: Flask, browser: Browser) -> None:
    @app.get("/api/v1/full")
    def full() -> str:
        raise OperationalError("INSERT", {}, DiskFull("could not extend file"))

    answer = browser.get("/api/v1/full")
    assert (answer.status_code, answer.json["code"]) == (503, "server_full")
