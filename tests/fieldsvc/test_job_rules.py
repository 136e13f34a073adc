"""The declared rules of a kind of visit, each on its own, and what becomes of a visit that breaks one.

tests/js/rule-vectors.json holds every rule against visits that keep and break it; tests/js/rules.test.js reads the same file.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask

from fieldsvc import installation
from fieldsvc.catalog.declared import rules_of
from fieldsvc.catalog.load import CatalogueError, Loader, check, load, read
from fieldsvc.db import transaction
from fieldsvc.doubts import breaches
from fieldsvc.doubts.gone_through import Point, Seen
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.phone import Phone
from tests.fieldsvc.show_visits import found, inspect, look

Json = dict[str, Any]
TOLD: Json = json.loads((Path(__file__).parent.parent / "js" / "rule-vectors.json").read_text(encoding="utf-8"))
ENTRIES = load()
OFFICE_ONLY = {"order_first", "price_list", "one_owner", "no_vendor", "not_for_show"}
"""Rules that the vectors do not hold, because both halves cannot see the same: each has a test of its own below."""


def seen(document: Json, rules: list[Json], **more: Any) -> Seen:
    checklist = TOLD["checklist"]
    points = [
        Point(one["id"], one["name"], item["id"], one["required"], one["photo"], bool(one["hazards"]))
        for item in checklist["items"]
        for one in item["points"]
    ]
    talk = [one["id"] for one in checklist["talk"]]
    given = {"points": points, "steps": checklist["steps"], "talk": talk, "inspects": False, **more}
    return Seen(document=document, rules=rules, **given)


@pytest.mark.parametrize("vector", TOLD["vectors"], ids=lambda one: one["title"])
def test_a_visit_breaks_the_rules_that_it_breaks_and_no_others(vector: Json) -> None:
    visit = seen({**TOLD["document"], **vector["change"]}, vector["rules"])
    assert sorted(f"{rule}@{where}" for rule, where in breaches.broken(visit)) == sorted(vector["broken"])


def test_every_rule_of_the_catalogue_has_its_test_and_its_keeper() -> None:
    declared = {rule.id for rule in ENTRIES.rules}
    kept_in_vectors = {rule["id"] for vector in TOLD["vectors"] for rule in vector["rules"]}
    broken_in_vectors = {one.partition("@")[0] for vector in TOLD["vectors"] for one in vector["broken"]}
    assert kept_in_vectors == broken_in_vectors == declared - OFFICE_ONLY
    assert set(breaches.RULES) == declared - {"not_for_show"}


def test_a_cut_that_came_too_early_goes_to_the_office_whatever_the_phone_said() -> None:
    rule = {
        "id": "served_ahead",
        "point": "WORK-C1",
        "value": "served",
        "served": "WORK-C2",
        "days": "7",
        "cut": "WORK-C3",
    }

    def cut_on(day: int) -> list[tuple[str, str]]:
        said = {"value": "served", "result": "pass", "at": "2026-11-20T09:00:00+08:00"}
        work = {"WORK-C1": said, "WORK-C2": {"result": "pass", "note": "2026-11-13"}}
        cut = {"result": "pass", "at": f"2026-11-{day}T09:00:00+08:00"}
        return breaches.broken(seen({**TOLD["document"], "checks": {"work": {**work, "WORK-C3": cut}}}, [rule]))

    assert cut_on(19) == [("served_ahead", "WORK-C2")]
    assert cut_on(20) == []


def test_work_without_an_order_goes_to_the_office() -> None:
    rules = [{"id": "order_first"}]
    assert breaches.broken(seen(TOLD["document"], rules, unordered=True)) == [("order_first", "order")]
    assert breaches.broken(seen(TOLD["document"], rules)) == []


def test_a_price_that_is_not_on_the_list_is_named_by_its_point() -> None:
    rules = [{"id": "price_list", "points": ["WORK-C4"]}]
    wrong = seen(TOLD["document"], rules, wrong_prices=frozenset({"WORK-C4"}))
    assert breaches.broken(wrong) == [("price_list", "WORK-C4")]
    assert breaches.broken(seen(TOLD["document"], rules)) == []


@pytest.mark.parametrize(("rating", "waits"), [(None, True), (3, True), (4, False), (5, False)])
def test_what_a_customer_holds_against_us_waits_for_an_owner_and_praise_does_not(
    rating: int | None, waits: bool
) -> None:
    signatures = {**TOLD["document"]["signatures"]}
    signatures["customer"] = {**signatures["customer"], "opinion": "来得太晚", "rating": rating}
    visit = seen({**TOLD["document"], "signatures": signatures}, [{"id": "one_owner"}])
    assert breaches.broken(visit) == ([("one_owner", "opinion")] if waits else [])


def test_a_maker_that_is_named_to_a_customer_goes_to_the_office() -> None:
    checks = {"work": {"WORK-C2": {"result": "pass", "note": "换 Acme 软管", "at": "2026-11-20T09:00:00+08:00"}}}
    hazard = {"item": "work", "solutions": [0, "请找 甲乙 施工队"], "due": "2026-12-01", "position": "meter"}
    document = {**TOLD["document"], "checks": checks, "hazards": {"h1": hazard, "h2": {**hazard, "solutions": [0]}}}
    rules = [{"id": "no_vendor"}]
    listed = frozenset({"acme", "甲乙"})
    assert breaches.broken(seen(document, rules, vendors=listed)) == [("no_vendor", "WORK-C2"), ("no_vendor", "h1")]
    assert breaches.broken(seen(document, rules)) == [], "no name is listed before a company lists it"


def test_a_company_lists_the_makers_that_are_not_named(
    app: Flask, plan: Callable[..., Json], phone_of: Callable[[str], Phone]
) -> None:
    with app.app_context(), transaction():
        installation.keep(name="policy.doubts", value={"vendor_names": "Acme 甲乙"})
    visit, phone = plan(type="water.repair"), phone_of("inspector")
    phone.op(visit["id"], "check.set", item="fault", point="WFAULT-C2", result="pass", note="请买ACME的阀")
    phone.op(visit["id"], "visit.close", outcome="completed")
    phone.sync()
    look(app)
    assert "no_vendor:WFAULT-C2" in found(app, visit["id"])["rule"].evidence


def test_a_question_written_at_a_point_waits_for_an_owner() -> None:
    checks = {"work": {"WORK-C2": {"result": "pass", "note": "何时换表？", "at": "2026-11-20T09:00:00+08:00"}}}
    visit = seen({**TOLD["document"], "checks": checks}, [{"id": "one_owner", "points": ["WORK-C2"]}])
    assert breaches.broken(visit) == [("one_owner", "WORK-C2")]


# ── what a kind declares ──────────────────────────────────────────────────


def kinds(published: Json) -> dict[str, Json]:
    return {one["id"]: one for one in published["visit_types"]}


def test_the_catalogue_tells_the_rules_of_every_kind_with_their_words(client_as: Callable[[str], Browser]) -> None:
    published: Json = client_as("inspector").get("/api/v1/catalog").get_json()
    words = {rule["id"]: rule for rule in published["rules"]}
    assert all(set(rule["say"]) == {"zh-Hans", "zh-Hant", "en"} for rule in words.values())
    for kind in published["visit_types"]:
        ids = [rule["id"] for rule in kind["rules"]]
        assert set(ids) <= set(words), kind["id"]
        assert "no_blank" in ids, kind["id"]
    inspection = [rule["id"] for rule in kinds(published)["gas.inspection"]["rules"]]
    assert {"safety_check", "safety_talk", "no_estimate", "own_hand", "not_for_show"} <= set(inspection)
    assert "safety_talk" not in [rule["id"] for rule in kinds(published)["water.repair"]["rules"]]


def test_every_gas_kind_that_enters_a_home_has_its_safety_check_and_its_safety_talk() -> None:
    lists = {one.id: one for one in ENTRIES.checklists}
    for kind in ENTRIES.visit_types:
        off = {rule["id"] for rule in kind.rules if rule.get("off")}
        if not kind.active or kind.trade != "gas":
            continue
        assert "talk" in kind.steps or "safety_talk" in off, kind.id
        checklist = lists[str(kind.checklist)]
        named = [rule for rule in kind.rules if rule["id"] == "safety_check" and rule.get("points")]
        short = checklist.inspects or named or "safety" in {item.id for item in checklist.items}
        assert short or "safety_check" in off, kind.id


def declare(rules: Any) -> list[str]:
    raw = copy.deepcopy(read())
    kind = next(one for one in raw["jobs/water.yaml"]["visit_types"] if one["id"] == "water.repair")
    kind["rules"] = rules
    with pytest.raises(CatalogueError) as refused:
        check(raw)
    return refused.value.mistakes


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([{"id": "no_such_rule"}], "jobs: water.repair: rules: there is no rule no_such_rule"),
        ([{"id": "order_first"}, {"id": "order_first"}], "jobs: water.repair: rules: order_first is declared twice"),
        ([{"id": "seals", "points": ["PIPE-C1"]}], "rules: seals: points: the list has no point PIPE-C1"),
        ([{"id": "seals", "point": ["WFAULT-C2"]}], "rules: seals: does not know point"),
        ([{"id": "in_order"}], "rules: in_order: needs points"),
        ([{"id": "price_list", "points": ["WFAULT-C2"]}], "price_list: points: WFAULT-C2 must be of kind charges"),
        ([{"id": "reading_needed"}], "rules: reading_needed: needs the step meter"),
        ([{"id": "own_hand", "off": "no"}], "own_hand: off must be true"),
        (["order_first"], "must have the id of a rule, and its parameters"),
        ([{"id": "in_order", "points": []}], "points must be a point or a list of points"),
    ],
)
def test_a_wrong_declaration_is_refused_by_name(rules: Any, said: str) -> None:
    assert any(said in mistake for mistake in declare(rules)), declare(rules)


def test_a_rule_is_taken_out_of_a_kind_by_off_as_one_writes_it() -> None:
    """YAML reads a bare `off` as a no."""
    raw = copy.deepcopy(read())
    kind = next(one for one in raw["jobs/water.yaml"]["visit_types"] if one["id"] == "water.repair")
    kind["rules"] = yaml.load("[{id: own_hand, off: true}]", Loader=Loader)
    entries = check(raw)
    repair = next(one for one in entries.visit_types if one.id == "water.repair")
    kept = [rule["id"] for rule in rules_of(entries, repair)]
    assert "own_hand" not in kept
    assert "customer_signs" in kept


def test_an_edition_from_before_there_were_rules_keeps_those_that_need_no_declaration() -> None:
    raw = {name: part for name, part in read().items() if name != "rules.yaml"}
    raw["jobs/gas.yaml"] = copy.deepcopy(raw["jobs/gas.yaml"])
    for kind in raw["jobs/gas.yaml"]["visit_types"]:
        kind.pop("rules", None)
    assert {rule.id for rule in check(raw).rules} == {rule.id for rule in ENTRIES.rules}


# ── what becomes of it ────────────────────────────────────────────────────


@pytest.fixture
def done(app: Flask, plan: Callable[..., Json], phone_of: Callable[[str], Phone]) -> Callable[..., Json]:
    """Plan and do one inspection; gives the visit."""
    phone = phone_of("inspector")

    def visit(**how: Any) -> Json:
        planned = plan(assignee="inspector")
        inspect(phone, planned, **how)
        assert {one["status"] for one in phone.sync()["results"]} == {"applied"}
        look(app)
        return planned

    return visit


def test_a_visit_that_keeps_its_rules_needs_nobody(app: Flask, done: Callable[..., Json]) -> None:
    assert "rule" not in found(app, done()["id"])


def test_what_breaks_a_rule_is_stored_and_shown_to_the_office_with_its_words(
    app: Flask, done: Callable[..., Json], client_as: Callable[[str], Browser]
) -> None:
    visit = done(signer="王小明", leave_out="step.tick")
    doubt = found(app, visit["id"])["rule"]
    assert {one.partition(":")[0] for one in doubt.evidence} == {"own_hand", "safety_talk"}
    office = client_as("admin")
    assert office.get(f"/api/v1/visits/{visit['id']}").get_json()["signatures"]["customer"]["name"] == "王小明"
    page = office.get(f"/office/attention/doubt/{doubt.id}").text
    assert "无代签" in page
    assert "入户必宣传" in page
    assert "违反作业规定" in office.get("/office/attention?kind=doubt").text


def test_a_company_that_does_not_look_for_broken_rules_is_told_of_none(app: Flask, done: Callable[..., Json]) -> None:
    with app.app_context(), transaction():
        installation.keep(name="policy.doubts", value={"rule": False})
    assert "rule" not in found(app, done(signer="王小明")["id"])


def test_a_number_that_was_scanned_at_another_meter_goes_to_the_office(
    app: Flask, plan: Callable[..., Json], phone_of: Callable[[str], Phone]
) -> None:
    phone, visits = phone_of("inspector"), [plan(assignee="inspector") for _ in range(2)]
    for visit, serial in zip(visits, (visits[0]["meters"][0]["serial"], "another"), strict=True):
        inspect(phone, visit, serial=serial)
    phone.sync()
    look(app)
    assert "rule" not in found(app, visits[0]["id"])
    assert found(app, visits[1]["id"])["rule"].evidence == [f"right_household:{visits[1]['meters'][0]['id']}"]
