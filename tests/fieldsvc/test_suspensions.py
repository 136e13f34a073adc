"""Planned suspensions of supply: written down by the office, told and ended in time or not, counted in the report."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from fieldsvc import clock, installation
from fieldsvc.db import db, transaction
from fieldsvc.promises.models import Suspension
from fieldsvc.reports import service as reports
from fieldsvc.reports.spans import Span
from tests.fieldsvc.conftest import Browser

As = Callable[[str], Browser]
PAGE = "/office/suspensions"
CHINA = ZoneInfo("Asia/Shanghai")


def typed(ago: timedelta) -> str:
    """A moment as a form gives it, so long before now."""
    return (clock.now() - ago).astimezone(CHINA).strftime("%Y-%m-%dT%H:%M")


def announce(office: Browser, *, told: timedelta, begins: timedelta, **more: str) -> int:
    """Write a suspension down; both are how long ago."""
    given = {"place": "遵义路 1–40 号", "reason": "换阀 <i>", "told_at": typed(told), "begins_at": typed(begins)}
    return int(office.submit(PAGE, PAGE, **{**given, **more}).status_code)


def counted(app: Flask) -> dict[str, tuple[int, int, int]]:
    with app.app_context():
        today = installation.today()
        told = reports.kept_promises(span=Span("year", today - timedelta(days=60), today), today=today)
        found = {one.id: (one.kept, one.broken, one.open) for one in told}
        return {name: found[name] for name in ("suspension", "restoration")}


def rows(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Suspension.id).order_by(Suspension.begins_at)))


@pytest.mark.both_databases
def test_a_suspension_is_told_and_ended_in_time_or_not(app: Flask, client_as: As) -> None:
    office, hour = client_as("office"), timedelta(hours=1)
    assert counted(app) == {"suspension": (0, 0, 0), "restoration": (0, 0, 0)}
    assert announce(office, told=80 * hour, begins=30 * hour) == 303  # told 50 hours ahead, not back after 30
    assert announce(office, told=30 * hour, begins=5 * hour) == 303  # told 25 hours ahead, may still be back in time
    assert announce(office, told=5 * hour, begins=-90 * hour) == 303  # still ahead: nothing to count yet
    assert counted(app) == {"suspension": (1, 1, 0), "restoration": (0, 1, 1)}
    page = office.get(PAGE).text
    assert "遵义路 1–40 号" in page and "换阀 &lt;i&gt;" in page
    late, under_way, ahead = rows(app)
    for one, ago in ((late, 2 * hour), (under_way, hour)):
        assert office.submit(PAGE, f"{PAGE}/{one}/restored", at=typed(ago)).status_code == 303
    assert counted(app) == {"suspension": (1, 1, 0), "restoration": (1, 1, 0)}
    assert f"{PAGE}/{ahead}/restored" not in office.get(PAGE).text, "it has not begun"
    with app.app_context(), transaction():
        installation.keep(name="policy.promises", value={"suspension_hours": 24, "restoration_hours": 48})
    assert counted(app) == {"suspension": (2, 0, 0), "restoration": (2, 0, 0)}


def test_when_the_supply_was_back_is_written_once_and_not_before_it_stopped(app: Flask, client_as: As) -> None:
    office, hour = client_as("office"), timedelta(hours=1)
    announce(office, told=80 * hour, begins=5 * hour)
    (one,) = rows(app)
    for wrong in (typed(6 * hour), typed(-2 * hour), "soon", ""):
        office.submit(PAGE, f"{PAGE}/{one}/restored", at=wrong)
        with app.app_context():
            assert db.session.get_one(Suspension, one).restored_at is None, wrong
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', office.get(PAGE).text))
    for ago, status in ((3 * hour, 303), (2 * hour, 422)):
        assert office.post(f"{PAGE}/{one}/restored", data={**hidden, "at": typed(ago)}).status_code == status
    with app.app_context():
        back = db.session.get_one(Suspension, one).restored_at
    assert back == datetime.strptime(typed(3 * hour), "%Y-%m-%dT%H:%M").replace(tzinfo=CHINA)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"place": " "}, "请写明地点"),
        ({"told_at": "2999-01-01T10:00"}, "已经过去的时间"),
        ({"told_at": "yesterday"}, "已经过去的时间"),
        ({"begins_at": "2020-01-01T10:00"}, "告知之后的时间"),
    ],
)
def test_what_is_missing_is_named_and_what_was_typed_comes_back(
    wrong: dict[str, str], said: str, app: Flask, client_as: As
) -> None:
    office, hour = client_as("office"), timedelta(hours=1)
    given = {"place": "遵义路", "reason": "换阀", "told_at": typed(50 * hour), "begins_at": typed(hour), **wrong}
    answer = office.submit(PAGE, PAGE, **given)
    assert answer.status_code == 422 and said in answer.text and "换阀" in answer.text
    assert rows(app) == []


def test_suspensions_are_for_the_office_and_the_report_leads_to_them(client_as: As) -> None:
    assert client_as("inspector").get(PAGE).status_code == 403
    office = client_as("office")
    assert f'href="{PAGE}"' in office.get("/office").text
    assert f'href="{PAGE}?from=' in office.get("/office/reports").text
