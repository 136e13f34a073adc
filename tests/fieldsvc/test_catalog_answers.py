"""The catalogue's answers: the document that phones get, what a result means, who acts, what a paper may cite."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from fieldsvc import installation
from fieldsvc.catalog.entries import ITEMS, LANGUAGES, POSITIONS, Bound
from fieldsvc.catalog.load import load
from fieldsvc.catalog.service import Catalogue, catalogue
from fieldsvc.db import transaction
from fieldsvc.policy import service as policy


def walk(value: Any) -> Iterator[Any]:
    yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(inner)


def the_document() -> dict[str, Any]:
    return catalogue().document({**catalogue().company, "public_url": "http://127.0.0.1:8000"})


# -- the document that phones get ------------------------------------------------------------------------------


def test_the_seven_items_stand_in_the_order_in_which_a_home_is_walked() -> None:
    checklist = next(one for one in the_document()["checklists"] if one["id"] == "gas.residential")
    assert tuple(item["id"] for item in checklist["items"]) == ITEMS
    assert all(item["points"] for item in checklist["items"])


def test_the_document_holds_no_float_and_survives_a_round_trip_through_json() -> None:
    made = the_document()
    assert not [value for value in walk(made) if isinstance(value, float)]
    assert json.loads(json.dumps(made)) == made


def test_every_name_in_the_document_is_there_in_three_languages() -> None:
    texts = [value for value in walk(the_document()) if isinstance(value, dict) and "en" in value]
    assert len(texts) > 400
    assert all(set(text) == set(LANGUAGES) and all(text.values()) for text in texts)


def test_nothing_is_left_to_fill_in_and_the_company_speaks_by_its_name() -> None:
    made = the_document()
    assert "%(" not in json.dumps(made)
    badge = next(step for step in made["script"] if step["id"] == "badge")
    assert made["company"]["name"]["zh-Hans"] in badge["say"]["zh-Hans"]
    smell = next(one for one in made["talk"] if one["id"] == "smell")
    assert made["company"]["hotline"] in smell["name"]["en"]


def test_the_same_facts_give_the_same_tag_and_a_new_hotline_gives_another() -> None:
    company = catalogue().company
    first = catalogue().etag(company)
    assert catalogue().etag(dict(reversed(company.items()))) == first
    assert catalogue().etag({**company, "hotline": "0851-00000000"}) != first
    assert Catalogue(entries=load()).etag(company) == first


def test_a_company_keeps_to_itself_what_phones_need_not_know() -> None:
    assert "secret" not in catalogue().document({**catalogue().company, "secret": "x"})["company"]


def test_a_demonstration_company_says_so_in_every_language() -> None:
    company = catalogue().company
    assert company["demonstration"] is True
    assert "演示" in company["name"]["zh-Hans"]
    assert "演示" in company["name"]["zh-Hant"]
    assert "emo" in company["name"]["en"]


def test_figures_are_text_as_they_were_written() -> None:
    points = {p["id"]: p for item in the_document()["checklists"][0]["items"] for p in item["points"]}
    assert points["HOSE-C2"]["limit"] == {"op": "<=", "value": "2"}
    assert points["ENV-C5"]["alarm"] == {"op": ">=", "value": "10000", "action": "evacuate"}
    assert points["APPL-C8"]["limit"] == {"op": "between", "low": "1.5", "high": "3"}


# -- what a result means ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "point_id", "value", "result"),
    [
        ("hose", "HOSE-C2", "2.00", "pass"),
        ("hose", "HOSE-C2", "2.01", "fail"),
        ("hose", "HOSE-C1", "rubber", "fail"),
        ("hose", "HOSE-C1", "rubber_c", "pass_note"),
        ("environment", "ENV-C6", "9", "pass"),
        ("environment", "ENV-C6", "10", "pass_note"),
        ("environment", "ENV-C6", "24", "pass_note"),
        ("environment", "ENV-C6", "25", "fail"),
        ("appliance", "APPL-C8", "1.49", "fail"),
        ("appliance", "APPL-C8", "1.5", "pass"),
        ("appliance", "APPL-C8", "3.01", "fail"),
        ("meter", "METER-C4", "dead", "fail"),
    ],
)
def test_a_value_means_a_result(item: str, point_id: str, value: str, result: str) -> None:
    assert catalogue().point(item, point_id).result_of(value) == result


def test_a_figure_that_raises_the_carbon_monoxide_alarm_never_passes() -> None:
    measure = catalogue().point("environment", "ENV-C6").measure
    assert measure is not None and measure.alarm is not None
    raised = [ppm for ppm in range(0, 200) if measure.alarm.holds(Decimal(ppm))]
    assert raised and not [ppm for ppm in raised if measure.limit.holds(Decimal(ppm))]


def test_a_value_that_the_point_does_not_know_is_an_error() -> None:
    with pytest.raises(ValueError, match="no choice 'gold'"):
        catalogue().point("hose", "HOSE-C1").result_of("gold")
    with pytest.raises(ValueError, match="takes no value"):
        catalogue().point("hose", "HOSE-C4").result_of("1")


def test_every_point_that_can_fail_proposes_a_hazard_and_the_leaving_valve_cannot_fail() -> None:
    points = [p for item in catalogue().checklist("gas.residential").items for p in item.points]
    assert all(p.hazards for p in points if "fail" in p.results)
    assert "fail" not in catalogue().point("valve", "VALVE-C8").results
    assert "pass_note" in catalogue().point("pipe", "PIPE-C2").results


def test_a_bound_without_figures_holds_for_nothing() -> None:
    assert not Bound(op="<=").holds(Decimal(0))
    assert not Bound(op="between").holds(Decimal(0))


# -- who acts, who pays, what may be printed -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "position", "boundary", "who", "pays"),
    [
        ("JOINT-01", "before_meter", "meter", "company", "company"),
        ("JOINT-01", "meter", "contract", "company", "company"),
        ("JOINT-01", "after_meter_fixed", "meter", "user", "user"),
        ("JOINT-01", "after_meter_fixed", "appliance_valve", "company", "company"),
        ("JOINT-01", "after_meter_fixed", "contract", "shared", "contract"),
        ("VALVE-03", "appliance_valve", "meter", "user", "user"),
        ("VALVE-03", "appliance_valve", "appliance_valve", "company", "company"),
        ("JOINT-04", "after_appliance_valve", "appliance_valve", "user", "user"),
        ("HOSE-02", "after_appliance_valve", "appliance_valve", "user", "user"),
        ("METER-02", "meter", "meter", "user", "user"),
        ("METER-11", "meter", "meter", "company", "company"),
        ("PIPE-07", "before_meter", "meter", "shared", "contract"),
        (None, "before_meter", "meter", "company", "company"),
        (None, "after_appliance_valve", "meter", "user", "user"),
    ],
)
def test_the_position_and_the_boundary_say_who_acts_and_who_pays(
    code: str | None, position: str, boundary: str, who: str, pays: str
) -> None:
    assert catalogue().responsible(code, position, boundary) == {"who": who, "pays": pays}


def test_the_phone_gets_the_same_answer_from_its_document() -> None:
    for boundary in ("meter", "appliance_valve", "contract"):
        made = catalogue().document({**catalogue().company, "boundary": boundary})
        for position in POSITIONS:
            assert made["responsibility"][position] == catalogue().responsible(None, position, boundary)["who"]


def test_an_unknown_position_has_nobody_responsible() -> None:
    with pytest.raises(ValueError, match="unknown position"):
        catalogue().responsible("HOSE-02", "kitchen", "meter")


def test_a_paper_cites_only_what_was_verified() -> None:
    basis = catalogue().printable_basis("PIPE-06")
    assert basis == [
        "《燃气工程项目规范》GB 55009-2021第5.3.3条",
        "《城镇燃气经营安全重大隐患判定标准》（2023）第九条第（三）项",
    ]
    assert catalogue().printable_basis("VALVE-04") == ["《城镇燃气管理条例》第十七条"]
    assert catalogue().printable_basis(None) == ["《城镇燃气管理条例》第十七条"]


def test_a_clause_that_holds_only_in_some_cases_is_not_printed() -> None:
    assert catalogue().printable_basis("HOSE-03") == ["《燃气工程项目规范》GB 55009-2021第6.1.7条"]
    assert not any("判定标准" in line for line in catalogue().printable_basis("METER-07"))


def test_clauses_of_one_standard_stand_on_one_line() -> None:
    assert catalogue().printable_basis("ENV-02")[0] == "《燃气工程项目规范》GB 55009-2021第5.3.3条、第6.1.2条第2款"


def test_hazards_levels_visit_types_and_words_are_found_by_their_codes() -> None:
    assert catalogue().hazard("HOSE-02").item == "hose"
    assert catalogue().level(2).reminder_day == 15
    assert catalogue().visit_type("gas.reinspection").code == "G7"
    assert catalogue().term("positions", "meter").name["en"] == "The meter"
    with pytest.raises(KeyError):
        catalogue().hazard("HOSE-99")


# -- over HTTP -------------------------------------------------------------------------------------------------


def test_the_catalogue_is_for_staff_only(browser: Any) -> None:
    assert browser.get("/api/v1/catalog").status_code == 401


def test_a_phone_fetches_the_catalogue_once_and_then_only_asks(client_as: Callable[[str], Any]) -> None:
    client = client_as("inspector")
    first = client.get("/api/v1/catalog")
    assert first.status_code == 200
    assert first.json["company"]["demonstration"] is True
    assert "no-cache" in first.headers["Cache-Control"]
    again = client.get("/api/v1/catalog", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""


def test_a_changed_company_changes_the_tag_that_sync_tells_and_the_document(
    app: Flask, client_as: Callable[[str], Any], phone_of: Callable[[str], Any]
) -> None:
    client, phone = client_as("inspector"), phone_of("inspector")
    before = client.get("/api/v1/catalog")
    assert before.headers["ETag"] == f'"{phone.sync()["catalog"]}"'
    with app.app_context(), transaction():
        installation.keep(name="company", value={**installation.company(), "hotline": "0851-00001111"})
    after = client.get("/api/v1/catalog", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.headers["ETag"] == f'"{phone.sync()["catalog"]}"' != before.headers["ETag"]
    assert "0851-00001111" in after.text


def test_what_the_office_finds_remarkable_of_a_reading_reaches_the_phone(
    app: Flask, client_as: Callable[[str], Any], phone_of: Callable[[str], Any]
) -> None:
    client, phone, page = client_as("inspector"), phone_of("inspector"), "/office/settings/readings"
    before = client.get("/api/v1/catalog")
    usual = {"jump_percent": 150, "jump_more": 20, "low_percent": 50, "low_less": 20, "most_per_hour": "10"}
    assert before.json["readings"] == usual and phone.sync()["catalog"] == before.headers["ETag"].strip('"')
    with app.app_context():
        kept = {f"f.{name}": str(value) for name, value in policy.section("readings").items() if value is not False}
    asked = kept | {"f.jump_percent": "120", "f.most_per_hour": "6.5"}
    assert client_as("admin").submit(page, page, **asked).status_code == 303
    after = client.get("/api/v1/catalog", headers={"If-None-Match": before.headers["ETag"]})
    assert after.json["readings"] == usual | {"jump_percent": 120, "most_per_hour": "6.5"}
    assert after.headers["ETag"] == f'"{phone.sync()["catalog"]}"' != before.headers["ETag"]
    # What only the office asks stays with the office, and changes nothing for phones.
    assert client_as("admin").submit(page, page, **(asked | {"f.again_days": "3"})).status_code == 303
    assert client.get("/api/v1/catalog").headers["ETag"] == after.headers["ETag"]
