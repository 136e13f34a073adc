"""After a backup was put back: another line of history, in which nothing of the lost one counts as seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from fieldsvc import clock, installation, numbers
from fieldsvc.db import db, transaction
from fieldsvc.record import service as record
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.phone import Phone

pytestmark = pytest.mark.both_databases

Json = dict[str, Any]


def put_back(app: Flask, version: int, *, later: timedelta = timedelta()) -> None:
    """Set the version counter to what a backup holds, and begin another history as a restore does."""
    with app.app_context(), transaction():
        db.session.execute(text("UPDATE counters SET value = :version WHERE name = 'version'"), {"version": version})
        record.begin_history(now=clock.now() + later)


def test_what_was_seen_in_a_lost_history_supersedes_nothing_in_the_present_one(
    app: Flask, plan: Callable[..., Json], phone_of: Callable[[str], Phone], client_as: Callable[[str], Browser]
) -> None:
    visit = plan()
    phone = phone_of("inspector")
    for _ in range(5):
        plan()  # changes that the backup does not hold
    phone.op(visit["id"], "note.add", text="seen late in the lost history")
    phone.sync()
    put_back(app, visit["version"])
    failed = {"item": "hose", "point": "HOSE-C6", "result": "fail"}
    edit = {"base": visit["version"], "kind": "check.set", "data": failed}
    assert client_as("office").post(f"/api/v1/visits/{visit['id']}/ops", json=edit).status_code == 200
    phone.op(visit["id"], "check.set", item="hose", point="HOSE-C6", result="pass")
    phone.cursor = None
    assert phone.sync()["results"][0]["status"] == "conflict"
    assert phone.visits[visit["id"]]["checks"]["hose"]["HOSE-C6"]["result"] == "fail"


@pytest.mark.parametrize(
    ("seen_in", "status"),
    [("the line that went on from the backup", "applied"), ("a line that began at an older one", "conflict")],
)
def test_a_base_of_a_lost_line_counts_for_what_its_author_must_have_seen(
    seen_in: str,
    status: str,
    app: Flask,
    plan: Callable[..., Json],
    phone_of: Callable[[str], Phone],
    client_as: Callable[[str], Browser],
) -> None:
    visit = plan()
    phone = phone_of("inspector")
    failed = {"item": "hose", "point": "HOSE-C6", "result": "fail"}
    edit = {"base": visit["version"], "kind": "check.set", "data": failed}
    held = client_as("office").post(f"/api/v1/visits/{visit['id']}/ops", json=edit).json["visit"]["version"]
    put_back(app, held, later=timedelta(minutes=2))
    begun_a_minute_before = int((clock.now() + timedelta(minutes=1)).timestamp() * 1_000_000)
    entry = phone.op(visit["id"], "check.set", item="hose", point="HOSE-C6", result="pass")
    entry["base"] = held + 3 if status == "applied" else begun_a_minute_before + 3
    phone.cursor = None
    assert phone.sync()["results"][0]["status"] == status, seen_in


def test_a_number_that_is_still_to_come_counts_for_nothing(
    plan: Callable[..., Json], phone_of: Callable[[str], Phone]
) -> None:
    visit = plan()["id"]
    phone, other = phone_of("inspector"), phone_of("inspector")
    other.op(visit, "check.set", item="hose", point="HOSE-C6", result="fail")
    other.sync()
    phone.op(visit, "check.set", item="hose", point="HOSE-C6", result="pass")["base"] = 2**60
    assert phone.sync()["results"][0]["status"] == "conflict"
    assert phone.visits[visit]["checks"]["hose"]["HOSE-C6"]["result"] == "fail"


def test_a_backup_put_back_twice_gives_no_version_out_twice(app: Flask, plan: Callable[..., Json]) -> None:
    first = plan()["version"]
    versions = [first]
    for minutes in (1, 2):
        put_back(app, first, later=timedelta(minutes=minutes))
        versions += [plan()["version"], plan()["version"]]
    assert len(set(versions)) == len(versions)
    assert versions == sorted(versions)
    assert versions[-1] < 2**53  # a whole number to JavaScript too


def test_another_history_has_another_epoch(app: Flask, plan: Callable[..., Json]) -> None:
    with app.app_context():
        before, latest = installation.epoch(), numbers.latest(numbers.VERSION)
        with transaction():
            epoch = record.begin_history(now=clock.now())
        assert installation.epoch() == epoch != before
        assert numbers.latest(numbers.VERSION) > latest
