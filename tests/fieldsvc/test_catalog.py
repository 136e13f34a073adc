"""The catalogue: what the shipped data say, what a wrong file is told, and what follows for people."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from fieldsvc import installation
from fieldsvc.catalog.entries import ITEMS, LANGUAGES, POSITIONS, Bound
from fieldsvc.catalog.load import DATA, CatalogueError, check, load, read
from fieldsvc.catalog.service import Catalogue, catalogue
from fieldsvc.db import transaction

Edit = Callable[[dict[str, Any]], object]
Break = Callable[[str, Edit], list[str]]


@pytest.fixture(scope="module")
def as_shipped() -> dict[str, Any]:
    """The shipped files as plain values."""
    return read()


@pytest.fixture
def break_file(as_shipped: dict[str, Any]) -> Break:
    """Edit a copy of one shipped file; give the mistakes that the catalogue is then refused for."""

    def edit_and_check(name: str, edit: Edit) -> list[str]:
        content = copy.deepcopy(as_shipped[name])
        edit(content)
        with pytest.raises(CatalogueError) as refused:
            check({**as_shipped, name: content})
        return refused.value.mistakes

    return edit_and_check


def point(content: dict[str, Any], point_id: str) -> dict[str, Any]:
    return next(p for item in content["checklists"][0]["items"] for p in item["points"] if p["id"] == point_id)


def hazard(content: dict[str, Any], code: str) -> dict[str, Any]:
    return next(h for h in content["hazards"] if h["code"] == code)


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


# -- what a wrong file is told ---------------------------------------------------------------------------------


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"hazards\.yaml: is missing"):
        load(tmp_path)


def test_a_file_that_is_not_yaml_is_named(tmp_path: Path) -> None:
    shutil.copytree(DATA, tmp_path, dirs_exist_ok=True)
    (tmp_path / "company.yaml").write_text("name: [", encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"company\.yaml: is not YAML"):
        load(tmp_path)


def test_the_same_key_twice_is_refused_instead_of_keeping_the_last(tmp_path: Path) -> None:
    shutil.copytree(DATA, tmp_path, dirs_exist_ok=True)
    with (tmp_path / "company.yaml").open("a", encoding="utf-8") as file:
        file.write("hotline: '1'\n")
    with pytest.raises(CatalogueError, match="hotline is there twice"):
        load(tmp_path)


def test_all_mistakes_are_named_at_once(break_file: Break) -> None:
    def edit(content: dict[str, Any]) -> None:
        hazard(content, "HOSE-01").pop("harm")
        hazard(content, "HOSE-02")["level"] = 4

    mistakes = break_file("hazards.yaml", edit)
    assert len(mistakes) == 2
    assert mistakes[0].startswith("hazards.yaml: hazards: HOSE-01: harm: ")
    assert mistakes[1].startswith("hazards.yaml: hazards: HOSE-02: level: ")


WRONG_SHAPES: dict[str, tuple[str, Edit, str]] = {
    "a missing language": (
        "checks.yaml",
        lambda c: point(c, "HOSE-C4")["name"].pop("zh-Hant"),
        "items: hose: points: HOSE-C4: name: zh-Hant is missing",
    ),
    "a language that is not one of ours": (
        "texts.yaml",
        lambda c: c["talk"][0]["name"].update(fr="gaz"),
        "talk: ventilate: name: unknown language fr",
    ),
    "simplified characters left in the traditional text": (
        "hazards.yaml",
        lambda c: hazard(c, "VALVE-03")["name"].update({"zh-Hant": "阀门失灵"}),
        "VALVE-03: name: zh-Hant has 阀门灵, which is not Traditional Chinese",
    ),
    "traditional characters in the simplified text": (
        "hazards.yaml",
        lambda c: hazard(c, "VALVE-03")["harm"].update({"zh-Hans": "無法切断燃气"}),
        "VALVE-03: harm: zh-Hans has 無, which is not Simplified Chinese",
    ),
    "a text that YAML read as something else": (
        "texts.yaml",
        lambda c: c["units"][0]["name"].update(en=5),
        "units: cm: name: en is not text: quote it",
    ),
    "a text in one language only": (
        "texts.yaml",
        lambda c: c["talk"][0].update(name="开窗"),
        "talk: ventilate: name: must be a text in three languages",
    ),
    "a figure without quotes": (
        "checks.yaml",
        lambda c: point(c, "HOSE-C2")["measure"]["limit"].update(value=2.0),
        "HOSE-C2: measure: limit: value: must be a decimal figure in quotes, not 2.0",
    ),
    "three solutions": (
        "hazards.yaml",
        lambda c: hazard(c, "HOSE-02").update(solutions=hazard(c, "PIPE-01")["solutions"] * 2),
        "HOSE-02: solutions: must be one or two solutions",
    ),
    "an unknown key": (
        "hazards.yaml",
        lambda c: hazard(c, "HOSE-02").update(colour="red"),
        "HOSE-02: colour: Unknown field.",
    ),
    "an unknown stop-gas word": (
        "hazards.yaml",
        lambda c: hazard(c, "HOSE-02").update(stop_gas="soon"),
        "HOSE-02: stop_gas: is soon, but must be one of now_all",
    ),
    "a national duty that is neither yes nor no": (
        "hazards.yaml",
        lambda c: hazard(c, "HOSE-03").update(national_written_notice="conditional"),
        "HOSE-03: national_written_notice: ",
    ),
    "a company of unknown boundary": (
        "company.yaml",
        lambda c: c.update(boundary="fence"),
        "company.yaml: boundary: is fence",
    ),
}


@pytest.mark.parametrize("what", WRONG_SHAPES)
def test_a_wrong_entry_is_refused_by_name(what: str, break_file: Break) -> None:
    name, edit, told = WRONG_SHAPES[what]
    mistakes = break_file(name, edit)
    assert len(mistakes) == 1
    assert told in mistakes[0]


def _swap_items(content: dict[str, Any]) -> None:
    items = content["checklists"][0]["items"]
    items[0], items[1] = items[1], items[0]


DISAGREEMENTS: dict[str, tuple[str, Edit, str]] = {
    "items out of order": ("checks.yaml", _swap_items, "must have the seven items in order: pipe meter"),
    "a code twice": (
        "hazards.yaml",
        lambda c: c["hazards"].append(hazard(c, "HOSE-02")),
        "hazards.yaml: hazards: HOSE-02 is there twice",
    ),
    "a choice twice": (
        "checks.yaml",
        lambda c: point(c, "HOSE-C1")["choices"].append(point(c, "HOSE-C1")["choices"][0]),
        "HOSE-C1: choices: ss is there twice",
    ),
    "a number without a measure": (
        "checks.yaml",
        lambda c: point(c, "HOSE-C2").pop("measure"),
        "HOSE-C2: a number point has a measure",
    ),
    "choices on a point that is no choice": (
        "checks.yaml",
        lambda c: point(c, "HOSE-C1").update(kind="pass_fail"),
        "HOSE-C1: a choice point has choices",
    ),
    "a limit outside the range": (
        "checks.yaml",
        lambda c: point(c, "HOSE-C2")["measure"]["limit"].update(value="21"),
        "HOSE-C2: measure: limit lies outside min and max",
    ),
    "a limit finer than can be typed": (
        "checks.yaml",
        lambda c: point(c, "HOSE-C2")["measure"]["limit"].update(value="2.001"),
        "HOSE-C2: measure: limit has more decimals than can be typed",
    ),
    "a range upside down": (
        "checks.yaml",
        lambda c: point(c, "HOSE-C2")["measure"].update(min="30"),
        "HOSE-C2: measure: min must be below max",
    ),
    "a range with one end": (
        "checks.yaml",
        lambda c: point(c, "APPL-C8")["measure"]["limit"].pop("low"),
        "APPL-C8: measure: limit needs `value`, or for `between` `low` and `high`",
    ),
    "a band upside down": (
        "checks.yaml",
        lambda c: point(c, "APPL-C8")["measure"]["limit"].update(low="4"),
        "APPL-C8: measure: limit: low must be below high",
    ),
    "an alarm that passes": (
        "checks.yaml",
        lambda c: point(c, "ENV-C6")["measure"]["alarm"].update(value="20"),
        "ENV-C6: measure: 21 raises the alarm and passes",
    ),
    "a caution that no passing figure meets": (
        "checks.yaml",
        lambda c: point(c, "ENV-C6")["measure"]["caution"].update(value="24"),
        "ENV-C6: measure: caution never applies to a figure that passes",
    ),
    "an alarm that asks for nothing": (
        "checks.yaml",
        lambda c: point(c, "ENV-C5")["measure"]["alarm"].pop("action"),
        "ENV-C5: measure: an alarm has an action",
    ),
    "a failure without a hazard": (
        "checks.yaml",
        lambda c: point(c, "APPL-C8").update(hazards=[]),
        "APPL-C8: can fail, but names no hazard",
    ),
    "a failing choice without a hazard": (
        "checks.yaml",
        lambda c: point(c, "HOSE-C1")["choices"][3].pop("hazard"),
        "HOSE-C1: choice rubber: a failing choice has a hazard",
    ),
    "a hazard that no choice leads to": (
        "checks.yaml",
        lambda c: point(c, "APPL-C4")["choices"].pop(4),
        "APPL-C4: its hazards must be those of its choices",
    ),
    "a choice with a hazard that the point does not list": (
        "checks.yaml",
        lambda c: point(c, "HOSE-C1")["choices"][3].update(hazard="HOSE-05"),
        "HOSE-C1: choice rubber: HOSE-05 is not among the point's hazards",
    ),
    "a check that names an unknown hazard": (
        "checks.yaml",
        lambda c: point(c, "HOSE-C5")["hazards"].append("HOSE-77"),
        "HOSE-C5: names HOSE-77, which is not in the catalogue",
    ),
    "a check that names a hazard which does not name it": (
        "checks.yaml",
        lambda c: point(c, "HOSE-C5")["hazards"].append("HOSE-01"),
        "HOSE-C5: names HOSE-01, which does not name it",
    ),
    "a hazard that names an unknown check": (
        "hazards.yaml",
        lambda c: hazard(c, "HOSE-01")["checks"].append("HOSE-C77"),
        "HOSE-01: names HOSE-C77, which is not a check point",
    ),
    "a hazard that names a check which does not name it": (
        "hazards.yaml",
        lambda c: hazard(c, "HOSE-01")["checks"].append("HOSE-C5"),
        "HOSE-01: names HOSE-C5, which does not name it",
    ),
    "a hazard that no check leads to": (
        "hazards.yaml",
        lambda c: hazard(c, "HOSE-05")["checks"].clear(),
        "HOSE-05: no check point leads to it",
    ),
    "more days than the level allows": (
        "hazards.yaml",
        lambda c: hazard(c, "PIPE-06").update(deadline_days=30),
        "PIPE-06: 30 days are more than level 1 allows",
    ),
    "a deadly hazard that leaves the gas on": (
        "hazards.yaml",
        lambda c: hazard(c, "PIPE-06").update(stop_gas="none"),
        "PIPE-06: level 1 cannot leave the gas on for good",
    ),
    "a serious hazard that nobody looks at again": (
        "hazards.yaml",
        lambda c: hazard(c, "HOSE-02").update(reinspect="next_visit"),
        "HOSE-02: level 2 must be re-inspected",
    ),
    "an emergency with the gas on": (
        "hazards.yaml",
        lambda c: hazard(c, "ENV-01").update(stop_gas="on_overdue"),
        "ENV-01: an emergency stops the gas at once",
    ),
    "levels with a gap": ("hazards.yaml", lambda c: c["levels"].pop(1), "hazards.yaml: levels: must be 1, 2, 3"),
    "an unknown standard": (
        "hazards.yaml",
        lambda c: hazard(c, "HOSE-02")["sources"][0].update(ref="GB 1"),
        "HOSE-02: cites GB 1, which sources.yaml does not know",
    ),
    "an unknown source status": (
        "checks.yaml",
        lambda c: point(c, "HOSE-C2")["sources"][0].update(status="heard"),
        "HOSE-C2: has the unknown source status heard",
    ),
    "a conditional clause without its condition": (
        "hazards.yaml",
        lambda c: hazard(c, "HOSE-03")["sources"][1].pop("about"),
        "HOSE-03: a conditional source says in `about` when it applies",
    ),
    "a general basis that may not be printed": (
        "sources.yaml",
        lambda c: c["general"][0].update(status="recalled"),
        "sources.yaml: general: 城镇燃气管理条例 may not be printed",
    ),
    "a position without words": (
        "texts.yaml",
        lambda c: c["positions"].pop(0),
        "texts.yaml: positions: must be before_meter",
    ),
    "a responsible side without words": (
        "texts.yaml",
        lambda c: c["responsibles"].pop(0),
        "texts.yaml: responsibles: must be company, user, shared",
    ),
    "an unknown instrument": (
        "checks.yaml",
        lambda c: point(c, "HOSE-C2").update(instrument="eye"),
        "HOSE-C2: needs the unknown instrument eye",
    ),
    "an unknown unit": (
        "checks.yaml",
        lambda c: point(c, "HOSE-C2")["measure"].update(unit="chi"),
        "HOSE-C2: has the unknown unit chi",
    ),
    "an unknown alarm": (
        "checks.yaml",
        lambda c: point(c, "ENV-C5")["measure"]["alarm"].update(action="shout"),
        "ENV-C5: raises the unknown alarm shout",
    ),
    "an active visit type without a checklist": (
        "texts.yaml",
        lambda c: c["visit_types"][3].update(active=True),
        "texts.yaml: gas.installation: is active, but has no known checklist",
    ),
}


@pytest.mark.parametrize("what", DISAGREEMENTS)
def test_entries_that_disagree_are_refused_by_name(what: str, break_file: Break) -> None:
    name, edit, told = DISAGREEMENTS[what]
    mistakes = break_file(name, edit)
    assert any(told in mistake for mistake in mistakes), mistakes
