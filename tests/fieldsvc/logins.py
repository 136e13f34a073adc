"""What tests of the log-in do again and again: codes, sessions of others, and a company's rules."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from passlib.totp import TOTP

from fieldsvc import installation
from fieldsvc.db import transaction
from fieldsvc.identity import service as identity
from fieldsvc.identity.models import User
from tests.fieldsvc.conftest import PASSWORD, Browser


def decide(app: Flask, **values: Any) -> None:
    """Let the company decide about the log-in: `decide(app, office_second=True)`."""
    with app.app_context(), transaction():
        installation.keep(name="policy.login", value=values)


def person(app: Flask, username: str) -> User:
    """A member of staff as stored."""
    with app.app_context():
        found = identity.find(username=username)
        assert found is not None
        return found


def code_of(key: str) -> str:
    """What an authenticator app with this key shows now."""
    return str(TOTP(key=key.replace("-", "")).generate().token)


def set_up_app(browser: Browser) -> tuple[str, list[str]]:
    """Set up an authenticator app as a person does; gives its key and the recovery codes."""
    page = browser.get("/account/second").text
    key = re.search(r'class="key">([A-Z2-7-]+)<', page)
    assert key is not None, page
    shown = browser.submit("/account/second", "/account/second/app", code=code_of(key[1]))
    assert shown.status_code == 200, shown.text
    return key[1], re.findall(r"<li><code>([a-z0-9-]+)</code></li>", shown.text)


def log_in(browser: Browser, username: str, password: str = PASSWORD, **more: str) -> Any:
    """Log in as programs do."""
    return browser.post("/api/v1/login", json={"username": username, "password": password, **more})


def give_code(browser: Browser, username: str, code: str) -> Any:
    """Log in on the pages, with a second factor."""
    half = browser.submit("/login", "/login", username=username, password=PASSWORD)
    assert half.headers["Location"] == "/login/second"
    return browser.submit("/login/second", "/login/second", code=code)
