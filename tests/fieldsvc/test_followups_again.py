"""What plans itself though the office decided otherwise before: something got worse, or its reason returned."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask

from fieldsvc import installation
from fieldsvc.db import transaction
from tests.fieldsvc.edits import edit
from tests.fieldsvc.followups import (
    Json,
    cancel,
    close,
    day_after,
    hazard,
    open_at_home,  # noqa: F401 - a fixture
    plan_again,
    planning_looked_at,  # noqa: F401 - a fixture
    reopen,
    weekday_in,
)


@pytest.fixture
def mild(app: Flask, plan: Any, phone_of: Any, settle: Any) -> tuple[Json, Any, str]:
    """A visit that is closed with a hazard of level 3, its phone and the hazard; the reinspection is planned, weeks ahead."""
    visit, phone = plan(), phone_of("inspector")
    hazard_id = hazard(phone, visit, due=weekday_in(app, 20), level=3)
    close(phone, visit)
    settle()
    return visit, phone, hazard_id


@pytest.mark.parametrize(("field", "value"), [("level", 1), ("due", None)])
def test_a_reinspection_that_the_office_cancelled_is_planned_again_when_its_hazard_gets_worse(
    app, mild, settle, at_home, client_as, field: str, value: Any
) -> None:
    visit, _phone, hazard_id = mild
    office = client_as("office")
    cancel(office, at_home(visit)[0], "不急")
    assert settle() == [("reinspection", "dismissed")]
    edit(office, visit["id"], "hazard.set", hazard=hazard_id, field=field, value=value or str(weekday_in(app, 2)))
    assert settle() == [("reinspection", "dismissed"), ("reinspection", "ahead")]


def test_a_worse_hazard_is_planned_though_the_repeat_of_its_reinspection_was_cancelled(
    mild, settle, at_home, client_as
) -> None:
    visit, phone, hazard_id = mild
    office = client_as("office")
    phone.sync()
    close(phone, at_home(visit)[0], "no_access")
    assert settle() == [("reinspection", "kept"), ("repeat", "ahead")]
    cancel(office, at_home(visit)[0], "不急")
    assert settle() == [("reinspection", "kept"), ("repeat", "dismissed")]
    edit(office, visit["id"], "hazard.set", hazard=hazard_id, field="level", value=1)
    assert settle() == [("reinspection", "kept"), ("repeat", "dismissed"), ("reinspection", "ahead")]


def test_a_visit_that_the_office_put_off_comes_forward_for_a_reason_that_it_did_not_know(
    app, plan, phone_of, settle, at_home, client_as
) -> None:
    visit, phone, office = plan(), phone_of("inspector"), client_as("office")
    first = hazard(phone, visit, due=weekday_in(app, 8), level=3)
    close(phone, visit)
    settle()
    page, far = f"/office/plan/visits/{at_home(visit)[0]['id']}", str(weekday_in(app, 30))
    office.submit(page, page, date=far)
    settle()
    edit(client_as("admin"), visit["id"], "hazard.set", hazard=first, field="due", value=str(weekday_in(app, 9)))
    settle()
    assert at_home(visit)[0]["planned"]["date"] == far, "a day that was put off is no new reason"
    phone.sync()
    phone.op(visit["id"], "note.add", text="n")
    found = plan_again(app, visit)
    phone.sync()
    hazard(phone, found, due=date.fromisoformat(day_after(app, 1)), level=1, code="HOSE-01")
    close(phone, found)
    assert settle() == [("reinspection", "ahead")]
    (planned,) = [one for one in at_home(visit) if one["type"] == "gas.reinspection"]
    assert planned["planned"]["date"] == day_after(app, 1)


def test_a_second_reinspection_that_the_office_brings_back_does_not_break_a_homes_planning(
    app, mild, settle, at_home, client_as
) -> None:
    visit, _phone, hazard_id = mild
    office = client_as("office")
    page = cancel(office, at_home(visit)[0], "不急")
    settle()
    edit(office, visit["id"], "hazard.set", hazard=hazard_id, field="level", value=2)
    assert settle() == [("reinspection", "dismissed"), ("reinspection", "ahead")]
    second = next(one for one in at_home(visit) if one["id"] not in page)
    office.submit(page, page, date=str(weekday_in(app, 5)))
    assert settle() == [("reinspection", "dismissed"), ("reinspection", "ahead")]
    assert len(at_home(visit)) == 2
    cancel(office, second, "重复")
    assert settle() == [("reinspection", "ahead"), ("reinspection", "dismissed")]


def test_a_home_that_was_given_up_is_given_up_again_when_its_reason_returns(
    app, plan, phone_of, settle, at_home, client_as
) -> None:
    with app.app_context(), transaction():
        installation.keep(name="policy.planning", value={"repeat_most": 0})
    visit, phone, office = plan(), phone_of("inspector"), client_as("office")
    close(phone, visit, "no_access")
    assert settle() == [("repeat", "given_up")]
    reopen(office, visit)
    assert settle() == [("repeat", "withdrawn")]
    phone.sync()
    close(phone, visit, "no_access")
    assert settle() == [("repeat", "given_up")]
