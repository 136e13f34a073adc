"""The kept counts of the duty say what a count of its rows says, whatever is written, and figures are the same from both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from flask import Flask

from fieldsvc import clock, installation
from fieldsvc.customers import service as customers
from fieldsvc.db import db, transaction
from fieldsvc.duty import counts
from fieldsvc.duty import service as duty
from fieldsvc.duty.models import NEVER, DutyCount
from fieldsvc.visits import service as visits
from tests.fieldsvc.test_due import completed

pytestmark = pytest.mark.both_databases
Json = dict[str, Any]


def kept() -> Counter[counts.Standing]:
    db.session.expire_all()
    rows = db.session.scalars(db.select(DutyCount))
    return Counter({counts.Standing(row.district, row.kind, row.last_on, row.is_open): row.count for row in rows})


def counted() -> Counter[counts.Standing]:
    rows = db.session.scalars(db.select(duty.Duty))
    return Counter(
        counts.Standing(row.district, row.kind, row.last_on or NEVER, row.open_visit_id is not None) for row in rows
    )


def both_ways(asked: duty.Filter) -> None:
    """Compare the figures of districts from the counts with those from the rows, which asking for a street makes it read."""
    places = tuple(duty.Place(name, address) for name, address in db.session.execute(
        db.select(duty.Duty.district, duty.Duty.address).distinct()
    ))  # fmt: skip
    of_rows = duty.Filter(until=asked.until, kind=asked.kind, places=places)
    assert asked.districts() is not None and of_rows.districts() is None
    assert duty.totals(asked=asked) == duty.totals(asked=of_rows)
    assert duty.areas(asked=asked) == duty.areas(asked=of_rows)
    assert duty.count_areas(asked=asked) == duty.count_areas(asked=of_rows) == len(duty.areas(asked=asked))
    for one in duty.areas(asked=asked):
        district = duty.Filter(until=asked.until, kind=asked.kind, places=(duty.Place(one.name),))
        whole = duty.totals(asked=district)
        assert (whole.customers, whole.due, whole.never, whole.planned) == (
            one.customers, one.due, one.never, one.planned,
        )  # fmt: skip


def test_the_counts_are_those_of_the_rows_after_whatever_happens(
    app: Flask,
    plan: Callable[..., Json],
    phone_of: Callable[[str], Any],
    client_as: Callable[[str], Any],
    database: str,
) -> None:
    chance, today = Random(8), installation_today(app)
    done = [plan(account=f"C{n}", district=f"区{n % 3}", address=f"路{n % 2}") for n in range(6)]
    with app.app_context():
        assert sum(kept().values()) == 6 and kept() == counted()
    phone = phone_of("inspector")
    for visit in done[:3]:
        completed(phone, visit)
    with app.app_context():
        assert kept() == counted() and len({one.last_on for one in kept()}) == 2
        for step in range(12):
            number = chance.randrange(6)
            with transaction():
                if step % 2:
                    tags = ["商户"] if chance.random() < 0.5 else []
                    given = {"account": f"C{number}", "name": "王", "district": f"区{step % 4}", "tags": tags}
                    customers.save_many(given=[given], now=clock.now())
                else:
                    order = {"customer": {"account": f"C{number}"}, "type": "gas.inspection", "assignee": None}
                    day = {"date": str(today + timedelta(days=step))}
                    visits.plan(visits=[{**order, "planned": day}], now=clock.now())
            assert kept() == counted(), step
        assert all(count > 0 for count in kept().values()), "rows of nobody do not stay"
    office = client_as("office")
    reopen = f"/office/visits/{done[0]['id']}/reopen"
    office.submit(f"/office/visits/{done[0]['id']}", reopen, reason="还要看一次")
    with app.app_context():
        assert kept() == counted()
        for days in (0, 200, 420):
            for kind in ("", duty.HOME, duty.BUSINESS):
                both_ways(duty.Filter(until=today + timedelta(days=days), kind=kind))


def installation_today(app: Flask) -> Any:
    with app.app_context():
        return installation.today()


def test_a_day_that_is_taken_back_with_its_transaction_is_not_counted(
    app: Flask, plan: Callable[..., Json], database: str
) -> None:
    plan(account="C1", district="区1")
    with app.app_context():
        before = kept()
        given = [{"account": "C2", "name": "王", "district": "区1"}]

        def save_and_fail() -> None:
            with transaction():
                customers.save_many(given=given, now=clock.now())
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            save_and_fail()
        assert kept() == before == counted()
