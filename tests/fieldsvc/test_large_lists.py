"""Lists of a large store, page by page: what is gone through row by row goes on from its neighbour, homes to call come once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from random import Random
from typing import Any
from urllib.parse import urljoin

import pytest
from flask import Flask

from fieldsvc import clock, found, installation
from fieldsvc.db import db, transaction
from fieldsvc.hazards import service as hazards
from fieldsvc.office import lists

pytestmark = pytest.mark.both_databases


def remembered(visit: dict[str, Any], *, level: int, days: int, home: str) -> hazards.Hazard:
    """A hazard of which somebody is to be reminded so many days from today."""
    now, today = clock.now(), installation.today()
    return hazards.Hazard(
        id=clock.new_id(), visit_id=visit["id"], customer_id=home, item="hose", level=level, position="meter",
        stop_gas="none", state="open", paper_due_on=today, due_on=today, found_at=now, arrived_at=now, code="HOSE-02",
        remind_on=today + timedelta(days=days), taken_up_at=now,
    )  # fmt: skip


def test_homes_to_call_stand_where_their_first_hazard_does_and_come_once_on_all_pages(
    app: Flask, plan: Callable[..., Any], database: str
) -> None:
    visit, chance = plan(), Random(8)
    with app.app_context():
        today = installation.today()
        homes = [clock.new_id() for _ in range(12)]
        with transaction():
            for home in homes:
                for _ in range(chance.randint(1, 4)):
                    level, days = chance.randint(1, 3), chance.randint(-9, 2)
                    db.session.add(remembered(visit, level=level, days=days, home=home))
        due = [row for row in db.session.scalars(db.select(hazards.Hazard)) if row.remind_on and row.remind_on <= today]
        due.sort(key=lambda row: (row.level, row.remind_on, row.id))
        wanted = list(dict.fromkeys(row.customer_id for row in due))
        pages = [hazards.calls(today=today, limit=5, offset=offset) for offset in (0, 5, 10)]
        assert [home.customer_id for page in pages for home in page] == wanted
        assert hazards.count_calls(today=today) == len(wanted) < len(homes) * 2
        for home in pages[0]:
            assert {row.id for row in home.hazards} == {row.id for row in due if row.customer_id == home.customer_id}


def test_homes_to_call_are_turned_page_by_page_and_no_page_is_past_the_last(
    app: Flask,
    client_as: Callable[[str], Any],
    plan: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    database: str,
) -> None:
    monkeypatch.setattr("fieldsvc.office.ledger.hazard_pages.HOMES", 2)
    visits = [plan(name=f"住户{n}") for n in range(3)]
    with app.app_context(), transaction():
        for one in visits:
            db.session.add(remembered(one, level=2, days=-1, home=one["customer"]["id"]))
    office = client_as("office")
    first, last, past = (office.get(f"/office/hazards/calls{page}").text for page in ("", "?page=2", "?page=99"))
    assert [page.count('class="card call"') for page in (first, last, past)] == [2, 1, 1]
    assert len({name for page in (first, last) for name in re.findall(r"住户\d", page)}) == 3


def test_what_many_visits_have_is_turned_forwards_and_back_from_page_to_page(
    client_as: Callable[[str], Any], plan: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    monkeypatch.setattr(lists, "PER_PAGE", 2)
    monkeypatch.setattr("fieldsvc.record.sought.RARE", 1)
    monkeypatch.setattr(found, "WINDOWS", (2, 4))
    for n in range(7):
        plan(name=f"王芳{n}")
    office, address, pages = client_as("office"), "/office/visits?q=王芳", []
    while address:
        pages.append(office.get(address).text)
        following = re.search(r'rel="next" href="([^"]+)"', pages[-1])
        address = urljoin("/office/visits", unescape(following[1])) if following else ""
        assert not following or "after=" in address, "by its number a page would be counted up to"
    names = [re.findall(r"王芳(\d)", page[page.index("<tbody>") :]) for page in pages]
    turned = [list(dict.fromkeys(page)) for page in names]
    assert sorted(one for page in turned for one in page) == [str(n) for n in range(7)]
    back = re.search(r'rel="prev" href="([^"]+)"', pages[2])
    assert back
    again = office.get(urljoin("/office/visits", unescape(back[1]))).text
    assert list(dict.fromkeys(re.findall(r"王芳(\d)", again[again.index("<tbody>") :]))) == turned[1]
