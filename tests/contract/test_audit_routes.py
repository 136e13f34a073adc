"""Every route says what its callers look at, or why there is nothing to write down."""

from flask import Flask

from fieldsvc.audit.models import KINDS
from fieldsvc.privacy.looks import LOOKS, NOTHING
from tests.fieldsvc.conftest import app, database, made, made_on_postgres  # noqa: F401 - fixtures


def test_every_route_says_what_is_looked_at(app: Flask) -> None:  # noqa: F811
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert sorted(endpoints - set(LOOKS) - set(NOTHING)) == []
    assert sorted((set(LOOKS) | set(NOTHING)) - endpoints) == []
    assert set(LOOKS).isdisjoint(NOTHING)


def test_what_a_line_names_is_part_of_the_address(app: Flask) -> None:  # noqa: F811
    arguments = {rule.endpoint: rule.arguments for rule in app.url_map.iter_rules()}
    assert [name for name, look in LOOKS.items() if look.arg and look.arg not in arguments[name]] == []
    assert {look.kind for look in LOOKS.values()} <= set(KINDS)
