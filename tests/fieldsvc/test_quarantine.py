"""What the office releases from quarantine is still the technician's word: it never gains the office's authority."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from fieldsvc import clock
from fieldsvc.record import followers
from tests.fieldsvc.papers import Clients, PhoneOf, Plan
from tests.fieldsvc.phone import Phone

Json = dict[str, Any]


def release(office: Any, op: Json) -> Any:
    return office.post(f"/api/v1/quarantine/{op['id']}", json={"action": "release", "reason": "他替班"})


def of_office(visit: str) -> dict[str, Json]:
    return {
        "visit.cancel": {"reason": "x"},
        "visit.reopen": {},
        "visit.assign": {"assignee": "inspector"},
        "visit.plan": {"date": "2026-12-01"},
        "hazard.follow": {"hazard": clock.new_id(), "event": "reviewed"},
        "doubt.settle": {"doubt": clock.new_id(), "verdict": "fine"},
    }


@pytest.mark.parametrize("kind", sorted(of_office("")))
def test_what_only_the_office_may_write_is_not_released_under_a_technician_s_name(
    client_as: Clients, plan: Plan, phone_of: PhoneOf, kind: str
) -> None:
    visit, phone = plan()["id"], phone_of("inspector")
    office: Any = client_as("office")
    op = phone.op(visit, kind, **of_office(visit)[kind])
    assert phone.sync()["results"][0]["status"] == "quarantined"
    before = office.get(f"/api/v1/visits/{visit}").json
    answer = release(office, op)
    assert (answer.status_code, answer.json["code"]) == (409, "cannot_release")
    assert "only the office" in answer.json["detail"]
    assert office.get(f"/api/v1/visits/{visit}").json == before
    assert [one["op"]["id"] for one in office.get("/api/v1/quarantine").json["quarantine"]] == [op["id"]]


def _closed(phone: Phone, visit: str) -> None:
    phone.op(visit, "visit.close", outcome="completed")
    phone.sync()


def test_a_released_entry_passes_the_checks_and_is_told_as_a_technician_s(
    app: Flask, client_as: Clients, plan: Plan, phone_of: PhoneOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit, phone = plan(assignee="colleague")["id"], phone_of("inspector")
    office: Any = client_as("office")
    colleague = phone_of("colleague")
    _closed(colleague, visit)
    phone.visits[visit] = colleague.visits[visit]
    op = phone.op(visit, "note.add", text="我在门口")
    assert phone.sync()["results"][0]["code"] == "not_assigned"
    told: list[followers.Change] = []
    monkeypatch.setattr(followers.wiring, "followers", [*followers.wiring.followers, told.extend])
    assert release(office, op).status_code == 200
    (change,) = told
    assert change.author is not None
    assert (change.author.device, change.author.office) == (phone.id, False)
    assert office.get(f"/api/v1/visits/{visit}").json["notes"][0]["text"] == "我在门口"
