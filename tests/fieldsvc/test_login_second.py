"""The second factor: setting it up, being asked for it, losing it, and who must have one."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from sqlalchemy import select

from fieldsvc.db import db, transaction
from fieldsvc.identity import service as identity
from fieldsvc.identity.models import AccountEvent, RecoveryCode, User
from tests.fieldsvc.conftest import PASSWORD, Browser
from tests.fieldsvc.logins import code_of, decide, give_code, log_in, person, set_up_app
from tests.fieldsvc.phone import Phone


def forget_codes(app: Flask) -> None:
    """As if half a minute had passed, so that the app's code may be given again."""
    with app.app_context(), transaction():
        for user in db.session.scalars(select(User)):
            user.totp_counter = None


def test_whoever_has_an_app_is_asked_for_its_code_and_each_code_is_good_once(
    app: Flask, browser: Browser, client_as: Callable[[str], Browser]
) -> None:
    key, _codes = set_up_app(client_as("office"))
    forget_codes(app)
    half = browser.submit("/login", "/login", username="office", password=PASSWORD, next="/office/visits")
    assert half.headers["Location"] == "/login/second?next=/office/visits"
    assert browser.get("/office").status_code == 302
    assert browser.submit("/login/second", "/login/second", code="000000").status_code == 401
    now = code_of(key)
    assert (
        browser.submit("/login/second?next=/office/visits", "/login/second", code=now).headers["Location"]
        == "/office/visits"
    )
    assert browser.get("/office").status_code == 200
    browser.post("/api/v1/logout")
    assert give_code(browser, "office", now).status_code == 401


def test_a_recovery_code_opens_the_account_once_and_is_kept_as_a_digest_only(
    app: Flask, browser: Browser, client_as: Callable[[str], Browser]
) -> None:
    _key, codes = set_up_app(client_as("office"))
    assert len(set(codes)) == 10
    with app.app_context():
        kept = db.session.scalars(select(RecoveryCode.digest)).all()
    assert not {code.replace("-", "") for code in codes} & set(kept)
    assert give_code(browser, "office", codes[0].upper()).status_code == 303
    assert "<dd>9</dd>" in client_as("office").get("/account").text
    browser.post("/api/v1/logout")
    assert give_code(browser, "office", codes[0]).status_code == 401


def test_new_recovery_codes_take_the_place_of_the_old_ones(
    browser: Browser, client_as: Callable[[str], Browser]
) -> None:
    office = client_as("office")
    _key, old = set_up_app(office)
    office.submit("/account/second", "/account/second/codes")
    assert give_code(browser, "office", old[1]).status_code == 401


def test_wrong_codes_count_as_wrong_passwords_do(browser: Browser, client_as: Callable[[str], Browser]) -> None:
    set_up_app(client_as("office"))
    browser.submit("/login", "/login", username="office", password=PASSWORD)
    said = [browser.submit("/login/second", "/login/second", code="123456").status_code for _ in range(11)]
    assert said == [401] * 10 + [429]
    assert log_in(browser, "office").status_code == 429


def test_the_secret_is_stored_closed(app: Flask, client_as: Callable[[str], Browser]) -> None:
    key, _codes = set_up_app(client_as("office"))
    stored = person(app, "office").totp_secret or ""
    assert "enckey" in stored
    assert key.replace("-", "") not in stored


def test_a_company_that_asks_for_it_leads_the_office_to_set_one_up_before_anything_else(
    app: Flask, client_as: Callable[[str], Browser]
) -> None:
    office = client_as("office")
    decide(app, office_second=True)
    for path in ("/office", "/office/visits", "/account"):
        assert office.get(path).headers["Location"].startswith("/account/second?next=/")
    refused = office.get("/api/v1/me")
    assert (refused.status_code, refused.json["code"]) == (401, "second_factor_owed")
    assert office.post("/office/people", data={}).status_code in (303, 400)
    set_up_app(office)
    assert office.get("/office").status_code == 200


def test_technicians_go_on_without_one_until_the_company_asks_for_theirs(
    app: Flask, browser: Browser, phone_of: Callable[[str], Phone]
) -> None:
    phone = phone_of("inspector")
    decide(app, office_second=True, admin_second=True)
    assert phone.client.get("/api/v1/me").status_code == 200
    decide(app, technician_second=True)
    assert phone.client.get("/api/v1/me").json["code"] == "second_factor_owed"
    refused = log_in(browser, "inspector")
    assert (refused.status_code, refused.json["code"]) == (401, "second_factor_owed")


def test_a_phone_gives_the_code_with_the_password(
    app: Flask, browser: Browser, client_as: Callable[[str], Browser]
) -> None:
    key, codes = set_up_app(client_as("inspector"))
    forget_codes(app)
    assert log_in(browser, "inspector").json["code"] == "second_factor_required"
    assert log_in(browser, "inspector", code="1234567").json["code"] == "bad_second_factor"
    assert log_in(browser, "inspector", code=code_of(key)).status_code == 200
    browser.post("/api/v1/logout")
    assert log_in(browser, "inspector", code=codes[3]).status_code == 200


def test_an_open_browser_alone_does_not_change_how_somebody_logs_in(
    client_as: Callable[[str], Browser], later: Callable[..., None]
) -> None:
    office = client_as("office")
    later(minutes=16)
    asked = office.get("/account/second")
    assert asked.headers["Location"] == "/account/confirm?next=/account/second"
    assert office.post("/account/second/passkeys/ask").status_code in (400, 403)
    assert office.submit("/account/confirm", "/account/confirm", password="not mine at all").status_code == 422
    done = office.submit("/account/confirm?next=/account/second", "/account/confirm", password=PASSWORD)
    assert done.headers["Location"] == "/account/second"
    assert office.get("/account/second").status_code == 200


def test_an_administrator_takes_a_lost_factor_away_which_is_written_down_and_ends_every_session(
    app: Flask, browser: Browser, client_as: Callable[[str], Browser]
) -> None:
    office, who = client_as("office"), person(app, "office").id
    set_up_app(office)
    page = f"/office/people/{who}"
    assert client_as("colleague").get(page).status_code == 403
    assert office.post(f"{page}/second/reset").status_code in (400, 403)
    assert client_as("admin").submit(page, f"{page}/second/reset").status_code == 303
    assert office.get("/api/v1/me").status_code == 401
    assert log_in(browser, "office").status_code == 200
    with app.app_context():
        row = db.session.scalars(select(AccountEvent).where(AccountEvent.what == "second_reset")).one()
    assert (row.user_id, row.by_name) == (who, "赵主任")


def test_removing_the_last_factor_removes_the_recovery_codes_too(
    app: Flask, client_as: Callable[[str], Browser]
) -> None:
    office = client_as("office")
    _key, codes = set_up_app(office)
    office.submit("/account/second", "/account/second/app/remove")
    assert person(app, "office").second_since is None
    with app.app_context(), transaction():
        found = identity.find(username="office")
        assert found is not None
        assert identity.factors.prove(user=found, code=codes[0], now=found.created_at) == ""


def test_a_code_that_is_none_is_refused_in_words(browser: Browser, client_as: Callable[[str], Browser]) -> None:
    set_up_app(client_as("office"))
    for code in ("", "１２３４５６", "12345\x00", "𠮷" * 20, "0" * 41, "abcde-fghjk", "-1"):
        assert give_code(browser, "office", code).status_code == 401, code
