"""A supervisor judges a hazard anew: another level, or that it is none; a danger stays shown until a person has settled it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from fieldsvc import clock
from fieldsvc.db import transaction
from fieldsvc.identity import service as identity
from fieldsvc.policy import service as policy
from tests.fieldsvc.conftest import PASSWORD, Browser
from tests.fieldsvc.papers import PhoneOf, Plan, hazard, record_visit, work
from tests.fieldsvc.phone import Phone
from tests.fieldsvc.test_given_back import form_of, hidden_of
from tests.fieldsvc.test_hazard_ledger import HOME, events, find, look, stands

As = Callable[[str], Browser]


def send(who: Browser, hazard_id: str, what: str, **typed: str) -> Any:
    page, action = f"/office/hazards/{hazard_id}", f"/office/hazards/{hazard_id}/{what}"
    return who.post(action, data={**hidden_of(form_of(who.get(page).text, action)), **typed})


def look_again_by(phone: Phone, plan: Plan, found: Any) -> None:
    visit = plan(type="gas.reinspection", assignee="colleague", **HOME)["id"]
    phone.sync()
    look(phone, visit, found, "not_fixed")


def offers(who: Browser, hazard_id: str, what: str) -> bool:
    return f'action="/office/hazards/{hazard_id}/{what}"' in who.get(f"/office/hazards/{hazard_id}").text


def test_a_raised_level_is_an_alert_with_an_earlier_date_and_a_new_revision_of_the_notice(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: As, today: Any
) -> None:
    phone, office = phone_of("inspector"), client_as("office")
    found = find(app, plan, phone, level=2)
    assert send(office, found["hazard"], "level", to="1", reason="软管已冒气泡").status_code == 303
    row = stands(app, found["hazard"])
    assert row.level == 1 and row.due_on == today + timedelta(days=7) and row.taken_up_at is None
    page = office.get(f"/office/hazards/{found['hazard']}").text
    assert 'class="alerts"' in page and "软管已冒气泡" in page.split('class="life"')[1]
    work(app)
    visit: Any = office.get(f"/api/v1/visits/{found['visit']}").json
    papers = visit["notices"]
    assert max(one["revision"] for one in papers if one["kind"] == "hazard") == 2
    phone.sync()
    assert phone.visits[found["visit"]]["hazards"][found["hazard"]]["level"] == 1


def test_lowering_needs_a_supervisor_who_did_not_find_it(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: As
) -> None:
    with app.app_context(), transaction():
        identity.add_user(
            username="both", password=PASSWORD, name="孙师傅", roles=["technician", "admin"], locale="zh-Hans",
            now=clock.now(),
        )  # fmt: skip
    found = find(app, plan, phone_of("inspector"), level=1, code="APPL-02", item="appliance", stop_gas="now_all")
    clerk, admin, hazard_id = client_as("office"), client_as("admin"), found["hazard"]
    refused = send(clerk, hazard_id, "level", to="2", reason="只是老旧")
    assert refused.status_code == 422 and "只是老旧" in unescape(refused.text) and stands(app, hazard_id).level == 1
    assert not offers(clerk, hazard_id, "withdraw") and offers(admin, hazard_id, "withdraw")
    silent = send(admin, hazard_id, "level", to="2", reason=" ")
    assert silent.status_code == 422 and re.search(r'name="reason"[^>]*aria-invalid="true"', silent.text)
    assert send(admin, hazard_id, "level", to="2", reason="现场复看，只是老旧").status_code == 303
    assert stands(app, hazard_id).level == 2
    with app.app_context(), transaction():
        policy.decide(
            section_id="ledger", values={"lowered_by": "office"}, seen=0, by_id=None, by_name="test", now=clock.now()
        )
    assert send(clerk, hazard_id, "level", to="3", reason="同意").status_code == 303
    assert stands(app, hazard_id).level == 3


def test_the_finder_lowers_and_withdraws_nothing_of_their_own(app: Flask, plan: Plan, client_as: As) -> None:
    with app.app_context(), transaction():
        identity.add_user(
            username="both", password=PASSWORD, name="孙师傅", roles=["technician", "admin"], locale="zh-Hans",
            now=clock.now(),
        )  # fmt: skip
    phone = Phone(client_as("both"))
    phone.sync()
    visit = plan(assignee="both")["id"]
    phone.sync()
    (one,) = record_visit(phone, visit, hazards=[hazard(level=2)], photo=False)
    phone.sync()
    both = client_as("both")
    lowered = send(both, one["hazard"], "level", to="3", reason="不要紧")
    assert lowered.status_code == 422 and "不要紧" in unescape(lowered.text)
    assert not offers(both, one["hazard"], "withdraw") and stands(app, one["hazard"]).level == 2
    token = {"csrf_token": hidden_of(lowered.text)["csrf_token"]}
    assert both.post(f"/office/hazards/{one['hazard']}/withdraw", data={**token, "reason": "没有"}).status_code == 422
    assert stands(app, one["hazard"]).state == "open"


@pytest.mark.both_databases
def test_a_withdrawal_counts_against_the_looks_it_has_seen_and_no_later_one(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: As
) -> None:
    found = find(app, plan, phone_of("inspector"), level=2)
    hazard_id, admin, second = found["hazard"], client_as("admin"), phone_of("colleague")
    page, action = f"/office/hazards/{hazard_id}", f"/office/hazards/{hazard_id}/withdraw"
    blind = hidden_of(form_of(admin.get(page).text, action))
    look_again_by(second, plan, found)
    answer = admin.post(action, data={**blind, "reason": "量错了"})
    assert answer.status_code == 422 and "量错了" in answer.text and stands(app, hazard_id).state == "open"
    assert admin.post(action, data={**hidden_of(form_of(answer.text, action)), "reason": "量错了"}).status_code == 303
    assert stands(app, hazard_id).state == "withdrawn" and "withdrawn" in events(app, hazard_id)
    assert not offers(admin, hazard_id, "level") and not offers(admin, hazard_id, "withdraw")
    look_again_by(second, plan, found)
    assert stands(app, hazard_id).state == "open", "a look that nobody had seen shows the danger again"


def test_two_supervisors_judge_one_hazard_and_the_second_is_told(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: As
) -> None:
    found = find(app, plan, phone_of("inspector"), level=2)
    page, action = f"/office/hazards/{found['hazard']}", f"/office/hazards/{found['hazard']}/level"
    held = {who: hidden_of(form_of(client_as(who).get(page).text, action)) for who in ("office", "admin")}
    assert client_as("office").post(action, data={**held["office"], "to": "1", "reason": "危险"}).status_code == 303
    late = client_as("admin").post(action, data={**held["admin"], "to": "3", "reason": "轻微"})
    assert late.status_code == 422 and "轻微" in unescape(late.text) and stands(app, found["hazard"]).level == 1


def test_technicians_judge_nothing(client_as: As, app: Flask) -> None:
    inspector = client_as("inspector")
    with inspector.session_transaction() as session:
        session["csrf_token"] = "raw"
    with app.test_request_context():
        token = URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps("raw")
    for what in ("level", "withdraw"):
        answer = inspector.post(f"/office/hazards/none/{what}", data={"csrf_token": token, "reason": "x"})
        assert answer.status_code == 403
