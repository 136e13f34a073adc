"""The public page behind a QR code: what a stranger with the paper may see, and what not."""

from __future__ import annotations

import io
import re
import secrets
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from fieldsvc import problems
from fieldsvc.db import db
from fieldsvc.lookup.models import WrongGuess
from fieldsvc.notices import service as notices
from fieldsvc.notices.signature import verify
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.papers import Clients, Json, PhoneOf, Plan, hazard, papers_of, pdf_of, record_visit, work

PHONE = "13912345678"


@pytest.fixture
def visit(app: Flask, plan: Plan, phone_of: PhoneOf) -> Json:
    """A closed visit with an issued hazard notice."""
    planned = plan(name="欧阳明月", phone=PHONE, address="花溪大道 99 号")
    phone = phone_of("inspector")
    record_visit(phone, planned["id"], name="欧阳明月", photo=False)
    phone.sync()
    work(app)
    return planned


def page(browser: Browser, lookup: str, **more: Any) -> Any:
    return browser.get(f"/n/{lookup}", **more)


def test_the_page_says_that_the_notice_is_genuine_and_what_to_do(browser: Browser, visit: Json) -> None:
    answer = page(browser, visit["lookup"])
    assert answer.status_code == 200 and answer.mimetype == "text/html"
    for words in (
        "本通知单真实有效",
        "YH-GY01-",
        "第 1 版",
        "软管老化",
        "更换为不锈钢波纹软管",
        "用户负责",
        "待整改",
        "tel:",
    ):
        assert words in answer.text


def test_the_page_tells_nobody_whose_home_it_is(browser: Browser, visit: Json) -> None:
    shown = "".join(
        page(browser, visit["lookup"], query_string={"lang": lang}).text for lang in ("zh-Hans", "zh-Hant", "en")
    )
    customer = visit["customer"]
    for secret in (
        "欧阳",
        "明月",
        PHONE,
        PHONE[-4:],
        customer["account"],
        "花溪大道",
        "1204",
        visit["number"],
        visit["meters"][0]["serial"],
    ):
        assert secret not in shown
    assert "<script" not in shown


def test_nothing_of_the_page_is_kept_or_passed_on(browser: Browser, visit: Json) -> None:
    headers = page(browser, visit["lookup"]).headers
    assert headers["Cache-Control"] == "no-store" and headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in headers["X-Robots-Tag"] and "Set-Cookie" not in headers


@pytest.mark.parametrize(
    ("asked", "accepted", "shown"),
    [
        ("", "", "本通知单真实有效"),
        ("en", "", "This notice is genuine"),
        ("", "en-GB,en", "This notice is genuine"),
        ("xx", "fr", "本通知单真实有效"),
    ],
)
def test_the_page_speaks_the_reader_s_language(
    browser: Browser, visit: Json, asked: str, accepted: str, shown: str
) -> None:
    headers = {"Accept-Language": accepted} if accepted else {}
    assert shown in page(browser, visit["lookup"], query_string={"lang": asked}, headers=headers).text


def test_an_unknown_code_is_a_clear_no(browser: Browser) -> None:
    answer = page(browser, secrets.token_urlsafe(16))
    assert answer.status_code == 404 and "查无此码" in answer.text
    assert browser.get(f"/n/{secrets.token_urlsafe(16)}.pdf").status_code == 404


def test_every_state_of_a_visit_has_its_words(app: Flask, browser: Browser, plan: Plan, phone_of: PhoneOf) -> None:
    planned, phone = plan(), phone_of("inspector")
    assert "检查已安排" in page(browser, planned["lookup"]).text
    phone.op(planned["id"], "visit.start")
    phone.sync()
    assert "结果尚未传回" in page(browser, planned["lookup"]).text
    record_visit(phone, planned["id"], photo=False)
    phone.sync()
    waiting = page(browser, planned["lookup"]).text
    assert "正在制作" in waiting and "软管老化" in waiting
    clean = plan()
    phone.sync()
    record_visit(phone, clean["id"], hazards=[])
    phone.sync()
    assert "未发现隐患" in page(browser, clean["lookup"]).text
    refused = plan()
    phone.sync()
    phone.op(refused["id"], "visit.close", outcome="refused")
    phone.sync()
    assert "检查未能进行" in page(browser, refused["lookup"]).text


