"""Papers that must not go out or no longer hold: gas that is still kept off, causes that were corrected, gas charged twice."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from fieldsvc import clock, installation
from fieldsvc.db import db, transaction
from fieldsvc.hazards.models import Hazard
from fieldsvc.notices.making.press import press
from fieldsvc.notices.models import Notice
from fieldsvc.notices.work import LATER
from fieldsvc.readings import billing
from fieldsvc.readings import service as readings
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.edits import edit
from tests.fieldsvc.papers import Clients, Json, PhoneOf, Plan, hazard, pdf_of, work
from tests.fieldsvc.phone import Phone

HOME = {"account": "0101000777", "name": "王芳"}
YEAR = clock.now().year
METER = {
    "serial": "M1000777",
    "kind": "diaphragm",
    "digits": 5,
    "decimals": 3,
    "last": {"value": "100.000", "at": f"{YEAR - 1}-12-20"},
}
TARIFF = {
    "prices": [
        {"kind": "residential", "from": "2020-01-01", "upto": "320", "price": "3"},
        {"kind": "residential", "from": "2020-01-01", "upto": "", "price": "5"},
    ]
}


def papers(app: Flask, kind: str) -> list[Notice]:
    with app.app_context():
        return list(
            db.session.scalars(select(Notice).where(Notice.kind == kind).order_by(Notice.number, Notice.revision))
        )


def printed(paper: Notice) -> Json:
    facts: Json = json.loads(paper.snapshot or "")["facts"]
    return facts


def sent(phone: Phone) -> None:
    results = phone.sync()["results"]
    assert {one["status"] for one in results} == {"applied"}, results


def gas_stopped(plan: Plan, phone: Phone, **changes: Any) -> Json:
    """A visit to the home that stops its gas; gives the hazard."""
    visit, found = plan(**HOME)["id"], hazard(code="APPL-02", item="appliance", level=1, stop_gas="now_all", **changes)
    phone.sync()
    phone.op(visit, "visit.start")
    phone.op(visit, "hazard.add", **found)
    phone.op(visit, "visit.close", outcome="completed")
    sent(phone)
    return found


def verify_fixed(phone: Phone, visit: str, found: Json) -> None:
    phone.op(visit, "visit.start")
    phone.op(visit, "hazard.verify", hazard=found["hazard"], result="fixed")
    phone.op(visit, "visit.close", outcome="completed")
    sent(phone)


def test_gas_is_not_restored_on_paper_while_a_hazard_found_later_keeps_it_off(
    app: Flask, plan: Plan, phone_of: PhoneOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = phone_of("inspector")
    first = gas_stopped(plan, phone)
    work(app)
    again = plan(type="gas.reinspection", **HOME)["id"]
    phone.sync()
    later = gas_stopped(plan, phone)
    verify_fixed(phone, again, first)
    work(app)
    (paper,) = papers(app, "restoration")
    assert (paper.status, paper.snapshot) == ("pending", None)
    assert paper.error == "not issued: the gas is still kept off by APPL-02"
    third = plan(type="gas.reinspection", **HOME)["id"]
    phone.sync()
    verify_fixed(phone, third, later)
    soon = clock.now() + 2 * LATER
    monkeypatch.setattr(clock, "now", lambda: soon)
    work(app)
    assert {one.status for one in papers(app, "restoration")} == {"ready"}


def test_a_restoration_is_not_issued_when_the_gas_is_stopped_while_it_is_being_made(
    app: Flask, plan: Plan, phone_of: PhoneOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, make = phone_of("inspector"), press.make
    first = gas_stopped(plan, phone)
    again = plan(type="gas.reinspection", **HOME)["id"]
    work(app)
    phone.sync()
    verify_fixed(phone, again, first)

    def make_meanwhile(frozen: Json, *args: Any, **named: Any) -> bytes:
        if frozen["kind"] == "restoration":
            with transaction():
                row = db.session.get_one(Hazard, first["hazard"])
                row.state, row.fixed_at, row.closed_at = "open", None, None
        return make(frozen, *args, **named)

    monkeypatch.setattr(press, "make", make_meanwhile)
    work(app)
    (paper,) = papers(app, "restoration")
    assert paper.status == "pending" and "kept off" in (paper.error or "")


def test_a_restoration_is_cancelled_when_its_verification_is_corrected(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    phone, office = phone_of("inspector"), client_as("office")
    found = gas_stopped(plan, phone)
    again = plan(type="gas.reinspection", **HOME)["id"]
    work(app)
    phone.sync()
    verify_fixed(phone, again, found)
    work(app)
    edit(office, again, "hazard.verify", hazard=found["hazard"], result="not_fixed")
    work(app)
    issued, cancelled = papers(app, "restoration")
    assert (issued.status, cancelled.status, cancelled.replaces_id) == ("ready", "ready", issued.id)
    assert_cancelled(office, cancelled, "恢复供气记录单（撤销）", "不得据以恢复供气")


def assert_cancelled(office: Browser, paper: Notice, *words: str) -> None:
    said = "".join(
        "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf_of(office, {"id": paper.id}))).pages).split()
    )
    for one in (*words, paper.number, "第2版", "本版取代第1版", "不再有效", "withdrawn"):
        assert one in said, one


def a_round(plan: Plan, phone: Phone, visit: Json, value: str, at: str, **more: Any) -> None:
    phone.sync()
    phone.op(visit["id"], "visit.start")
    meter = visit["meters"][0]["id"]
    entry = phone.op(visit["id"], "reading.set", meter=meter, value=value, running=True, **more)
    entry["at"] = at
    phone.op(visit["id"], "visit.close", outcome="completed")
    sent(phone)


@pytest.mark.parametrize("kind", ["payment", "exchange"])
def test_a_paper_of_a_reading_is_cancelled_when_the_meter_turns_out_unreadable(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients, kind: str
) -> None:
    phone, office, visit = phone_of("inspector"), client_as("office"), plan(type="gas.reading", **HOME, meters=[METER])
    swapped = {"exchange": {"serial": "M2", "final": "00120.000", "initial": "00000.000"}}
    a_round(plan, phone, visit, "00030.000", clock.rfc3339(clock.now()), **swapped)
    work(app)
    edit(office, visit["id"], "reading.set", meter=visit["meters"][0]["id"], unreadable="blocked")
    work(app)
    issued, cancelled = papers(app, kind)
    assert (issued.status, cancelled.status, cancelled.replaces_id) == ("ready", "ready", issued.id)
    assert_cancelled(office, cancelled, "撤销")
    told = f"/n/{visit['lookup']}?lang=en"
    assert "<strong>withdrawn</strong>" in office.get(told).text
    edit(office, visit["id"], "reading.set", meter=visit["meters"][0]["id"], value="00031.000", running=True, **swapped)
    work(app)
    assert [one.status for one in papers(app, kind)] == ["ready"] * 3
    assert "<strong>withdrawn</strong>" not in office.get(told).text
    assert printed(papers(app, kind)[-1])[kind]["lines"][0]["value"] == "00031.000"


def test_a_slip_keeps_the_tariff_it_was_made_with(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    def price(text: str) -> None:
        with app.app_context(), transaction():
            rows = [{"kind": "residential", "from": "2020-01-01", "upto": "", "price": text}]
            installation.keep(name="policy.tariffs", value={"prices": rows})

    price("3")
    phone, visit = phone_of("inspector"), plan(type="gas.reading", **HOME, meters=[METER])
    a_round(plan, phone, visit, "00250.000", f"{YEAR}-03-01T09:00:00Z")
    work(app)
    price("9")
    edit(client_as("office"), visit["id"], "note.add", text="later")
    work(app)
    (paper,) = papers(app, "payment")
    assert printed(paper)["payment"]["lines"][0]["bill"]["tiers"][0]["price"] == "3.00"


@pytest.mark.parametrize("kind", ["payment", "exchange"])
def test_two_rounds_planned_together_do_not_charge_the_same_gas_twice(
    app: Flask, plan: Plan, phone_of: PhoneOf, kind: str
) -> None:
    with app.app_context(), transaction():
        installation.keep(name="policy.tariffs", value=TARIFF)
    phone = phone_of("inspector")
    rounds = [plan(type="gas.reading", **HOME, meters=[METER]) for _ in range(2)]
    a_round(plan, phone, rounds[0], "00250.000", f"{YEAR}-03-01T09:00:00Z")
    swapped = {"exchange": {"serial": "M2", "final": "00300.000", "initial": "00000.000"}} if kind == "exchange" else {}
    value = "00010.000" if swapped else "00310.000"
    a_round(plan, phone, rounds[1], value, f"{YEAR}-05-01T09:00:00Z", **swapped)
    work(app)
    line = printed(papers(app, kind)[-1])[kind]["lines"][0]
    assert line["last"] == {"value": "00250.000", "on": f"{YEAR}-03-01"}
    assert line["used"] == "60"
    if kind == "payment":
        (bill,) = [one["lines"][0]["bill"] for one in [printed(papers(app, kind)[-1])["payment"]]]
        assert (bill["year"], bill["amount"]) == ("210", "180.00"), "150 m³ of this year stand on the first slip"


def test_a_meter_that_a_phone_calls_by_its_own_id_is_reckoned_with_under_its_id_on_file(app: Flask) -> None:
    last, read_at = {"value": "1", "at": "2026-01-01T00:00:00Z"}, clock.now()
    spoken_of: Json = {"id": clock.new_id(), "on_file": clock.new_id(), "digits": 5, "kind": "diaphragm", "last": last}
    reading = {"value": "00300.000", "at": clock.rfc3339(clock.now())}
    with app.app_context():
        with transaction():
            readings.note(
                meter_id=spoken_of["on_file"], value="00290.000", read_at=read_at.replace(year=read_at.year - 1)
            )
        meter = billing.as_read(meter=spoken_of, reading=reading, visit_id=clock.new_id())
        assert (meter["id"], meter["last"]["value"]) == (spoken_of["on_file"], "00290.000")
        assert billing.consumption(meter=meter, reading=reading) == 10
        unknown = {**spoken_of, "on_file": clock.new_id()}
        assert billing.as_read(meter=unknown, reading=reading, visit_id=clock.new_id())["last"] == last


def test_more_than_a_meter_lets_through_is_billed_to_nobody(app: Flask) -> None:
    meter = {"id": "m", "digits": 5, "kind": "diaphragm", "last": {"value": "00100", "at": "2026-05-01T00:00:00Z"}}
    with app.app_context():
        assert billing.consumption(meter=meter, reading={"value": "07300", "at": "2026-05-31T00:00:00Z"}) == 7200
        assert billing.consumption(meter=meter, reading={"value": "07301", "at": "2026-05-31T00:00:00Z"}) is None


def test_a_later_slip_begins_anew_where_a_corrected_reading_ends(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    with app.app_context(), transaction():
        installation.keep(name="policy.tariffs", value=TARIFF)
    phone, office = phone_of("inspector"), client_as("office")
    rounds = [plan(type="gas.reading", **HOME, meters=[METER]) for _ in range(2)]
    a_round(plan, phone, rounds[0], "00250.000", f"{YEAR}-03-01T09:00:00Z")
    a_round(plan, phone, rounds[1], "00310.000", f"{YEAR}-05-01T09:00:00Z")
    work(app)
    meter, told = rounds[0]["meters"][0]["id"], f"/n/{rounds[1]['lookup']}?lang=en"
    edit(office, rounds[0]["id"], "reading.set", meter=meter, value="00205.000", running=True)
    assert "a newer revision is being prepared" in office.get(told).text
    work(app)
    first, later = ([one for one in papers(app, "payment") if one.visit_id == visit["id"]] for visit in rounds)
    lines = [[printed(one)["payment"]["lines"][0] for one in some] for some in (first, later)]
    assert [line["used"] for line in lines[0]] == ["150", "105"]
    assert [(line["last"]["value"], line["used"]) for line in lines[1]] == [("00250.000", "60"), ("00205.000", "105")]
    assert [(one.revision, one.status) for one in later] == [(1, "ready"), (2, "ready")]
    assert later[1].replaces_id == later[0].id and "current" in office.get(told).text
    # A note changes nothing, and neither does new tariffs: each slip stays as it was reckoned.
    edit(office, rounds[0]["id"], "note.add", text="n")
    edit(office, rounds[1]["id"], "note.add", text="n")
    edit(office, rounds[0]["id"], "reading.set", meter=meter, value="00205.000", running=True, note="n")
    assert [one.revision for one in papers(app, "payment") if one.visit_id == rounds[1]["id"]] == [1, 2]
