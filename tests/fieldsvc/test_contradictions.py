"""Two findings that contradict each other: shown side by side, and settled by one person with one click."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.fieldsvc.attention import (
    HOSTILE,
    Json,
    document,
    inbox,
    torn_visit,  # noqa: F401 - a fixture
)
from tests.fieldsvc.papers import record_visit


def test_a_contradiction_is_settled_with_one_click(client_as: Any, torn: Json) -> None:
    office = client_as("office")
    assert len(inbox(office, kind="conflict")) == 1
    address = f"/office/attention/conflict/{torn['id']}"
    page = office.get(address).text
    assert torn["photo"] in page and "<script>alert" not in page
    values = document(office, torn["id"])["conflicts"][0]["values"]
    passed = next(one["op"] for one in values if one["result"] == "pass")
    forms = re.findall(r"<form\b.*?</form>", page, flags=re.DOTALL)
    form = next(one for one in forms if passed in one)
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))
    assert office.post(address, data=hidden).status_code == 303
    settled = document(office, torn["id"])
    assert settled["conflicts"] == []
    assert settled["checks"]["hose"]["HOSE-C2"]["result"] == "pass"
    assert settled["checks"]["hose"]["HOSE-C2"]["note"] == f"pass {HOSTILE}"
    assert inbox(office) == []
    assert "它已不在了" in office.get(address, follow_redirects=True).text


def test_a_page_from_before_a_change_settles_nothing(client_as: Any, torn: Json, phone_of: Any) -> None:
    office, address = client_as("office"), f"/office/attention/conflict/{torn['id']}"
    shown = document(office, torn["id"])
    one = shown["conflicts"][0]
    phone_of("inspector").sync()
    later = phone_of("inspector")
    later.op(torn["id"], "note.add", text="又来了")
    later.sync()
    said = office.submit(address, address, base=str(shown["version"]), field=one["field"], op=one["values"][0]["op"])
    assert document(office, torn["id"])["conflicts"]
    assert "期间已有变化" in said.text


FIELDS: list[tuple[str, Json, Json]] = [
    ("reading.set", {"value": "1300", "running": True}, {"unreadable": "locked"}),
    ("visit.close", {"outcome": "completed"}, {"outcome": "no_access", "reason": "not_home"}),
    ("customer.correct", {"field": "phone", "value": "1"}, {"field": "phone", "value": "2"}),
    ("visit.start", {"location": {"lat": 1, "lon": 2, "accuracy": 3}}, {}),
]


@pytest.mark.parametrize(("kind", "one", "other"), FIELDS, ids=[kind for kind, _, _ in FIELDS])
@pytest.mark.parametrize("choose", [0, 1])
def test_every_kind_of_field_is_settled_as_the_chosen_side_said_it(
    client_as: Any, plan: Any, phone_of: Any, kind: str, one: Json, other: Json, choose: int
) -> None:
    visit, office = plan(), client_as("office")
    about = {"meter": visit["meters"][0]["id"]} if kind == "reading.set" else {}
    for data in (one, other):
        phone = phone_of("inspector")
        phone.visits[visit["id"]] = visit
        phone.op(visit["id"], kind, **about, **data)
        phone.sync()
    _settle_and_compare(office, visit["id"], choose)


@pytest.mark.parametrize("choose", [0, 1])
def test_a_withdrawn_hazard_goes_or_stays_as_somebody_says(
    client_as: Any, plan: Any, phone_of: Any, choose: int
) -> None:
    visit, office = plan(), client_as("admin")
    first = phone_of("inspector")
    record_visit(first, visit["id"], photo=False)
    hazard = next(op["data"]["hazard"] for op in first.log if op["kind"] == "hazard.add")
    del first.log[-1]
    first.sync()
    second = phone_of("inspector")
    first.op(visit["id"], "hazard.withdraw", hazard=hazard, reason="看错了")
    second.op(visit["id"], "hazard.set", hazard=hazard, field="level", value=1)
    first.sync()
    second.sync()
    values = document(office, visit["id"])["conflicts"][0]["values"]
    withdraws = "reason" in values[choose]
    _settle_and_compare(office, visit["id"], choose, compare=False)
    assert bool(document(office, visit["id"])["hazards"][hazard]["withdrawn"]) == withdraws


def _settle_and_compare(office: Any, visit_id: str, choose: int, *, compare: bool = True) -> None:
    shown = document(office, visit_id)
    (conflict,) = shown["conflicts"]
    value = conflict["values"][choose]
    address = f"/office/attention/conflict/{visit_id}"
    office.submit(address, address, base=str(shown["version"]), field=conflict["field"], op=value["op"])
    after = document(office, visit_id)
    assert after["conflicts"] == []
    if compare:
        kept = after["readings"] or after["outcome"] or after["start"] or {"value": after["customer"]["phone"]}
        kept = next(iter(kept.values())) if after["readings"] else kept
        said = {name: given for name, given in value.items() if name not in ("by", "at", "op")}
        assert {name: kept[name] for name in said} == said
