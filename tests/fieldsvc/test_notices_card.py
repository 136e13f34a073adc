"""The no-access card: what hangs at a door where nobody opened."""

from __future__ import annotations

import io
import json
from typing import Any

from flask import Flask
from pypdf import PdfReader

from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.edits import edit
from tests.fieldsvc.papers import Clients, PhoneOf, Plan, papers_of, pdf_of, work
from tests.fieldsvc.phone import Phone

HOME = {"account": "A-door", "name": "欧阳𠮷", "phone": "13912345678"}


def words_of(pdf: bytes) -> str:
    return "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)


def call_in_vain(phone: Phone, visit: str, **said: Any) -> None:
    phone.op(visit, "visit.start")
    phone.op(visit, "visit.close", outcome="no_access", **said)
    phone.sync()


def test_a_card_says_when_we_came_and_come_again_and_nothing_of_who_lives_there(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    visit, phone, office = plan(**HOME)["id"], phone_of("inspector"), client_as("office")
    call_in_vain(phone, visit, reason="no_adult", next_at="2099-03-04T14:30:00+08:00")
    work(app)
    (card,) = papers_of(office, visit, "no_access")
    assert card["number"].startswith("ZY-") and card["status"] == "ready"
    pdf = pdf_of(office, card)
    said = words_of(pdf)
    assert "到访不遇卡" in said and "A-door" in said and "2099-03-0414:30" in said and "王小明" in said
    record = PdfReader(io.BytesIO(pdf)).attachments["record.json"][0].decode()
    for private in ("欧阳", "𠮷", "5678", "139", "no_adult", "未成年", "minor"):
        assert private not in said and private not in record
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 1


def test_a_card_waits_for_no_picture_and_nothing_else_of_the_visit_travels_in_its_file(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    planned, phone, office = plan(**HOME), phone_of("inspector"), client_as("office")
    visit, meter = planned["id"], planned["meters"][0]
    phone.op(visit, "visit.start")
    phone.op(visit, "photo.add", sha256="a" * 64, purpose="no_access", taken_at="2099-03-04T14:30:00+08:00")
    phone.op(visit, "reading.set", meter=meter["id"], value="1300.000", running=True)
    phone.op(visit, "check.set", item="pipe", point="PIPE-C1", result="pass")
    phone.op(visit, "sign", role="technician", name="王小明", strokes=[[[1, 1, 0], [9, 9, 9]]], image="b" * 64)
    phone.op(
        visit, "sign", role="witness", name="邻居丁某", relation="neighbour", strokes=[[[1, 1, 0]]], image="c" * 64
    )
    call_in_vain(phone, visit)
    work(app)
    (card,) = papers_of(office, visit, "no_access")
    assert card["status"] == "ready"
    record = json.loads(PdfReader(io.BytesIO(pdf_of(office, card))).attachments["record.json"][0])
    assert {name for name, value in record["facts"].items() if value} == {"visit", "customer", "call"}
    carried = json.dumps(record, ensure_ascii=False)
    assert not [private for private in (meter["serial"], "1300", "丁某", "a" * 64, "b" * 64) if private in carried]


def test_the_code_on_a_card_says_that_it_is_ours_and_when_we_come_again(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients, browser: Browser
) -> None:
    visit, phone, office = plan(**HOME), phone_of("inspector"), client_as("office")
    call_in_vain(phone, visit["id"], reason="vacant", next_at="2099-03-04T14:30:00+08:00")
    work(app)
    (card,) = papers_of(office, visit["id"], "no_access")
    page = browser.get(f"/n/{visit['lookup']}").text
    assert card["number"] in page and "2099年3月4日" in page and "14:30" in page
    assert not [private for private in ("欧阳", "5678", "A-door", "空置", "vacant") if private in page]


def test_the_third_card_in_a_row_says_so_and_a_visit_that_succeeds_ends_the_row(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    phone, office = phone_of("inspector"), client_as("office")
    visits = [plan(**HOME)["id"] for _ in range(5)]
    phone.sync()
    call_in_vain(phone, visits[0])
    phone.op(visits[1], "visit.start")
    phone.op(visits[1], "visit.close", outcome="completed")
    for visit in visits[2:]:
        call_in_vain(phone, visit)
    work(app)
    said = [words_of(pdf_of(office, papers_of(office, visit, "no_access")[0])) for visit in (visits[0], *visits[2:])]
    assert ["连续" in one for one in said] == [False, False, True, True]
    assert "连续2次" in said[2] and "连续3次" in said[3]


def test_another_appointment_makes_a_revision_and_a_visit_made_up_for_does_not(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    visit, phone, office = plan(**HOME)["id"], phone_of("inspector"), client_as("office")
    call_in_vain(phone, visit, next_at="2099-03-04")
    work(app)

    def close_again(**said: Any) -> list[tuple[int, str]]:
        edit(office, visit, "visit.reopen")
        phone.sync()
        phone.op(visit, "visit.close", **said)
        phone.sync()
        work(app)
        return [(one["revision"], one["status"]) for one in papers_of(office, visit, "no_access")]

    assert close_again(outcome="no_access", next_at="2099-03-09") == [(1, "ready"), (2, "ready")]
    assert "2099年3月9日" in words_of(pdf_of(office, papers_of(office, visit, "no_access")[1]))
    assert close_again(outcome="completed") == [(1, "ready"), (2, "ready")]
