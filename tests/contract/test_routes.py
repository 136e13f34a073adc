"""Every route says who may come in, and every change of the tables has its migration."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask

from fieldsvc.db import Base, db
from tests.fieldsvc.conftest import app, database, made, made_on_postgres  # noqa: F401 - fixtures

OPEN = {
    "static": "files for browsers, no data of anybody",
}


def test_every_route_has_its_access_rule(app: Flask) -> None:  # noqa: F811
    without = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in OPEN and not hasattr(app.view_functions[rule.endpoint], "access")
    ]
    assert without == []


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_the_migrations_make_the_tables_that_the_models_describe(app: Flask) -> None:  # noqa: F811
    with app.app_context(), db.engine.connect() as connection:
        # the index of words is kept in each database's own way, see fieldsvc/migrations/env.py
        known = lambda name, kind, _parents: kind != "table" or not (name or "").startswith("sought_grams")  # noqa: E731
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": known})
        assert compare_metadata(context, Base.metadata) == []