def change(office: Browser, visit: Json, kind: str, **data: Any) -> None:
    document = office.get(f"/api/v1/visits/{visit['id']}").json
    document = document.get("visit", document)
    data["hazard"] = next(iter(document["hazards"]))
    body = {"base": document["version"], "kind": kind, "data": data}
    assert office.post(f"/api/v1/visits/{visit['id']}/ops", json=body).status_code == 200


def test_an_older_paper_is_shown_to_be_replaced(app: Flask, browser: Browser, visit: Json, client_as: Clients) -> None:
    change(client_as("office"), visit, "hazard.set", field="level", value=1)
    assert "新版正在制作" in page(browser, visit["lookup"]).text
    work(app)
    shown = page(browser, visit["lookup"]).text
    assert "本通知单真实有效" in shown and "第 2 版" in shown and "已被新版取代" in shown


def test_what_was_put_right_is_shown_as_done(app: Flask, browser: Browser, visit: Json, client_as: Clients) -> None:
    change(client_as("office"), visit, "hazard.verify", result="fixed")
    work(app)
    shown = page(browser, visit["lookup"]).text
    assert "所列隐患已全部整改" in shown and "待整改" not in shown


def test_a_withdrawn_notice_asks_for_nothing(app: Flask, browser: Browser, visit: Json, client_as: Clients) -> None:
    change(client_as("admin"), visit, "hazard.withdraw", reason="误判")
    work(app)
    assert "本通知单已撤销" in page(browser, visit["lookup"]).text


def test_a_file_that_was_changed_on_our_own_disk_is_not_called_genuine(
    app: Flask, browser: Browser, visit: Json
) -> None:
    with app.app_context():
        (paper,) = [one for one in notices.of_visit(visit_id=visit["id"]) if one.kind == "hazard"]
    file = app.extensions["fieldsvc.settings"].data / "notices" / str(paper.file)
    file.write_bytes(file.read_bytes() + b"\n")
    assert "暂时无法核实" in page(browser, visit["lookup"]).text


def test_an_overdue_hazard_is_called_overdue(app: Flask, browser: Browser, plan: Plan, phone_of: PhoneOf) -> None:
    planned, phone = plan(), phone_of("inspector")
    record_visit(phone, planned["id"], hazards=[hazard(due="2020-01-01")], photo=False)
    phone.sync()
    work(app)
    assert "已逾期" in page(browser, planned["lookup"]).text


def test_the_pdf_opens_with_the_last_four_digits(browser: Browser, visit: Json) -> None:
    address = f"/n/{visit['lookup']}.pdf"
    question = browser.get(address)
    assert question.status_code == 403 and question.mimetype == "text/html"
    form = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', question.text))
    answer = browser.post(address, data={**form, "phone4": PHONE[-4:]})
    assert answer.mimetype == "application/pdf" and answer.data.startswith(b"%PDF-")
    assert answer.headers["Cache-Control"] == "no-store"
    assert browser.get(address, query_string={"phone4": PHONE[-4:]}).data == answer.data


def test_a_form_from_another_site_opens_nothing(browser: Browser, visit: Json) -> None:
    answer = browser.post(f"/n/{visit['lookup']}.pdf", data={"phone4": PHONE[-4:]})
    assert answer.status_code == 400 and not answer.data.startswith(b"%PDF-")


def test_a_wrong_guess_and_a_missing_number_get_the_same_answer(browser: Browser, visit: Json, plan: Plan) -> None:
    numberless = plan(phone="")
    answers = [browser.get(f"/n/{one['lookup']}.pdf", query_string={"phone4": "0000"}) for one in (visit, numberless)]
    assert [one.status_code for one in answers] == [403, 403]
    without_tokens = [re.sub(r'/n/[^"?]+|value="[^"]*"', "", one.text) for one in answers]
    assert without_tokens[0] == without_tokens[1]


