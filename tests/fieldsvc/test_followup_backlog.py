"""Many follow-ups at once: spread over working days by what can be done in a day, and shown before they are planned."""

from __future__ import annotations

import importlib
from collections import Counter
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask import Flask

from fieldsvc import installation
from fieldsvc.db import db, transaction
from fieldsvc.planning import capacity, work
from fieldsvc.planning.models import FollowUp, Look
from fieldsvc.policy import workdays
from tests.fieldsvc.followups import close, hazard

Json = dict[str, Any]


def so_many_a_day(app: Flask) -> int:
    """Have the company allow as few as it can; gives how many."""
    with app.app_context():
        with transaction():
            installation.keep(name="policy.planning", value={"visits_per_day": 2, "itself_percent": 50})
        return capacity.most_a_day()


def working_day(app: Flask, count: int) -> date:
    with app.app_context():
        return workdays.add_working_days(installation.today(), count)


def planned(app: Flask) -> dict[date, int]:
    """How many visits that planned themselves stand on each day."""
    with app.app_context():
        work.work_due()
        return dict(Counter(row.planned_for for row in db.session.query(FollowUp).filter_by(state="ahead")))


def overdue(phone: Any, visits: list[Json], **about: Any) -> None:
    """Every one of these homes has a hazard whose day has passed."""
    for visit in visits:
        hazard(phone, visit, **({"due": date(2026, 1, 5)} | about))
        phone.op(visit["id"], "visit.close", outcome="completed")
    phone.sync()


@pytest.mark.both_databases
def test_what_is_overdue_is_spread_over_working_days_and_level_1_is_not_put_off(app, plan, phone_of) -> None:
    most, phone = so_many_a_day(app), phone_of("inspector")
    visits = [plan(room=str(n)) for n in range(2 * most + 3)]
    overdue(phone, visits[: 2 * most + 1])
    assert planned(app) == {working_day(app, 1): most, working_day(app, 2): most, working_day(app, 3): 1}
    overdue(phone, visits[2 * most + 1 :], level=1)
    assert planned(app)[working_day(app, 1)] == most + 2
    before = planned(app)
    for visit in visits:  # a second look changes nothing
        phone.op(visit["id"], "note.add", text="n")
    phone.sync()
    assert planned(app) == before and sum(before.values()) == len(visits)


def test_what_is_due_on_a_day_to_come_is_made_earlier_rather_than_later(app, plan, phone_of) -> None:
    most, phone = so_many_a_day(app), phone_of("inspector")
    due = working_day(app, 3)
    overdue(phone, [plan(room=str(n)) for n in range(3 * most + 1)], due=due)
    days = planned(app)
    assert max(days) == due and days[working_day(app, 1)] == most
    assert days[due] == most + 1, "its day counts more than its fullness"


def test_a_day_that_somebody_asked_for_stands_however_full_it_is(app, plan, phone_of) -> None:
    most, phone = so_many_a_day(app), phone_of("inspector")
    asked = working_day(app, 4)
    for n in range(most + 2):
        close(phone, plan(room=str(n)), "no_access", next_at=asked.isoformat())
    assert planned(app) == {asked: most + 2}


def test_what_an_older_release_left_is_shown_first_and_planned_at_the_offices_word(
    app, plan, phone_of, client_as
) -> None:
    most, phone, office = so_many_a_day(app), phone_of("inspector"), client_as("office")
    page, board = "/office/plan/itself", "/office/plan"
    visits = [plan(room=str(n)) for n in range(most + 2)]
    overdue(phone, visits)
    assert "等待您确认后安排" not in office.get(page).text
    with app.app_context(), transaction():
        db.session.query(Look).update({"held": True})
    assert planned(app) == {}
    told = office.get(page).text
    assert f"{most + 2} 户等待您确认后安排" in told and f"每天最多 {most} 户" in told
    assert "等待您确认后安排" in office.get(board).text
    # A home at which something happens is not kept waiting.
    note = {"base": 0, "kind": "note.add", "data": {"text": "n"}}
    assert office.post(f"/api/v1/visits/{visits[0]['id']}/ops", json=note).status_code == 200
    assert sum(planned(app).values()) == 1 and f"{most + 1} 户等待您确认后安排" in office.get(page).text
    assert office.post(f"{page}/release").status_code == 400
    assert client_as("inspector").get(page).status_code == 403
    assert office.submit(page, f"{page}/release").status_code == 303
    assert planned(app) == {working_day(app, 1): most, working_day(app, 2): 2}
    assert "等待您确认后安排" not in office.get(page).text


@pytest.mark.parametrize(("homes", "held"), [(50, False), (51, True)])
def test_the_migration_holds_a_backlog_and_lets_a_few_homes_pass(homes: int, held: bool) -> None:
    migration = importlib.import_module("fieldsvc.migrations.versions.0020_a_backlog_waits_for_the_office")
    engine = sa.create_engine("sqlite://")
    with engine.begin() as bind:
        bind.exec_driver_sql(
            "CREATE TABLE follow_up_looks (customer_id VARCHAR(36) PRIMARY KEY, since TIMESTAMP NOT NULL, tries INTEGER NOT NULL)"
        )
        bind.exec_driver_sql("CREATE INDEX ix_follow_up_looks_next ON follow_up_looks (tries, since)")
        for n in range(homes):
            bind.exec_driver_sql("INSERT INTO follow_up_looks VALUES (?, '2026-11-22', 0)", (str(n),))
        with Operations.context(MigrationContext.configure(bind)):
            migration.upgrade()
            kept = bind.exec_driver_sql("SELECT held, count(*) FROM follow_up_looks GROUP BY held").all()
            assert [(bool(one), count) for one, count in kept] == [(held, homes)]
            migration.downgrade()
        assert len(bind.exec_driver_sql("PRAGMA table_info(follow_up_looks)").all()) == 3
    engine.dispose()
