"""The editions of the catalogue: what a company lays over it, what that changes, and which one a visit keeps."""

from __future__ import annotations

import html
import io
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from flask import Flask

from fieldsvc import clock
from fieldsvc.catalog import load
from fieldsvc.catalog import service as catalog
from fieldsvc.db import transaction
from fieldsvc.office.company.catalogue_pages import TEMPLATE
from fieldsvc.record import service as record
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.phone import Phone

PAGE = "/office/settings/catalogue"
As = Callable[[str], Browser]
Json = dict[str, Any]


def _own(**changes: Any) -> str:
    """The overlay of the template with its example in force, and changes to it."""
    head, example = TEMPLATE.split("# points:\n")
    lines = ["points:", *(line.removeprefix("# ") for line in example.splitlines())]
    overlay = yaml.safe_load(head) | yaml.safe_load("\n".join(lines))
    return str(yaml.safe_dump({**overlay, **changes}, allow_unicode=True, sort_keys=False))


def _codes(document: Json) -> set[str]:
    return {p["id"] for one in document["checklists"] for item in one["items"] for p in item["points"]}


def _told(page: str) -> str:
    """The mistakes that a page names."""
    return page.partition('<ul class="plain-list">')[2].partition("</ul>")[0]


def _put_in_force(admin: Browser, text: str) -> Any:
    shown = admin.submit(PAGE, f"{PAGE}/preview", file=(io.BytesIO(text.encode()), "overlay.yaml"))
    assert shown.status_code == 200, _told(shown.text)
    return admin.submit_shown(shown.text, PAGE, text=text)


@pytest.fixture
def admin(client_as: As, monkeypatch: pytest.MonkeyPatch) -> Browser:
    import re

    def submit_shown(self: Browser, page: str, action: str, **fields: Any) -> Any:
        form = next(one for one in re.findall(r"<form\b.*?</form>", page, re.DOTALL) if f'action="{action}"' in one)
        return self.post(
            action, data={**dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)), **fields}
        )

    monkeypatch.setattr(Browser, "submit_shown", submit_shown, raising=False)
    return client_as("admin")


def test_a_fresh_installation_keeps_what_the_program_brought_as_its_first_edition(app: Flask, client_as: As) -> None:
    assert client_as("office").get("/api/v1/catalog").json["edition"] == 1
    with app.app_context():
        assert catalog.editions.get(1).content == load.read()


def test_an_overlay_is_shown_before_it_counts_and_then_reaches_the_phones(app: Flask, admin: Browser) -> None:
    shown = admin.submit(PAGE, f"{PAGE}/preview", file=(io.BytesIO(_own().encode()), "overlay.yaml"))
    assert "厨房门保持可关闭" in shown.text
    assert "OWN-C1" not in _codes(admin.get("/api/v1/catalog").json)
    before = admin.get("/api/v1/catalog").headers["ETag"]
    assert _put_in_force(admin, _own()).status_code == 303
    after = admin.get("/api/v1/catalog")
    assert after.json["edition"] == 2 and "OWN-C1" in _codes(after.json) and after.headers["ETag"] != before
    assert "OWN-01" in {one["code"] for one in after.json["hazards"]}
    assert "赵主任" in admin.get(PAGE).text and "OWN-C1" in admin.get(PAGE).text


def test_what_is_switched_off_is_no_longer_asked_and_keeps_its_words(app: Flask, admin: Browser) -> None:
    shown = admin.submit(PAGE, f"{PAGE}/switch")  # the first form: the first point of the first item
    text = html.unescape(shown.text.split("<textarea")[1].split(">", 1)[1].split("</textarea>")[0])
    (code,) = yaml.safe_load(text)["switched_off"]["points"]
    assert shown.status_code == 200 and code == "PIPE-C1"
    assert _put_in_force(admin, f"switched_off: {{points: [{code}], hazards: [JOINT-05]}}\n").status_code == 303
    document = admin.get("/api/v1/catalog").json
    assert code not in _codes(document)
    assert [one["off"] for one in document["hazards"] if one["code"] == "JOINT-05"] == [True]
    points = [p for one in document["checklists"] for item in one["items"] for p in item["points"]]
    assert not any("JOINT-05" in point["hazards"] for point in points)
    with app.app_context():
        assert catalog.catalogue().point("pipe", code).name["en"]
    assert _put_in_force(admin, "switched_off: {}\n").status_code == 303
    again = admin.get("/api/v1/catalog").json
    assert code in _codes(again) and again["edition"] == 3