@pytest.mark.parametrize("digits", ["", "\0\0\0\0", "５６７８", "a" * 5000, "5678 or 1=1"])
def test_odd_answers_are_wrong_answers(browser: Browser, visit: Json, digits: str) -> None:
    answer = browser.get(f"/n/{visit['lookup']}.pdf", query_string={"phone4": digits})
    refused = 400 if "\0" in digits else 403  # an address with a character that no text has is looked at by nobody
    assert answer.status_code == refused and not answer.data.startswith(b"%PDF-")


def test_after_five_wrong_guesses_even_the_right_one_waits(browser: Browser, visit: Json) -> None:
    address = f"/n/{visit['lookup']}.pdf"
    told = [browser.get(address, query_string={"phone4": f"000{n}"}).status_code for n in range(6)]
    assert told == [403] * 5 + [429]
    assert browser.get(address, query_string={"phone4": PHONE[-4:]}).status_code == 429


def test_one_address_cannot_try_one_paper_after_another(browser: Browser, plan: Plan) -> None:
    told = [browser.get(f"/n/{plan()['lookup']}.pdf", query_string={"phone4": "0000"}).status_code for _ in range(21)]
    assert told == [403] * 20 + [429]


def test_a_pdf_that_is_not_ready_says_so(browser: Browser, plan: Plan) -> None:
    planned = plan(phone=PHONE)
    answer = browser.get(f"/n/{planned['lookup']}.pdf", query_string={"phone4": PHONE[-4:]})
    assert answer.status_code == 409 and "正在制作" in answer.text


def test_a_holder_of_the_code_can_have_a_pdf_checked(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients, browser: Browser
) -> None:
    office, phone, visits = client_as("office"), phone_of("inspector"), [plan(), plan()]
    for visit in visits:
        record_visit(phone, visit["id"], photo=False)
    phone.sync()
    work(app)
    files = [pdf_of(office, papers_of(office, visit["id"])[0]) for visit in visits]
    page = f"/n/{visits[0]['lookup']}"

    def checked(pdf: bytes) -> str:
        answer = browser.submit(page, f"{page}/check?lang=zh-Hans", file=(io.BytesIO(pdf), "通知单.pdf"))
        assert answer.status_code == 200
        return str(answer.text)

    assert "真实" in checked(files[0]) and "属于另一次上门" not in checked(files[0])
    assert "属于另一次上门" in checked(files[1])
    assert "签名后被改动" in checked(files[0] + b"\n") and "请勿采信" in checked(files[0] + b"%")
    assert tries(app) == 2, "what is genuine does not count"
    assert browser.submit(page, f"{page}/check?lang=zh-Hans").status_code == 422
    assert browser.post("/n/nobodysmadethis/check", data={}).status_code == 404
    too_much = {"CONTENT_LENGTH": str(17 * 1024 * 1024)}
    assert browser.post(f"{page}/check", data={"phone4": "1"}, environ_overrides=too_much).status_code == 413


def tries(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(WrongGuess)) or 0


def test_files_that_are_still_looked_at_count_among_those_an_address_may_bring(
    app: Flask, browser: Browser, visit: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, seen = f"/n/{visit['lookup']}", []

    def no_seat(_pdf: bytes) -> None:
        seen.append(tries(app))
        raise problems.TooMany("", code="busy")

    monkeypatch.setattr(verify, "_examine_apart", no_seat)
    for _ in range(20):
        answer = browser.submit(page, f"{page}/check?lang=zh-Hans", file=(io.BytesIO(b"%PDF-"), "通知单.pdf"))
        assert answer.status_code == 429 and "请一分钟后再试" in answer.text
    assert seen == list(range(1, 21)), "each was written down before it was looked at"
    answer = browser.submit(page, f"{page}/check?lang=zh-Hans", file=(io.BytesIO(b"%PDF-"), "通知单.pdf"))
    assert answer.status_code == 429 and "一刻钟" in answer.text and len(seen) == 20
