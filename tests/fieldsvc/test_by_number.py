"""Who opens visits by account number: each look-up is in the audit book, and there are only so many in an hour."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from fieldsvc import clock, installation
from fieldsvc.audit.models import AuditEntry
from fieldsvc.db import db, transaction
from tests.fieldsvc.phone import Phone

Json = dict[str, Any]
Phones = Callable[[str], Phone]
Plan = Callable[..., Json]


def opened(phone: Phone, customer: str = "", **more: Any) -> Json:
    """Open a visit at the door and send it; gives its document."""
    visit = clock.new_id()
    phone.op(visit, "visit.create", type="gas.inspection", customer=customer or clock.new_id(), **more)
    phone.op(visit, "visit.start")
    assert [one["status"] for one in phone.sync()["results"]] == ["applied", "applied"]
    return phone.visits[visit]


def looked_up(app: Flask) -> list[tuple[str, str, bool, bool]]:
    """What the audit book says: by whom, which account, found, withheld."""
    with app.app_context():
        rows = db.session.scalars(
            select(AuditEntry).where(AuditEntry.route == "visit.create").order_by(AuditEntry.number)
        )
        told = [(row.by_name, json.loads(row.detail)) for row in rows]
        return [(name, one["asked"]["account"], one["found"], one["withheld"]) for name, one in told]


def allow(app: Flask, count: int) -> None:
    with app.app_context(), transaction():
        installation.keep(name="policy.visits", value={"by_number_per_hour": count})


@pytest.mark.both_databases
def test_past_the_limit_a_visit_is_opened_and_the_file_stays_closed(
    app: Flask, plan: Plan, phone_of: Phones, client_as: Callable[[str], Any], later: Callable[..., None]
) -> None:
    homes = [plan(account=f"A-{n}", name=f"王{n}", assignee=None) for n in range(4)]
    allow(app, 2)
    phone = phone_of("inspector")
    assert [opened(phone, account=f"A-{n}", meters=[])["customer"]["name"] for n in range(2)] == ["王0", "王1"]
    serial = homes[2]["meters"][0]["serial"]
    mine = clock.new_id()
    visit = opened(phone, account="A-2", meters=[{"id": mine, "serial": serial}])
    real = homes[2]["customer"]["id"]
    blank = {"name", "phone", "address", "district", "building", "unit", "room"}
    assert {visit["customer"][field] for field in blank} == {""}
    assert (visit["customer"]["withheld"], visit["customer"]["account"]) == (True, "A-2")
    assert [(one["id"], one["serial"], one["on_file"]) for one in visit["meters"]] == [
        (mine, serial, homes[2]["meters"][0]["id"])
    ]
    assert not {"last", "usual"} & set(visit["meters"][0])
    assert "王2" not in json.dumps(visit, ensure_ascii=False)
    # Neither the id that this visit names nor an account beside it opens the file.
    assert opened(phone, customer=real)["customer"]["withheld"]
    assert opened(phone, customer=real, account="x", meters=[])["customer"]["withheld"]
    # What is written there is written at the right home all the same.
    phone.op(visit["id"], "customer.correct", field="name", value="王二")
    phone.op(visit["id"], "reading.set", meter=mine, value="01260", running=True)
    phone.sync()
    with app.app_context():
        from fieldsvc.readings import service as readings

        meter = homes[2]["meters"][0]["id"]
        assert readings.last_and_usual(meter_ids=[meter])[meter]["last"]["value"] == "01260"
    told = looked_up(app)
    assert told[:3] == [("王小明", "A-0", True, False), ("王小明", "A-1", True, False), ("王小明", "A-2", True, True)]
    assert [one[3] for one in told[3:]] == [True, True]
    later(minutes=61)
    assert opened(phone, account="A-3", meters=[])["customer"]["name"] == "王3"
    # An administrator sees who looked up whom.
    page = client_as("admin").get("/office/privacy/audit?what=customer").text
    assert "王小明" in page and "A-2" in page


def test_a_home_to_which_one_was_sent_and_one_that_nobody_knows_are_no_look_ups(
    app: Flask, plan: Plan, phone_of: Phones
) -> None:
    allow(app, 1)
    mine, phone = plan(account="B-1", name="李四"), phone_of("inspector")
    phone.sync()
    for _ in range(3):
        assert opened(phone, account="B-1", meters=[])["customer"]["name"] == "李四"
        assert opened(phone, customer=mine["customer"]["id"])["customer"]["name"] == "李四"
    assert opened(phone, account="", meters=[])["customer"]["account"] == ""
    assert looked_up(app) == []
    # A number that is not on file shows nothing, and that it was tried is in the book.
    fresh = opened(phone, account="B-NEW", meters=[])
    assert "withheld" not in fresh["customer"] and looked_up(app) == [("王小明", "B-NEW", False, False)]
    assert opened(phone, account="B-NEW", meters=[])["customer"]["id"] == fresh["customer"]["id"]
    assert len(looked_up(app)) == 1


def test_what_one_technician_has_used_up_is_not_anothers(app: Flask, plan: Plan, phone_of: Phones) -> None:
    for n in range(2):
        plan(account=f"C-{n}", name=f"赵{n}", assignee=None)
    allow(app, 1)
    first, second = phone_of("inspector"), phone_of("colleague")
    assert opened(first, account="C-0", meters=[])["customer"]["name"] == "赵0"
    assert opened(first, account="C-1", meters=[])["customer"]["withheld"]
    assert opened(second, account="C-1", meters=[])["customer"]["name"] == "赵1"
