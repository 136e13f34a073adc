"""A company's own kind of visit: pasted in Settings, previewed, published as an edition, and worked like any other."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import yaml
from flask import Flask

from fieldsvc.catalog import service as catalog
from fieldsvc.catalog.load import load
from fieldsvc.db import transaction
from fieldsvc.office.company.kinds_pages import TEMPLATE
from fieldsvc.policy import service as policy
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.papers import Json, papers_of, pdf_of, strokes, work
from tests.fieldsvc.phone import Phone

PAGE, CONFIRM = "/office/settings/kinds", "/office/settings/catalogue"
As = Callable[[str], Browser]


def changed(**changes: Any) -> str:
    """The kind of the template with changes to it."""
    given = yaml.safe_load(TEMPLATE)
    given["visit_types"][0].update(changes)
    return str(yaml.safe_dump(given, allow_unicode=True, sort_keys=False))


def preview(admin: Browser, text: str) -> Any:
    return admin.submit(PAGE, PAGE, text=text)


def publish(admin: Browser, text: str) -> None:
    shown = preview(admin, text)
    assert shown.status_code == 200, mistakes(shown.text)
    form = next(one for one in re.findall(r"<form\b.*?</form>", shown.text, re.DOTALL) if f'action="{CONFIRM}"' in one)
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
    overlay = html.unescape(re.findall(r"<textarea[^>]*>(.*?)</textarea>", form, re.DOTALL)[0])
    assert admin.post(CONFIRM, data={**hidden, "text": overlay}).status_code == 303


def mistakes(page: str) -> str:
    return html.unescape(page.partition('<ul class="plain-list">')[2].partition("</ul>")[0])


def catalogue_of(client: Browser) -> Json:
    published: Json = client.get("/api/v1/catalog").get_json()
    return published


def kind_in(client: Browser) -> Json | None:
    published = catalogue_of(client)
    return next((one for one in published["visit_types"] if one["id"] == "gas.own_alarm"), None)


def test_a_kind_of_ones_own_is_shown_as_phones_will_show_it_before_it_counts(client_as: As) -> None:
    admin = client_as("admin")
    page = preview(admin, TEMPLATE).text
    for said in (
        "安装报警器",
        "今天上门给您家安装燃气报警器。",
        "型号与编号",
        "OWNALARM-C2",
        "无单不施工",
        "入户必安检",
        "报警器安装单",
    ):
        assert said in page
    assert kind_in(admin) is None


def test_a_published_kind_is_on_phones_and_leads_from_its_order_to_its_sheet(
    app: Flask, client_as: As, plan: Callable[..., Json], phone_of: Callable[[str], Phone]
) -> None:
    admin = client_as("admin")
    publish(admin, TEMPLATE)
    kind = kind_in(client_as("inspector"))
    assert kind is not None
    assert [one["id"] for one in kind["clocks"]] == ["repair"]
    assert {"order_first", "photo_evidence", "safety_check"} <= {one["id"] for one in kind["rules"]}
    visit, phone = plan(type="gas.own_alarm")["id"], phone_of("inspector")
    assert phone.visits[visit]["checklist"] == "gas.own_alarm"
    phone.op(visit, "check.set", item="alarm", point="OWNALARM-C1", result="pass", note="KT-88")
    phone.op(visit, "check.set", item="safety", point="OWNALARM-C2", result="pass")
    phone.op(visit, "sign", role="customer", name="王芳", strokes=[[1, 2]], image=phone.upload(strokes(1)))
    phone.op(visit, "visit.close", outcome="completed")
    phone.sync()
    work(app)
    [sheet] = papers_of(client_as("office"), visit, "sheet")
    assert pdf_of(client_as("office"), sheet).startswith(b"%PDF")
    assert "型号与编号" in client_as("office").get(f"/office/visits/{visit}").text


def test_a_visit_keeps_the_words_of_the_edition_that_it_was_begun_with(
    app: Flask, client_as: As, plan: Callable[..., Json], phone_of: Callable[[str], Phone]
) -> None:
    admin = client_as("admin")
    publish(admin, TEMPLATE)
    first = catalogue_of(client_as("inspector"))["edition"]
    visit, phone = plan(type="gas.own_alarm")["id"], phone_of("inspector")
    phone.op(visit, "visit.start", catalog=first)
    phone.op(visit, "check.set", item="alarm", point="OWNALARM-C1", result="pass", note="KT-88")
    phone.sync()
    publish(admin, TEMPLATE.replace("型号与编号", "品牌与编号"))
    with app.app_context():
        from fieldsvc.record import service as record

        document = record.document(visit_id=visit)
        assert catalog.of_visit(document).point("alarm", "OWNALARM-C1").name["zh-Hans"] == "型号与编号"
        assert catalog.catalogue().point("alarm", "OWNALARM-C1").name["zh-Hans"] == "品牌与编号"


def test_a_kind_that_was_published_is_edited_where_it_stands(client_as: As) -> None:
    admin = client_as("admin")
    publish(admin, TEMPLATE)
    shown = admin.get(f"{PAGE}?kind=gas.own_alarm").text
    text = html.unescape(re.findall(r'<textarea id="kind-text"[^>]*>(.*?)</textarea>', shown, re.DOTALL)[0])
    assert "# its trade, a dot, a name of your own" in text, "what somebody wrote beside it stays"
    publish(admin, text.replace("active: true", "active: false"))
    assert kind_in(admin) is not None
    assert kind_in(admin)["active"] is False  # type: ignore[index]


MISTAKES = [
    ("visit_types: [", "kinds: is not YAML"),
    ("- a list", "kinds: must hold visit_types and checklists"),
    ("visit_types: []", "kinds: visit_types: names no kind of visit"),
    (changed(id="own_alarm"), "visit_types: own_alarm: id: must begin with its trade"),
    (changed(id="gas.repair"), "visit_types: gas.repair: is there already"),
    (changed(code="alarm"), "visit_types: gas.own_alarm: code:"),
    (changed(name={"en": "Alarm"}), "visit_types: gas.own_alarm: name: zh-Hans is missing"),
    (changed(steps=["sign", "door"]), "gas.own_alarm: has its steps in another order"),
    (changed(rules=[{"id": "nothing"}]), "gas.own_alarm: rules: there is no rule nothing"),
    (changed(clocks=["nothing"]), "gas.own_alarm: clocks: there is no clock nothing"),
    (changed(checklist="gas.none"), "gas.own_alarm: is active, but has no known checklist"),
    (TEMPLATE.replace("inspects: false", "inspects: true"), "gas.own_alarm: inspects: must be false"),
    (TEMPLATE.replace("OWNALARM-C2", "FAULT-C1"), "FAULT-C1 is there twice"),
    (TEMPLATE + "<script>alert(1)</script>: 1\n", "kinds:"),
]


def test_every_mistake_is_named_by_its_entry_and_what_was_typed_comes_back(client_as: As) -> None:
    admin = client_as("admin")
    for text, said in MISTAKES:
        answer = preview(admin, text)
        assert answer.status_code == 422, said
        assert said in mistakes(answer.text), mistakes(answer.text)
        assert html.unescape(answer.text).count(text.strip()[:60]) >= 1, said
        assert "<script>alert(1)" not in answer.text
    assert kind_in(admin) is None


def test_what_an_edition_had_is_switched_off_and_never_left_out(client_as: As) -> None:
    admin = client_as("admin")
    publish(admin, TEMPLATE)
    given = yaml.safe_load(TEMPLATE)
    given["checklists"][0]["items"].pop(0)
    given["visit_types"][0]["rules"] = []
    answer = preview(admin, yaml.safe_dump(given, allow_unicode=True))
    assert answer.status_code == 422
    assert "OWNALARM-C1: was in the last edition" in mistakes(answer.text)


def test_the_office_reads_the_kinds_and_changes_none(client_as: As) -> None:
    page = client_as("office").get(PAGE).text
    assert "入户安检" in page
    assert "<textarea" not in page


# ── which trades a company has ────────────────────────────────────────────


def test_phones_are_told_the_trades_of_the_company_and_gas_is_the_usual_one(app: Flask, client_as: As) -> None:
    inspector = client_as("inspector")
    assert catalogue_of(inspector)["company"]["trades"] == ["gas"]
    from fieldsvc import installation

    with app.app_context(), transaction():
        installation.keep(name=policy.fact_of("trades"), value={"water": True, "gas": False})
    assert catalogue_of(inspector)["company"]["trades"] == ["water"]


def test_what_is_said_at_the_door_of_another_trade_does_not_speak_of_gas() -> None:
    """Why somebody has come (`purpose`) is the job's own sentence there: static/app/ui/door.js."""
    script = [one for one in load().terms["script"] if not one.trades or "water" in one.trades]
    assert {one.id for one in script} >= {"knock", "badge", "photos_work"}
    for term in script:
        if term.id != "purpose":
            assert "燃气" not in term.name["zh-Hans"] + (term.say or {}).get("zh-Hans", ""), term.id
