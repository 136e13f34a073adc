"""The power row E3 of the job matrix, played from its orders to its papers in ink and to what the office keeps of them."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader

from fieldsvc import installation
from fieldsvc.doubts import breaches, gone_through
from fieldsvc.notices import service as notices
from fieldsvc.record import service as record
from tests.fieldsvc.jobs_played import LISTS, play, title_of
from tests.fieldsvc.papers import Json, papers_of, pdf_of, work
from tests.fieldsvc.phone import Phone
from tests.fieldsvc.test_serving import scanned, serve

Plan = Callable[..., Json]
PhoneOf = Callable[[str], Phone]
Clients = Callable[[str], Any]

NOT_AT_ONCE: Json = {"PCUT-C10": None, "PCUT-C11": None, "PCUT-C12": {"result": "pass", "note": "2026-01-05"}}
AT_ONCE: Json = {
    "PCUT-C1": {"result": "pass_note", "value": "danger"},
    "PCUT-C2": None,
    "PCUT-C12": None,
    "PCUT-C10": {"result": "pass", "note": "进户线绝缘烧毁，外壳带电"},
}
ROWS = [
    # kind, what is answered otherwise, its papers, what each is called
    ("power.cut_notice", {}, {"sheet": ("GD", "停电通知工作单"), "stop_supply": ("TG", "停电通知书")}),
    ("power.cut", NOT_AT_ONCE, {"sheet": ("GD", "停电操作单")}),
    ("power.cut", AT_ONCE, {"sheet": ("GD", "停电操作单"), "stop_supply": ("TG", "停电通知书")}),
    ("power.restore", {}, {"sheet": ("GD", "复电操作单"), "restore_supply": ("HG", "恢复供电记录单")}),
]


def text_of(pdf: bytes) -> str:
    """What a paper says, without its line breaks."""
    return "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)


def broken(app: Flask, visit: str) -> set[tuple[str, str]]:
    """The declared rules that a closed visit breaks, each with the place."""
    with app.app_context():
        document = record.document(visit_id=visit)
        seen = gone_through.seen_of(document, record.history(visit_id=visit), office=frozenset())
        return set(breaches.broken(seen))


@pytest.mark.parametrize(("kind", "but", "papers"), ROWS, ids=["notice", "cut", "cut at once", "restoration"])
def test_each_job_of_the_row_leads_from_its_order_to_its_papers(
    kind: str, but: Json, papers: Json, app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    visit = plan(type=kind)["id"]
    phone, office = phone_of("inspector"), client_as("office")
    assert phone.visits[visit]["checklist"] == kind
    play(phone, visit, but=but)
    work(app)
    listed = office.get(f"/api/v1/visits/{visit}").json["notices"]
    assert {one["kind"]: one["number"][:2] for one in listed} == {name: head for name, (head, _) in papers.items()}
    for name, (_head, title) in papers.items():
        [paper] = papers_of(office, visit, name)
        assert title_of(pdf_of(office, paper)).startswith(f"{title} "), name
    page = office.get(f"/office/visits/{visit}").text
    assert all(item.name["zh-Hans"] in page for item in LISTS[kind].items)
    assert broken(app, visit) == set()


def test_the_row_is_offered_for_planning_under_its_code(client_as: Clients) -> None:
    kinds = {one["id"]: one for one in client_as("inspector").get("/api/v1/catalog").json["visit_types"]}
    row = {id_ for id_, one in kinds.items() if one["code"] == "E3" and one["active"]}
    assert row == {"power.cut_notice", "power.cut", "power.restore"}


def test_a_cut_is_told_on_paper_served_kept_and_ended_on_paper(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    home = {"account": "P-cut"}
    phone, office = phone_of("inspector"), client_as("office")
    told = plan(type="power.cut_notice", **home)["id"]
    phone.sync()
    owed = {"PNOTICE-C2": {"result": "pass", "note": "2026年9月至10月，欠费 312.40 元"}}
    play(phone, told, but=owed)
    work(app)
    (notice,) = papers_of(office, told, "stop_supply")
    text = text_of(pdf_of(office, notice))
    for said in ("拖欠电费", "欠费312.40元", "整户停电", "送达方式", "亲笔签收", "恢复供电"):
        assert said in text, said
    named = text.replace("筑城示范燃气有限公司", "")
    assert not {"燃气", "用气", "供气", "停气"} & {named[at : at + 2] for at in range(len(named))}
    with app.app_context():
        assert notices.serving.count_unserved() == 1
    page = serve(office, told, notice)
    assert "签收件待扫描存档" in page and "王小明、李梅" in page
    with app.app_context():
        (row,) = notices.serving.of_papers([notices.get(notice_id=notice["id"])])[notice["id"]]
    scan = {"scan": (io.BytesIO(scanned()), "signed.pdf")}
    assert office.submit(f"/office/visits/{told}", f"/office/servings/{row.id}/scan", **scan).status_code == 303
    assert notice["number"] in office.get("/office/notices?way=served").text
    with app.app_context():
        assert notices.serving.count_unserved() == 0

    restored = plan(type="power.restore", **home)["id"]
    phone.sync()
    play(phone, restored)
    work(app)
    (ended,) = papers_of(office, restored, "restore_supply")
    text = text_of(pdf_of(office, ended))
    assert notice["number"] in text and "已结清电费" in text
    assert ended["number"] in office.get("/office/notices?way=to_print").text
    with app.app_context():
        assert notices.serving.count_unserved() == 1


def test_a_restoration_that_does_not_hold_is_withdrawn(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    visit = plan(type="power.restore")["id"]
    phone, office = phone_of("inspector"), client_as("office")
    play(phone, visit)
    work(app)
    version = office.get(f"/api/v1/visits/{visit}").json["version"]
    office.submit(f"/office/visits/{visit}", f"/office/visits/{visit}/reopen", reason="没有送上电", base=version)
    phone.sync()
    phone.op(visit, "check.set", item="restore_supply", point="PREST-C4", result="fail", note="仍无电")
    phone.op(visit, "visit.close", outcome="completed")
    phone.sync()
    work(app)
    latest = max(papers_of(office, visit, "restore_supply"), key=lambda one: one["revision"])
    assert (latest["status"], latest["revision"]) == ("ready", 2)
    assert "撤销" in title_of(pdf_of(office, latest))


@pytest.mark.parametrize(
    ("otherwise", "at"),
    [
        ({"PCUT-C2": None}, ("required_when", "PCUT-C2")),
        ({"PCUT-C12": None}, ("required_when", "PCUT-C12")),
        ({"PCUT-C12": {"result": "pass", "note": "2099年1月5日"}}, ("served_ahead", "PCUT-C12")),
        ({"PCUT-C11": {"result": "pass", "value": "whole"}}, ("required_when", "PCUT-C11")),
    ],
    ids=[
        "no notice is named",
        "nobody says when it was served",
        "it was served too late",
        "a cut on notice is no cut at once",
    ],
)
def test_a_cut_outside_the_rule_goes_to_the_office(
    otherwise: Json, at: tuple[str, str], app: Flask, plan: Plan, phone_of: PhoneOf
) -> None:
    visit = plan(type="power.cut")["id"]
    play(phone_of("inspector"), visit, but={**NOT_AT_ONCE, **otherwise})
    assert at in broken(app, visit)


def test_a_cut_that_is_planned_before_its_notice_is_old_enough_warns_the_office(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    home = {"account": "P-early"}
    phone, office = phone_of("inspector"), client_as("office")
    told = plan(type="power.cut_notice", **home)["id"]
    phone.sync()
    play(phone, told)
    work(app)
    with app.app_context():
        today = installation.today()
    soon, later = (plan(type="power.cut", day=today + timedelta(days=days), **home)["id"] for days in (6, 7))

    def warning(visit: str) -> str:
        page = office.get(f"/office/plan/visits/{visit}").text
        return page.split('id="early"', 1)[1].split("</p>", 1)[0] if 'id="early"' in page else ""

    assert warning(later), "nobody has handed the notice over yet"
    (notice,) = papers_of(office, told, "stop_supply")
    serve(office, told, notice)
    assert notice["number"] in warning(soon) and "7" in warning(soon)
    assert warning(later) == ""
    assert 'id="early"' not in office.get(f"/office/plan/visits/{told}").text
