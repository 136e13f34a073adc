"""What plans itself: each follow-up once, by its day, whatever the order of arrival, and withdrawn when its reason disappears."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any

import pytest

from fieldsvc import clock, installation
from fieldsvc.db import db, transaction
from fieldsvc.identity import service as identity
from fieldsvc.planning import followups, work
from fieldsvc.planning.models import FollowUp, Look
from fieldsvc.record import service as record
from fieldsvc.visits import service as visits
from tests.fieldsvc.edits import edit
from tests.fieldsvc.followups import (
    cancel,
    close,
    day_after,
    hazard,
    installation_today,
    open_at_home,  # noqa: F401 - a fixture
    planning_looked_at,  # noqa: F401 - a fixture
    reopen,
    weekday_in,
)


@pytest.mark.both_databases
def test_two_hazards_of_a_home_make_one_reinspection_by_the_earlier_day(app, plan, phone_of, settle, at_home) -> None:
    visit, phone = plan(), phone_of("inspector")
    early, late = weekday_in(app, 8), weekday_in(app, 20)
    hazard(phone, visit, due=late)
    hazard(phone, visit, due=early, code="HOSE-01")
    phone.sync()
    assert settle() == [], "the visit is still going on"
    close(phone, visit)
    assert settle() == [("reinspection", "ahead")]
    (planned,) = at_home(visit)
    assert (planned["type"], planned["planned"]["date"]) == ("gas.reinspection", str(early))
    assert planned["assignee"]["name"] == "王小明"
    assert len(planned["previous"]["open_hazards"]) == 2
    phone.op(visit["id"], "note.add", text="n")
    assert settle() == [("reinspection", "ahead")]


def test_a_level_1_hazard_is_not_seen_again_by_whoever_found_it(app, plan, phone_of, settle, at_home) -> None:
    visit, phone = plan(), phone_of("inspector")
    hazard(phone, visit, due=weekday_in(app, 3), level=1)
    close(phone, visit)
    settle()
    assert at_home(visit)[0]["assignee"] is None


def test_a_reinspection_is_withdrawn_with_its_hazard_and_comes_back_with_it(
    app, plan, phone_of, settle, at_home, client_as
) -> None:
    visit, phone = plan(), phone_of("inspector")
    due = weekday_in(app, 8)
    hazard_id = hazard(phone, visit, due=due)
    close(phone, visit)
    settle()
    (planned,) = at_home(visit)
    office = client_as("office")
    base = office.get(f"/api/v1/visits/{visit['id']}").json["version"]
    edit(client_as("admin"), visit["id"], "hazard.withdraw", hazard=hazard_id, reason="看错了")
    assert settle() == [("reinspection", "withdrawn")]
    (cancelled,) = at_home(visit, "cancelled")
    assert cancelled["id"] == planned["id"]
    assert (
        "消失" in office.get(f"/office/plan/visits/{planned['id']}").text
        or cancelled["cancelled"]["reason"] == "reason_gone"
    )
    # a colleague who had not seen the withdrawal changes the hazard: it counts again
    with app.app_context(), transaction():
        clerk = identity.office_author(user=identity.find(username="office"), now=clock.now())
        record.write_as_office(
            author=clerk, visit_id=visit["id"], base=base, kind="hazard.set",
            data={"hazard": hazard_id, "field": "note", "value": "客户来电"}, now=clock.now(),
        )  # fmt: skip
    assert settle() == [("reinspection", "ahead")]
    assert [one["id"] for one in at_home(visit)] == [planned["id"]]


def test_a_reinspection_moves_with_its_hazards_day_unless_the_office_has_moved_it(
    app, plan, phone_of, settle, at_home, client_as
) -> None:
    visit, phone, office = plan(), phone_of("inspector"), client_as("office")
    hazard_id = hazard(phone, visit, due=weekday_in(app, 20))
    close(phone, visit)
    settle()

    def put_off(day: date) -> str:
        edit(client_as("admin"), visit["id"], "hazard.set", hazard=hazard_id, field="due", value=str(day))
        settle()
        return str(at_home(visit)[0]["planned"]["date"])

    earlier = weekday_in(app, 9)
    assert put_off(earlier) == str(earlier)
    page = f"/office/plan/visits/{at_home(visit)[0]['id']}"
    office.submit(page, page, date=str(weekday_in(app, 4)))
    assert put_off(weekday_in(app, 14)) == str(weekday_in(app, 4))


def test_a_reinspection_that_the_office_cancelled_is_not_planned_again_for_the_same_reason(
    app, plan, phone_of, settle, at_home, client_as
) -> None:
    visit, phone, office = plan(), phone_of("inspector"), client_as("office")
    hazard(phone, visit, due=weekday_in(app, 8))
    close(phone, visit)
    settle()
    cancel(office, at_home(visit)[0], "用户搬走")
    assert settle() == [("reinspection", "dismissed")]
    assert at_home(visit) == []


def test_a_hazard_that_was_seen_again_and_is_still_there_is_followed_up_again(
    app, plan, phone_of, settle, at_home
) -> None:
    visit, phone = plan(), phone_of("inspector")
    hazard_id = hazard(phone, visit, due=installation_today(app) - timedelta(days=1))
    close(phone, visit)
    settle()
    (again,) = at_home(visit)
    assert again["planned"]["date"] == day_after(app, 1)
    phone.sync()
    phone.op(again["id"], "hazard.verify", hazard=hazard_id, result="not_fixed")
    close(phone, again)
    assert settle() == [("reinspection", "kept"), ("reinspection", "ahead")]
    (third,) = at_home(visit)
    assert third["planned"]["date"] == day_after(app, 5)
    phone.sync()
    phone.op(third["id"], "hazard.verify", hazard=hazard_id, result="fixed")
    close(phone, third)
    assert settle() == [("reinspection", "kept"), ("reinspection", "kept")]


def test_nobody_at_home_is_visited_again_on_the_agreed_day_and_time(app, plan, phone_of, settle, at_home) -> None:
    visit, phone = plan(), phone_of("inspector")
    saturday = installation_today(app) + timedelta(days=(5 - installation_today(app).weekday()) % 7 + 7)
    close(phone, visit, "no_access", reason="nobody", next_at=f"{saturday}T14:30:00+08:00")
    assert settle() == [("repeat", "ahead")]
    (planned,) = at_home(visit)
    assert planned["type"] == visit["type"]
    assert planned["planned"] == {"date": str(saturday), "from": "14:30", "to": None}


@pytest.mark.both_databases
def test_without_an_agreed_day_a_repeat_comes_by_the_companys_rule_and_only_so_many_times(
    app, plan, phone_of, settle, at_home, client_as
) -> None:
    visit, phone = plan(), phone_of("inspector")
    close(phone, visit, "no_access")
    settle()
    for _round in range(2):
        (planned,) = at_home(visit)
        assert planned["planned"]["date"] == day_after(app, 5)
        phone.sync()
        close(phone, planned, "no_access")
        rows = settle()
    assert rows == [("repeat", "kept"), ("repeat", "kept"), ("repeat", "given_up")]
    assert at_home(visit) == []
    page = client_as("office").get("/office/plan/itself?state=given_up").text
    assert visit["customer"]["name"] in page


def test_a_repeat_is_withdrawn_when_somebody_got_in_after_all(app, plan, phone_of, settle, at_home, client_as) -> None:
    visit, phone = plan(), phone_of("inspector")
    close(phone, visit, "no_access")
    settle()
    reopen(client_as("office"), visit)
    assert settle() == [("repeat", "withdrawn")]
    assert at_home(visit) == []
    phone.sync()
    close(phone, visit, "completed")
    assert settle() == [("repeat", "withdrawn")]


def test_a_repeat_that_somebody_has_begun_is_left_alone(app, plan, phone_of, settle, at_home, client_as) -> None:
    visit, phone = plan(), phone_of("inspector")
    close(phone, visit, "no_access")
    settle()
    (planned,) = at_home(visit)
    phone.sync()
    phone.op(planned["id"], "visit.start")
    phone.sync()
    reopen(client_as("office"), visit)
    assert settle() == [("repeat", "ahead")]
    assert [one["state"] for one in at_home(visit, "started")] == ["started"]


def test_a_home_that_has_an_open_inspection_anyway_gets_no_repeat(
    app, plan, phone_of, settle, at_home, client_as
) -> None:
    visit, phone = plan(), phone_of("inspector")
    with app.app_context(), transaction():
        day = str(installation.today() + timedelta(days=9))
        order = {
            "type": "gas.booked",
            "customer": {"account": visit["customer"]["account"]},
            "planned": {"date": day},
            "assignee": None,
        }
        visits.plan(visits=[order], now=clock.now())
    close(phone, visit, "no_access")
    assert settle() == []


def test_what_was_not_accessible_is_looked_at_again_and_rides_with_a_reinspection(
    app, plan, phone_of, settle, at_home
) -> None:
    visit, phone = plan(), phone_of("inspector")
    phone.op(visit["id"], "check.set", item="hose", point="HOSE-C1", result="not_accessible")
    close(phone, visit)
    assert settle() == [("reinspection", "ahead")]
    (planned,) = at_home(visit)
    assert planned["planned"]["date"] == day_after(app, 10)
    phone.sync()
    phone.op(planned["id"], "check.set", item="hose", point="HOSE-C1", result="pass")
    close(phone, planned)
    assert settle() == [("reinspection", "kept")]


def test_however_the_entries_arrive_each_follow_up_is_made_once(app, plan, phone_of, settle, at_home) -> None:
    """Finding, closing and a colleague's entry, in every order of arrival, looked at after each, and arriving twice."""
    for order in itertools.permutations(("hazard", "close", "note")):
        visit, phone = plan(), phone_of("inspector")
        writers = {
            "hazard": lambda v=visit, p=phone: hazard(p, v, due=weekday_in(app, 8)),
            "close": lambda v=visit, p=phone: p.op(v["id"], "visit.close", outcome="completed"),
            "note": lambda v=visit, p=phone: p.op(v["id"], "note.add", text="n"),
        }
        for name in order:
            writers[name]()
            phone.send(phone.request())  # its answer is lost, and it is sent again
            phone.sync()
            settle()
        found = [one for one in at_home(visit) if one["type"] == "gas.reinspection"]
        assert len(found) == (1 if order.index("hazard") < order.index("close") else 0), order


def test_one_home_that_cannot_be_looked_at_does_not_hold_up_the_others(
    app, plan, phone_of, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good, phone = plan(), plan(), phone_of("inspector")
    close(phone, bad, "no_access")
    close(phone, good, "no_access")
    whole = followups.look_at

    def look_at(*, customer_id: str, now: Any) -> None:
        if customer_id == bad["customer"]["id"]:
            raise ValueError("broken")
        whole(customer_id=customer_id, now=now)

    monkeypatch.setattr(followups, "look_at", look_at)
    with app.app_context():
        work.work_due()
        assert [row.customer_id for row in db.session.query(FollowUp)] == [good["customer"]["id"]]
        assert [row.tries for row in db.session.query(Look)] == [work.MOST_TRIES]
    assert "broken" in caplog.text
    monkeypatch.undo()
    phone.op(bad["id"], "note.add", text="n")
    phone.sync()
    with app.app_context(), transaction():
        db.session.query(Look).update({"tries": 0})
    with app.app_context():
        work.work_due()
        assert db.session.query(FollowUp).count() == 2
