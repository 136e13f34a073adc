"""What plans itself, as its tests look at it: a home's hazards and closings, and what the office does about them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from fieldsvc import clock, installation
from fieldsvc.db import db, transaction
from fieldsvc.planning import work
from fieldsvc.planning.models import FollowUp, Look
from fieldsvc.policy import workdays
from fieldsvc.record import service as record
from fieldsvc.visits import service as visits

Json = dict[str, Any]


@pytest.fixture(name="settle")
def planning_looked_at(app: Flask) -> Any:
    """Let what plans itself be looked at; gives the rows as (kind, state), the oldest first."""

    def run() -> list[tuple[str, str]]:
        with app.app_context():
            work.work_due()
            assert db.session.query(Look).count() == 0
            return [(row.kind, row.state) for row in db.session.query(FollowUp).order_by(FollowUp.made_at, FollowUp.id)]

    return run


@pytest.fixture(name="at_home")
def open_at_home(app: Flask) -> Any:
    """The open visits of a customer that planned themselves, as documents."""

    def read(visit: Json, state: str = "planned") -> list[Json]:
        with app.app_context():
            found = record.latest_of_customer(customer_id=visit["customer"]["id"], state=state)
            return [one for one in found if one["id"] != visit["id"]]

    return read


def day_after(app: Flask, count: int) -> str:
    """So many working days from today."""
    with app.app_context():
        return str(workdays.add_working_days(installation.today(), count))


def weekday_in(app: Flask, days: int) -> date:
    """A working day some days ahead."""
    with app.app_context():
        return workdays.add_working_days(installation.today() + timedelta(days=days), 1)


def installation_today(app: Flask) -> date:
    with app.app_context():
        return installation.today()


def hazard(phone: Any, visit: Json, *, due: date, code: str = "HOSE-02", level: int = 2) -> str:
    hazard_id = clock.new_id()
    phone.op(
        visit["id"], "hazard.add", hazard=hazard_id, code=code, item="hose", level=level, position="after_appliance_valve",
        due=str(due), stop_gas="none",
    )  # fmt: skip
    return hazard_id


def close(phone: Any, visit: Json, outcome: str = "completed", **more: Any) -> None:
    phone.op(visit["id"], "visit.close", outcome=outcome, **more)
    phone.sync()


def cancel(office: Any, planned: Json, reason: str) -> str:
    """Cancel an open visit on its page; gives the page's address."""
    page = f"/office/plan/visits/{planned['id']}"
    office.submit(page, f"{page}/cancel", reason=reason)
    return page


def reopen(office: Any, visit: Json) -> None:
    office.submit(f"/office/visits/{visit['id']}", f"/office/visits/{visit['id']}/reopen", reason="x")


def plan_again(app: Flask, visit: Json) -> Json:
    """Another inspection of the same customer, today, the inspector's."""
    with app.app_context(), transaction():
        order = {
            "type": "gas.inspection",
            "customer": {"account": visit["customer"]["account"]},
            "planned": {"date": str(installation.today())},
            "assignee": "inspector",
        }
        return visits.plan(visits=[order], now=clock.now())[0]
