"""The catalogue's loader: which files it refuses, and that it names every mistake by file, entry and field."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fieldsvc.catalog.load import DATA, CatalogueError, check, load, read

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
        "jobs/gas.yaml",
        lambda c: c["visit_types"][3].update(checklist="gas.nowhere"),
        "jobs: gas.installation: is active, but has no known checklist",
    ),
    "an evacuation that no point tells of": (
        "jobs/gas.yaml",
        lambda c: next(one for one in c["visit_types"] if "evacuates" in one).update(evacuates="EMERG-C99"),
        "jobs: gas.emergency: names EMERG-C99, which its list does not have",
    ),
    "steps in another order": (
        "jobs/water.yaml",
        lambda c: c["visit_types"][1]["steps"].reverse(),
        "jobs: water.survey: has its steps in another order than door customer items meter talk sign",
    ),
}


@pytest.mark.parametrize("what", DISAGREEMENTS)
def test_entries_that_disagree_are_refused_by_name(what: str, break_file: Break) -> None:
    name, edit, told = DISAGREEMENTS[what]
    mistakes = break_file(name, edit)
    assert any(told in mistake for mistake in mistakes), mistakes
