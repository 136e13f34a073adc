"""First passwords end by themselves, passkeys of strangers pause nobody, and an administrator proves who they are once more."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Flask

from tests.fieldsvc.conftest import PASSWORD, Browser
from tests.fieldsvc.logins import decide, log_in, person, set_up_app

GIVEN, OTHER = "given by the boss", "three lamps on the stair"
PEOPLE = "/office/people"
ZHOU = {"username": "zhou", "name": "周", "roles": "technician", "locale": "en", "password": GIVEN}

Clients = Callable[[str], Browser]
Later = Callable[..., None]


def answers(browser: Browser, password: str) -> str:
    return str(log_in(browser, "zhou", password).json["code"])


def test_a_first_password_that_nobody_used_opens_nothing_after_its_days(
    app: Flask, browser: Browser, client_as: Clients, later: Later
) -> None:
    assert client_as("admin").submit(PEOPLE, PEOPLE, **ZHOU).status_code == 303
    page = f"{PEOPLE}/{person(app, 'zhou').id}"
    later(days=13, hours=23)
    assert answers(browser, GIVEN) == "password_owed"
    later(hours=2)
    assert answers(browser, GIVEN) == "bad_credentials"
    refused = browser.submit("/login", "/login", username="zhou", password=GIVEN)
    assert refused.status_code == 401
    admin = client_as("admin")
    log_in(admin, "admin")
    assert "不再有效" in admin.get(page).text
    assert admin.submit(page, f"{page}/password", password=OTHER).status_code == 303
    assert "不再有效" not in admin.get(page).text
    assert answers(browser, OTHER) == "password_owed"


def test_a_password_of_ones_own_never_ends(browser: Browser, client_as: Clients, later: Later) -> None:
    client_as("admin").submit(PEOPLE, PEOPLE, **ZHOU)
    browser.submit("/login", "/login", username="zhou", password=GIVEN)
    page = "/account/password"
    assert browser.submit(page, page, current=GIVEN, new=OTHER).status_code == 303
    later(days=400)
    assert log_in(browser, "zhou", OTHER).status_code == 200


def test_strangers_who_offer_passkeys_pause_their_own_address_and_nobody_else(app: Flask, browser: Browser) -> None:
    decide(app, account_failures=3, address_failures=10)
    token = re.findall(r'name="csrf_token" value="([^"]+)"', browser.get("/login").text)[0]

    def offer(address: str) -> int:
        said = {"csrf_token": token, "answer": "{}"}
        return int(browser.post("/login/passkey", data=said, environ_base={"REMOTE_ADDR": address}).status_code)

    assert [offer("10.0.0.9") for _ in range(11)] == [401] * 10 + [429]
    assert offer("10.0.0.10") == 401


def test_an_administrators_open_browser_alone_opens_no_account(app: Flask, client_as: Clients, later: Later) -> None:
    set_up_app(client_as("office"))
    admin, page = client_as("admin"), f"{PEOPLE}/{person(app, 'office').id}"
    later(minutes=16)
    for action in ("password", "second/reset"):
        asked = admin.submit(page, f"{page}/{action}", password=OTHER)
        assert asked.headers["Location"] == f"/account/confirm?next={page}"
    asked = admin.submit(PEOPLE, PEOPLE, **{**ZHOU, "roles": "admin"})
    assert asked.headers["Location"] == "/account/confirm?next=/office/people"
    by_program: dict[str, Any] = {**ZHOU, "roles": ["admin", "office"]}
    assert admin.post("/api/v1/users", json=by_program).status_code == 403
    assert person(app, "office").second_since is not None
    assert admin.submit(PEOPLE, PEOPLE, **ZHOU).status_code == 303, "a technician sees little: no password is asked"

    confirm = f"/account/confirm?next={page}"
    assert admin.submit(confirm, "/account/confirm", password=PASSWORD).headers["Location"] == page
    assert admin.submit(page, f"{page}/second/reset").status_code == 303
    assert person(app, "office").second_since is None
    assert admin.submit(page, f"{page}/password", password=OTHER).status_code == 303
    assert log_in(client_as("office"), "office", OTHER).json["code"] == "password_owed"
