"""Payment slips that the office orders: of one visit, or of all readings of some days and a district, printed in one run."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from fieldsvc.db import db
from fieldsvc.notices.models import Notice
from tests.fieldsvc.papers import Clients, Json, PhoneOf, Plan

NEW = "/office/readings/slips/new"
DIAL = "d" * 64


def read_at(plan: Plan, phone: Any, value: str = "1250.000", photo: str | None = DIAL, **changes: Any) -> str:
    """A closed inspection at which the meter was read; its dial's photo makes it one at which nobody has to look."""
    visit = plan(**changes)
    phone.sync()
    shown = {"photo": photo} if photo else {}
    phone.op(visit["id"], "reading.set", meter=visit["meters"][0]["id"], value=value, running=True, **shown)
    phone.op(visit["id"], "visit.close", outcome="completed")
    phone.sync()
    return str(visit["id"])


def slips(app: Flask) -> set[str]:
    """The visits that have, or will have, a slip."""
    with app.app_context():
        return set(db.session.scalars(select(Notice.visit_id).where(Notice.kind == "payment", Notice.status != "void")))


def test_a_slip_of_one_visit_is_ordered_once_and_stands_in_its_history(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    visit, office = read_at(plan, phone_of("inspector")), client_as("office")
    page, order = f"/office/visits/{visit}", f"/office/visits/{visit}/slip"
    assert slips(app) == set() and "出具缴费通知单" in office.get(page).text
    assert office.post(order).status_code == 400
    assert client_as("inspector").post(order).status_code in (400, 403)
    base = str((office.get(f"/api/v1/visits/{visit}").json or {})["version"])
    assert office.submit(page, order, base=base).status_code == 303
    assert slips(app) == {visit}
    document: Json = office.get(f"/api/v1/visits/{visit}").json or {}
    assert document["slip"]["by"]["name"] == "陈静" and document["state"] == "closed"
    page_now = office.get(page).text
    assert f'action="{order}"' not in page_now and "已要求出具缴费通知单" in page_now
    assert [one["kind"] for one in document["notices"]] == ["payment"]


def test_a_phone_cannot_order_a_slip(plan: Plan, phone_of: PhoneOf) -> None:
    phone, visit = phone_of("inspector"), plan()
    phone.sync()
    phone.op(visit["id"], "slip.order")
    assert phone.sync()["results"][0]["code"] == "invalid_data"


@pytest.mark.both_databases
def test_slips_of_chosen_readings_are_ordered_together_and_go_to_one_print_run(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    phone, office = phone_of("inspector"), client_as("office")
    here = read_at(plan, phone, district="南明区", name="<b>王</b>")
    there = read_at(plan, phone, district="云岩区")
    round_ = read_at(plan, phone, type="gas.reading", district="南明区")
    doubtful = read_at(plan, phone, "1230.000", district="南明区")
    assert slips(app) == {round_}, "a reading round makes its own"
    page = office.get(NEW).text
    assert "2 次上门没有通知单" in page and here in page and there in page and doubtful not in page
    assert "&lt;b&gt;王&lt;/b&gt;" in page and "<b>王</b>" not in page
    assert "2 次上门没有通知单" in office.get(f"{NEW}?said=clear").text
    assert "符合条件的读数都已有通知单" in office.get(f"{NEW}?said=accepted").text
    assert "符合条件的读数都已有通知单" in office.get(f"{NEW}?from=2020-01-01&to=2020-02-01").text
    assert office.post(NEW, data={"district": "南明区"}).status_code == 400
    assert client_as("inspector").get(NEW).status_code == 403
    answer = office.submit(NEW, NEW, district="南明区")
    assert answer.status_code == 303 and slips(app) == {round_, here}
    desk = office.get(answer.location).text
    assert "正在制作 1 份缴费通知单" in desk and desk.count("JF-") >= 2, (
        "the round's and the one by hand lie in one pile"
    )
    assert "1 次上门没有通知单" in office.get(NEW).text
    assert office.submit(NEW, NEW).status_code == 303
    assert slips(app) == {round_, here, there}
    assert "符合条件的读数都已有通知单" in office.get(NEW).text
