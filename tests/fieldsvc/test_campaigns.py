"""Campaigns: previewed, planned in batches over days and people, stopped, killed and refused."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pytest
from flask import Flask

from fieldsvc import clock, installation
from fieldsvc.db import db, transaction
from fieldsvc.planning import campaigns, work
from fieldsvc.planning.models import Campaign
from fieldsvc.policy import workdays
from fieldsvc.record import service as record

Json = dict[str, Any]


def working_days(app: Flask, count: int) -> list[date]:
    with app.app_context():
        return [workdays.add_working_days(installation.today(), n) for n in range(1, count + 1)]


def people(app: Flask, count: int) -> None:
    from fieldsvc.customers import service as customers

    given = [
        {
            "account": f"C{n}",
            "name": "王",
            "district": "云岩区",
            "address": "路",
            "building": str(n // 4),
            "room": str(n),
            "meters": [],
        }
        for n in range(count)
    ]
    with app.app_context(), transaction():
        customers.save_many(given=given, now=clock.now())


def asked(days: list[date], per_day: int, **more: Any) -> Json:
    return {
        "place": json.dumps(["云岩区", None, None]),
        "until": str(days[-1]),
        "first": str(days[0]),
        "last": str(days[-1]),
        "per_day": str(per_day),
        "who": ["inspector", "colleague"],
        **more,
    }


CAMPAIGNS = "/office/plan/campaigns"


def digest_in(page: str) -> str:
    found = re.search(r'name="previewed" value="([^"]+)"', page)
    return found[1] if found else ""


def go(office: Any, **fields: Any) -> Any:
    """Look at the preview, then have the campaign planned."""
    shown = office.submit(f"{CAMPAIGNS}/new", CAMPAIGNS, do="preview", **fields)
    return office.submit(f"{CAMPAIGNS}/new", CAMPAIGNS, do="go", previewed=digest_in(shown.text), **fields)


@pytest.mark.parametrize("change", [{"per_day": "5"}, {"who": ["colleague"]}, {"last": "2099-01-05"}, {"kind": "home"}])
def test_a_campaign_changed_after_its_preview_is_shown_again_and_not_planned(app, client_as, change: Json) -> None:
    days, office = working_days(app, 3), client_as("office")
    people(app, 6)
    shown = office.submit(f"{CAMPAIGNS}/new", CAMPAIGNS, do="preview", **asked(days, 4))
    fields = {**asked(days, 4), "do": "go", **change}
    for previewed in (digest_in(shown.text), ""):
        answer = office.submit(f"{CAMPAIGNS}/new", CAMPAIGNS, previewed=previewed, **fields)
        assert answer.status_code == 409 and "preview-title" in answer.text and 'role="alert"' in answer.text
        with app.app_context():
            assert db.session.query(Campaign).count() == 0
    again = office.submit(f"{CAMPAIGNS}/new", CAMPAIGNS, previewed=digest_in(answer.text), **fields, name="一")
    assert again.status_code == 303


def load(app: Flask, days: list[date]) -> dict[tuple[str, date], int]:
    with app.app_context():
        return record.load_of_days(first=days[0], last=days[-1])


@pytest.mark.both_databases
def test_a_campaign_is_previewed_and_planned_over_working_days_people_and_the_way(app, client_as, plan, today) -> None:
    days = working_days(app, 3)
    people(app, 20)
    plan(day=days[0], assignee="inspector")  # counts towards the day of whoever has it
    office = client_as("office")
    seen = office.submit("/office/plan/campaigns/new", "/office/plan/campaigns", do="preview", **asked(days, 4))
    assert seen.status_code == 200
    assert list(load(app, days).values()) == [1], "a preview writes nothing"
    answer = go(office, **asked(days, 4))
    assert answer.status_code == 303, answer.text
    assert office.get(answer.headers["Location"]).status_code == 200
    with app.app_context():
        work.work_due()
    assert sorted(load(app, days).values()) == [1, 4, 4, 4, 4, 4] or set(load(app, days).values()) == {4}
    with app.app_context():
        row = db.session.query(Campaign).one()
        assert (row.state, row.planned) == ("done", 20)
        first = record.on_day(day=days[0], limit=50)
        mine = [
            int(one["customer"]["room"])
            for one in first
            if one["assignee"]["name"] == "王小明" and one["customer"]["district"] == "云岩区"
        ]
    assert sorted(mine) == [0, 1, 2]
    assert "20" in office.get("/office/plan/campaigns").text


def test_a_campaign_that_is_killed_or_repeated_doubles_nobody(app, client_as, monkeypatch: pytest.MonkeyPatch) -> None:
    days = working_days(app, 5)
    people(app, 30)
    office = client_as("office")
    go(office, **asked(days, 10))
    monkeypatch.setattr(campaigns, "BATCH", 7)
    whole, calls = campaigns.plan_batch, []

    def killed(row: Campaign, *, now: Any, size: int = 7) -> bool:
        more = whole(row, now=now, size=7)
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt  # after everything was written and before it was committed
        return more

    monkeypatch.setattr(campaigns, "plan_batch", killed)
    with app.app_context():
        with pytest.raises(KeyboardInterrupt):
            work.work_due()
        db.session.rollback()
        assert db.session.query(Campaign).one().planned == 7
        work.work_due()
        assert db.session.query(Campaign).one().planned == 30
    go(office, **asked(days, 10))
    with app.app_context():
        work.work_due()
        visits = [one for day in days for one in record.on_day(day=day, limit=100)]
    accounts = [one["customer"]["account"] for one in visits]
    assert len(accounts) == len(set(accounts)) == 30


def test_a_stopped_campaign_plans_nothing_more(app, client_as) -> None:
    days = working_days(app, 2)
    people(app, 5)
    office = client_as("office")
    answer = go(office, **asked(days, 10))
    page = answer.headers["Location"]
    office.submit(page, f"{page}/stop")
    with app.app_context():
        work.work_due()
        assert db.session.query(Campaign).one().state == "stopped"
    assert load(app, days) == {}


def test_as_many_places_can_be_ticked_as_a_campaign_may_have_and_no_more(app, client_as) -> None:
    from fieldsvc.customers import service as customers

    office, choose = client_as("office"), "/office/plan/campaigns/new"
    with app.app_context(), transaction():
        given = {"name": "王", "district": "云岩区", "address": "路", "meters": []}
        customers.save_many(given=[{**given, "account": "P1"}], now=clock.now())
    places = [json.dumps(["云岩区", f"很长的街道名称第{n}号", None]) for n in range(campaigns.MOST_PLACES + 1)]
    few = office.submit("/office/plan/due", choose, place=places[:2], until="2026-12-31")
    assert few.status_code == 303 and len(few.location) < 2000
    assert office.get(few.location).text.count('name="place"') == 2
    many = office.submit("/office/plan/due", choose, place=places[:-1], until="2026-12-31", kind="home")
    assert many.status_code == 200 and many.text.count('name="place"') == campaigns.MOST_PLACES
    assert 'value="2026-12-31"' in many.text and 'value="home" selected' in many.text
    assert office.post(choose, data={"place": places[:2]}).status_code == 400  # without a token
    days = working_days(app, 2)
    answer = office.submit(choose, "/office/plan/campaigns", **{**asked(days, 3, do="go"), "place": places})
    assert answer.status_code == 422 and str(campaigns.MOST_PLACES) in answer.text.split('role="alert"')[1][:400]
    with app.app_context():
        assert db.session.query(Campaign).count() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"place": "nonsense"},
        {"place": '["\\ud800"]'},
        {"place": '["\\u0000"]'},
        {"place": "[" * 1000},
        {"place": "[]"},
        {"place": "[1]"},
        {"first": "2001-01-01"},
        {"last": "2001-01-01"},
        {"who": []},
        {"per_day": "0"},
        {"per_day": "99999"},
        {"per_day": "many"},
    ],
)
def test_a_campaign_that_cannot_be_is_refused_with_why(app, client_as, change: Json) -> None:
    days = working_days(app, 2)
    people(app, 2)
    answer = client_as("office").submit(
        "/office/plan/campaigns/new", "/office/plan/campaigns", **{**asked(days, 3, do="go"), **change}
    )
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    with app.app_context():
        assert db.session.query(Campaign).count() == 0
