"""The audit book: what is written down, once, in a chain that the database itself protects."""

import threading

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from fieldsvc import clock
from fieldsvc.audit import service as audit
from fieldsvc.audit.models import AuditEntry
from fieldsvc.db import db, transaction

PASSWORD = "correct horse battery"


@pytest.fixture
def book(app):
    """What stands in the book since the test began, as (kind, what, object, customer, by)."""

    def read(*kinds):
        with app.app_context():
            rows = db.session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()
            return [row for row in rows if not kinds or row.kind in kinds]

    return read


def write(app, count=1, **said):
    with app.app_context(), transaction():
        for _ in range(count):
            audit.looked_up(**{"kind": "saw", "what": "visit", "now": clock.now(), **said})


def test_who_looked_at_a_visit_stands_in_the_book_with_visit_and_customer(client_as, plan, book):
    visit = plan()
    client_as("office").get(f"/office/visits/{visit['id']}")
    (entry,) = book("saw")
    assert (entry.what, entry.object_id, entry.visit_id) == ("visit", visit["id"], visit["id"])
    assert (entry.customer_id, entry.by_name, entry.status) == (visit["customer"]["id"], "陈静", 200)


def test_a_list_is_a_look_a_search_when_words_are_asked_and_an_export_as_a_file(client_as, plan, book):
    plan()
    office = client_as("office")
    for address in ("/office/visits", "/office/visits?q=王&page=1", "/office/visits?q=王&as=csv"):
        assert office.get(address).status_code == 200
    assert [(one.kind, one.detail) for one in book("listed", "sought", "exported")] == [
        ("listed", ""),
        ("sought", '{"asked":{"q":"王"}}'),
        ("exported", '{"asked":{"q":"王"},"file":"csv"}'),
    ]


def test_coming_in_failing_and_leaving_are_written_down_and_no_word_that_may_be_a_password(app, book):
    client = app.test_client()
    headers = {"X-Fieldsvc": "1"}
    for username, password in (("office", "wrong"), (PASSWORD, "office"), ("office", PASSWORD)):
        client.post("/api/v1/login", json={"username": username, "password": password}, headers=headers)
    client.post("/api/v1/logout", headers=headers)
    said = [(one.kind, one.object_id, one.by_name) for one in book("entered", "refused", "left")]
    assert said == [("refused", "office", ""), ("refused", "", ""), ("entered", "", "陈静"), ("left", "", "陈静")]


def test_somebody_turned_away_from_what_is_not_theirs_is_written_down(client_as, plan, book):
    visit = plan(assignee="inspector")
    assert client_as("colleague").get(f"/api/v1/visits/{visit['id']}").status_code in (403, 404)
    assert [(one.what, one.object_id, one.by_name) for one in book("refused")] == [("visit", visit["id"], "李梅")]


def test_a_change_names_the_fields_of_its_form_and_none_of_their_values(client_as, book):
    client_as("admin").submit(
        "/office/people",
        "/office/people",
        username="newcomer",
        name="新人",
        password="a new long password",
        roles="technician",
        locale="zh-Hans",
    )
    (entry,) = book("changed")
    assert entry.what == "person" and "password" in entry.detail and "a new long" not in entry.detail


def test_phones_pushes_are_in_the_op_log_and_not_in_here(plan, phone_of, book):
    visit, phone = plan(), phone_of("inspector")
    before = len(book())
    phone.op(visit["id"], "visit.start")
    phone.sync()
    assert len(book()) == before


def test_the_same_photo_twice_in_a_moment_is_one_look(client_as, plan, phone_of, book):
    from tests.fieldsvc.test_office_visit import picture

    visit, phone = plan(), phone_of("inspector")
    sha = phone.upload(picture())
    phone.op(visit["id"], "photo.add", sha256=sha, purpose="other", taken_at=clock.rfc3339(clock.now()))
    phone.sync()
    office = client_as("office")
    for _ in range(3):
        assert office.get(f"/api/v1/blobs/{sha}").status_code == 200
    assert [(one.what, one.visit_id) for one in book("saw")] == [("photo", visit["id"])]


