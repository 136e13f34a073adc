"""The paper path: a stop-gas notice is printed, handed over, signed in ink and scanned; and what may not close before."""

from __future__ import annotations

import io
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from PIL import Image
from pypdf import PdfReader

from fieldsvc import clock, installation
from fieldsvc import db as database
from fieldsvc.db import transaction
from fieldsvc.hazards import service as ledger
from fieldsvc.notices import desk
from fieldsvc.notices import service as notices
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.edits import edit
from tests.fieldsvc.papers import Clients, Json, PhoneOf, Plan, hazard, papers_of, pdf_of, picture, record_visit, work
from tests.fieldsvc.phone import Phone

STOPS = {"code": "APPL-02", "item": "appliance", "level": 1, "stop_gas": "now_all"}


def scanned() -> bytes:
    """A PDF as a scanner makes it: a picture and no signature."""
    out = io.BytesIO()
    Image.new("RGB", (400, 560), "white").save(out, "PDF")
    return out.getvalue()


def stopped(plan: Plan, phone: Phone, app: Flask) -> str:
    visit: str = plan()["id"]
    record_visit(phone, visit, hazards=[hazard(**STOPS)], photo=False)
    phone.sync()
    work(app)
    return visit


def serve(office: Browser, visit: str, notice: Json, **given: Any) -> str:
    today = clock.now().astimezone(ZoneInfo("Asia/Shanghai")).date().isoformat()
    said = {"way": "hand", "served_on": today, "served_by": "王小明，李梅", "received_by": "王芳", **given}
    answer = office.submit(f"/office/visits/{visit}", f"/office/notices/{notice['id']}/serve", **said)
    assert answer.status_code in (303, 422)
    return str(answer.text if answer.status_code == 422 else office.get(f"/office/visits/{visit}").text)


