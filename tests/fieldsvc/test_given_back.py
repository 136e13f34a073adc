"""A refused form comes back with everything that was typed, the reason at the field; a lost session costs the log-in only."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask

from fieldsvc.forms import service as forms
from fieldsvc.hazards import service as ledger
from tests.fieldsvc.conftest import PASSWORD, Browser
from tests.fieldsvc.logins import set_up_app
from tests.fieldsvc.papers import PhoneOf, Plan, hazard, record_visit

As = Callable[[str], Browser]

TYPED = "先关阀 <script>alert(1)</script> & 𠮷 “quoted”"


def form_of(page: str, action: str, **hidden: str) -> str:
    """The form of a page that goes to an action and has these hidden fields, without the token."""
    found: list[str] = re.findall(r"<form\b.*?</form>", page, flags=re.DOTALL)
    return next(
        one
        for one in found
        if f'action="{action}"' in one and all(f'name="{n}" value="{v}"' in one for n, v in hidden.items())
    )


def hidden_of(form: str) -> dict[str, str]:
    return {
        name: unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    }


def sent_back(answer: Any, action: str, **typed: str) -> str:
    """The form in an answer that refuses it: every text stands in it as it was typed, and nothing of it is markup."""
    assert answer.status_code in (400, 409, 422), (answer.status_code, answer.text[:500])
    assert "<script>alert" not in answer.text
    form = form_of(answer.text, action)
    for name, text in typed.items():
        control = re.search(rf'<(?:input|textarea|select)[^>]*name="{name}".*', form, flags=re.DOTALL)
        assert control and text in unescape(control[0]), (name, form)
    return form


@pytest.fixture
def found(plan: Plan, phone_of: PhoneOf) -> str:
    visit, phone = plan()["id"], phone_of("inspector")
    (one,) = record_visit(phone, visit, hazards=[hazard()], photo=False)
    phone.sync()
    return str(one["hazard"])


def follow(office: Browser, hazard_id: str, event: str, **typed: str) -> Any:
    page, action = f"/office/hazards/{hazard_id}", f"/office/hazards/{hazard_id}/follow"
    form = form_of(office.get(page).text, action, event=event)
    return office.post(action, data={**hidden_of(form), **typed})


def test_a_day_that_lies_ahead_is_told_at_the_day_and_the_remark_stays(client_as: As, found: str) -> None:
    answer = follow(client_as("office"), found, "reported_done", on="2999-01-01", note=TYPED)
    form = form_of(answer.text, f"/office/hazards/{found}/follow", event="reported_done")
    assert answer.status_code == 422 and TYPED in unescape(form) and "<script>" not in form
    day = re.search(r'<input type="date"[^>]*>(.*)', form)
    assert day and 'value="2999-01-01"' in day[0] and 'aria-invalid="true"' in day[0]
    assert day[1].startswith('<span class="wrong" id="refused" role="alert">') and "后" in day[1]
    folded = answer.text[: answer.text.index(form)].rindex("<details")
    assert answer.text[folded:].startswith('<details class="edit" open>')


def test_what_no_longer_fits_is_shown_beside_the_page_so_that_it_can_be_copied(client_as: As, found: str) -> None:
    office = client_as("office")
    stale = form_of(office.get(f"/office/hazards/{found}").text, f"/office/hazards/{found}/follow", event="in_work")
    for event in ("in_work", "reported_done"):
        assert follow(office, found, event, on="2026-01-01").status_code == 303
    answer = office.post(
        f"/office/hazards/{found}/follow", data={**hidden_of(stale), "on": "2026-01-02", "note": TYPED}
    )
    assert answer.status_code == 422 and "given-back" in answer.text and TYPED in unescape(answer.text)
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize(
    ("action", "typed", "wrong"),
    [
        ("note", {"text": "  "}, "text"),
        ("reopen", {"reason": ""}, "reason"),
    ],
)
def test_an_empty_field_of_a_visit_is_pointed_at(
    action: str, typed: dict[str, str], wrong: str, client_as: As, found: str, app: Flask
) -> None:
    with app.app_context():
        row = ledger.get(hazard_id=found)
        assert row is not None
        visit = row.visit_id
    address = f"/office/visits/{visit}/{action}"
    answer = client_as("office").submit(f"/office/visits/{visit}", address, **typed)
    form = sent_back(answer, address)
    assert re.search(rf'name="{wrong}"[^>]*aria-describedby="refused" autofocus', form)


def test_a_board_comes_back_with_its_ticks_its_day_and_its_reason(client_as: As, plan: Plan) -> None:
    first, second = plan(name="甲"), plan(name="乙")
    sent = {"visit": [second["id"]], "to_day": "2020-01-01", "username": "colleague", "reason": TYPED, "do": "move"}
    answer = client_as("office").submit("/office/plan", "/office/plan/move", **sent)
    form = sent_back(answer, "/office/plan/move", reason=TYPED, to_day="2020-01-01")
    ticked = re.findall(r'<input[^>]*name="visit"[^>]*>', form)
    assert [one for one in ticked if " checked" in one] == [one for one in ticked if second["id"] in one]
    assert any(first["id"] in one for one in ticked)
    assert re.search(r'<option value="colleague"[^>]* selected>', form)


def test_a_form_refused_twice_goes_back_to_the_page_it_stood_on(client_as: As, plan: Plan) -> None:
    visit, office = plan()["id"], client_as("office")
    page, action = f"/office/visits/{visit}", f"/office/visits/{visit}/note"
    hidden = hidden_of(form_of(office.get(page).text, action))
    first = office.post(
        action, data={**hidden, "text": " "}, headers={"Referer": f"http://localhost{page}?entries=plan"}
    )
    again = hidden_of(form_of(first.text, action))
    assert again["stood"] == f"{page}?entries=plan" and again["once"] != hidden["once"]
    second = office.post(action, data={**again, "text": "\t"}, headers={"Referer": f"http://localhost{action}"})
    assert hidden_of(form_of(second.text, action))["stood"] == f"{page}?entries=plan"
    assert office.post(action, data={**hidden_of(form_of(second.text, action)), "text": "好"}).status_code == 303


def test_a_page_with_an_old_token_comes_back_and_can_be_sent_again(client_as: As, plan: Plan) -> None:
    visit, office = plan()["id"], client_as("office")
    page, action = f"/office/visits/{visit}", f"/office/visits/{visit}/note"
    old = {**hidden_of(form_of(office.get(page).text, action)), "csrf_token": "old", "text": TYPED}
    answer = office.post(action, data=old, headers={"Referer": f"http://localhost{page}"})
    form = sent_back(answer, action, text=TYPED)
    assert office.post(action, data={**hidden_of(form), "text": TYPED}).status_code == 303
    assert TYPED in unescape(office.get(page).text)


def logged_out_while_typing(office: Browser, visit: str) -> Any:
    """Log out elsewhere, then send a note; gives the answer, which is a log-in."""
    page, action = f"/office/visits/{visit}", f"/office/visits/{visit}/note"
    sent = {**hidden_of(form_of(office.get(page).text, action)), "text": TYPED}
    office.post("/logout", data={"csrf_token": sent["csrf_token"]})
    answer = office.post(action, data=sent, headers={"Referer": f"http://localhost{page}"})
    assert answer.status_code in (400, 401) and 'name="password"' in answer.text and "<script>alert" not in answer.text
    return answer


def sent_after_all(office: Browser, visit: str, back: Any) -> None:
    page, action = f"/office/visits/{visit}", f"/office/visits/{visit}/note"
    form = form_of(back.text, action)
    assert back.status_code == 200 and TYPED in unescape(form)
    assert office.post(action, data={**hidden_of(form), "text": TYPED}).status_code == 303
    assert TYPED in unescape(office.get(page).text)


def test_who_was_logged_out_logs_in_and_finds_what_they_typed(client_as: As, plan: Plan) -> None:
    visit, office = plan()["id"], client_as("office")
    answer = logged_out_while_typing(office, visit)
    log_in = hidden_of(form_of(answer.text, "/login"))
    wrong = office.post("/login", data={**log_in, "username": "office", "password": "wrong"})
    log_in = hidden_of(form_of(wrong.text, "/login"))
    sent_after_all(office, visit, office.post("/login", data={**log_in, "username": "office", "password": PASSWORD}))


def test_a_second_factor_hands_on_what_was_typed(client_as: As, plan: Plan) -> None:
    visit, office = plan()["id"], client_as("office")
    _key, codes = set_up_app(office)
    log_in = hidden_of(form_of(logged_out_while_typing(office, visit).text, "/login"))
    half = office.post("/login", data={**log_in, "username": "office", "password": PASSWORD})
    second = hidden_of(form_of(half.text, "/login/second"))
    sent_after_all(office, visit, office.post("/login/second", data={**second, "code": codes[0]}))


@pytest.mark.parametrize("sign", [{"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_form_from_elsewhere_is_given_nothing_to_send_by_a_click(
    sign: dict[str, str], client_as: As, plan: Plan
) -> None:
    visit, office = plan()["id"], client_as("office")
    headers = {"Referer": f"http://localhost/office/visits/{visit}", **sign}
    answer = office.post(f"/office/visits/{visit}/note", data={"text": "planted"}, headers=headers)
    assert answer.status_code == 400 and "planted" not in answer.text


def test_every_kind_of_control_takes_what_was_sent_and_the_rest_of_the_page_stays() -> None:
    page = (
        '<!doctype html><main><!-- a &amp; b --><p>1 &lt; 2 &#39;<br></p><form method="post" action="/a?x=1" id="f">'
        '<input type="hidden" name="base" value="9"><input name="n" value="old" required><input type="checkbox" name="c" '
        'value="1" checked><input type="checkbox" name="c" value="2"><select name="s"><option value="a" selected>A</option>'
        '<option value="b">B</option></select><textarea name="t">\nold &amp; gone</textarea><input type="password" name="p">'
        '<button name="do" value="go">Go</button></form><input name="far" form="f"><p>end</p></main>'
    )
    fields = {
        "base": ["3"],
        "n": ['<"new">'],
        "c": ["2"],
        "s": ["b"],
        "t": ["\n<b>"],
        "p": ["secret"],
        "far": ["there"],
    }
    given = forms.filled(page, forms.Sent("/a?y=2", fields, "No <way>.", at="s"), hidden={"stood": "/p?a&b"})
    assert given == (
        '<!doctype html><main><!-- a &amp; b --><p>1 &lt; 2 &#39;<br></p><form method="post" action="/a?x=1" id="f">'
        '<input type="hidden" name="stood" value="/p?a&amp;b">'
        '<input type="hidden" name="base" value="9"><input name="n" required value="&lt;&quot;new&quot;&gt;">'
        '<input type="checkbox" name="c" value="1"><input type="checkbox" name="c" value="2" checked>'
        '<select name="s" aria-invalid="true" aria-describedby="refused" autofocus><option value="a">A</option>'
        '<option value="b" selected>B</option></select>'
        '<span class="wrong" id="refused" role="alert">No &lt;way&gt;.</span><textarea name="t">\n\n&lt;b&gt;</textarea>'
        '<input type="password" name="p"><button name="do" value="go">Go</button></form>'
        '<input name="far" form="f" value="there"><p>end</p></main>'
    )
    assert forms.filled(page, forms.Sent("/b", fields, "No."), hidden={}) is None
