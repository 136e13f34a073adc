"""The homes of an installation that is upgraded: those that need something are looked at."""

from __future__ import annotations

import importlib

import pytest

from fieldsvc.db import db, transaction
from fieldsvc.planning.models import Look
from tests.fieldsvc.followups import (
    close,
    hazard,
    open_at_home,  # noqa: F401 - a fixture
    plan_again,
    planning_looked_at,  # noqa: F401 - a fixture
    weekday_in,
)


@pytest.mark.both_databases
def test_the_migration_has_the_homes_looked_at_that_need_something(app, plan, phone_of, settle, at_home) -> None:
    migration = importlib.import_module("fieldsvc.migrations.versions.0011_planning")
    phone_at = [plan(building=str(n)) for n in range(6)]
    dangerous, unseen, nobody, fine, later, _open = phone_at
    phone = phone_of("inspector")
    hazard(phone, dangerous, due=weekday_in(app, 8))
    phone.op(unseen["id"], "check.set", item="hose", point="HOSE-C1", result="not_accessible")
    close(phone, nobody, "no_access")
    close(phone, later, "no_access")
    for one in (dangerous, unseen, fine, plan_again(app, later)):
        phone.sync()
        close(phone, one)
    with app.app_context():
        with transaction():
            db.session.execute(db.delete(Look))
            migration.note_homes(db.session.connection())
        found = {row.customer_id for row in db.session.query(Look)}
    assert found == {one["customer"]["id"] for one in (dangerous, unseen, nobody)}
    assert sorted(settle()) == [("reinspection", "ahead"), ("reinspection", "ahead"), ("repeat", "ahead")]
