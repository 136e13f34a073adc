"""What is over goes: places, photos, persons, calls and the audit book, and never what a hazard's record is made of."""

import json

import pytest

from fieldsvc import clock, installation
from fieldsvc.blobs import service as blobs
from fieldsvc.db import db, transaction
from fieldsvc.privacy import retention
from fieldsvc.record import service as record
from fieldsvc.record.models import Op
from tests.fieldsvc.test_office_visit import picture

PLACE = {"lat": 36_067_100, "lon": 120_382_600, "accuracy": 12_000}
YEARS = 366 * 6


def visited(plan, phone_of, *, hazard=False):
    """A closed visit with everything in it that tells of a person; gives (visit id, photo, ink)."""
    visit = plan(name="王秀兰", phone="13900000001")
    phone, visit_id = phone_of("inspector"), visit["id"]
    shade = "navy" if hazard else "teal"
    photo, ink = phone.upload(picture(shade)), phone.upload(picture("black" if hazard else "grey"))
    phone.op(visit_id, "visit.start", location=PLACE)
    phone.op(visit_id, "customer.correct", field="phone", value="16000009999")
    phone.op(visit_id, "check.set", item="pipe", point="PIPE-C1", result="pass", note="王家的狗很凶")
    phone.op(visit_id, "note.add", text="老人独居")
    if hazard:
        given = {"code": "HOSE-02", "item": "hose", "level": 2, "position": "after_appliance_valve", "solutions": [0]}
        phone.op(visit_id, "hazard.add", hazard=clock.new_id(), due="2099-12-01", stop_gas="none", **given)
    phone.op(visit_id, "photo.add", sha256=photo, purpose="other", taken_at=clock.rfc3339(clock.now()), location=PLACE)
    sign = {"strokes": [[[1, 2, 3]]], "image": ink}
    phone.op(visit_id, "sign", role="customer", name="王秀兰", relation="self", rating=5, opinion="很好", **sign)
    phone.op(visit_id, "visit.close", outcome="completed")
    phone.sync()
    return visit_id, photo, ink


@pytest.fixture
def run(app):
    def retain():
        with app.app_context():
            looked = retention.look(today=installation.today())
            went = retention.run(today=installation.today())
            assert [(one.kind, one.goes, one.held) for one in looked] == [
                (one.kind, one.goes, one.held) for one in went
            ]
            return {one.kind: (one.goes, one.held) for one in went if one.kind != "audit"}

    return retain


def everything_said(app, visit_id):
    """All that the record still holds of a visit, as one text."""
    with app.app_context():
        bodies = [row.body for row in db.session.query(Op).filter_by(visit_id=visit_id)]
        row = db.session.execute(db.text("SELECT facts, fields, document, search FROM visits")).all()
        said = db.session.execute(db.text("SELECT new, old FROM corrections")).all()
        return json.dumps([bodies, [list(one) for one in row], [list(one) for one in said]], ensure_ascii=False)


def proven(app):
    with app.app_context():
        return record.audit()


@pytest.mark.both_databases
def test_what_is_over_goes_and_the_chain_still_proves_the_record(app, plan, phone_of, run, later):
    visit_id, photo, ink = visited(plan, phone_of)
    later(days=YEARS)
    assert run() == {"places": (1, 0), "photos": (1, 0), "visits": (1, 0), "calls": (0, 0)}
    said = everything_said(app, visit_id)
    for gone in ("王秀兰", "13900000001", "16000009999", "很凶", "独居", "很好", "36067100", "[[[1"):
        assert gone not in said, gone
    assert '"result":"pass"' in said.replace("\\", "").replace(" ", "")
    found = proven(app)
    assert (found.findings, found.erased > 4) == ([], True)
    with app.app_context():
        document = record.document(visit_id=visit_id)
        assert (document["missing_blobs"], document["state"]) == ([], "closed")
        assert blobs.is_erased(sha256=photo) and blobs.is_erased(sha256=ink)
    assert run() == {"places": (0, 0), "photos": (0, 0), "visits": (0, 0), "calls": (0, 0)}


def test_an_open_hazard_holds_its_visit_whole(app, plan, phone_of, run, later):
    visit_id, photo, _ = visited(plan, phone_of, hazard=True)
    before = everything_said(app, visit_id)
    later(days=YEARS * 5)
    assert run()["visits"] == (0, 1)
    assert everything_said(app, visit_id) == before
    with app.app_context():
        assert not blobs.is_erased(sha256=photo)


def test_places_go_first_and_persons_years_later(app, plan, phone_of, run, later):
    visit_id, _, _ = visited(plan, phone_of)
    later(days=400)
    assert run()["places"] == (1, 0)
    said = everything_said(app, visit_id)
    assert "36067100" not in said and "王秀兰" in said
    later(days=YEARS)
    assert run()["visits"] == (1, 0)
    assert "王秀兰" not in everything_said(app, visit_id)
    assert proven(app).findings == []


def test_a_body_changed_without_the_books_word_is_found(app, plan, phone_of, run, later):
    visit_id, _, _ = visited(plan, phone_of)
    later(days=400)
    run()
    with app.app_context(), transaction():
        row = db.session.query(Op).filter_by(visit_id=visit_id, kind="check.set").one()
        row.body, row.erased_in = row.body.replace("pass", "fail"), 1
    assert any("tells otherwise" in one for one in proven(app).findings)


def test_the_pages_of_an_erased_visit_still_open(client_as, plan, phone_of, run, later):
    visit_id, photo, _ = visited(plan, phone_of)
    later(days=YEARS)
    run()
    office = client_as("admin")
    for address in (f"/office/visits/{visit_id}", f"/office/calls/{visit_id}", "/office/visits", "/office/attention"):
        assert office.get(address).status_code == 200, address
    page = office.get(f"/office/visits/{visit_id}").text
    assert "已按期删除" in page and f'src="/api/v1/blobs/{photo}"' not in page
    answer = office.get(f"/api/v1/blobs/{photo}")
    assert (answer.status_code, answer.json["code"]) == (410, "erased")
