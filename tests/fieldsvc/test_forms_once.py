"""Two people, or one person twice: a form counts once, one of two wins, and the other is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from fieldsvc import clock
from fieldsvc.db import db, transaction
from fieldsvc.forms import service as forms
from fieldsvc.forms.models import SentForm
from fieldsvc.hazards import service as ledger
from fieldsvc.record.models import Op, Visit
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.papers import PhoneOf, Plan, hazard, record_visit
from tests.fieldsvc.test_given_back import form_of, hidden_of

As = Callable[[str], Browser]


def ops(app: Flask, visit: str, kind: str) -> int:
    with app.app_context():
        return int(db.session.scalar(select(func.count()).where(Op.visit_id == visit, Op.kind == kind)) or 0)


def marks(app: Flask) -> int:
    with app.app_context():
        return int(db.session.scalar(select(func.count(SentForm.digest))) or 0)


def sending(office: Browser, page: str, action: str, **typed: Any) -> Callable[[], Any]:
    """A form as the browser holds it, ready to be sent any number of times."""
    data = {**hidden_of(form_of(office.get(page).text, action)), **typed}
    return lambda: office.post(action, data=data, headers={"Referer": f"http://localhost{page}"})


@pytest.mark.both_databases
def test_a_double_click_writes_one_note_and_says_so(app: Flask, client_as: As, plan: Plan) -> None:
    visit, office = plan()["id"], client_as("office")
    page = f"/office/visits/{visit}"
    send = sending(office, page, f"{page}/note", text="钥匙在门卫")
    answers = [send(), send()]
    assert [one.status_code for one in answers] == [303, 303] and answers[1].location == page
    assert ops(app, visit, "note.add") == 1
    assert "只办理了一次" in office.get(page).text


def test_going_back_and_typing_something_else_is_another_form(app: Flask, client_as: As, plan: Plan) -> None:
    visit, office = plan()["id"], client_as("office")
    page = f"/office/visits/{visit}"
    hidden = hidden_of(form_of(office.get(page).text, f"{page}/note"))
    for text in ("第一", "第二"):
        assert office.post(f"{page}/note", data={**hidden, "text": text}).status_code == 303
    assert ops(app, visit, "note.add") == 2


def test_a_refused_form_is_not_marked_and_counts_when_it_is_put_right(app: Flask, client_as: As, plan: Plan) -> None:
    visit, office = plan()["id"], client_as("office")
    page = f"/office/visits/{visit}"
    send = sending(office, page, f"{page}/assign", assignee="nobody")
    before = marks(app)
    assert [send().status_code, send().status_code] == [422, 422] and marks(app) == before


def test_a_complaint_sent_twice_is_one_complaint(client_as: As) -> None:
    office = client_as("office")
    page = "/office/complaints/new"
    me = re.search(r'<select[^>]*name="owner".*?<option value="([0-9a-f-]{36})"', office.get(page).text, re.DOTALL)
    assert me
    typed = {"name": "王芳", "phone": "139", "about": "等了两个小时", "way": "phone", "owner": me[1]}
    send = sending(office, page, "/office/complaints", **typed)
    assert [send().status_code, send().status_code] == [303, 303]
    shown = office.get("/office/complaints").text
    assert shown.count("等了两个小时") == 1


def test_a_marked_form_is_forgotten_after_two_days(app: Flask) -> None:
    with app.app_context():
        for mark, days in (("one", 0), ("two", 2), ("three", 3)):
            with transaction():
                forms.mark(digest=mark, now=clock.now() + timedelta(days=days))
        assert sorted(db.session.scalars(select(SentForm.digest))) == ["three", "two"]
        with pytest.raises(forms.Repeated), transaction():
            forms.mark(digest="three", now=clock.now())


# What two people see at the same time and both settle: one wins, the other is told, nothing doubles. What is sent by the second
# is the form as it stood before the first one's was sent.


def _visit_of(app: Flask, hazard_id: str) -> str:
    with app.app_context():
        row = ledger.get(hazard_id=hazard_id)
        assert row is not None
        return row.visit_id


@pytest.fixture
def found(plan: Plan, phone_of: PhoneOf) -> str:
    visit, phone = plan()["id"], phone_of("inspector")
    (one,) = record_visit(phone, visit, hazards=[hazard(level=1, stop_gas="now_all", code="APPL-02")], photo=False)
    phone.sync()
    return str(one["hazard"])


def test_two_who_take_up_one_danger_take_it_up_once(app: Flask, client_as: As, found: str) -> None:
    page, action = f"/office/hazards/{found}", f"/office/hazards/{found}/follow"
    held = {}
    for who in ("office", "admin"):
        shown = client_as(who).get(page).text
        held[who] = hidden_of(form_of(shown[shown.index('class="record"') :], action, event="taken_up"))
    answers = [client_as(who).post(action, data=held[who]) for who in ("office", "admin")]
    assert answers[0].status_code == 303 and answers[1].status_code in (303, 422)
    assert ops(app, _visit_of(app, found), "hazard.follow") == 1
    shown = answers[1].text if answers[1].status_code == 422 else client_as("admin").get(page).text
    assert 'class="said bad' in shown and "不符" in unescape(shown)


def test_two_who_plan_one_reinspection_plan_it_once(app: Flask, client_as: As, found: str, today: Any) -> None:
    page, action = f"/office/hazards/{found}", f"/office/hazards/{found}/reinspect"
    held = {who: hidden_of(form_of(client_as(who).get(page).text, action)) for who in ("office", "admin")}
    told = [client_as(who).post(action, data={**held[who], "on": str(today)}) for who in ("office", "admin")]
    assert [one.status_code for one in told[:1]] == [303] and told[1].status_code in (303, 422)
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(Visit.type == "gas.reinspection")) == 1


def test_two_who_call_one_home_write_one_call(app: Flask, client_as: As, plan: Plan, phone_of: PhoneOf) -> None:
    visit, phone = plan()["id"], phone_of("inspector")
    (one,) = record_visit(phone, visit, hazards=[hazard(level=1, code="APPL-02", stop_gas="now_all")], photo=False)
    phone.sync()
    with app.app_context(), transaction():
        row = ledger.get(hazard_id=one["hazard"])
        assert row is not None
        row.remind_on = row.found_at.date()
    page, held = "/office/hazards/calls", {}
    for who in ("office", "admin"):
        held[who] = hidden_of(form_of(client_as(who).get(page).text, page))
    first, second = (client_as(who).post(page, data={**held[who], "note": "答应本周更换阀门"}) for who in held)
    assert first.status_code == 303 and second.status_code == 422
    assert ops(app, visit, "hazard.follow") == 1 and "答应本周更换阀门" in second.text
