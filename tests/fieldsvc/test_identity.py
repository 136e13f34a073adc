"""Logging in, staff, and the limits on guessing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from sqlalchemy import update

from fieldsvc import clock
from fieldsvc.db import db, transaction
from fieldsvc.identity import service as identity
from fieldsvc.identity.models import LoginFailure, User
from tests.fieldsvc.conftest import PASSWORD, Browser


def test_a_login_tells_who_one_is(browser: Browser) -> None:
    answer = browser.post("/api/v1/login", json={"username": "inspector", "password": PASSWORD})
    assert answer.json["user"]["roles"] == ["technician"]
    assert browser.get("/api/v1/me").json["user"]["name"] == "王小明"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_technicians_session_outlives_the_browser_and_an_office_session_does_not(browser: Browser) -> None:
    for username, lasts in (("inspector", True), ("office", False)):
        answer = browser.post("/api/v1/login", json={"username": username, "password": PASSWORD})
        assert ("Expires=" in answer.headers["Set-Cookie"]) is lasts
        browser.post("/api/v1/logout")


def test_a_wrong_password_and_an_unknown_account_are_answered_alike(browser: Browser) -> None:
    answers = [
        browser.post("/api/v1/login", json={"username": name, "password": "wrong"}) for name in ("inspector", "nobody")
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json == answers[1].json


def test_after_ten_failures_an_account_waits_and_successes_do_not_count(browser: Browser, app: Flask) -> None:
    log_in = lambda password: browser.post("/api/v1/login", json={"username": "inspector", "password": password})  # noqa: E731
    for _ in range(9):
        assert log_in("wrong").status_code == 401
    assert log_in(PASSWORD).status_code == 200
    assert log_in("wrong").status_code == 401
    assert log_in(PASSWORD).status_code == 429
    with app.app_context(), transaction():
        db.session.execute(update(LoginFailure).values(at=clock.now() - timedelta(minutes=15)))
    assert log_in(PASSWORD).status_code == 200


def test_passwords_are_kept_as_argon2(app: Flask) -> None:
    with app.app_context():
        assert "$argon2id$" in (identity.find(username="admin") or User()).password


def test_unsafe_calls_need_the_header(client_as: Callable[[str], Browser]) -> None:
    answer = client_as("inspector").post("/api/v1/sync", json={}, headers={"X-Fieldsvc": ""})
    assert (answer.status_code, answer.json["code"]) == (403, "csrf")


def test_a_log_out_ends_the_session(client_as: Callable[[str], Browser]) -> None:
    client = client_as("inspector")
    assert client.post("/api/v1/logout").status_code == 204
    assert client.get("/api/v1/me").json["code"] == "login_required"


def test_only_an_admin_adds_staff(client_as: Callable[[str], Browser]) -> None:
    given = {"username": "zhou", "password": "long enough", "name": "周", "roles": ["technician"], "locale": "en"}
    assert client_as("inspector").post("/api/v1/users", json=given).status_code == 403
    assert client_as("office").post("/api/v1/users", json=given).status_code == 403
    assert client_as("admin").post("/api/v1/users", json=given).json["user"]["locale"] == "en"
    taken = client_as("admin").post("/api/v1/users", json=given)
    assert (taken.status_code, list(taken.json["errors"])) == (422, ["username"])
    short = client_as("admin").post("/api/v1/users", json={**given, "username": "wu", "password": "short"})
    assert list(short.json["errors"]) == ["password"]


def test_the_login_page_logs_in_and_goes_back_where_one_came_from(browser: Browser) -> None:
    asked = browser.get("/office/visits?state=closed")
    assert asked.status_code == 302
    shown = browser.get(asked.headers["Location"])
    assert 'name="username"' in shown.text
    assert 'name="password"' in shown.text
    answer = browser.submit(asked.headers["Location"], "/login", username="office", password=PASSWORD)
    assert answer.headers["Location"] == "/office/visits?state=closed"


def test_the_login_page_never_leads_to_another_site(browser: Browser) -> None:
    for target in ("https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)"):
        answer = browser.submit("/login", "/login", username="office", password=PASSWORD, next=target)
        assert answer.headers["Location"] == "/office"
        browser.post("/api/v1/logout")
