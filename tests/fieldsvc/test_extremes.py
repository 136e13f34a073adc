"""Whatever a phone writes is stored, and nothing holds up what is behind it: no date, no length, no order (lesson 12)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fieldsvc import clock
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.phone import Phone

pytestmark = pytest.mark.both_databases

Json = dict[str, Any]

LONG, SHORT, KEY = "好" * 4000, "好" * 200, "a" * 80
INSTANTS = (
    "0001-01-01T00:00:00.000+14:00",
    "9999-12-31T23:59:59.999-12:00",
    "1969-12-31T00:00:00Z",
    "2999-12-31T23:59:59.999-12:00",
)
HAZARD: Json = {
    "code": "HOSE-02",
    "item": "hose",
    "level": 1,
    "position": "meter",
    "due": "2026-12-01",
    "stop_gas": "none",
}


def writes(visit: Json) -> list[tuple[str, Json, str | None]]:
    """Entries at the edge of what an entry may be: kind, data, and the phone's time where it matters."""
    meter, customer = visit["meters"][0]["id"], visit["customer"]["id"]
    found: list[tuple[str, Json, str | None]] = []
    for at in INSTANTS:
        found += [
            ("note.add", {"text": "x"}, at),
            ("reading.set", {"meter": meter, "value": "1", "running": True}, at),
            ("hazard.add", {**HAZARD, "hazard": clock.new_id()}, at),
            ("visit.create", {"type": "gas.inspection", "customer": customer}, at),
            ("visit.create", {"type": "gas.inspection", "customer": customer, "planned_at": at}, None),
            ("photo.add", {"sha256": "b" * 64, "purpose": "door", "taken_at": at}, None),
        ]
    for field in ("name", "phone", "district", "address", "building", "unit", "room"):
        found += [("customer.correct", {"field": field, "value": value}, None) for value in (SHORT, "a\0b")]
    for field, value in (*HAZARD.items(), ("name", SHORT), ("note", LONG)):
        found.append(("hazard.set", {"hazard": clock.new_id(), "field": field, "value": value}, None))
    unheard = clock.new_id()
    found += [("hazard.set", {"hazard": unheard, "field": f, "value": HAZARD[f]}, None) for f in ("level", "due")]
    return [
        *found,
        ("hazard.verify", {"hazard": clock.new_id(), "result": "fixed", "note": LONG}, None),
        ("hazard.withdraw", {"hazard": clock.new_id(), "reason": LONG}, None),
        (
            "hazard.add",
            {**HAZARD, "hazard": clock.new_id(), "code": None, "name": SHORT, "item": KEY, "note": LONG},
            None,
        ),
        ("hazard.add", {**HAZARD, "hazard": clock.new_id(), "due": "9999-12-31", "solutions": [LONG] * 10}, None),
        ("check.set", {"item": KEY, "point": KEY, "result": "fail", "value": SHORT, "note": LONG}, None),
        ("reading.set", {"meter": meter, "value": "999999999999.999999", "running": True, "note": LONG}, None),
        ("reading.set", {"meter": clock.new_id(), "value": "1", "running": True}, None),
        ("photo.remove", {"sha256": "d" * 64, "reason": LONG}, None),
        ("visit.create", {"type": KEY, "customer": customer, "lookup": KEY}, None),
        ("visit.create", {"type": KEY, "customer": customer, "lookup": KEY}, None),
        ("note.add", {"text": "a\0b"}, None),
        ("a\0b", {}, None),
        (KEY * 2, {}, None),
        ("sign.refuse", {"role": "customer", "reason": LONG, "witness": SHORT}, None),
        ("visit.close", {"outcome": "no_access", "next_at": "9999-12-31", "reason": LONG}, None),
    ]


def test_whatever_is_written_nothing_holds_up_what_is_behind_it__lesson_12(
    plan: Callable[..., Json], phone_of: Callable[[str], Phone], client_as: Callable[[str], Browser]
) -> None:
    visit = plan()
    phone = phone_of("inspector")
    for kind, data, at in writes(visit):
        entry = phone.op(clock.new_id() if kind == "visit.create" else visit["id"], kind, **data)
        entry["at"] = at or entry["at"]
        answer = phone.send()
        assert answer.status_code == 200, (kind, data, at, answer.text)
        phone.acked = answer.json["acked_seq"]
    phone.op("a\0b", "note.add", text="a visit that cannot be")
    assert phone.sync()["acked_seq"] == len(phone.log)
    office = client_as("office")
    assert len(office.get(f"/api/v1/visits/{visit['id']}/ops").json["ops"]) > 40
    assert office.get(f"/office/visits/{visit['id']}").status_code == 200
    assert office.get("/office/hazards").status_code == 200


def test_an_edit_of_a_hazard_whose_finding_is_still_to_come_is_kept_for_it(
    plan: Callable[..., Json], phone_of: Callable[[str], Phone]
) -> None:
    visit = plan()["id"]
    early, finder = phone_of("inspector"), phone_of("inspector")
    hazard = clock.new_id()
    for field in ("level", "due", "stop_gas"):
        early.op(visit, "hazard.set", hazard=hazard, field=field, value=HAZARD[field])
    assert {result["status"] for result in early.sync()["results"]} == {"applied"}
    finder.op(visit, "hazard.add", **{**HAZARD, "hazard": hazard, "level": 3})
    finder.sync()
    assert finder.visits[visit]["hazards"][hazard]["level"] == 1
    assert finder.visits[visit]["hazards"][hazard]["item"] == "hose"
