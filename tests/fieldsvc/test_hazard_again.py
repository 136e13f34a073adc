"""A danger seen again counts, whatever became of its first entry and in whatever order the phones came online."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from fieldsvc import clock
from fieldsvc.db import db, transaction
from fieldsvc.hazards import service as ledger
from fieldsvc.hazards.models import Hazard, HazardEvent
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.edits import attempt
from tests.fieldsvc.papers import Clients, PhoneOf, Plan, hazard
from tests.fieldsvc.phone import Phone

Json = dict[str, Any]
HOME = {"account": "A-again", "name": "田𠮷平"}
SHUT = {"code": "APPL-02", "item": "appliance", "level": 1, "stop_gas": "now_all"}
WHY = "撤销不算数"


@pytest.fixture
def office(client_as: Clients) -> Browser:
    return client_as("office")


@pytest.fixture
def phones(phone_of: PhoneOf) -> tuple[Phone, Phone]:
    """The finder's, and that of whoever looks again."""
    return phone_of("inspector"), phone_of("colleague")


@pytest.fixture
def seen(plan: Plan, phones: tuple[Phone, Phone]) -> Json:
    """A danger to life found in visit `a`; `b` is the re-inspection of somebody else that carries it."""
    finder, second = phones
    visit, danger = plan(**HOME)["id"], hazard(**SHUT)
    finder.op(visit, "hazard.add", **danger)
    finder.sync()
    again = plan(type="gas.reinspection", assignee="colleague", **HOME)
    assert [one["id"] for one in again["previous"]["open_hazards"]] == [danger["hazard"]]
    second.sync()
    return {"a": visit, "b": again["id"], "hazard": danger["hazard"]}


def row_of(app: Flask, hazard_id: str) -> Hazard:
    with app.app_context():
        row = ledger.get(hazard_id=hazard_id)
        assert row is not None
        db.session.expunge(row)
        return row


def alerts(app: Flask) -> list[str]:
    with app.app_context():
        return list(
            db.session.scalars(
                select(Hazard.id).where(
                    Hazard.level == 1,
                    Hazard.state == "open",
                    Hazard.fixed_at.is_(None),
                    Hazard.taken_up_at.is_(None),
                )
            )
        )


def withdraw(phone: Phone, seen: Json) -> None:
    phone.op(seen["a"], "hazard.withdraw", hazard=seen["hazard"], reason="看错了")
    assert phone.sync()["results"][-1]["status"] == "applied"


def verify(phone: Phone, seen: Json, result: str = "not_fixed") -> str:
    op = phone.op(seen["b"], "hazard.verify", hazard=seen["hazard"], result=result)
    assert phone.sync()["results"][-1]["status"] == "applied"
    return str(op["id"])


@pytest.mark.both_databases
@pytest.mark.parametrize("withdrawn_first", [True, False])
def test_a_danger_seen_again_is_open_although_its_finder_withdrew_it(
    app: Flask, office: Browser, phones: tuple[Phone, Phone], seen: Json, *, withdrawn_first: bool
) -> None:
    finder, second = phones
    steps: Sequence[Callable[[], Any]] = (lambda: withdraw(finder, seen), lambda: verify(second, seen))
    for step in steps if withdrawn_first else reversed(steps):
        step()
    row = row_of(app, seen["hazard"])
    assert (row.state, row.stage, row.gas, row.verified_in) == ("open", "found", "off", seen["b"])
    assert alerts(app) == [seen["hazard"]]
    assert WHY in office.get(f"/office/hazards/{seen['hazard']}").text
    finder.op(seen["a"], "note.add", text="𠮷")
    finder.sync()
    assert row_of(app, seen["hazard"]).state == "open", "nor does a later entry of that visit hide it again"


def test_what_was_seen_again_and_put_right_then_is_closed_once(
    app: Flask, plan: Plan, phones: tuple[Phone, Phone]
) -> None:
    finder, second = phones
    visit, danger = plan(**HOME)["id"], hazard(level=3, code="PIPE-04", item="pipe", stop_gas="none")
    finder.op(visit, "hazard.add", **danger)
    finder.sync()
    again, third = (plan(type="gas.reinspection", assignee="colleague", **HOME)["id"] for _ in range(2))
    known = {"a": visit, "b": again, "hazard": danger["hazard"]}
    verify(second, known)
    withdraw(finder, known)
    verify(second, {**known, "b": third}, "fixed")
    for _ in range(2):
        finder.op(visit, "note.add", text="𠮷")
        finder.sync()
    row = row_of(app, danger["hazard"])
    with app.app_context():
        told = [one.event for one in ledger.events(row)]
    assert row.fixed_at is not None and row.state == "closed" and told.count("closed") == 1


