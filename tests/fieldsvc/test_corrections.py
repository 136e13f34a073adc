"""What was corrected at the door: approved or rejected, and what later visits have of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from fieldsvc import clock
from fieldsvc.customers import service as customers
from fieldsvc.db import transaction
from tests.fieldsvc.attention import HOSTILE, Json, inbox


@pytest.fixture
def corrected(plan: Any, phone_of: Any) -> Json:
    """A visit at which two fields were corrected, one of them twice."""
    visit, phone = plan(name="旧名"), phone_of("inspector")
    phone.op(visit["id"], "customer.correct", field="phone", value="1")
    phone.op(visit["id"], "customer.correct", field="phone", value="13800000000")
    phone.op(visit["id"], "customer.correct", field="name", value=HOSTILE)
    phone.sync()
    return visit


def on_file(app: Flask, visit: Json) -> Any:
    with app.app_context():
        return customers.get(customer_id=visit["customer"]["id"])


def waiting(app: Flask) -> dict[str, customers.corrections.Corrected]:
    with app.app_context():
        return {one.field: one for one in customers.corrections.waiting(limit=100)}


LIST = "/office/attention/corrections"


def test_several_corrections_are_approved_at_once_and_later_visits_have_them(
    client_as: Any, corrected: Json, app: Flask, plan: Any
) -> None:
    office = client_as("office")
    assert len(inbox(office, kind="correction")) == 2
    page = office.get(LIST).text
    assert "13900000001" in page and "13800000000" in page and "王小明" in page and "<script>alert" not in page
    ids = [one.id for one in waiting(app).values()]
    office.submit(LIST, LIST, correction=ids, action="approve")
    customer = on_file(app, corrected)
    assert (customer.phone, customer.name) == ("13800000000", HOSTILE)
    assert inbox(office) == []
    assert "13800000000" in office.get(LIST).text  # among those decided last
    with app.app_context():
        account = customer.account
    again = office.post(
        "/api/v1/visits",
        json={
            "visits": [
                {
                    "type": "gas.inspection",
                    "customer": {"account": account, "name": HOSTILE},
                    "meters": [],
                    "planned": {"date": "2099-01-01", "from": None, "to": None},
                }
            ]
        },
    ).json
    assert again["visits"][0]["customer"]["phone"] == "13800000000"


def test_a_rejected_correction_needs_a_reason_and_keeps_it(client_as: Any, corrected: Json, app: Flask) -> None:
    office, one = client_as("office"), waiting(app)["phone"]
    address = f"/office/attention/correction/{one.id}"
    office.submit(address, LIST, correction=one.id, action="reject")
    assert "phone" in waiting(app)
    office.submit(address, LIST, correction=one.id, action="reject", reason="电话打不通")
    assert on_file(app, corrected).phone == "13900000001" and "phone" not in waiting(app)
    assert "电话打不通" in office.get(LIST).text
    assert "电话打不通" in office.get(f"/office/visits/{corrected['id']}").text
    # Whoever comes second changes nothing.
    office.post(LIST, data={"csrf_token": _token(office), "correction": one.id, "action": "approve"})
    assert on_file(app, corrected).phone == "13900000001"


def test_a_field_that_an_import_changed_meanwhile_is_marked(client_as: Any, corrected: Json, app: Flask) -> None:
    with app.app_context(), transaction():
        account = corrected["customer"]["account"]
        customers.save(given={"account": account, "phone": "16666666666"}, now=clock.now())
    assert waiting(app)["phone"].file_changed and not waiting(app)["name"].file_changed
    page = client_as("office").get(LIST).text
    assert "16666666666" in page and "期间已被改动" in page


def test_a_correction_taken_back_at_the_door_asks_nobody(client_as: Any, plan: Any, phone_of: Any, app: Flask) -> None:
    visit, phone = plan(phone="13900000001"), phone_of("inspector")
    phone.op(visit["id"], "customer.correct", field="phone", value="5")
    phone.op(visit["id"], "customer.correct", field="phone", value="13900000001")
    phone.sync()
    assert waiting(app) == {}


def test_what_the_file_has_no_room_for_is_not_approved(client_as: Any, plan: Any, phone_of: Any, app: Flask) -> None:
    visit, phone, office = plan(), phone_of("inspector"), client_as("office")
    phone.op(visit["id"], "customer.correct", field="phone", value="1" * 150)
    phone.sync()
    refused = office.submit(LIST, LIST, correction=waiting(app)["phone"].id, action="approve")
    assert on_file(app, visit).phone == "13900000001"
    assert refused.status_code == 422 and "放不下" in refused.text


def _token(office: Any) -> str:
    return str(re.search(r'name="csrf_token" value="([^"]+)"', office.get("/office/attention").text)[1])  # type: ignore[index]