def test_a_stop_notice_goes_from_the_printer_to_the_kept_scan(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    office, address = client_as("office"), "贵阳市南明区遵义路 1 号"
    with app.app_context(), transaction():
        installation.keep(name="company", value={**installation.company(), "address": address})
    visit = stopped(plan, phone_of("inspector"), app)
    (notice,) = papers_of(office, visit, "stop_gas")

    def found() -> set[str]:
        """Where on their way the list of notices finds this paper."""
        number, ways = notice["number"], ("to_print", "printed", "to_serve", "to_scan", "served")
        return {way for way in ways if number in office.get(f"/office/notices?way={way}").text}

    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf_of(office, notice))).pages)
    assert "".join(address.split()) in "".join(text.split()), "the company's address stands at the foot"
    page = office.get(f"/office/visits/{visit}").text
    assert "待打印并以纸质送达" in page and "电子签名不作数" in page and "前送达" in page and found() == {"to_print"}
    office.submit(f"/office/visits/{visit}", f"/office/notices/{notice['id']}/print")
    assert "已打印，待以纸质送达" in office.get(f"/office/visits/{visit}").text
    assert found() == {"printed", "to_serve"}
    page = serve(office, visit, notice)
    assert found() == {"printed", "to_scan"}
    assert "签收件待扫描存档" in office.get("/office/notices?way=to_scan").text
    assert "签收件待扫描存档" in page and "王小明、李梅" in page and "王芳签收" in page
    with app.app_context():
        paper = notices.get(notice_id=notice["id"])
        (row,) = notices.serving.of_papers([paper])[paper.id]
        assert notices.serving.standing(paper, [row]) == "to_scan"
    scan = {"scan": (io.BytesIO(scanned()), "signed.pdf")}
    answer = office.submit(f"/office/visits/{visit}", f"/office/servings/{row.id}/scan", **scan)
    assert answer.status_code == 303
    assert "签收件已存档" in office.get(f"/office/visits/{visit}").text and found() == {"printed", "served"}
    assert notice["number"] in office.get("/office/notices?way=served&as=csv").text
    kept = office.get(f"/office/servings/{row.id}/scan")
    assert kept.data.startswith(b"%PDF-") and kept.headers["Content-Disposition"].startswith("attachment")
    assert kept.headers["X-Content-Type-Options"] == "nosniff"
    assert client_as("inspector").get(f"/office/servings/{row.id}/scan").status_code == 403


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"served_by": "王小明"}, "两名送达人"),
        ({"served_by": "王小明， 王 小明"}, "须为不同的人"),
        ({"served_on": "2026-01-01"}, "不能早于签发日"),
        ({"received_by": ""}, "签收人"),
        ({"served_on": "2999-01-01"}, "不能晚于今天"),
        ({"served_on": "yesterday"}, "不能晚于今天"),
        ({"way": "mail", "tracking": ""}, "挂号信编号"),
        ({"way": "e-mail"}, "送达方式"),
    ],
)
def test_a_handing_over_that_proves_nothing_is_not_written_down(
    given: Json, wanted: str, app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    office = client_as("office")
    visit = stopped(plan, phone_of("inspector"), app)
    (notice,) = papers_of(office, visit, "stop_gas")
    page = serve(office, visit, notice, **given)
    assert wanted in page and "已登记" not in page
    with app.app_context():
        paper = notices.get(notice_id=notice["id"])
        assert notices.serving.of_papers([paper]) == {paper.id: []}


def test_our_own_electronic_file_is_no_signed_paper(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    office = client_as("office")
    visit = stopped(plan, phone_of("inspector"), app)
    (notice,) = papers_of(office, visit, "stop_gas")
    issued = pdf_of(office, notice)
    refused = [issued, issued + b"\n% signed again", b"%PDF-1.7 broken", b"GIF89a", picture("red")[:500]]
    for content in refused:
        page = serve(office, visit, notice, scan=(io.BytesIO(content), "scan.pdf"))
        assert "这不是签收件的扫描件" in page or "只接收签收件的照片" in page
    page = serve(office, visit, notice, scan=(io.BytesIO(picture("white")), "scan.jpg"))
    assert "签收件已存档" in page
    with app.app_context():
        paper = notices.get(notice_id=notice["id"])
        assert len(notices.serving.of_papers([paper])[paper.id]) == 1, "a refused scan leaves no handing over behind"


def test_of_two_scans_sent_at_once_the_first_is_kept_and_nobody_waits_while_they_are_stored(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, admin, store = client_as("office"), client_as("admin"), desk.keep
    visit = stopped(plan, phone_of("inspector"), app)
    (notice,) = papers_of(office, visit, "stop_gas")
    serve(office, visit, notice)
    with app.app_context():
        ((row,),) = notices.serving.of_papers([notices.get(notice_id=notice["id"])]).values()
    page, action = f"/office/visits/{visit}", f"/office/servings/{row.id}/scan"
    first, second = picture("white"), picture("navy")
    in_turn: list[bool] = []

    def keep(name: str, content: bytes) -> None:
        in_turn.append(database._first_in_line.locked())
        store(name, content)
        if content == second and not in_turn[-1]:
            assert admin.submit(page, action, scan=(io.BytesIO(first), "first.jpg")).status_code == 303

    monkeypatch.setattr(desk, "keep", keep)
    office.submit(page, action, scan=(io.BytesIO(second), "second.jpg"))
    assert in_turn == [False, False], "nothing is stored while the one writer's place is held"
    assert "签收件已经存档" in office.get(page).text
    assert office.get(action).data == first
    with app.app_context():
        assert len(list(desk.desk().folder.glob("scan-*"))) == 1, "what was stored in vain is removed"


def test_only_paper_that_needs_ink_is_served_by_hand(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    office = client_as("office")
    visit = stopped(plan, phone_of("inspector"), app)
    (notice,) = papers_of(office, visit, "hazard")
    page = office.get(f"/office/visits/{visit}").text
    assert f"/office/notices/{notice['id']}/serve" not in page


def test_a_hazard_that_needs_a_written_notice_closes_only_when_that_is_issued(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    phone, office, home = phone_of("inspector"), client_as("office"), {"account": "A-written", "name": "王芳"}
    visit = plan(**home)["id"]
    found = hazard(**STOPS), hazard()
    record_visit(phone, visit, hazards=list(found), photo=False)
    phone.sync()
    again = plan(type="gas.reinspection", **home)["id"]
    for one in found:
        phone.op(again, "hazard.verify", hazard=one["hazard"], result="fixed")
    phone.op(again, "visit.close", outcome="completed")
    phone.sync()

    def standing() -> dict[str, tuple[str, bool]]:
        with app.app_context():
            return {one["code"]: (one["state"], one["waits_for_notice"]) for one in ledger.ledger(state="")}

    assert standing() == {"APPL-02": ("open", True), "HOSE-02": ("closed", False)}
    assert "复检合格，待销号" in office.get("/office/hazards").text
    work(app)
    assert standing()["APPL-02"] == ("open", False), "level 1 waits for the review by somebody else too"
    document = office.get(f"/api/v1/visits/{again}").json
    seen = document["verifications"][found[0]["hazard"]]["op"]
    edit(office, visit, "hazard.follow", hazard=found[0]["hazard"], event="reviewed", seen=seen)
    assert standing() == {"APPL-02": ("closed", False), "HOSE-02": ("closed", False)}


def test_gas_stays_off_while_one_hazard_that_stopped_it_is_left(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    phone, office, home = phone_of("inspector"), client_as("office"), {"account": "A-off", "name": "王芳"}
    first, second = hazard(**STOPS), hazard(code="PIPE-01", item="pipe", level=1, stop_gas="now_all")
    visit = plan(**home)["id"]
    record_visit(phone, visit, hazards=[first, second], photo=False)
    phone.sync()
    work(app)
    for fixed, owed in (({first["hazard"]}, 0), ({first["hazard"], second["hazard"]}, 1)):
        again = plan(type="gas.reinspection", **home)["id"]
        for one in (first, second):
            result = "fixed" if one["hazard"] in fixed else "not_fixed"
            phone.op(again, "hazard.verify", hazard=one["hazard"], result=result)
        phone.op(again, "visit.close", outcome="completed")
        phone.sync()
        assert len(papers_of(office, again, "restoration")) == owed
        assert len(papers_of(office, again, "reinspection")) == 1


def test_a_withdrawn_danger_withdraws_the_stop_notice(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    phone, office = phone_of("inspector"), client_as("office")
    visit = plan()["id"]
    (found,) = record_visit(phone, visit, hazards=[hazard(**STOPS)], photo=False)
    phone.sync()
    work(app)
    edit(client_as("admin"), visit, "hazard.withdraw", hazard=found["hazard"], reason="误判")
    work(app)
    with app.app_context():
        papers = [notices.get(notice_id=one["id"]) for one in papers_of(office, visit, "stop_gas")]
        assert [one.revision for one in papers] == [1, 2]
        assert notices.snapshot(papers[1])["facts"]["hazards"] == []
