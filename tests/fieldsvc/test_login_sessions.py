"""Sessions: listed, ended one by one or all at once, and how long they live."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import select

from fieldsvc import clock
from fieldsvc.db import db, transaction
from fieldsvc.identity import accounts
from fieldsvc.identity import service as identity
from fieldsvc.identity.models import LoginSession
from tests.fieldsvc.conftest import PASSWORD, Browser
from tests.fieldsvc.logins import decide, log_in, person
from tests.fieldsvc.phone import Phone

ANDROID = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"


def sessions_on(page: str) -> list[str]:
    return re.findall(r'name="session" value="([^"]+)"', page)


def test_my_sessions_tell_where_i_am_logged_in_and_end_one_of_them(app: Flask, browser: Browser) -> None:
    log_in(browser, "office")
    other = app.test_client()
    said = {"username": "office", "password": PASSWORD}
    other.post("/api/v1/login", json=said, headers={"X-Fieldsvc": "1", "User-Agent": ANDROID})
    page = browser.get("/account").text
    assert "Chrome, Android" in page
    assert "127.0.0.1" in page
    assert len(sessions_on(page)) == 2
    with app.app_context():
        its = db.session.scalars(select(LoginSession.id).where(LoginSession.agent == ANDROID)).one()
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
    assert browser.post("/account/sessions/end", data={"session": its}).status_code == 400
    browser.post("/account/sessions/end", data={"session": its, "csrf_token": token})
    assert other.get("/api/v1/me").status_code == 401
    assert browser.get("/api/v1/me").status_code == 200


def test_nobody_ends_the_session_of_somebody_else_by_its_number(
    app: Flask, client_as: Callable[[str], Browser]
) -> None:
    office, colleague = client_as("office"), client_as("colleague")
    with app.app_context():
        its = db.session.scalars(select(LoginSession.id).where(LoginSession.user_id == person(app, "office").id)).one()
    colleague.submit("/account", "/account/sessions/end", session=its)
    assert office.get("/api/v1/me").status_code == 200


def test_a_session_that_an_administrator_ended_is_a_401_for_the_phone_which_sends_everything_after_the_next_log_in(
    app: Flask, client_as: Callable[[str], Browser], phone_of: Callable[[str], Phone], plan: Callable[..., Any]
) -> None:
    visit, phone = plan()["id"], phone_of("inspector")
    who = f"/office/people/{person(app, 'inspector').id}"
    phone.op(visit, "note.add", text="门口有狗")
    assert client_as("admin").submit(who, f"{who}/sessions/end").status_code == 303
    refused = phone.client.get("/api/v1/me")
    assert (refused.status_code, refused.json["code"]) == (401, "login_required")
    assert log_in(phone.client, "inspector").status_code == 200
    assert phone.sync()["results"][0]["status"] == "applied"


def test_an_office_session_that_was_ended_leads_to_the_login_page_which_says_so(
    app: Flask, client_as: Callable[[str], Browser]
) -> None:
    office, who = client_as("office"), f"/office/people/{person(app, 'office').id}"
    client_as("admin").submit(who, f"{who}/sessions/end")
    sent = office.get("/office/visits")
    assert sent.headers["Location"] == "/login?next=/office/visits&why=revoked"
    assert 'role="status"' in office.get(sent.headers["Location"]).text
    assert (
        office.submit("/login?next=/office/visits", "/login", username="office", password=PASSWORD).status_code == 302
    )
    assert office.get("/office/visits").status_code == 200


def test_a_cookie_from_before_there_was_a_list_of_sessions_asks_for_one_more_log_in(
    app: Flask, client_as: Callable[[str], Browser]
) -> None:
    office = client_as("office")
    with office.session_transaction() as kept:
        del kept["token"]
    assert office.get("/office").headers["Location"] == "/login?next=/office&why=older"


def test_a_cookie_kept_from_before_the_log_out_opens_nothing(app: Flask, client_as: Callable[[str], Browser]) -> None:
    office = client_as("office")
    cookie = office.get_cookie("fieldsvc")
    assert cookie is not None
    office.post("/api/v1/logout")
    thief = app.test_client()
    thief.set_cookie("fieldsvc", cookie.value)
    assert thief.get("/api/v1/me").status_code == 401


def test_changing_the_password_ends_every_other_session_and_keeps_this_one(
    app: Flask, browser: Browser, client_as: Callable[[str], Browser]
) -> None:
    office, new = client_as("office"), "three lamps on the stair"
    log_in(browser, "office")
    done = office.submit("/account/password", "/account/password", current=PASSWORD, new=new)
    assert done.headers["Location"] == "/account"
    assert office.get("/office").status_code == 200
    assert browser.get("/office").headers["Location"].endswith("why=password")
    assert log_in(browser, "office").status_code == 401
    assert log_in(browser, "office", new).status_code == 200


def test_sessions_live_as_long_as_the_company_says_by_role(
    app: Flask, client_as: Callable[[str], Browser], later: Callable[..., None]
) -> None:
    decide(app)
    admin, office, technician = client_as("admin"), client_as("office"), client_as("inspector")
    living = lambda: [one.get("/api/v1/me").status_code for one in (admin, office, technician)]  # noqa: E731
    later(hours=3)
    assert living() == [200, 200, 200]
    later(hours=5)
    assert living() == [401, 200, 200]
    later(hours=11)
    assert living() == [401, 200, 200]
    later(hours=6)
    assert living() == [401, 401, 200]  # longer than a day, though it was in use
    later(days=29)
    assert living() == [401, 401, 200]
    later(days=31)
    assert living() == [401, 401, 401]
    assert 'role="status"' in admin.get("/login?why=expired").text


def test_that_a_session_was_seen_is_written_down_now_and_then_not_with_every_request(
    app: Flask, client_as: Callable[[str], Browser], later: Callable[..., None], count_queries: Callable[[], Any]
) -> None:
    office = client_as("office")
    later(minutes=11)
    with count_queries() as first:
        office.get("/api/v1/me")
    with count_queries() as second:
        office.get("/api/v1/me")
    assert sum("UPDATE login_sessions" in said for said in first) == 1
    assert sum("UPDATE login_sessions" in said for said in second) == 0
    assert len(second) == 3, second


def test_the_table_of_sessions_holds_no_token_that_opens_anything(
    app: Flask, client_as: Callable[[str], Browser]
) -> None:
    office = client_as("office")
    with office.session_transaction() as kept:
        token = kept["token"]
    with app.app_context():
        assert token not in db.session.scalars(select(LoginSession.token)).all()


def test_a_session_that_has_ended_never_lives_again(app: Flask, client_as: Callable[[str], Browser]) -> None:
    office = client_as("office")
    with app.app_context(), transaction():
        who = person(app, "office")
        identity.accounts.end_sessions(user=who, by=None, address="", now=who.created_at)
    cookie = office.get_cookie("fieldsvc")
    assert cookie is not None
    assert [office.get("/api/v1/me").status_code for _ in range(2)] == [401, 401]


def test_an_update_of_the_server_stops_no_phone_in_a_visit_but_asks_the_office_to_log_in(
    client_as: Any, plan: Any, phone_of: Any, later: Any, app: Any
) -> None:
    visit, phone, office = plan()["id"], phone_of("inspector"), client_as("office")
    for client in (phone.client, office):
        with client.session_transaction() as cookie:
            del cookie["token"]  # as a former release wrote it
    phone.op(visit, "note.add", text="under the former log-in")
    assert phone.sync()["results"][0]["status"] == "applied"
    assert office.get("/api/v1/me").status_code == 401
    with app.app_context(), transaction():
        person = identity.find(username="inspector")
        accounts.note(user=person, what="ended", by=None, address="", now=clock.now())
    assert phone.client.get("/api/v1/me").status_code == 401


def test_a_former_log_in_lives_for_a_month_only(phone_of: Any, later: Any) -> None:
    phone = phone_of("inspector")
    with phone.client.session_transaction() as cookie:
        del cookie["token"]
    later(days=29)
    assert phone.client.get("/api/v1/me").status_code == 200
    later(days=2)
    assert phone.client.get("/api/v1/me").status_code == 401