def test_a_withdrawal_counts_again_when_who_looked_takes_back_that_it_was_there(
    app: Flask, office: Browser, phones: tuple[Phone, Phone], seen: Json
) -> None:
    finder, second = phones
    withdraw(finder, seen)
    assert row_of(app, seen["hazard"]).state == "withdrawn"
    verify(second, seen)
    verify(second, seen, "fixed")
    assert row_of(app, seen["hazard"]).state == "withdrawn"
    assert WHY not in office.get(f"/office/hazards/{seen['hazard']}").text


def test_the_office_withdraws_what_it_has_seen_and_no_more(
    app: Flask, client_as: Clients, plan: Plan, phones: tuple[Phone, Phone], seen: Json
) -> None:
    (_finder, second), admin = phones, client_as("admin")
    looked = verify(second, seen)
    assert attempt(admin, seen["a"], "hazard.withdraw", hazard=seen["hazard"], reason="x").status_code == 200
    assert row_of(app, seen["hazard"]).state == "open", "it does not say that it has seen the other visit"
    data = {"hazard": seen["hazard"], "reason": "现场复核为误判"}
    assert attempt(admin, seen["a"], "hazard.withdraw", **data, seen=looked).status_code == 200
    assert row_of(app, seen["hazard"]).state == "withdrawn"
    third = plan(type="gas.reinspection", assignee="colleague", **HOME)["id"]
    verify(second, {**seen, "b": third})
    assert row_of(app, seen["hazard"]).state == "open", "this one came after"


def test_a_technician_cannot_say_that_they_have_seen_it(
    app: Flask, office: Browser, phones: tuple[Phone, Phone], seen: Json
) -> None:
    finder, second = phones
    looked = verify(second, seen)
    finder.op(seen["a"], "hazard.withdraw", hazard=seen["hazard"], reason="看错了", seen=looked)
    finder.sync()
    assert row_of(app, seen["hazard"]).state == "open"


@pytest.mark.parametrize("order", [1, -1])
def test_a_look_that_comes_with_its_hazard_in_one_push_is_not_lost(
    app: Flask, plan: Plan, phone_of: PhoneOf, order: int
) -> None:
    first, again = sorted((plan(**HOME)["id"], plan(type="gas.reinspection", **HOME)["id"]), reverse=order < 0)
    phone, danger = phone_of("inspector"), hazard(**SHUT)
    phone.op(first, "hazard.add", **danger)
    op = phone.op(again, "hazard.verify", hazard=danger["hazard"], result="not_fixed")
    phone.sync()
    row = row_of(app, danger["hazard"])
    assert (row.visit_id, row.verified_in, row.verified_op) == (first, again, op["id"])


def test_a_look_that_came_while_the_hazard_waited_in_quarantine_counts_when_it_is_released(
    app: Flask, office: Browser, plan: Plan, phone_of: PhoneOf
) -> None:
    visit, other = plan(assignee="colleague", **HOME)["id"], plan(type="gas.reinspection", **HOME)["id"]
    elsewhere = plan(name="别家")["id"]
    phone, danger = phone_of("inspector"), hazard(**SHUT)
    held = phone.op(visit, "hazard.add", **danger)
    looked = phone.op(other, "hazard.verify", hazard=danger["hazard"], result="not_fixed")
    phone.op(elsewhere, "hazard.verify", hazard=danger["hazard"], result="fixed")
    assert [one["status"] for one in phone.sync()["results"]] == ["quarantined", "applied", "applied"]
    answer = office.post(f"/api/v1/quarantine/{held['id']}", json={"action": "release", "reason": "他替班"})
    assert answer.status_code == 200
    row = row_of(app, danger["hazard"])
    assert (row.state, row.verified_in, row.verified_op) == ("open", other, looked["id"])


def test_gas_given_back_a_second_time_is_noted_by_the_hour_of_the_look_and_never_goes_back(
    app: Flask, seen: Json
) -> None:
    now = clock.now()
    first, second = now - timedelta(hours=5), now - timedelta(hours=2)

    def note(at: datetime, number: str) -> None:
        with app.app_context(), transaction():
            ledger.note_restored(verified_at={seen["hazard"]: at}, number=number, visit_id=seen["b"], now=now)

    for at, number in ((first, "HF-1"), (second, "HF-2"), (first, "HF-1b")):
        note(at, number)
    assert row_of(app, seen["hazard"]).restored_at == second
    with app.app_context():
        said = db.session.scalars(select(HazardEvent).where(HazardEvent.event == "gas_restored"))
        assert {one.note for one in said} == {"HF-1", "HF-2"}
