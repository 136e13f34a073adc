"""Telephone numbers in the office: masked everywhere, shown when asked for, and the asking is written down."""

from sqlalchemy import select

from fieldsvc.audit.models import AuditEntry
from fieldsvc.db import db
from tests.fieldsvc.test_retention import visited

NUMBERS = ("13900000001", "16000009999")


def test_a_number_is_masked_until_it_is_asked_for_and_that_is_written_down(app, client_as, plan, phone_of):
    visit_id, _, _ = visited(plan, phone_of, hazard=True)
    office = client_as("office")
    addresses = [
        f"/office/visits/{visit_id}",
        f"/office/plan/visits/{visit_id}",
        f"/office/calls/{visit_id}",
        "/office/calls",
    ]
    hazard = office.get("/office/hazards").text.split("/office/hazards/")[-1].split('"')[0]
    for address in (*addresses, f"/office/hazards/{hazard}", "/office/visits?as=csv", "/office/hazards?as=csv"):
        answer = office.get(address)
        assert answer.status_code in (200, 302, 303), address
        seen = [answer.text[answer.text.index(number) - 80 :][:120] for number in NUMBERS if number in answer.text]
        assert seen == [], address
    with app.app_context():
        assert db.session.scalar(select(AuditEntry).where(AuditEntry.kind == "shown")) is None
        customer = db.session.execute(db.text("SELECT customer_id FROM visits")).scalar_one()
    page = office.get(f"/office/visits/{visit_id}").text
    assert f"?number={customer}" in page and "160****9999" in page
    assert 'href="tel:16000009999"' in office.get(f"/office/visits/{visit_id}?number={customer}").text
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.kind == "shown")).one()
        assert (entry.what, entry.customer_id, entry.by_name) == ("telephone", customer, "陈静")


def test_asking_for_one_number_shows_no_other(client_as, plan):
    visit = plan()
    assert "13900000001" not in client_as("office").get(f"/office/visits/{visit['id']}?number=somebody-else").text


def test_only_an_administrator_takes_whole_numbers_away_in_a_file(client_as, plan):
    plan()
    assert "139****0001" in client_as("office").get("/office/visits?as=csv").text
    assert "13900000001" in client_as("admin").get("/office/visits?as=csv").text
