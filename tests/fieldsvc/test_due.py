"""Who is due for an inspection: the row kept of every customer, the company's own times, the pages, the migration."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from fieldsvc import clock, installation
from fieldsvc.customers import service as customers
from fieldsvc.db import db, transaction
from fieldsvc.duty import service as duty

Json = dict[str, Any]


def completed(phone: Any, visit: Json) -> None:
    phone.op(visit["id"], "visit.close", outcome="completed")
    phone.sync()


def standing(app: Flask, visit: Json) -> tuple[Any, Any, Any]:
    with app.app_context():
        row = duty.of_customers(ids=[visit["customer"]["id"]])[visit["customer"]["id"]]
        return row.last_on, row.open_on, row.open_visit_id


def test_the_kept_row_follows_planning_closing_reopening_and_cancelling(app, client_as, plan, phone_of, today) -> None:
    visit = plan()
    assert standing(app, visit) == (None, today, visit["id"])
    phone, office = phone_of("inspector"), client_as("office")
    completed(phone, visit)
    assert standing(app, visit) == (today, None, None)
    office.submit(f"/office/visits/{visit['id']}", f"/office/visits/{visit['id']}/reopen", reason="x")
    assert standing(app, visit) == (None, today, visit["id"])
    phone.sync()
    phone.op(visit["id"], "visit.close", outcome="no_access")
    phone.sync()
    assert standing(app, visit) == (None, None, None)


@pytest.mark.both_databases
def test_who_was_never_inspected_or_too_long_ago_is_due_and_the_company_decides_how_long(
    app, client_as, plan, phone_of, today
) -> None:
    never, done, business = plan(), plan(), plan()
    phone = phone_of("inspector")
    completed(phone, done)
    completed(phone, business)
    with app.app_context(), transaction():
        tagged = {"account": business["customer"]["account"], "name": "店", "tags": ["商户"]}
        customers.save_many(given=[tagged], now=clock.now())

    def due(until: date) -> int:
        with app.app_context():
            return duty.totals(asked=duty.Filter(until=until)).due

    assert never["id"]
    assert due(today) == 1
    assert due(today + timedelta(days=88)) == 1
    assert due(today + timedelta(days=93)) == 2
    assert due(today + timedelta(days=366)) == 3
    with app.app_context(), transaction():
        installation.keep(name="policy.duty", value={"residential_months": 1})
    assert due(today + timedelta(days=31)) == 2


@pytest.mark.both_databases
def test_an_imported_customer_has_its_row(app, client_as) -> None:

    with app.app_context():
        given = {
            "account": "A1",
            "name": "王",
            "district": "云岩区",
            "address": "路 9 号",
            "building": "10",
            "meters": [],
        }
        with transaction():
            customers.save_many(given=[given, {**given, "account": "A2", "building": "9"}], now=clock.now())
        asked = duty.Filter(until=installation.today())
        assert [(area.name, area.customers, area.left) for area in duty.areas(asked=asked)] == [("云岩区", 2, 2)]
        assert [row.building for row in duty.due(asked=asked, limit=9)] == ["9", "10"]
        with transaction():
            customers.save_many(given=[{**given, "district": "南明区"}], now=clock.now())
        assert {area.name for area in duty.areas(asked=asked)} == {"云岩区", "南明区"}


def test_a_page_of_what_is_due_costs_the_same_however_many_there_are(app, client_as, count_queries) -> None:

    office = client_as("office")

    def cost() -> int:
        with count_queries() as said:
            assert office.get("/office/plan/due/customers").status_code == 200
            assert office.get("/office/plan/due").status_code == 200
        return len(said)

    def add(first: int, last: int) -> None:
        given = [
            {"account": f"A{n}", "name": "王", "district": f"区{n % 7}", "building": str(n), "meters": []}
            for n in range(first, last)
        ]
        with app.app_context(), transaction():
            customers.save_many(given=given, now=clock.now())

    add(0, 60)
    before = cost()
    add(60, 1000)
    assert cost() == before


@pytest.mark.both_databases
def test_the_migration_makes_the_rows_that_would_have_been_kept(app, client_as, plan, phone_of, today) -> None:
    import importlib

    migration = importlib.import_module("fieldsvc.migrations.versions.0011_planning")
    done, twice, open_one, never = (plan(building=str(n)) for n in range(4))
    phone = phone_of("inspector")
    completed(phone, done)
    completed(phone, twice)
    with app.app_context(), transaction():
        from fieldsvc.visits import service as visits

        order = {"customer": {"account": twice["customer"]["account"]}, "assignee": None}
        for days, kind in ((40, "gas.inspection"), (9, "gas.booked"), (3, "gas.reading")):
            day = str(today + timedelta(days=days))
            visits.plan(visits=[{**order, "type": kind, "planned": {"date": day}}], now=clock.now())
        for one in (open_one, never):
            assert one["state"] == "planned"
    with app.app_context():

        def rows() -> list[tuple[Any, ...]]:
            db.session.expire_all()
            columns = duty.Duty.__table__.columns
            return sorted(tuple(row) for row in db.session.execute(db.select(*columns)))

        kept = rows()
        assert len(kept) == 4
        with transaction():
            db.session.execute(db.delete(duty.Duty))
            migration.fill(db.session.connection())
        assert rows() == kept
