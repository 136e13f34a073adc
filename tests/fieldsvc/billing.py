"""Billing as tests see it: homes with figures, closing a period, and the file that was taken."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from fieldsvc import clock
from fieldsvc.billing import work
from fieldsvc.db import db, transaction
from fieldsvc.readings import service as readings
from tests.fieldsvc.conftest import PASSWORD, Browser
from tests.fieldsvc.phone import Phone

Json = dict[str, Any]
Plan = Callable[..., Json]
Phones = Callable[[str], Phone]
Clients = Callable[[str], Browser]

GUANGZHOU = [
    {"kind": "residential", "from": "2020-01-01", "upto": upto, "price": price}
    for upto, price in (("320", "3.45"), ("400", "4.14"), ("", "5.18"))
]


@pytest.fixture(name="november")
def on_a_day_in_november(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """A day in November 2026, whenever the tests run."""
    return at(monkeypatch, "2026-11-22T10:00:00+08:00")


def at(monkeypatch: pytest.MonkeyPatch, moment: str) -> datetime:
    then = datetime.fromisoformat(moment)
    monkeypatch.setattr(clock, "now", lambda: then)
    return then


def note(app: Flask, visit: Json, value: str, on: str) -> None:
    with app.app_context(), transaction():
        readings.note(
            meter_id=visit["meters"][0]["id"], value=value, read_at=datetime.fromisoformat(f"{on}T10:00:00+08:00")
        )


def home(app: Flask, plan: Plan, account: str, *figures: tuple[str, str], **more: Any) -> Json:
    """A home whose meter showed these figures on these days."""
    meter = {"serial": f"M{account}", "kind": "diaphragm", "digits": 5, "decimals": 3}
    visit = plan(account=account, meters=[meter], **more)
    for value, on in figures:
        note(app, visit, value, on)
    return visit


def log_in_again(office: Browser) -> None:
    """After months no session of the office lives."""
    office.post("/api/v1/login", json={"username": "office", "password": PASSWORD})


def close(office: Browser, period: str) -> Any:
    log_in_again(office)
    return office.submit("/office/readings/billing", "/office/readings/billing", period=period)


def finish(app: Flask) -> None:
    with app.app_context():
        while work.step():
            pass


def took(office: Browser, period: str, form: str = "csv") -> Any:
    answer = office.submit("/office/readings/billing", f"/office/readings/billing/{period}/file", form=form)
    assert answer.status_code == 200, answer.text
    assert answer.data
    answer.close()
    return answer


def rows_of(office: Browser, period: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(took(office, period).data.decode("utf-8-sig"))))


def count(app: Flask, table: Any) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0
