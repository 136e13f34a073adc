"""What makes a home look safer needs a second person, whatever door it comes by; what two people settle is settled once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from fieldsvc import clock
from fieldsvc.db import db, transaction
from fieldsvc.identity import service as identity
from fieldsvc.office.attention import settle_pages
from fieldsvc.record.models import Visit
from tests.fieldsvc.conftest import PASSWORD, Browser
from tests.fieldsvc.edits import attempt
from tests.fieldsvc.papers import PhoneOf, Plan, hazard, record_visit
from tests.fieldsvc.phone import Phone
from tests.fieldsvc.test_hazard_judged import send
from tests.fieldsvc.test_hazard_ledger import stands
from tests.fieldsvc.test_stale_signatures import stale

__all__ = ["stale"]  # a fixture

As = Callable[[str], Browser]
FAR = "2999-01-01"

SAFER: list[dict[str, Any]] = [
    {"kind": "hazard.set", "field": "level", "value": 3},
    {"kind": "hazard.set", "field": "due", "value": FAR},
    {"kind": "hazard.set", "field": "stop_gas", "value": "none"},
    {"kind": "hazard.add", **hazard(level=3, due=FAR, position="meter")},
    {"kind": "hazard.withdraw", "reason": "看错了"},
]


@pytest.fixture
def both(app: Flask, client_as: As) -> Browser:
    """Somebody who goes to doors and is an administrator too."""
    with app.app_context(), transaction():
        identity.add_user(
            username="both", password=PASSWORD, name="孙师傅", roles=["technician", "admin"], locale="zh-Hans",
            now=clock.now(),
        )  # fmt: skip
    return client_as("both")


def edit(who: Browser, visit: str, hazard_id: str, kind: str, **data: Any) -> Any:
    return attempt(who, visit, kind, **{**data, "hazard": hazard_id})


def find(plan: Plan, phone: Phone, **changes: Any) -> dict[str, str]:
    """A closed visit that found a hazard."""
    visit = plan()["id"]
    phone.sync()
    (found,) = record_visit(phone, visit, hazards=[hazard(**changes)], photo=False)
    phone.sync()
    return {"visit": visit, "hazard": found["hazard"]}


def test_by_the_api_too_a_clerk_makes_no_hazard_look_safer_and_an_administrator_does(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: As
) -> None:
    found, admin = find(plan, phone_of("inspector")), client_as("admin")
    before = stands(app, found["hazard"])
    for said in SAFER:
        refused = edit(client_as("office"), found["visit"], found["hazard"], **said)
        assert (refused.status_code, refused.json["code"]) == (422, "supervisor"), said
    row = stands(app, found["hazard"])
    assert (row.level, row.due_on, row.stop_gas, row.state) == (before.level, before.due_on, before.stop_gas, "open")
    for said in SAFER:
        assert edit(admin, found["visit"], found["hazard"], **said).status_code == 200, said
        row = stands(app, found["hazard"])
        if said["kind"] == "hazard.set":
            assert {"level": row.level, "due": str(row.paper_due_on), "stop_gas": row.stop_gas}[said["field"]] == said[
                "value"
            ]
    assert row.state == "withdrawn"


def test_a_clerk_raises_and_remarks_by_the_api(app: Flask, plan: Plan, phone_of: PhoneOf, client_as: As) -> None:
    found, office = find(plan, phone_of("inspector")), client_as("office")
    for field, value in (("level", 1), ("stop_gas", "now_all"), ("due", "2026-01-01"), ("note", "更糟")):
        answer = edit(office, found["visit"], found["hazard"], "hazard.set", field=field, value=value)
        assert answer.status_code == 200, answer.text
    assert stands(app, found["hazard"]).level == 1


def test_who_found_it_lowers_it_at_the_open_door_and_not_afterwards_though_they_are_an_administrator(
    app: Flask, plan: Plan, both: Browser
) -> None:
    phone, visit = Phone(both), plan(assignee="both")["id"]
    phone.sync()
    one = hazard(level=1)
    phone.op(visit, "hazard.add", **one)
    phone.sync()
    phone.op(visit, "hazard.set", hazard=one["hazard"], field="level", value=2)
    [told] = phone.sync()["results"]
    assert told["status"] == "applied" and stands(app, one["hazard"]).level == 2
    assert edit(both, visit, one["hazard"], "hazard.set", field="level", value=3).json["code"] == "finder_lowers"
    record_visit(phone, visit, hazards=[], photo=False)
    phone.sync()
    phone.op(visit, "hazard.set", hazard=one["hazard"], field="level", value=3)
    [told] = phone.sync()["results"]
    assert (told["status"], told["code"]) == ("quarantined", "finder_lowers")
    assert stands(app, one["hazard"]).level == 2


def test_a_clerk_releases_nothing_that_makes_a_hazard_look_safer(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: As
) -> None:
    phone = phone_of("inspector")
    found = find(plan, phone, level=1)
    entry = phone.op(found["visit"], "hazard.set", hazard=found["hazard"], field="level", value=3)
    [told] = phone.sync()["results"]
    assert (told["status"], told["code"]) == ("quarantined", "visit_closed")
    address, asked = f"/api/v1/quarantine/{entry['id']}", {"action": "release", "reason": "好"}
    refused = client_as("office").post(address, json=asked)
    assert (refused.status_code, refused.json["code"]) == (409, "supervisor")
    page = client_as("office").submit("/office/quarantine", f"/office/quarantine/{entry['id']}", **asked)
    assert page.status_code == 422 and "管理员" in page.text and stands(app, found["hazard"]).level == 1
    assert client_as("admin").post(address, json=asked).status_code == 200
    assert stands(app, found["hazard"]).level == 3


def test_of_two_levels_that_contradict_a_clerk_does_not_choose_the_milder(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: As
) -> None:
    visit, first = plan(), phone_of("inspector")
    (found,) = record_visit(first, visit["id"], photo=False)
    del first.log[-1]
    first.sync()
    second = phone_of("inspector")
    for phone, level in ((first, 1), (second, 3)):
        phone.op(visit["id"], "hazard.set", hazard=found["hazard"], field="level", value=level)
    first.sync()
    second.sync()
    address = f"/office/attention/conflict/{visit['id']}"
    for who, level in (("office", 1), ("admin", 3)):
        shown = client_as(who).get(f"/api/v1/visits/{visit['id']}").json
        (torn,) = shown["conflicts"]
        milder = next(one for one in torn["values"] if one["value"] == 3)
        said = {"base": str(shown["version"]), "field": torn["field"], "op": milder["op"]}
        client_as(who).submit(address, address, **said)
        assert stands(app, found["hazard"]).level == level


@pytest.mark.parametrize(("before", "after"), [("none", "on_overdue"), ("now_appliance", "now_appliance")])
def test_a_level_1_never_goes_without_a_stop_rule(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: As, before: str, after: str
) -> None:
    found = find(plan, phone_of("inspector"), level=3, stop_gas=before)
    assert send(client_as("office"), found["hazard"], "level", to="2", reason="更糟").status_code == 303
    assert stands(app, found["hazard"]).stop_gas == before
    assert send(client_as("office"), found["hazard"], "level", to="1", reason="危险").status_code == 303
    row = stands(app, found["hazard"])
    assert (row.level, row.stop_gas) == (1, after)


def test_of_two_people_who_plan_the_same_signing_anew_the_second_is_told(
    app: Flask,
    client_as: As,
    stale: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office, admin = client_as("office"), client_as("admin")
    address = f"/office/attention/signature/{stale['id']}/customer"
    said = {"action": "resign", "day": "2099-01-02", "assignee": "colleague"}
    others: list[Any] = []

    @contextmanager
    def after_the_other() -> Iterator[None]:
        monkeypatch.setattr(settle_pages, "transaction", transaction)
        others.append(admin.submit(address, address, **said))
        with transaction():
            yield

    monkeypatch.setattr(settle_pages, "transaction", after_the_other)
    late = office.submit(address, address, **said)
    assert [one.status_code for one in others] == [303] and late.status_code == 303
    with app.app_context():
        planned = select(func.count()).select_from(Visit).where(Visit.planned_on == date(2099, 1, 2))
        assert db.session.scalar(planned) == 1
