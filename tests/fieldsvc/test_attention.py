"""The inbox of what needs a person, as a whole: what comes in, who takes it up, and who may settle."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from fieldsvc import clock
from fieldsvc.db import db, transaction
from fieldsvc.identity.models import Device
from fieldsvc.notices.models import Notice
from tests.fieldsvc.attention import (
    HOSTILE,
    Json,
    inbox,
    rows,
    torn_visit,  # noqa: F401 - a fixture
)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("doubt.settle", {"doubt": "01a202e8-a032-761a-9436-5d3b65631ba4", "verdict": "fine"}),
        ("signature.accept", {"signature": "01a202e8-a032-761a-9436-5d3b65631ba4", "role": "customer", "reason": "x"}),
        ("correction.settle", {"correction": "01a202e8-a032-761a-9436-5d3b65631ba4", "approve": True}),
    ],
)
def test_a_phone_settles_nothing(plan: Any, phone_of: Any, kind: str, data: Json) -> None:
    visit, phone = plan(), phone_of("inspector")
    phone.op(visit["id"], kind, **data)
    (result,) = phone.sync()["results"]
    assert (result["status"], result["code"]) == ("quarantined", "invalid_data")


def test_a_phone_not_heard_from_shows_what_it_may_still_hold(
    client_as: Any, plan: Any, phone_of: Any, app: Flask
) -> None:
    phone, visit, office = phone_of("inspector"), plan(name="没关上"), client_as("office")
    phone.op(visit["id"], "visit.start")
    phone.sync()
    assert inbox(office, kind="phone") == []
    with app.app_context(), transaction():
        db.session.get_one(Device, phone.id).last_seen_at = clock.now() - timedelta(days=4)
    (row,) = inbox(office, kind="phone")
    assert "王小明" in row
    assert "没关上" in office.get(f"/office/attention/phone/{phone.id}").text


def test_a_failed_document_waits_and_leads_to_its_visit(client_as: Any, owed: str, app: Flask) -> None:
    with app.app_context(), transaction():
        paper = db.session.query(Notice).filter(Notice.visit_id == owed).first()
        paper.status, paper.error = "failed", HOSTILE
    (row,) = inbox(client_as("office"), kind="paper")
    assert f"/office/visits/{owed}#documents" in row and "<script>alert" not in row


def test_somebody_takes_a_thing_up_and_gives_it_back(client_as: Any, torn: Json) -> None:
    office, admin = client_as("office"), client_as("admin")
    office.submit("/office/attention", "/office/attention/take")
    assert "陈静" in inbox(office)[0] and "陈静" in inbox(admin)[0]
    assert len(inbox(office, who="me")) == 1 and inbox(admin, who="me") == []
    address = f"/office/attention/conflict/{torn['id']}"
    office.submit(address, "/office/attention/take", leave="1")
    assert inbox(office, who="me") == []
    assert len(inbox(office, who="office")) == 1 and inbox(office, who="admin") == []


def test_the_inbox_is_sorted_paged_and_taken_away_in_a_fixed_number_of_queries(
    client_as: Any, plan: Any, phone_of: Any, count_queries: Any
) -> None:
    office, phone, visit = client_as("office"), phone_of("inspector"), plan(name="很多")
    for n in range(120):
        phone.op(visit["id"], "kind.of.tomorrow" if n % 2 else "visit.assign", n=n)
    phone.op(visit["id"], "customer.correct", field="name", value="新名")
    phone.sync()
    with count_queries() as first:
        page = office.get("/office/attention").text
    assert len(rows(page)) == 50 and "121" in page
    with count_queries() as third:
        last = inbox(office, page="3")
    assert len(last) == 21 and len(third) <= len(first) + 1 < 60
    assert "新名" in inbox(office, sort="-since")[0] + inbox(office, sort="-since")[1]
    file = office.get("/office/attention?as=csv").get_data(as_text=True)
    assert len(file.strip().splitlines()) == 2 + 121


def test_an_empty_inbox_says_so(client_as: Any) -> None:
    page = client_as("office").get("/office/attention").text
    assert "没有需要人工处理的事" in page and 'class="count urgent"' not in page


def test_without_the_forms_own_mark_nothing_is_settled(client_as: Any, torn: Json) -> None:
    office = client_as("office")
    for path in ("take", f"conflict/{torn['id']}", "corrections"):
        assert office.post(f"/office/attention/{path}", data={}).status_code == 400
