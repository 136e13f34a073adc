"""What a complaint is and what it is about: stored, shown and searched by; the visit planned for it; the promises it tells of."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from fieldsvc import installation
from fieldsvc.calls import service as calls
from fieldsvc.identity import service as identity
from fieldsvc.record import service as record
from fieldsvc.reports import service as reports
from fieldsvc.reports.spans import Span
from tests.fieldsvc.conftest import Browser

Json = dict[str, Any]
As = Callable[[str], Browser]


@pytest.fixture
def ids(app: Flask) -> dict[str, str]:
    with app.app_context():
        return {user.username: user.id for user in identity.staff()}


def complain(office: Browser, **more: str) -> Any:
    given = {"name": "李四", "phone": "139", "address": "遵义路", "way": "phone", "about": "表走得太快", **more}
    return office.submit("/office/complaints/new", "/office/complaints", **given)


@pytest.mark.both_databases
def test_what_a_complaint_is_and_what_it_is_about_are_kept_shown_and_searched_by(
    app: Flask, client_as: As, ids: dict[str, str]
) -> None:
    office = client_as("office")
    about = {"kind": "opinion", "topic": "reading", "rings": "2", "owner": ids["office"]}
    made = complain(office, **about).location
    other = complain(office, name="赵六", kind="complaint", topic="manner", way="hall", owner=ids["office"])
    assert other.status_code == 303
    page = office.get(made).text
    assert "意见" in page and "抄表与账单" in page and "2 声铃响" in page
    with app.app_context():
        row = calls.complaints.get(complaint_id=made.rsplit("/", 1)[1])
        assert (row.kind, row.topic, row.rings) == ("opinion", "reading", 2)
    for asked, names in (
        ("kind=opinion", {"李四"}),
        ("kind=complaint", {"赵六"}),
        ("topic=manner", {"赵六"}),
        ("topic=safety", set()),
        ("", {"李四", "赵六"}),
    ):
        listed = office.get(f"/office/complaints?{asked}").text
        assert {name for name in ("李四", "赵六") if name in listed} == names, asked


@pytest.mark.parametrize("wrong", [{"topic": "weather"}, {"rings": "0"}, {"rings": "many"}, {"rings": "²"}])
def test_a_topic_or_a_count_that_there_is_not_is_refused(wrong: Json, client_as: As, ids: dict[str, str]) -> None:
    answer = complain(client_as("office"), owner=ids["office"], **wrong)
    assert answer.status_code == 422 and "李四" in answer.text


def test_a_visit_is_planned_from_a_complaint_for_its_home_by_somebody_else(
    app: Flask, plan: Callable[..., Json], client_as: As, ids: dict[str, str]
) -> None:
    office, visit = client_as("office"), plan(account="H-77")["id"]
    complaint = complain(office, visit=visit, owner=ids["office"], against=ids["inspector"]).location
    page = office.get(complaint).text
    form = page[page.index('id="visit-kind"') :]
    assert '<option value="gas.complaint" selected>' in form
    assert '<option value="inspector">' not in form
    today = installation_day(app)
    refused = office.submit(complaint, f"{complaint}/visit", kind="gas.complaint", on=today, technician="inspector")
    assert refused.status_code == 422
    with app.app_context():
        assert len(open_visits(visit)) == 1
    answer = office.submit(complaint, f"{complaint}/visit", kind="gas.complaint", on=today)
    planned = answer.location.rsplit("/", 1)[1]
    with app.app_context():
        made = record.document(visit_id=planned)
    assert (made["type"], made["planned"]["date"], made["customer"]["account"]) == ("gas.complaint", today, "H-77")
    assert office.get(answer.location).status_code == 200


def installation_day(app: Flask) -> str:
    with app.app_context():
        return installation.today().isoformat()


def open_visits(visit: str) -> list[str]:
    return list(record.ids_of_customer(customer_id=record.document(visit_id=visit)["customer"]["id"]))


def test_a_complaint_that_speaks_of_no_visit_offers_none(client_as: As, ids: dict[str, str]) -> None:
    office = client_as("office")
    page = complain(office, owner=ids["office"]).location
    shown = office.get(page).text
    assert "visit-kind" not in shown
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', shown))
    answer = office.post(f"{page}/visit", data={**hidden, "kind": "gas.complaint", "on": "2999-01-01"})
    assert answer.status_code == 422 and "complaints" in answer.text


@pytest.mark.both_databases
def test_opinions_and_the_telephone_have_their_promises(
    app: Flask, client_as: As, ids: dict[str, str], later: Callable[..., None]
) -> None:
    office = client_as("office")
    for rings in ("1", "2", "5", ""):
        assert complain(office, kind="opinion", rings=rings, owner=ids["office"]).status_code == 303
    settled = complain(office, kind="complaint", way="hall", rings="9", owner=ids["office"]).location
    for event in ("found", "answered", "closed"):
        assert office.submit(settled, settled, event=event, words="x").status_code == 303
    with app.app_context():
        first = installation.today()
    later(days=14)
    with app.app_context():
        today = installation.today()
        told = reports.kept_promises(span=Span("day", first, today), today=today)
        stands = {one.id: (one.kept, one.broken, one.open) for one in told}
    assert stands["opinion"] == (0, 4, 0)
    assert stands["complaint"] == (1, 0, 0)
    assert stands["hotline"] == (2, 1, 0), (
        "two rings are promised; what was not counted, and no telephone, are not told"
    )
