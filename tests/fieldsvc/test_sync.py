"""The sync endpoint as phones meet it: nothing lost, nothing twice, and a clear no for what cannot be taken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from fieldsvc import clock, installation
from tests.fieldsvc.conftest import PASSWORD, Browser
from tests.fieldsvc.phone import Phone

pytestmark = pytest.mark.both_databases

Json = dict[str, Any]
Phones = Callable[[str], Phone]
Plan = Callable[..., Json]


def problem(answer: Any, status: int, code: str) -> Json:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    told: Json = answer.json
    assert told["code"] == code, told
    return told


def test_a_day_goes_up_and_comes_down(plan: Plan, phone_of: Phones) -> None:
    visit = plan()["id"]
    phone, second = phone_of("inspector"), phone_of("inspector")
    phone.op(visit, "visit.start")
    phone.op(visit, "check.set", item="hose", point="HOSE-C6", result="pass")
    phone.op(visit, "visit.close", outcome="completed")
    assert [result["status"] for result in phone.sync()["results"]] == ["applied"] * 3
    second.sync()
    assert second.visits[visit]["state"] == "closed"
    assert second.visits[visit]["checks"]["hose"]["HOSE-C6"]["result"] == "pass"


def test_a_repeat_answers_as_the_first_time_and_changes_nothing__lesson_6(plan: Plan, phone_of: Phones) -> None:
    visit = plan()["id"]
    phone = phone_of("inspector")
    for words in "abc":
        phone.op(visit, "note.add", text=words)
    for _ in range(3):
        assert phone.send().status_code == 200
    assert {result["status"] for result in phone.sync()["results"]} == {"duplicate"}
    assert [note["text"] for note in phone.visits[visit]["notes"]] == ["a", "b", "c"]


def test_new_entries_behind_repeated_ones_are_taken(plan: Plan, phone_of: Phones) -> None:
    visit = plan()["id"]
    phone = phone_of("inspector")
    phone.op(visit, "note.add", text="a")
    phone.send()
    phone.op(visit, "note.add", text="b")
    assert [result["status"] for result in phone.sync()["results"]] == ["duplicate", "applied"]


def test_a_gap_is_refused_and_named(plan: Plan, phone_of: Phones) -> None:
    visit = plan()["id"]
    phone = phone_of("inspector")
    for _ in range(3):
        phone.op(visit, "note.add", text="x")
    assert problem(phone.send(phone.request(first=3)), 409, "sequence_gap")["expected"] == 1


def test_a_reused_number_shows_a_copied_phone(plan: Plan, phone_of: Phones) -> None:
    visit = plan()["id"]
    phone = phone_of("inspector")
    phone.op(visit, "note.add", text="original")
    phone.sync()
    phone.log.pop()
    phone.op(visit, "note.add", text="same number, other content")
    problem(phone.send(phone.request(first=1)), 409, "sequence_reused")


def test_an_id_that_is_known_is_a_duplicate_whatever_phone_brings_it(plan: Plan, phone_of: Phones) -> None:
    visit = plan()["id"]
    phone, other = phone_of("inspector"), phone_of("inspector")
    entry = phone.op(visit, "note.add", text="once")
    phone.sync()
    other.log = [entry, {**entry, "seq": 2, "id": clock.new_id()}]
    assert [result["status"] for result in other.sync()["results"]] == ["duplicate", "applied"]


def test_an_id_that_is_used_again_for_something_else_is_kept_aside(
    plan: Plan, phone_of: Phones, client_as: Callable[[str], Browser]
) -> None:
    visit = plan()["id"]
    phone, other = phone_of("inspector"), phone_of("inspector")
    entry = phone.op(visit, "note.add", text="first")
    phone.sync()
    other.log = [{**entry, "data": {"text": "second"}}]
    assert other.sync()["results"][0]["code"] == "invalid_data"
    held = client_as("office").get("/api/v1/quarantine").json["quarantine"]
    assert [row["op"]["data"]["text"] for row in held] == ["second"]
    problem(
        client_as("office").post(f"/api/v1/quarantine/{entry['id']}", json={"action": "release", "reason": "x"}),
        409,
        "cannot_release",
    )


@pytest.mark.parametrize("spoil", ["data", "sig", "chain", "no proof"])
def test_a_wrong_proof_stores_nothing(spoil: str, plan: Plan, phone_of: Phones) -> None:
    visit = plan()["id"]
    phone = phone_of("inspector")
    phone.op(visit, "note.add", text="true")
    body = phone.request()
    match spoil:
        case "data":
            body["ops"][0] = {**body["ops"][0], "data": {"text": "forged"}}
        case "sig":
            body["proof"]["sig"] = phone_of("inspector")._proof(0)["sig"]
        case "chain":
            body["proof"]["chain"] = "00" * 32
        case "no proof":
            del body["proof"]
    problem(phone.send(body), 409, "bad_proof")
    assert phone.sync()["results"][0]["status"] == "applied"


def test_one_bad_entry_holds_up_none_behind_it__lesson_12(
    plan: Plan, phone_of: Phones, client_as: Callable[[str], Browser]
) -> None:
    visit = plan()["id"]
    phone = phone_of("inspector")
    bad = [
        phone.op(visit, "unheard.of"),
        phone.op(visit, "check.set", item="hose", point="HOSE-C6", result="excellent"),
        phone.op(clock.new_id(), "note.add", text="no such visit"),
    ]
    phone.log[0]["base"] = "seven"
    phone.op(visit, "note.add", text="still here")
    results = phone.sync()["results"]
    assert [result.get("code") for result in results] == ["unknown_kind", "invalid_data", "unknown_visit", None]
    assert results[3]["status"] == "applied"
    held = {row["op"]["id"] for row in client_as("office").get("/api/v1/quarantine").json["quarantine"]}
    assert held == {op["id"] for op in bad}


def test_the_office_releases_or_dismisses_what_was_kept(
    plan: Plan, phone_of: Phones, client_as: Callable[[str], Browser]
) -> None:
    visit = plan(assignee="colleague")["id"]
    phone = phone_of("inspector")
    kept = phone.op(visit, "check.set", item="hose", point="HOSE-C6", result="fail")
    dropped = phone.op(visit, "note.add", text="mistaken home")
    assert [result["code"] for result in phone.sync()["results"]] == ["not_assigned"] * 2
    office = client_as("office")
    assert (
        office.post(
            f"/api/v1/quarantine/{kept['id']}", json={"action": "release", "reason": "swapped rounds"}
        ).status_code
        == 200
    )
    assert (
        office.post(
            f"/api/v1/quarantine/{dropped['id']}", json={"action": "dismiss", "reason": "wrong home"}
        ).status_code
        == 200
    )
    assert office.get("/api/v1/quarantine").json["quarantine"] == []
    shown = office.get(f"/api/v1/visits/{visit}").json
    assert shown["checks"]["hose"]["HOSE-C6"]["result"] == "fail"
    assert shown["notes"] == []
    rows = {row["op"]["id"]: row for row in office.get(f"/api/v1/visits/{visit}/ops").json["ops"]}
    assert rows[dropped["id"]]["status"] == "dismissed"
    assert rows[kept["id"]]["settled"]["reason"] == "swapped rounds"


def test_the_history_keeps_every_op_as_it_was_sent(
    plan: Plan, phone_of: Phones, client_as: Callable[[str], Browser]
) -> None:
    visit = plan()["id"]
    phone = phone_of("inspector")
    phone.op(visit, "visit.start")
    phone.op(visit, "note.add", text="𠮷 <b>&amp;</b> \u0001 \u2028")
    phone.op(visit, "unheard.of", later={"nested": [1, 2, None, True]})
    phone.sync()
    rows = client_as("office").get(f"/api/v1/visits/{visit}/ops").json["ops"]
    assert [row["op"] for row in rows] == phone.log


def test_a_revoked_phone_pulls_nothing_and_loses_nothing__lesson_14(
    plan: Plan, phone_of: Phones, client_as: Callable[[str], Browser]
) -> None:
    visit = plan()["id"]
    phone = phone_of("inspector")
    phone.op(visit, "note.add", text="written before the phone was lost")
    office = client_as("office")
    assert office.post(f"/api/v1/devices/{phone.id}/revoke", json={"reason": "lost"}).status_code == 200
    told = problem(phone.send(), 403, "device_revoked")
    assert told["acked_seq"] == told["receipt"]["acked_seq"] == 1
    assert told["epoch"] == told["receipt"]["epoch"]
    assert "visits" not in told
    assert office.get("/api/v1/quarantine").json["quarantine"][0]["code"] == "device_revoked"


def test_a_revoked_phone_stays_revoked_under_a_new_id__lesson_14(
    plan: Plan, phone_of: Phones, client_as: Callable[[str], Browser], browser: Browser
) -> None:
    visit = plan()["id"]
    phone, office = phone_of("inspector"), client_as("office")
    browser.post("/api/v1/login", json={"username": "inspector", "password": PASSWORD})
    sound = Phone(browser)
    office.post(f"/api/v1/devices/{phone.id}/revoke", json={"reason": "lost"})
    phone.op(visit, "note.add", text="written under a number that is taken")
    phone.go_under_a_new_id()
    problem(phone.send(), 403, "device_revoked")
    assert [one["code"] for one in office.get("/api/v1/quarantine").json["quarantine"]] == ["device_revoked"]
    sound.go_under_a_new_id()
    sound.op(visit, "note.add", text="of another phone of the same person")
    assert sound.sync()["results"][0]["status"] == "applied"


def test_a_device_belongs_to_one_user_and_one_key(phone_of: Phones, client_as: Callable[[str], Browser]) -> None:
    phone = phone_of("inspector")
    point = phone_of("colleague").key.public_key().public_numbers()
    from tests.fieldsvc.phone import text

    other = {"kty": "EC", "crv": "P-256", "x": text(point.x.to_bytes(32)), "y": text(point.y.to_bytes(32))}
    body = {"id": phone.id, "name": "thief", "public_key": other}
    problem(client_as("inspector").post("/api/v1/devices", json=body), 409, "device_exists")
    problem(client_as("colleague").post("/api/v1/devices", json=body), 409, "device_exists")
    problem(client_as("colleague").post("/api/v1/sync", json=phone.request()), 403, "not_your_device")


def test_another_technician_sees_nothing_of_a_visit(
    plan: Plan, phone_of: Phones, client_as: Callable[[str], Browser]
) -> None:
    visit = plan()["id"]
    assert phone_of("colleague").visits == {}
    problem(client_as("colleague").get(f"/api/v1/visits/{visit}"), 404, "not_found")


def test_small_pages_give_everything_once(plan: Plan, phone_of: Phones) -> None:
    planned = {plan()["id"] for _ in range(7)}
    phone = phone_of("inspector")
    phone.cursor, seen, more = None, [], True
    while more:
        told = phone.send(phone.request(limit=2)).json
        assert len(told["visits"]) <= 2
        seen += [visit["id"] for visit in told["visits"]]
        phone.cursor, more = told["cursor"], told["more"]
    assert sorted(seen) == sorted(planned)
    assert phone.sync()["visits"] == []


def test_a_visit_given_to_another_leaves_the_first_phone(
    plan: Plan, phone_of: Phones, client_as: Callable[[str], Browser]
) -> None:
    visit = plan()
    phone, other = phone_of("inspector"), phone_of("colleague")
    edit = {"base": visit["version"], "kind": "visit.assign", "data": {"assignee": "colleague"}}
    answer = client_as("office").post(f"/api/v1/visits/{visit['id']}/ops", json=edit)
    assert answer.json["visit"]["assignee"]["name"] == "李梅"
    assert phone.sync()["gone"] == [visit["id"]]
    assert [shown["id"] for shown in other.sync()["visits"]] == [visit["id"]]


def test_as_days_pass_visits_come_into_the_window_and_leave_it(
    app: Flask, plan: Plan, phone_of: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        today = installation.today()
    later, past = plan(day=today + timedelta(days=16))["id"], plan(day=today)["id"]
    phone = phone_of("inspector")
    assert set(phone.visits) == {past}
    phone.op(past, "visit.close", outcome="completed")
    phone.sync()
    real = installation.today
    monkeypatch.setattr(installation, "today", lambda: real() + timedelta(days=9))
    phone.sync()
    phone.sync()
    assert set(phone.visits) == {later}


def test_a_visit_closed_long_after_its_day_leaves_the_phone_that_closed_it(
    app: Flask, plan: Plan, phone_of: Phones
) -> None:
    with app.app_context():
        long_ago = installation.today() - timedelta(days=9)
    visit = plan(day=long_ago)["id"]
    phone, second = phone_of("inspector"), phone_of("inspector")
    assert visit in second.visits
    phone.op(visit, "visit.close", outcome="completed")
    assert phone.sync()["gone"] == second.sync()["gone"] == [visit]


def test_a_day_of_work_takes_a_bounded_number_of_statements(plan: Plan, phone_of: Phones, count_queries: Any) -> None:
    visits = [plan()["id"] for _ in range(12)]
    phone = phone_of("inspector")
    for visit in visits:
        for point in range(10):
            phone.op(visit, "check.set", item="pipe", point=f"PIPE-C{point}", result="pass")
    with count_queries() as said:
        phone.sync()
    assert len(said) < 40, said