REFUSED = (
    "UPDATE audit_entries SET by_name = 'nobody' WHERE number = 2",
    "DELETE FROM audit_entries WHERE number = 3",
    "INSERT INTO audit_entries SELECT 1, at, kind, what, object_id, customer_id, visit_id, by_id, by_name, address,"
    " route, status, detail, digest, chain FROM audit_entries WHERE number = 3",
    "INSERT INTO audit_removals SELECT 99, 1, chain, at FROM audit_entries WHERE number = 3;DELETE FROM audit_removals",
)


def all_at_once(statements):
    with transaction():
        for one in statements.split(";"):
            db.session.execute(text(one))


@pytest.mark.both_databases
def test_the_database_refuses_to_change_the_book(app):
    write(app, count=3)
    for statement in REFUSED:
        with app.app_context(), pytest.raises(DBAPIError, match="never changed"):
            all_at_once(statement)


@pytest.mark.both_databases
def test_the_chain_holds_over_the_removal_of_what_is_too_old(app, later):
    write(app, count=3)
    later(days=400)
    write(app, count=2)
    with app.app_context():
        with transaction():
            assert audit.remove(before=clock.now().replace(microsecond=0), now=clock.now()) == 3
        walked = audit.walk()
        assert (walked.findings, walked.entries, walked.removed) == ([], 3, 3)
        assert db.session.scalar(select(func.min(AuditEntry.number))) == 4


def test_a_changed_entry_a_gap_and_a_cut_end_are_found(app):
    write(app, count=5)
    with app.app_context():
        for trigger in ("audit_entries_stay", "audit_entries_go_by_the_book"):
            db.session.execute(text(f"DROP TRIGGER {trigger}"))
        found = {}
        for name, statement in (
            ("changed", "UPDATE audit_entries SET by_name = 'nobody' WHERE number = 2"),
            ("gap", "DELETE FROM audit_entries WHERE number = 3"),
            ("cut", "DELETE FROM audit_entries WHERE number = 5"),
        ):
            db.session.execute(text(statement))
            found[name] = audit.walk().findings
        db.session.rollback()
    assert "entry 2 is not what was digested" in found["changed"][0]
    assert any("between 2 and 4 are missing" in one for one in found["gap"])
    assert any("ends at 4, 5 were written" in one for one in found["cut"])


@pytest.mark.both_databases
def test_many_writers_at_once_leave_one_chain_without_a_gap(app):
    threads = [threading.Thread(target=write, args=(app, 3)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        walked = audit.walk()
        assert (walked.entries, walked.findings) == (12, [])


def test_an_administrator_searches_the_book_by_person_thing_and_time_and_takes_it_away(client_as, plan):
    visit = plan(name="王秀兰")
    plan(name="李建国")
    for person in ("office", "admin"):
        client_as(person).get(f"/office/visits/{visit['id']}")
    admin = client_as("admin")
    page = admin.get("/office/privacy/audit?q=王秀兰&kind=saw").text
    assert page.count(f"/office/visits/{visit['id']}") == 2
    assert admin.get("/office/privacy/audit?q=李建国&kind=saw").text.count("<tr") == 0
    assert admin.get("/office/privacy/audit?from=2999-01-01").text.count("<tr") == 0
    lines = admin.get("/office/privacy/audit?q=王秀兰&kind=saw&as=csv").text.splitlines()
    assert len(lines) == 4 and "陈静" in lines[3] and visit["id"] in lines[3]


def test_the_book_is_for_administrators(client_as, plan):
    visit = plan()
    assert client_as("office").get("/office/privacy/audit").status_code == 403
    assert "/office/privacy" not in client_as("office").get(f"/office/visits/{visit['id']}").text
    assert f"/office/privacy/audit?q={visit['id']}" in client_as("admin").get(f"/office/visits/{visit['id']}").text


def test_a_page_is_shown_and_a_file_is_not_when_the_book_cannot_be_written(client_as, plan, monkeypatch):
    from sqlalchemy.exc import OperationalError

    def refuse(**_said):
        raise OperationalError("INSERT", {}, Exception("attempt to write a readonly database"))

    plan()
    office = client_as("office")
    monkeypatch.setattr(audit, "looked_up", refuse)
    assert office.get("/office/visits").status_code == 200
    assert office.get("/office/visits?as=csv").status_code == 503
