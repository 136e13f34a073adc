"""An installation of an earlier release, with its data in place, goes on with this one, on either database."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from fieldsvc import create_app, installation, setup
from fieldsvc.db import db, transaction
from fieldsvc.notices import service as notices
from fieldsvc.record import service as record
from fieldsvc.record import sought
from tests.fieldsvc.conftest import PASSWORD, Browser, settings_for
from tests.fieldsvc.phone import Phone

PAST = Path(__file__).parent / "past"
RELEASES = sorted(PAST.glob("release-*.json"))

Json = dict[str, Any]


def value_for(column: sa.Column[Any], value: Any) -> Any:
    """A value of the file as the column takes it."""
    if isinstance(column.type, sa.DateTime):
        return datetime.fromisoformat(value)
    if isinstance(column.type, sa.Date):
        return date.fromisoformat(value)
    return value


def put_in(kept: Json) -> None:
    """Fill the tables of that time with what an installation held."""
    metadata = sa.MetaData()
    metadata.reflect(db.engine, only=list(kept["tables"]))
    with transaction():
        connection = db.session.connection()
        for table in metadata.sorted_tables:
            names = {column.name for column in table.columns}
            for row in kept["tables"][table.name]:
                assert set(row) <= names
                given = {name: value_for(table.columns[name], value) for name, value in row.items()}
                connection.execute(table.insert().values(given))
            if connection.dialect.name == "postgresql" and "id" in names:
                sequence = connection.scalar(sa.select(sa.func.pg_get_serial_sequence(table.name, "id")))
                if sequence:
                    connection.execute(
                        sa.select(sa.func.setval(sequence, sa.select(sa.func.max(table.c.id)).scalar_subquery()))
                    )
        sought.index([(row["id"], row["text"]) for row in kept["tables"].get("sought", ())])


@pytest.fixture(params=RELEASES, ids=lambda path: path.stem)
def kept(request: pytest.FixtureRequest) -> Json:
    """What an installation of a past release held."""
    held: Json = json.loads(request.param.read_text(encoding="utf-8"))
    return held


@pytest.fixture
def upgraded(kept: Json, database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """That installation, brought up to date as `fieldsvc init` does."""
    server, url, name = None, "", f"past_{secrets.token_hex(6)}"
    if database == "postgresql":
        server = request.getfixturevalue("made_on_postgres")[1]
        url = server.create(name)
    setup.prepare_folder(tmp_path / "data")
    settings = settings_for(tmp_path / "data", url)
    then = create_app(settings)
    with then.app_context():
        upgrade(directory=then.extensions["migrate"].directory, revision=kept["migration"])
        put_in(kept)
        db.session.remove()
        db.engine.dispose()
    app = setup.install(settings)
    app.test_client_class = Browser
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    if server:
        server.drop(name)


def client_of(app: Flask, username: str) -> Browser:
    client: Any = app.test_client()
    answer = client.post("/api/v1/login", json={"username": username, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return client  # type: ignore[no-any-return]


def test_there_is_a_past_release_to_come_from() -> None:
    assert RELEASES


@pytest.mark.both_databases
def test_what_a_past_release_held_is_all_there_and_goes_on(upgraded: Flask, kept: Json) -> None:
    held = {row["id"]: json.loads(row["document"]) for row in kept["tables"]["visits"]}
    epoch = next(row["value"] for row in kept["tables"]["installation"] if row["name"] == "epoch")
    with upgraded.app_context():
        assert installation.epoch() == epoch
        found = record.audit()
        assert (found.findings, found.entries) == ([], len(kept["tables"]["ops"]))
        now = record.documents(ids=list(held))
        for visit_id, document in held.items():
            assert {key: now[visit_id][key] for key in ("number", "state", "notes", "hazards")} == {
                key: document[key] for key in ("number", "state", "notes", "hazards")
            }
            assert sum(len(record.history(visit_id=one)) for one in held) <= len(kept["tables"]["ops"])
    office = client_of(upgraded, "office")
    for page in (
        "/office",
        "/office/visits",
        "/office/hazards",
        "/office/notices",
        "/office/attention",
    ):
        assert office.get(page).status_code == 200, page
    assert "欧阳娜娜" in office.get("/office/visits?q=欧阳娜娜").text
    phone = Phone(client_of(upgraded, "inspector"))
    phone.sync()
    started = next(visit_id for visit_id, document in held.items() if document["state"] == "started")
    phone.op(started, "note.add", text="written after the upgrade")
    phone.cursor = None
    assert phone.sync()["results"][0]["status"] == "applied"


def test_a_paper_that_a_past_release_promised_is_made_by_this_one(upgraded: Flask, kept: Json, later: Any) -> None:
    later(hours=1)
    with upgraded.app_context():
        for _ in range(20):
            if not notices.make_next():
                break
        promised = {row["visit_id"] for row in kept["tables"]["notices"]}
        papers = [paper for visit_id in promised for paper in notices.of_visit(visit_id=visit_id)]
        assert papers
        assert [(paper.status, paper.error) for paper in papers] == [("ready", None)] * len(papers)
