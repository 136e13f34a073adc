"""What planned itself, and what could not be planned, on the office's page."""

from __future__ import annotations

from typing import Any

import pytest

from fieldsvc.planning import followups, work
from tests.fieldsvc.followups import (
    close,
    hazard,
    planning_looked_at,  # noqa: F401 - a fixture
    weekday_in,
)


def test_what_planned_itself_is_on_its_page_with_why(app, plan, phone_of, settle, client_as) -> None:
    visit, phone = plan(name="<b>王</b>"), phone_of("inspector")
    hazard(phone, visit, due=weekday_in(app, 8))
    phone.op(visit["id"], "check.set", item="hose", point="HOSE-C1", result="not_accessible")
    close(phone, visit)
    settle()
    page = client_as("office").get("/office/plan/itself").text
    assert "&lt;b&gt;王&lt;/b&gt;" in page
    assert "HOSE-02" not in page
    assert client_as("office").get("/office/plan/itself?export=csv").status_code == 200


def test_a_home_at_which_planning_failed_is_shown_to_a_person(
    app, plan, phone_of, client_as, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_given: Any) -> None:
        raise ValueError("broken")

    visit, phone, office = plan(name="<b>王</b>"), phone_of("inspector"), client_as("office")
    close(phone, visit, "no_access")
    assert "data-failed" not in office.get("/office/plan/itself").text
    monkeypatch.setattr(followups, "look_at", broken)
    with app.app_context():
        work.work_due()
    page = office.get("/office/plan/itself").text
    assert "data-failed" in page and "&lt;b&gt;王&lt;/b&gt;" in page
