"""Passwords: which are taken, who must choose another, and what is counted against guessing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from fieldsvc import create_app, setup
from fieldsvc.cli_users import user as commands
from fieldsvc.db import db
from fieldsvc.identity import passwords
from fieldsvc.identity import service as identity
from fieldsvc.identity.models import AccountEvent, LoginFailure, User
from tests.fieldsvc.conftest import PASSWORD, Browser, settings_for
from tests.fieldsvc.logins import decide, log_in, person, set_up_app

ROOT = Path(__file__).resolve().parents[2]
GOOD = "three lamps on the stair"

RULES = [
    ("seven77", ["technician"], "short"),
    ("eight雨.", ["technician"], "short"),
    ("雨后的山路很长", ["technician"], "short"),
    ("雨后的山路很长啊", ["technician"], ""),
    ("eleven char", ["office"], "short"),
    ("twelve chars", ["office"], ""),
    ("wet grey owl", ["technician", "admin"], ""),
    ("password1234", ["office"], "common"),
    ("iloveyou2", ["technician"], "common"),
    ("qwertyuiop12", ["office"], "common"),
    ("111111111111", ["office"], "common"),
    ("x" * 200, ["office"], "common"),
    ("a grey heron " * 15 + "rests", ["office"], ""),
    ("a grey heron " * 15 + "rests !", ["office"], "long"),
    ("the gate of Li.Jian opens", ["office"], "name"),
    ("王小明的大门钥匙在哪里", ["technician"], "name"),
    ("we are ＺＨＵＣＨＥＮＧ gas", ["office"], "name"),
    ("with a nul\x00 inside it", ["office"], "characters"),
    ("half a \ud83d character", ["office"], "characters"),
]


@pytest.fixture
def company(app: Flask) -> Iterator[None]:
    from fieldsvc import installation
    from fieldsvc.db import transaction

    with app.app_context():
        with transaction():
            facts = installation.company()
            installation.keep(name="company", value={**facts, "name": {"zh-Hans": "筑城燃气", "en": "Zhucheng Gas"}})
        yield


def test_length_counts_and_what_is_common_or_a_name_is_refused_and_nothing_else_matters(company: None) -> None:
    said = [
        (password, roles, passwords.what_is_wrong(password, username="li.jian", name="王小明", roles=roles))
        for password, roles, _wrong in RULES
    ]
    assert said == RULES


def test_the_same_password_typed_on_another_keyboard_is_the_same(
    app: Flask, client_as: Callable[[str], Browser]
) -> None:
    wide = "ｔｈｒｅｅ ｌａｍｐｓ ｏｎ ｔｈｅ ｓｔａｉｒ"
    client_as("office").submit("/account/password", "/account/password", current=PASSWORD, new=wide)
    assert log_in(client_as("office"), "office", GOOD).status_code == 200


def test_a_password_is_changed_by_who_knows_the_present_one(client_as: Callable[[str], Browser]) -> None:
    office, page = client_as("office"), "/account/password"
    assert office.submit(page, page, current="wrong", new=GOOD).status_code == 422
    assert office.submit(page, page, current=PASSWORD, new="password1234").status_code == 422
    assert office.submit(page, page, current=PASSWORD, new=PASSWORD).status_code == 422
    assert office.post(page, data={"current": PASSWORD, "new": GOOD}).status_code == 400
    assert log_in(office, "office").status_code == 200


def test_a_first_password_is_good_for_one_thing_to_choose_another(
    app: Flask, browser: Browser, client_as: Callable[[str], Browser]
) -> None:
    admin = client_as("admin")
    form = {"username": "zhou", "name": "周", "roles": "technician", "locale": "en"}
    refused = admin.submit("/office/people", "/office/people", **form, password="password")
    assert refused.status_code == 422
    assert admin.submit("/office/people", "/office/people", **form, password="given by the boss").status_code == 303
    phone = log_in(browser, "zhou", "given by the boss")
    assert (phone.status_code, phone.json["code"]) == (401, "password_owed")
    entered = browser.submit("/login?next=/app", "/login", username="zhou", password="given by the boss")
    assert entered.headers["Location"] == "/app"
    assert browser.get("/api/v1/me").json["code"] == "password_owed"
    assert browser.get("/account").headers["Location"] == "/account/password?next=/account"
    chosen = browser.submit("/account/password", "/account/password", current="given by the boss", new=GOOD)
    assert chosen.status_code == 303
    assert browser.get("/api/v1/me").status_code == 200


def test_an_administrator_gives_a_first_password_which_ends_the_sessions_of_before(
    app: Flask, browser: Browser, client_as: Callable[[str], Browser]
) -> None:
    office, page = client_as("office"), f"/office/people/{person(app, 'office').id}"
    assert client_as("admin").submit(page, f"{page}/password", password="office office").status_code == 422
    assert client_as("admin").submit(page, f"{page}/password", password=GOOD).status_code == 303
    assert office.get("/api/v1/me").status_code == 401
    assert log_in(browser, "office", GOOD).json["code"] == "password_owed"


def failures(app: Flask) -> int:
    with app.app_context():
        return int(db.session.scalar(select(func.count()).select_from(LoginFailure)) or 0)


def test_a_hundred_failures_from_one_address_pause_it_whatever_the_accounts_and_successes_are_not_counted(
    app: Flask, browser: Browser
) -> None:
    decide(app, address_failures=10)
    for _ in range(3):
        assert log_in(browser, "inspector").status_code == 200
    assert failures(app) == 0
    said = [log_in(browser, f"nobody{number}", "wrong").status_code for number in range(11)]
    assert said == [401] * 10 + [429]
    assert log_in(browser, "inspector").status_code == 429
    elsewhere = app.test_client()
    here = {"X-Fieldsvc": "1"}
    told = elsewhere.post(
        "/api/v1/login", json={"username": "inspector", "password": PASSWORD}, headers=here,
        environ_base={"REMOTE_ADDR": "10.0.0.9"},
    )  # fmt: skip
    assert told.status_code == 200


def test_an_account_that_does_not_exist_pauses_as_one_that_does_and_is_answered_alike(
    app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(app, account_failures=3)
    hashed: list[str] = []
    verify = passwords.verify_password
    monkeypatch.setattr(passwords, "verify_password", lambda given, kept: hashed.append(kept) or verify(given, kept))
    answers = [[log_in(browser, name, "wrong") for _ in range(4)] for name in ("inspector", "nobody")]
    assert [[one.status_code for one in each] for each in answers] == [[401, 401, 401, 429]] * 2
    assert [one.json for one in answers[0]] == [one.json for one in answers[1]]
    assert len(hashed) == 6  # one comparison of the same cost for each that was looked at, whoever it was
    assert {kept.rsplit("$", 2)[0] for kept in hashed} == {hashed[0].rsplit("$", 2)[0]}


def test_behind_a_proxy_the_address_is_that_of_the_browser_and_nobody_can_choose_it(app: Flask) -> None:
    settings = app.extensions["fieldsvc.settings"]
    sent = {"X-Fieldsvc": "1", "X-Forwarded-For": "6.6.6.6, 10.1.2.3"}
    said = {"username": "nobody", "password": "wrong"}
    for proxies, address in ((0, "127.0.0.1"), (1, "10.1.2.3")):
        served = create_app(replace(settings, proxies=proxies))
        served.test_client().post("/api/v1/login", json=said, headers=sent)
        with served.app_context():
            newest = db.session.scalars(select(LoginFailure.address).order_by(LoginFailure.id.desc())).first()
            db.engine.dispose()
        assert newest == address


def test_whatever_is_typed_as_a_name_or_a_password_is_answered_as_a_wrong_one(app: Flask, browser: Browser) -> None:
    decide(app, account_failures=100)
    for typed in ("\x00", "half \ud83d", "𠮷" * 80, "<script>", "\u202eevil", " "):
        for username, password in ((typed, "wrong"), ("inspector", typed)):
            assert log_in(browser, username, password).status_code in (400, 401)
    sent = browser.submit("/login", "/login", username="\x00<script>" * 50, password="\x00")
    assert sent.status_code == 401


def test_no_account_has_a_password_that_came_with_the_program(tmp_path: Path) -> None:
    setup.prepare_folder(tmp_path)
    made = setup.install(settings_for(tmp_path))
    with made.app_context():
        assert db.session.scalar(select(func.count()).select_from(User)) == 0
        db.engine.dispose()
    given = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "fieldsvc").rglob("*.py")
        if re.search(r"password=\"[^\"]+\"|PASSWORD = \"|demonstration=True", path.read_text(encoding="utf-8"))
    ]
    assert given == ["fieldsvc/demo/service.py"]


def test_the_command_lets_a_locked_out_administrator_in_again(
    app: Flask, browser: Browser, client_as: Callable[[str], Browser]
) -> None:
    set_up_app(client_as("admin"))
    decide(app, account_failures=3)
    for _ in range(3):
        log_in(browser, "admin", "wrong")
    assert log_in(browser, "admin").status_code == 429
    settings = app.extensions["fieldsvc.settings"]
    data = str(settings.data)
    (settings.data / "secret.key").write_text(settings.secret_key)
    run = lambda *words, given="": CliRunner().invoke(commands, [*words, "--data", data], input=given)  # noqa: E731
    said: list[Any] = [run("unlock", "admin"), run("reset-second", "admin"), run("log-out", "admin")]
    said.append(run("password", "admin", "--password-stdin", given="short\n"))
    said.append(run("password", "admin", "--password-stdin", given=f"{GOOD}\n"))
    said.append(run("unlock", "nobody"))
    assert [one.exit_code for one in said] == [0, 0, 0, 1, 0, 1], [one.output for one in said]
    assert "at least 12 characters" in said[3].output
    assert client_as("admin").get("/api/v1/me").status_code == 401
    assert log_in(browser, "admin", GOOD).status_code == 200
    with app.app_context():
        written = db.session.scalars(select(AccountEvent.what).where(AccountEvent.by_id.is_(None))).all()
        assert identity.find(username="admin") is not None
    assert written == ["unlocked", "second_reset", "password_given"]
