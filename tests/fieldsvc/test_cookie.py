"""The cookie of a session under https, beside other hosts of the company and after an update."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from fieldsvc import create_app
from fieldsvc.db import db
from tests.fieldsvc.conftest import PASSWORD, Browser

HERE = "https://gas.example"
PRESENT, FORMER = "__Host-fieldsvc", "fieldsvc"


@pytest.fixture
def secure(app: Flask) -> Any:
    """The same installation under https."""
    made = create_app(replace(app.extensions["fieldsvc.settings"], public_url=HERE))
    made.test_client_class = Browser
    yield made
    with made.app_context():
        db.engine.dispose()


def log_in(client: Any, username: str) -> Any:
    return client.post("/api/v1/login", json={"username": username, "password": PASSWORD}, base_url=HERE)


def as_a_former_release_wrote_it(secure: Flask, username: str) -> Any:
    """A browser whose session lies in the cookie of before."""
    client: Any = secure.test_client()
    log_in(client, username)
    kept = client.get_cookie(PRESENT, domain="gas.example")
    client.delete_cookie(PRESENT, domain="gas.example")
    client.set_cookie(FORMER, kept.value, domain="gas.example", secure=True, httponly=True)
    return client


def status(client: Any) -> int:
    return int(client.get("/api/v1/me", base_url=HERE).status_code)


def test_under_https_only_this_host_can_set_the_cookie_of_a_session(secure: Flask) -> None:
    client = secure.test_client()
    said = log_in(client, "office").headers["Set-Cookie"]
    assert said.startswith(f"{PRESENT}=") and "Domain" not in said
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(said.split("; "))
    assert status(client) == 200


def test_an_update_stops_no_phone_in_a_visit_whose_cookie_has_the_former_name(secure: Flask) -> None:
    phone = as_a_former_release_wrote_it(secure, "inspector")
    assert status(phone) == 200
    again = log_in(phone, "inspector")
    assert any(one.startswith(f"{FORMER}=;") for one in again.headers.getlist("Set-Cookie"))
    assert phone.get_cookie(FORMER, domain="gas.example") is None
    assert phone.get_cookie(PRESENT, domain="gas.example") is not None and status(phone) == 200


def test_whoever_is_not_a_technician_logs_in_once_more(secure: Flask) -> None:
    office = as_a_former_release_wrote_it(secure, "office")
    assert status(office) == 401
    assert office.get("/office", base_url=HERE).headers["Location"].endswith("why=older")


def test_beside_the_present_cookie_one_of_the_former_name_says_nothing(secure: Flask) -> None:
    office, stranger = secure.test_client(), as_a_former_release_wrote_it(secure, "inspector")
    log_in(office, "office")
    planted = stranger.get_cookie(FORMER, domain="gas.example")
    office.set_cookie(FORMER, planted.value, domain="gas.example", secure=True)
    assert office.get("/api/v1/me", base_url=HERE).json["user"]["username"] == "office"


def test_a_cookie_of_the_former_name_that_was_not_signed_here_opens_nothing(secure: Flask) -> None:
    client = secure.test_client()
    client.set_cookie(FORMER, "eyJ0b2tlbiI6IngifQ.aSKw0g.forged", domain="gas.example", secure=True)
    assert status(client) == 401
    assert log_in(client, "office").status_code == 200


def test_the_description_names_the_cookie(secure: Flask) -> None:
    client = secure.test_client()
    log_in(client, "office")
    document = client.get("/api/v1/openapi.json", base_url=HERE).json
    assert document["components"]["securitySchemes"]["session"]["name"] == PRESENT
