"""Each row of the gas part of the job matrix, played from its order to its papers and to what it leaves in the ledgers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from fieldsvc import clock
from fieldsvc.calls import service as calls
from fieldsvc.calls.models import Call
from fieldsvc.db import db, transaction
from fieldsvc.doubts import breaches, gone_through
from fieldsvc.hazards import service as hazards
from fieldsvc.record import service as record
from tests.fieldsvc.jobs_played import KINDS, LISTS, SIGNERS, photograph, play, title_of
from tests.fieldsvc.papers import Json, hazard, papers_of, pdf_of, work
from tests.fieldsvc.phone import Phone

Plan = Callable[..., Json]
PhoneOf = Callable[[str], Phone]
Clients = Callable[[str], Any]

ROWS = [
    # row, kind, the papers that it owes when all is well, what its sheet is called
    ("G1", "gas.inspection", {"inspection"}, ""),
    ("G2", "gas.booked", {"inspection"}, ""),
    ("G3", "gas.reading", {"inspection", "payment"}, ""),
    ("G4", "gas.installation", {"sheet"}, "安装单"),
    ("G5", "gas.gas_on", {"sheet", "gas_on"}, "验收通气单"),
    ("G6", "gas.hazard", {"sheet"}, "隐患处理单"),
    ("G7", "gas.reinspection", {"inspection"}, ""),
    ("G8", "gas.repair", {"sheet"}, "维修单"),
    ("G9", "gas.emergency", {"sheet"}, "抢险记录"),
    ("G10", "gas.return_visit", {"sheet"}, "回访记录"),
    ("G11", "gas.complaint", {"sheet"}, "投诉处理表"),
    ("G12", "gas.relocation", {"sheet"}, "查勘单"),
    ("G12", "gas.closing", {"sheet"}, "销户拆表单"),
    ("G12", "gas.account", {"sheet"}, "过户申请单"),
    ("G12", "gas.exchange", {"sheet"}, "换表单"),
]


def kinds_of(client: Any, visit: str) -> set[str]:
    return {one["kind"] for one in client.get(f"/api/v1/visits/{visit}").json["notices"]}


def broken(app: Flask, visit: str) -> set[tuple[str, str]]:
    """The declared rules that a closed visit breaks, each with the place."""
    with app.app_context():
        document = record.document(visit_id=visit)
        seen = gone_through.seen_of(document, record.history(visit_id=visit), office=frozenset())
        return set(breaches.broken(seen))


def test_every_row_of_the_matrix_is_there_and_active() -> None:
    assert {(row, kind) for row, kind, _papers, _sheet in ROWS} == {
        (one.code, one.id) for one in KINDS.values() if one.trade == "gas"
    }
    assert all(KINDS[kind].active for _row, kind, _papers, _sheet in ROWS)


def test_every_row_leads_from_its_order_to_its_papers_and_keeps_its_rules(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    visits = [(*row, plan(type=row[1])["id"]) for row in ROWS]
    phone, office = phone_of("inspector"), client_as("office")
    for _row, kind, _papers, _sheet, visit in visits:
        assert phone.visits[visit]["type"] == kind
        play(phone, visit)
    work(app)
    for row, kind, papers, sheet, visit in visits:
        assert kinds_of(office, visit) == papers, (row, kind)
        # What a customer wishes for breaks nothing: it waits for somebody to own it.
        assert {rule for rule, _at in broken(app, visit)} <= {"one_owner"}, (row, kind)
        if not sheet:
            continue
        [paper] = papers_of(office, visit, "sheet")
        assert (paper["status"], paper["number"][:2]) == ("ready", "GD"), kind
        assert title_of(pdf_of(office, paper)).startswith(sheet), kind
        page = office.get(f"/office/visits/{visit}").text
        assert all(item.name["zh-Hans"] in page for item in LISTS[kind].items), kind
        assert "<b>made</b>" not in page, kind
        signed = office.get(f"/api/v1/visits/{visit}").json["signatures"]
        assert {role: one["name"] for role, one in signed.items()} == {
            one.role: SIGNERS[one.role] for one in KINDS[kind].signs
        }, kind


NO_GAS = {
    "GASON-C20": {"result": "pass_note", "value": "not_on"},
    **dict.fromkeys(
        [
            *("GASON-C21", "GASON-C22", "GASON-C23", "GASON-C24", "GASON-C31", "GASON-C32", "GASON-C33"),
            *("GASON-C34", "GASON-C41", "GASON-C42", "GASON-C43"),
        ]
    ),
}


def find_hazard(phone: Phone, visit: str, **changes: Any) -> str:
    """Record a hazard with its photo at a visit that is under way."""
    found = hazard(**changes)
    phone.op(visit, "hazard.add", **found)
    photograph(phone, visit, purpose="hazard", ref=found["hazard"])
    return str(found["hazard"])


def test_gas_stays_off_while_a_hazard_is_open(app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients) -> None:
    whole, wrong = plan(type="gas.gas_on")["id"], plan(type="gas.gas_on")["id"]
    phone, office = phone_of("inspector"), client_as("office")
    hose = {"GASON-C5": {"result": "fail"}}
    found = {"code": "HOSE-05", "item": "gas_on_conditions"}
    play(phone, whole, but={**hose, **NO_GAS}, before_signing=lambda: find_hazard(phone, whole, **found))
    play(phone, wrong, but=hose, before_signing=lambda: find_hazard(phone, wrong, **found))
    work(app)
    assert broken(app, whole) == set()
    assert {rule for rule, _at in broken(app, wrong)} == {"no_gas_with_hazard"}
    for visit in (whole, wrong):
        assert kinds_of(office, visit) == {"sheet", "hazard"}


def test_gas_stays_off_when_the_tightness_test_has_not_passed(app: Flask, plan: Plan, phone_of: PhoneOf) -> None:
    visit = plan(type="gas.gas_on")["id"]
    untested = {"GASON-C13": {"result": "not_accessible", "note": "压力计没电"}}
    play(phone_of("inspector"), visit, but=untested)
    assert {rule for rule, _at in broken(app, visit)} == {"no_gas_with_hazard"}


def test_a_certificate_is_withdrawn_when_the_hazard_was_overlooked(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    visit = plan(type="gas.gas_on")["id"]
    phone, office = phone_of("inspector"), client_as("office")
    play(phone, visit)
    work(app)
    [paper] = papers_of(office, visit, "gas_on")
    assert (paper["status"], paper["number"][:2], paper["revision"]) == ("ready", "TZ", 1)
    assert title_of(pdf_of(office, paper)).startswith("通气证 TZ")
    version = office.get(f"/api/v1/visits/{visit}").json["version"]
    office.submit(f"/office/visits/{visit}", f"/office/visits/{visit}/reopen", reason="漏记隐患", base=version)
    phone.sync()
    find_hazard(phone, visit)
    phone.op(visit, "visit.close", outcome="completed")
    phone.sync()
    work(app)
    latest = max(papers_of(office, visit, "gas_on"), key=lambda one: one["revision"])
    assert (latest["status"], latest["revision"]) == ("ready", 2)
    assert "撤销" in title_of(pdf_of(office, latest))


def test_hazard_handling_closes_the_ledger_line_by_line(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    home = {"account": "H-handled"}
    first = plan(**home)["id"]
    phone, office = phone_of("inspector"), client_as("office")
    found: list[str] = []
    play(
        phone,
        first,
        but={"HOSE-C6": {"result": "fail"}, "JOINT-C2": {"result": "fail"}},
        before_signing=lambda: found.extend(
            (find_hazard(phone, first), find_hazard(phone, first, code="JOINT-02", item="joint"))
        ),
    )
    again = plan(type="gas.hazard", assignee="colleague", **home)["id"]
    phone = phone_of("colleague")
    before = {one["id"]: one["photos"] for one in phone.visits[again]["previous"]["open_hazards"]}
    assert {id_: len(photos) for id_, photos in before.items()} == dict.fromkeys(found, 1)
    taken = before[found[0]][0]
    assert phone.client.get(f"/api/v1/blobs/{taken}").status_code == 200, "to take the next one from the same angle"
    signed = office.get(f"/api/v1/visits/{first}").json["signatures"]["customer"]["image"]
    assert phone.client.get(f"/api/v1/blobs/{signed}").status_code == 404, "and nothing else of that visit"

    def look() -> None:
        for one, result in zip(found, ("fixed", "not_fixed"), strict=True):
            phone.op(again, "hazard.verify", hazard=one, result=result)
            photograph(phone, again, purpose="hazard", ref=one)

    play(phone, again, before_signing=look)
    work(app)
    assert broken(app, again) == set()
    assert kinds_of(office, again) == {"sheet", "reinspection"}
    with app.app_context():
        rows = [hazards.get(hazard_id=one) for one in found]
        assert [row.state for row in rows if row] == ["closed", "open"]


def test_a_hazard_that_was_looked_at_again_without_a_photo_breaks_a_rule(
    app: Flask, plan: Plan, phone_of: PhoneOf
) -> None:
    home = {"account": "H-blind"}
    first = plan(**home)["id"]
    phone = phone_of("inspector")
    found: list[str] = []
    play(phone, first, before_signing=lambda: found.append(find_hazard(phone, first)))
    again = plan(type="gas.hazard", **home)["id"]
    phone.sync()
    play(phone, again, before_signing=lambda: phone.op(again, "hazard.verify", hazard=found[0], result="fixed"))
    assert broken(app, again) == {("verified_with_photo", found[0])}


STAMPS = {"emergency_way": ("EMERG-C1", "EMERG-C2", "EMERG-C3"), "emergency_safe": ("EMERG-C8",)}


def test_an_emergency_has_its_five_moments_in_their_order(app: Flask, plan: Plan, phone_of: PhoneOf) -> None:
    good, bad = plan(type="gas.emergency")["id"], plan(type="gas.emergency")["id"]
    phone = phone_of("inspector")
    play(phone, good, but={"EMERG-C6": {"result": "pass", "value": "0"}})
    late = clock.rfc3339(datetime(2030, 1, 1, tzinfo=clock.now().tzinfo))
    for entry in [phone.op(bad, "check.set", item="emergency_way", point="EMERG-C2", result="pass")]:
        entry["at"] = late
    play(phone, bad, but={"EMERG-C2": None})
    assert broken(app, good) == set()
    assert ("in_order", "EMERG-C3") in broken(app, bad)


@pytest.mark.parametrize("reached", [True, False], ids=["a call was due", "no call was due"])
def test_a_return_visit_answers_the_call_that_was_due(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients, reached: bool
) -> None:
    home = {"account": "H-called"}
    first, back = plan(**home)["id"], plan(type="gas.return_visit", **home)["id"]
    phone = phone_of("inspector")
    if reached:
        phone.op(first, "visit.close", outcome="refused", reason="no_time")
    play(phone, back, but={"RETURN-C7": {"result": "pass", "value": "4"}})
    with app.app_context():
        call, answers, _tasks = calls.of_visit(visit_id=first)
        if reached:
            assert call is not None and (call.state, call.score) == ("reached", 4)
            assert [(one.score, one.answers["RETURN-C1"]) for one in answers] == [(4, "yes")]
        else:
            assert db.session.scalars(select(Call)).all() == []
    page = client_as("office").get(f"/office/calls/{first}").text
    assert ("是否已通气、使用正常" in page) is reached
    assert "<b>made</b>" not in page


def test_a_visit_about_a_complaint_writes_finding_and_reply_but_never_about_oneself(
    app: Flask, plan: Plan, phone_of: PhoneOf
) -> None:
    home = {"account": "H-complains"}
    first = plan(**home)["id"]
    one, two = plan(type="gas.complaint", **home)["id"], plan(type="gas.complaint", assignee="colleague", **home)["id"]
    own, other = phone_of("inspector"), phone_of("colleague")
    with app.app_context(), transaction():
        against = own.visits[one]["assignee"]["id"]
        given = {"way": "phone", "name": "欧阳𠮷", "phone": "", "address": "", "about": "多收费", "visit_id": first}
        complaint = calls.complaints.receive(
            given={**given, "against_id": against}, owner_id=other.visits[two]["assignee"]["id"], by_id="x",
            by_name="值班员", now=clock.now(),
        ).id  # fmt: skip

    def told() -> list[str]:
        with app.app_context():
            return [entry.event for entry in calls.complaints.entries(complaint_id=complaint)]

    play(own, one)
    assert told() == ["received"]
    play(other, two)
    assert told() == ["received", "found", "answered"]
    with app.app_context():
        assert calls.complaints.get(complaint_id=complaint).state == "answered"


def test_a_transfer_needs_two_people_and_a_closing_its_seals(app: Flask, plan: Plan, phone_of: PhoneOf) -> None:
    moved, closed = plan(type="gas.account")["id"], plan(type="gas.closing")["id"]
    phone = phone_of("inspector")
    play(phone, moved)
    play(phone, closed, but={point: {"result": "pass", "note": "F-1"} for point in ("CLOSE-C4", "CLOSE-C7")})
    assert broken(app, moved) == set()
    assert broken(app, closed) == {("seals", "CLOSE-C7")}
    twice = plan(type="gas.account")["id"]
    phone.sync()
    play(phone, twice, names={**SIGNERS, "witness": SIGNERS["customer"]})
    assert broken(app, twice) == {("two_signers", "witness")}