MISTAKES: dict[str, tuple[str, str]] = {
    "not YAML": ("points: [", "is not YAML"),
    "a bomb of aliases": ("a: &a [x]\nb: [*a, *a]\n", "aliases"),
    "a key that is not known": ("hazard: []", "hazard: is not known"),
    "a key twice": ("switched_off: {}\nswitched_off: {}\n", "there twice"),
    "a list of numbers": ("- 1\n- 2\n", "must hold switched_off, points or hazards"),
    "a code that there is not": ("switched_off: {points: [NOPE-C9]}", "there is no NOPE-C9"),
    "all points of an item": (
        "switched_off: {points: [HOSE-C1, HOSE-C2, HOSE-C3, HOSE-C4, HOSE-C5, HOSE-C6, HOSE-C7, HOSE-C8]}",
        "HOSE",
    ),
    "text where the shape is wrong": ("points: [{id: 1}]", "overlay: points: 1"),
    "a shipped code again": ("hazards: [{code: HOSE-01}]", "HOSE-01: is there already"),
    "a checklist that is a list": ("points: [{id: OWN-C1, checklist: [a], item: hose}]", "points: OWN-C1: checklist"),
    "an item that is a mapping": ("points: [{id: OWN-C1, item: {a: 1}}]", "points: OWN-C1: item"),
    "an id that is a list": ("points: [{checklist: gas.residential, item: hose, id: [x]}]", "points: 1: id"),
    "a code that is a mapping": ("hazards: [{code: {a: 1}}]", "hazards: 1: code"),
    "checks that are a number": ("hazards: [{code: OWN-01, checks: 5}]", "hazards: OWN-01: checks"),
    "checks that are mappings": ("hazards: [{code: OWN-01, checks: [{a: 1}]}]", "hazards: OWN-01: checks"),
    "hazards of a point that are lists": ("points: [{id: OWN-C1, hazards: [[a]]}]", "points: OWN-C1: hazards"),
    "a code that is switched off as a list": ("switched_off: {points: [[a]]}", "must be lists of codes"),
    "nothing but depth": ("points: [{id: OWN-C1, name: " + "[" * 400 + "]" * 400 + "}]", "overlay"),
    "half a language": (_own().replace("en: Repair the door", "fr: x"), "solutions"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_wrong_overlay_changes_nothing_and_every_mistake_is_named(name: str, admin: Browser) -> None:
    text, said = MISTAKES[name]
    before = admin.get("/api/v1/catalog").data
    answer = admin.submit(PAGE, f"{PAGE}/preview", file=(io.BytesIO(text.encode()), "overlay.yaml"))
    assert answer.status_code == 422
    assert said in _told(answer.text)
    assert admin.get("/api/v1/catalog").data == before


def test_a_code_once_in_force_is_switched_off_and_never_left_out(admin: Browser) -> None:
    _put_in_force(admin, _own())
    answer = admin.submit(PAGE, f"{PAGE}/preview", file=(io.BytesIO(b"switched_off: {}\n"), "overlay.yaml"))
    assert answer.status_code == 422 and "OWN-01: was in the last edition" in _told(answer.text)
    assert _put_in_force(admin, _own(switched_off={"points": ["OWN-C1"], "hazards": ["OWN-01"]})).status_code == 303


@pytest.mark.both_databases
def test_of_two_administrators_the_second_is_told(admin: Browser) -> None:
    shown = admin.submit(PAGE, f"{PAGE}/preview", file=(io.BytesIO(_own().encode()), "overlay.yaml")).text
    _put_in_force(admin, "switched_off: {points: [PIPE-C1]}\n")
    assert admin.submit_shown(shown, PAGE, text=_own()).status_code == 409
    assert admin.get("/api/v1/catalog").json["edition"] == 2


def test_the_office_may_not_lay_anything_over_the_catalogue(client_as: As, admin: Browser) -> None:
    office = client_as("office")
    assert office.get(PAGE).status_code == 200
    assert office.get(f"{PAGE}/overlay.yaml").text == TEMPLATE
    assert 'action="/office/settings/catalogue' not in office.get(PAGE).text


@pytest.mark.both_databases
def test_a_visit_keeps_the_edition_that_its_phone_began_it_with(
    app: Flask, admin: Browser, plan: Callable[..., Json], phone_of: Callable[[str], Phone]
) -> None:
    visit, phone = plan()["id"], phone_of("inspector")
    phone.op(visit, "visit.start", catalog=1)
    _put_in_force(admin, _own())
    phone.sync()
    with app.app_context():
        document = record.document(visit_id=visit)
        assert document["start"]["catalog"] == 1
        assert catalog.of_visit(document).number == 1 and catalog.catalogue().number == 2
        silent = {"start": {"at": clock.rfc3339(clock.now())}}
        assert catalog.of_visit(silent).number == 2
        assert catalog.of_visit({"start": {"at": "2020-01-01T00:00:00Z", "catalog": 99}}).number == 1


def test_other_data_of_a_new_program_become_an_edition_with_the_overlay_over_them(
    app: Flask, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    _put_in_force(admin, _own())
    read = load.read()
    read["hazards.yaml"]["hazards"][0]["name"]["en"] = "Another name"
    monkeypatch.setattr(catalog.editions, "shipped", lambda: ("another digest", read))
    with app.app_context():
        with transaction():
            made = catalog.editions.take_in_program(now=clock.now())
        assert made is not None and (made.number, made.by_name) == (3, "")
        assert catalog.catalogue().hazard("PIPE-01").name["en"] == "Another name"
        assert catalog.catalogue().point("environment", "OWN-C1")
        with transaction():
            assert catalog.editions.take_in_program(now=clock.now()) is None
