"""What changes while a period is being closed: the file has what stood, the next one the rest."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from fieldsvc import clock
from fieldsvc.billing import work
from fieldsvc.billing.models import BillingPeriod
from fieldsvc.db import db, transaction
from fieldsvc.readings.models import Reading, Review
from tests.fieldsvc.billing import (
    Clients,
    Json,
    Phones,
    Plan,
    at,
    close,
    finish,
    home,
    note,
    on_a_day_in_november,  # noqa: F401 - a fixture
    rows_of,
)
from tests.fieldsvc.papers import picture
from tests.fieldsvc.phone import Phone

pytestmark = pytest.mark.both_databases


def test_a_reading_that_arrives_while_a_period_is_being_closed_is_late(
    app: Flask, plan: Plan, client_as: Clients, monkeypatch: pytest.MonkeyPatch, november: datetime
) -> None:
    visit = home(app, plan, "001", ("00100.000", "2026-08-20"), ("00120.000", "2026-10-21"))
    office = client_as("office")
    close(office, "2026-10")
    monkeypatch.setattr(clock, "now", lambda: november + timedelta(minutes=1))
    note(app, visit, "00121.000", "2026-10-22")
    finish(app)
    assert [row["used"] for row in rows_of(office, "2026-10")] == ["20"]


def read_at_the_door(phone: Phone, visit: Json, value: str, *, photo: str | None = None) -> None:
    more = {"photo": photo} if photo else {}
    phone.op(visit["id"], "reading.set", meter=visit["meters"][0]["id"], value=value, running=True, **more)
    phone.sync()


def test_a_reading_that_is_corrected_while_its_period_is_being_closed_is_a_correction_in_the_next(
    app: Flask, plan: Plan, phone_of: Phones, client_as: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "A_STEP", 1)
    at(monkeypatch, "2026-10-21T09:00:00+08:00")
    meter = {"serial": "M1", "kind": "diaphragm", "digits": 5, "decimals": 3}
    phone, office = phone_of("inspector"), client_as("office")
    visit = plan(account="001", meters=[{**meter, "last": {"value": "100", "at": "2026-08-20"}}])
    phone.sync()
    read_at_the_door(phone, visit, "120", photo=phone.upload(picture("gray"), "image/jpeg"))
    home(app, plan, "002", ("00200.000", "2026-08-20"), ("00230.000", "2026-10-25"))
    at(monkeypatch, "2026-11-02T09:00:00+08:00")
    close(office, "2026-10")
    with app.app_context():
        assert work.step()
    base = office.get(f"/api/v1/visits/{visit['id']}").json["version"]
    shown = office.get(f"/api/v1/visits/{visit['id']}").json["readings"][visit["meters"][0]["id"]]
    told = {"meter": visit["meters"][0]["id"], "value": "125", "running": True, "photo": shown["photo"]}
    office.post(f"/api/v1/visits/{visit['id']}/ops", json={"base": base, "kind": "reading.set", "data": told})
    finish(app)
    assert [(row["account"], row["used"]) for row in rows_of(office, "2026-10")] == [("001", "20"), ("002", "30")]
    at(monkeypatch, "2026-12-02T09:00:00+08:00")
    close(office, "2026-11")
    finish(app)
    (row,) = rows_of(office, "2026-11")
    assert (row["account"], row["used"], row["corrects"], row["used_before"]) == ("001", "25", "2026-10", "20")


def test_periods_that_are_closed_at_one_time_are_closed_in_the_order_of_their_days(
    app: Flask, november: datetime
) -> None:
    with app.app_context():
        with transaction():
            for month in (9, 8):
                first = date(2026, month, 1)
                db.session.add(
                    BillingPeriod(
                        id=f"{9 - month}", first_on=first, until=date(2026, month + 1, 1), closing_at=november, by_id="",
                        by_name="", row_count=0, used=0, cents=0,
                    )
                )  # fmt: skip
        assert work.step()
        states = {row.first_on.month: row.state for row in db.session.scalars(select(BillingPeriod))}
        assert states == {8: "closed", 9: "closing"}


def test_readings_from_before_they_were_judged_are_judged_before_they_are_exported(
    app: Flask, plan: Plan, phone_of: Phones, client_as: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, "2026-10-21T09:00:00+08:00")
    meter = {"serial": "M1", "kind": "diaphragm", "digits": 5, "decimals": 3}
    phone, office = phone_of("inspector"), client_as("office")
    told = {"001": ("120", "gray"), "002": ("230", None), "003": ("90", "white")}
    for account, (value, color) in told.items():
        visit = plan(
            account=account, meters=[{**meter, "serial": account, "last": {"value": "100", "at": "2026-08-20"}}]
        )
        phone.sync()
        read_at_the_door(phone, visit, value, photo=phone.upload(picture(color), "image/jpeg") if color else None)
    home(app, plan, "004", ("00100.000", "2026-08-20"), ("00140.000", "2026-10-20"))
    with app.app_context(), transaction():
        db.session.execute(delete(Review))
        unknown = ("marks", "used", "photo", "running", "final", "initial", "op_id", "recorded_at")
        db.session.execute(update(Reading).values(dict.fromkeys(unknown)))
    at(monkeypatch, "2026-11-02T09:00:00+08:00")
    close(office, "2026-10")
    finish(app)
    assert [(row["account"], row["used"]) for row in rows_of(office, "2026-10")] == [("001", "20"), ("004", "40")]
    with app.app_context():
        waiting = {row.marks for row in db.session.scalars(select(Review).where(Review.state == "open"))}
    assert waiting == {"no_photo", "below_last"}
