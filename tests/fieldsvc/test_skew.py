"""Old phones with a new server, and newer phones with this one: what they send is taken, whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fieldsvc import clock
from sync.ops import KINDS, OFFICE_KINDS
from tests.fieldsvc.phone import Phone
from tests.fieldsvc.test_blobs import picture

PAST = Path(__file__).parent / "past"


def filled(value: Any, names: dict[str, str]) -> Any:
    """Put this run's ids where the recorded day has names for them."""
    text = json.dumps(value, ensure_ascii=False)
    for name, given in names.items():
        text = text.replace(f'"{name}"', f'"{given}"')
    return json.loads(text)


def test_a_day_of_the_first_phones_is_applied_as_it_was_written(
    plan: Callable[..., Any], phone_of: Callable[[str], Phone]
) -> None:
    visit = plan()
    phone = phone_of("inspector")
    names = {
        "IMAGE": phone.upload(picture(), "image/jpeg"),
        "METER": visit["meters"][0]["id"],
        "CUSTOMER": visit["customer"]["id"],
        "UNPLANNED": clock.new_id(),
    }
    recorded = filled(json.loads((PAST / "protocol-1.json").read_text())["ops"], names)
    for op in recorded:
        phone.op(op.get("visit", visit["id"]), op["kind"], **op["data"])
    results = phone.sync()["results"]
    assert [result["status"] for result in results] == ["applied"] * len(recorded), results
    shown = phone.visits[visit["id"]]
    assert (shown["state"], shown["conflicts"]) == ("closed", [])
    assert shown["hazards"]["0193a1c2-0000-7000-8000-000000000001"]["level"] == 1


def test_the_recorded_day_has_every_kind_a_phone_can_write() -> None:
    recorded = {op["kind"] for op in json.loads((PAST / "protocol-1.json").read_text())["ops"]}
    assert recorded == set(KINDS) - OFFICE_KINDS


def test_what_a_newer_phone_adds_is_kept_and_does_not_disturb(
    plan: Callable[..., Any], phone_of: Callable[[str], Phone], client_as: Any
) -> None:
    visit = plan()["id"]
    phone = phone_of("inspector")
    phone.op(visit, "check.set", item="hose", point="HOSE-C99", result="fail", severity={"colour": "amber"})
    phone.op(visit, "weather.set", sky="rain")
    body = {**phone.request(), "battery": 40, "app": {"version": "9.9"}}
    told = phone.send(body).json
    assert [result["status"] for result in told["results"]] == ["applied", "quarantined"]
    rows = client_as("office").get(f"/api/v1/visits/{visit}/ops").json["ops"]
    assert rows[0]["op"]["data"]["severity"] == {"colour": "amber"}
    assert [row["code"] for row in rows] == [None, "unknown_kind"]
