"""What follows the record: the hazard ledger, readings, corrections, and what the next visit is told of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from fieldsvc import clock, installation
from fieldsvc.customers.models import Correction, Customer
from fieldsvc.db import db
from fieldsvc.hazards import service as hazards
from fieldsvc.readings import service as readings
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.papers import picture
from tests.fieldsvc.phone import Phone

pytestmark = pytest.mark.both_databases

Json = dict[str, Any]
Plan = Callable[..., Json]
Phones = Callable[[str], Phone]


def hazard(phone: Phone, visit: str, **changes: Any) -> str:
    given = {
        "hazard": clock.new_id(),
        "code": "HOSE-02",
        "item": "hose",
        "level": 2,
        "position": "after_appliance_valve",
        "solutions": [0],
        "due": "2026-12-01",
        "stop_gas": "none",
    }
    phone.op(visit, "hazard.add", **{**given, **changes})
    return str({**given, **changes}["hazard"])


def ledger(app: Flask, customer: str, *, only_open: bool = True) -> list[Json]:
    with app.app_context():
        return hazards.of_customer(customer_id=customer, only_open=only_open)


def test_a_hazard_found_stands_in_the_ledger_and_in_the_next_visit(app: Flask, plan: Plan, phone_of: Phones) -> None:
    visit = plan()
    phone = phone_of("inspector")
    found = hazard(phone, visit["id"])
    phone.op(visit["id"], "visit.close", outcome="completed")
    phone.sync()
    (entry,) = ledger(app, visit["customer"]["id"])
    assert (entry["id"], entry["level"], entry["due"], entry["state"]) == (found, 2, "2026-12-01", "open")
    following = plan(account=visit["customer"]["account"], meters=[])
    assert following["customer"]["id"] == visit["customer"]["id"]
    assert [one["id"] for one in following["previous"]["open_hazards"]] == [found]
    assert following["previous"]["outcome"] == "completed"
    assert following["meters"][0]["serial"] == visit["meters"][0]["serial"]


def test_a_withdrawn_hazard_leaves_the_open_ones_and_keeps_its_entry(app: Flask, plan: Plan, phone_of: Phones) -> None:
    visit = plan()
    phone = phone_of("inspector")
    found = hazard(phone, visit["id"])
    phone.op(visit["id"], "hazard.withdraw", hazard=found, reason="typed in the wrong home")
    phone.sync()
    assert ledger(app, visit["customer"]["id"]) == []
    assert [one["state"] for one in ledger(app, visit["customer"]["id"], only_open=False)] == ["withdrawn"]


def test_a_reinspection_closes_a_hazard_and_a_blind_not_fixed_opens_it_again(
    app: Flask, plan: Plan, phone_of: Phones
) -> None:
    visit = plan()
    phone, second = phone_of("inspector"), phone_of("inspector")
    found = hazard(phone, visit["id"])
    phone.sync()
    again = plan(account=visit["customer"]["account"], meters=[], type="gas.reinspection")
    phone.op(again["id"], "hazard.verify", hazard=found, result="fixed")
    phone.sync()
    assert ledger(app, visit["customer"]["id"]) == []
    second.op(again["id"], "hazard.verify", hazard=found, result="not_fixed", note="still cracked")
    second.sync()
    assert [one["id"] for one in ledger(app, visit["customer"]["id"])] == [found]


def state_of(app: Flask, customer: str) -> tuple[str, str | None]:
    (entry,) = ledger(app, customer, only_open=False)
    return entry["state"], entry["closed_at"]


@pytest.mark.parametrize(
    ("first", "later", "state"), [("fixed", "not_fixed", "open"), ("not_fixed", "fixed", "closed")]
)
def test_a_photo_that_arrives_late_does_not_decide_anew_what_a_later_visit_decided(
    app: Flask, plan: Plan, phone_of: Phones, first: str, later: str, state: str
) -> None:
    visit = plan()
    home, phone = visit["customer"], phone_of("inspector")
    found, photo = hazard(phone, visit["id"]), picture("red")
    one, other = (plan(account=home["account"], meters=[], type="gas.reinspection")["id"] for _ in range(2))
    phone.op(one, "hazard.verify", hazard=found, result=first)
    taken = {"taken_at": "2026-11-20T09:00:00+08:00", "purpose": "hazard", "ref": found}
    phone.op(one, "photo.add", sha256=hashlib.sha256(photo).hexdigest(), **taken)
    phone.sync()
    phone.op(other, "hazard.verify", hazard=found, result=later)
    phone.sync()
    before = state_of(app, home["id"])
    assert before[0] == state
    phone.upload(photo)
    phone.op(one, "note.add", text="the photo is here now")
    phone.sync()
    assert state_of(app, home["id"]) == before


def test_a_verification_that_arrives_late_opens_a_hazard_and_never_closes_it(
    app: Flask, plan: Plan, phone_of: Phones
) -> None:
    visit = plan()
    home, phone, late = visit["customer"], phone_of("inspector"), phone_of("inspector")
    found = hazard(phone, visit["id"])
    phone.sync()
    one, other, third = (plan(account=home["account"], meters=[], type="gas.reinspection")["id"] for _ in range(3))
    late.op(one, "hazard.verify", hazard=found, result="fixed")
    late.op(third, "hazard.verify", hazard=found, result="not_fixed")
    late.log[0]["at"] = late.log[1]["at"] = clock.rfc3339(clock.now() - timedelta(hours=3))
    phone.op(other, "hazard.verify", hazard=found, result="not_fixed")
    phone.sync()
    late.acked, rest = 0, late.log.pop()
    late.sync()
    assert state_of(app, home["id"])[0] == "open"
    phone.op(other, "hazard.verify", hazard=found, result="fixed")
    phone.sync()
    assert state_of(app, home["id"])[0] == "closed"
    late.log.append(rest)
    late.sync()
    assert state_of(app, home["id"])[0] == "open"


def test_a_technician_cannot_settle_the_hazard_of_another_home(app: Flask, plan: Plan, phone_of: Phones) -> None:
    one, other = plan(), plan()
    phone = phone_of("inspector")
    found = hazard(phone, one["id"])
    phone.op(other["id"], "hazard.verify", hazard=found, result="fixed")
    phone.op(other["id"], "hazard.set", hazard=found, field="level", value=3)
    phone.sync()
    (entry,) = ledger(app, one["customer"]["id"])
    assert (entry["state"], entry["level"]) == ("open", 2)


def test_a_reading_becomes_the_last_one_of_its_meter(app: Flask, plan: Plan, phone_of: Phones) -> None:
    visit = plan()
    meter = visit["meters"][0]
    assert meter["last"]["value"] == "1234.567"
    phone = phone_of("inspector")
    phone.op(visit["id"], "reading.set", meter=meter["id"], value="01259.100", running=True)
    phone.sync()
    phone.op(visit["id"], "reading.set", meter=meter["id"], value="01260.100", running=True)
    phone.sync()
    with app.app_context():
        known = readings.last_and_usual(meter_ids=[meter["id"]])[meter["id"]]
        assert len(readings.of_meters(meter_ids=[meter["id"]])) == 2
    assert known["last"]["value"] == "01260.100"
    assert known["usual"] == {"low": "20", "high": "32"}


def test_a_reading_of_another_meter_says_so_and_is_not_compared_with_the_last_one(
    app: Flask, plan: Plan, phone_of: Phones
) -> None:
    visit = plan()
    meter = visit["meters"][0]["id"]
    phone = phone_of("inspector")
    exchange = {"serial": "N-2026-7", "final": "1250", "initial": "3"}
    more = {"meter": meter, "value": "90018", "running": True}
    phone.op(visit["id"], "reading.set", **more, exchange={**exchange, "colour": "grey"})
    phone.op(visit["id"], "reading.set", **more, exchange={"final": "about 3"})
    phone.op(visit["id"], "reading.set", **more, exchange=[])
    assert [result["status"] for result in phone.sync()["results"]] == ["applied", "quarantined", "quarantined"]
    assert phone.visits[visit["id"]]["readings"][meter]["exchange"] == exchange
    with app.app_context():
        latest = readings.of_meters(meter_ids=[meter])[0]
        known = readings.last_and_usual(meter_ids=[meter])[meter]
    assert (latest["value"], latest["source"]) == ("90018", "exchange")
    assert known["last"]["value"] == "90018"
    assert "usual" not in known
    phone.op(visit["id"], "reading.set", **more, exchange={})
    phone.op(visit["id"], "reading.set", **more)
    phone.sync()
    assert "exchange" not in phone.visits[visit["id"]]["readings"][meter]
    with app.app_context():
        assert readings.of_meters(meter_ids=[meter])[0]["source"] == "visit"


def test_what_could_not_be_read_gives_a_reason_and_never_a_figure(app: Flask, plan: Plan, phone_of: Phones) -> None:
    visit = plan()
    meter = visit["meters"][0]["id"]
    phone = phone_of("inspector")
    phone.op(visit["id"], "reading.set", meter=meter, unreadable="blocked")
    phone.op(visit["id"], "reading.set", meter=meter, value="12", unreadable="blocked")
    assert [result["status"] for result in phone.sync()["results"]] == ["applied", "quarantined"]
    with app.app_context():
        latest = readings.of_meters(meter_ids=[meter])[0]
        assert (latest["value"], latest["reason"]) == (None, "blocked")
        assert readings.last_and_usual(meter_ids=[meter])[meter]["last"]["value"] == "1234.567"


def test_a_correction_shows_in_the_visit_and_waits_for_the_office(app: Flask, plan: Plan, phone_of: Phones) -> None:
    visit = plan(name="王芳")
    phone = phone_of("inspector")
    phone.op(visit["id"], "customer.correct", field="name", value="王𠮷")
    phone.sync()
    shown = phone.visits[visit["id"]]["customer"]
    assert (shown["name"], shown["corrected"]) == ("王𠮷", {"name": "王芳"})
    with app.app_context():
        (row,) = db.session.query(Correction).all()
        assert (row.old, row.new, row.settled_at) == ("王芳", "王𠮷", None)
    assert plan(account=visit["customer"]["account"], name="王芳", meters=[])["customer"]["name"] == "王芳"


def test_planning_is_all_or_none_and_names_what_is_wrong(
    app: Flask, plan: Plan, client_as: Callable[[str], Browser]
) -> None:
    taken = plan()["meters"][0]["serial"]
    good = {
        "type": "gas.inspection",
        "customer": {"account": "NEW-1", "name": "李"},
        "meters": [],
        "planned": {"date": "2026-11-21"},
        "assignee": "inspector",
    }
    office = client_as("office")

    def refused(visit: Json) -> Json:
        answer = office.post("/api/v1/visits", json={"visits": [good, visit]})
        assert answer.status_code == 422, answer.text
        told: Json = answer.json
        return told

    assert "visit 1" in refused({**good, "assignee": "nobody"})["detail"]
    assert "visit 1" in refused({**good, "meters": [{"serial": taken}]})["detail"]
    assert refused({**good, "planned": {"date": "2026-13-01"}})["errors"]["visits"]
    assert refused({**good, "customer": {"name": "no account"}})["errors"]["visits"]
    with app.app_context():
        assert db.session.scalar(select(Customer.id).where(Customer.account == "NEW-1")) is None
    both = office.post("/api/v1/visits", json={"visits": [good, {**good, "assignee": None}]})
    assert [shown["assignee"] is None for shown in both.json["visits"]] == [False, True]


def test_every_day_numbers_its_visits_from_one(app: Flask, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [plan()["number"] for _ in range(2)]
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(days=1))
    with app.app_context():
        tomorrow = f"{installation.today():%Y%m%d}"
    assert [number[-4:] for number in numbers] == ["0001", "0002"]
    assert plan()["number"] == f"AJ-{tomorrow}-0001"


def test_the_office_reopens_a_visit_and_a_technician_may_not(
    plan: Plan, phone_of: Phones, client_as: Callable[[str], Browser]
) -> None:
    visit = plan()["id"]
    phone = phone_of("inspector")
    phone.op(visit, "visit.close", outcome="completed")
    phone.sync()
    edit = {"base": phone.visits[visit]["version"], "kind": "visit.reopen", "data": {"reason": "look again"}}
    assert client_as("inspector").post(f"/api/v1/visits/{visit}/ops", json=edit).status_code == 403
    assert client_as("office").post(f"/api/v1/visits/{visit}/ops", json=edit).json["visit"]["state"] == "started"
    wrong = client_as("office").post(f"/api/v1/visits/{visit}/ops", json={**edit, "kind": "no.such"})
    assert (wrong.status_code, wrong.json["code"]) == (422, "unknown_kind")
    assert client_as("office").get("/api/v1/quarantine").json["quarantine"] == []
