"""What plans itself: each follow-up once, by its day, whatever the order of arrival, and withdrawn when its reason disappears."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from fieldsvc import clock, installation
from fieldsvc.db import db, transaction
from fieldsvc.planning import work
from fieldsvc.planning.models import FollowUp, Look
from fieldsvc.policy import workdays
from fieldsvc.record import service as record

Json = dict[str, Any]


@pytest.fixture
def settle(app: Flask) -> Any:
    """Let what plans itself be looked at; gives the rows as (kind, state), the oldest first."""

    def run() -> list[tuple[str, str]]:
        with app.app_context():
            work.work_due()
            assert db.session.query(Look).count() == 0
            return [(row.kind, row.state) for row in db.session.query(FollowUp).order_by(FollowUp.made_at, FollowUp.id)]

    return run


@pytest.fixture
def at_home(app: Flask) -> Any:
    """The open visits of a customer that planned themselves, as documents."""

    def read(visit: Json, state: str = "planned") -> list[Json]:
        with app.app_context():
            found = record.latest_of_customer(customer_id=visit["customer"]["id"], state=state)
            return [one for one in found if one["id"] != visit["id"]]

    return read


def day_after(app: Flask, count: int) -> str:
    with app.app_context():
        return str(workdays.add_working_days(installation.today(), count))


def hazard(phone: Any, visit: Json, *, due: date, code: str = "HOSE-02", level: int = 2) -> str:
    hazard_id = clock.new_id()
    phone.op(
        visit["id"], "hazard.add", hazard=hazard_id, code=code, item="hose", level=level, position="after_appliance_valve",
        due=str(due), stop_gas="none",
    )  # fmt: skip
    return hazard_id


def close(phone: Any, visit: Json, outcome: str = "completed", **more: Any) -> None:
    phone.op(visit["id"], "visit.close", outcome=outcome, **more)
    phone.sync()


def weekday_in(app: Flask, days: int) -> date:
    """A working day some days ahead."""
    with app.app_context():
        return workdays.add_working_days(installation.today() + timedelta(days=days), 1)


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

    def write(kind: str, base: int, **data: Any) -> None:
        told = {"base": base, "kind": kind, "data": data}
        answer = client_as("admin").post(f"/api/v1/visits/{visit['id']}/ops", json=told)
        assert answer.status_code == 200, answer.text

    write("hazard.withdraw", base, hazard=hazard_id, reason="看错了")
    assert settle() == [("reinspection", "withdrawn")]
    (cancelled,) = at_home(visit, "cancelled")
    assert cancelled["id"] == planned["id"]
    assert (
        "消失" in office.get(f"/office/plan/visits/{planned['id']}").text
        or cancelled["cancelled"]["reason"] == "reason_gone"
    )
    # a colleague who had not seen the withdrawal changes the hazard: it counts again
    with app.app_context(), transaction():
        from fieldsvc.identity import service as identity

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
        base = office.get(f"/api/v1/visits/{visit['id']}").json["version"]
        data = {"hazard": hazard_id, "field": "due", "value": str(day)}
        assert (
            client_as("admin")
            .post(f"/api/v1/visits/{visit['id']}/ops", json={"base": base, "kind": "hazard.set", "data": data})
            .status_code
            == 200
        )
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
    page = f"/office/plan/visits/{at_home(visit)[0]['id']}"
    office.submit(page, f"{page}/cancel", reason="用户搬走")
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


def installation_today(app: Flask) -> date:
    with app.app_context():
        return installation.today()


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
    office = client_as("office")
    office.submit(f"/office/visits/{visit['id']}", f"/office/visits/{visit['id']}/reopen", reason="x")
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
    client_as("office").submit(f"/office/visits/{visit['id']}", f"/office/visits/{visit['id']}/reopen", reason="x")
    assert settle() == [("repeat", "ahead")]
    assert [one["state"] for one in at_home(visit, "started")] == ["started"]


def test_a_home_that_has_an_open_inspection_anyway_gets_no_repeat(
    app, plan, phone_of, settle, at_home, client_as
) -> None:
    visit, phone = plan(), phone_of("inspector")
    with app.app_context(), transaction():
        from fieldsvc.visits import service as visits

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
    from fieldsvc.planning import followups

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


def test_what_planned_itself_is_on_its_page_with_why(app, plan, phone_of, settle, client_as) -> None:
    visit, phone = plan(name="<b>王</b>"), phone_of("inspector")
    hazard(phone, visit, due=weekday_in(app, 8))
    phone.op(visit["id"], "check.set", item="hose", point="HOSE-C1", result="not_accessible")
    close(phone, visit)
    settle()
    page = client_as("office").get("/office/plan/itself").text
    assert "&lt;b&gt;王&lt;/b&gt;" in page
    assert "HOSE-02" not in page
    assert client_as("office").get("/office/plan/itself?export=csv").status_code == 200


def write(office: Any, visit_id: str, kind: str, **data: Any) -> None:
    base = office.get(f"/api/v1/visits/{visit_id}").json["version"]
    answer = office.post(f"/api/v1/visits/{visit_id}/ops", json={"base": base, "kind": kind, "data": data})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(("field", "value"), [("level", 1), ("due", None)])
def test_a_reinspection_that_the_office_cancelled_is_planned_again_when_its_hazard_gets_worse(
    app, plan, phone_of, settle, at_home, client_as, field: str, value: Any
) -> None:
    visit, phone, office = plan(), phone_of("inspector"), client_as("office")
    hazard_id = hazard(phone, visit, due=weekday_in(app, 20), level=3)
    close(phone, visit)
    settle()
    page = f"/office/plan/visits/{at_home(visit)[0]['id']}"
    office.submit(page, f"{page}/cancel", reason="不急")
    assert settle() == [("reinspection", "dismissed")]
    write(office, visit["id"], "hazard.set", hazard=hazard_id, field=field, value=value or str(weekday_in(app, 2)))
    assert settle() == [("reinspection", "dismissed"), ("reinspection", "ahead")]


def test_a_worse_hazard_is_planned_though_the_repeat_of_its_reinspection_was_cancelled(
    app, plan, phone_of, settle, at_home, client_as
) -> None:
    visit, phone, office = plan(), phone_of("inspector"), client_as("office")
    hazard_id = hazard(phone, visit, due=weekday_in(app, 20), level=3)
    close(phone, visit)
    settle()
    phone.sync()
    close(phone, at_home(visit)[0], "no_access")
    assert settle() == [("reinspection", "kept"), ("repeat", "ahead")]
    page = f"/office/plan/visits/{at_home(visit)[0]['id']}"
    office.submit(page, f"{page}/cancel", reason="不急")
    assert settle() == [("reinspection", "kept"), ("repeat", "dismissed")]
    write(office, visit["id"], "hazard.set", hazard=hazard_id, field="level", value=1)
    assert settle() == [("reinspection", "kept"), ("repeat", "dismissed"), ("reinspection", "ahead")]


def test_a_visit_that_the_office_put_off_comes_forward_for_a_reason_that_it_did_not_know(
    app, plan, phone_of, settle, at_home, client_as
) -> None:
    visit, phone, office = plan(), phone_of("inspector"), client_as("office")
    first = hazard(phone, visit, due=weekday_in(app, 8), level=3)
    close(phone, visit)
    settle()
    page, far = f"/office/plan/visits/{at_home(visit)[0]['id']}", str(weekday_in(app, 30))
    office.submit(page, page, date=far)
    settle()
    write(client_as("admin"), visit["id"], "hazard.set", hazard=first, field="due", value=str(weekday_in(app, 9)))
    settle()
    assert at_home(visit)[0]["planned"]["date"] == far, "a day that was put off is no new reason"
    phone.sync()
    phone.op(visit["id"], "note.add", text="n")
    found = plan_again(app, visit)
    phone.sync()
    hazard(phone, found, due=date.fromisoformat(day_after(app, 1)), level=1, code="HOSE-01")
    close(phone, found)
    assert settle() == [("reinspection", "ahead")]
    (planned,) = [one for one in at_home(visit) if one["type"] == "gas.reinspection"]
    assert planned["planned"]["date"] == day_after(app, 1)


def plan_again(app: Flask, visit: Json) -> Json:
    """Another inspection of the same customer, today, the inspector's."""
    from fieldsvc.visits import service as visits

    with app.app_context(), transaction():
        order = {
            "type": "gas.inspection",
            "customer": {"account": visit["customer"]["account"]},
            "planned": {"date": str(installation.today())},
            "assignee": "inspector",
        }
        return visits.plan(visits=[order], now=clock.now())[0]


def test_a_second_reinspection_that_the_office_brings_back_does_not_break_a_homes_planning(
    app, plan, phone_of, settle, at_home, client_as
) -> None:
    visit, phone, office = plan(), phone_of("inspector"), client_as("office")
    hazard_id = hazard(phone, visit, due=weekday_in(app, 20), level=3)
    close(phone, visit)
    settle()
    page = f"/office/plan/visits/{at_home(visit)[0]['id']}"
    office.submit(page, f"{page}/cancel", reason="不急")
    settle()
    write(office, visit["id"], "hazard.set", hazard=hazard_id, field="level", value=2)
    assert settle() == [("reinspection", "dismissed"), ("reinspection", "ahead")]
    second = next(one for one in at_home(visit) if one["id"] not in page)
    office.submit(page, page, date=str(weekday_in(app, 5)))
    assert settle() == [("reinspection", "dismissed"), ("reinspection", "ahead")]
    assert len(at_home(visit)) == 2
    other = f"/office/plan/visits/{second['id']}"
    office.submit(other, f"{other}/cancel", reason="重复")
    assert settle() == [("reinspection", "ahead"), ("reinspection", "dismissed")]


def test_a_home_that_was_given_up_is_given_up_again_when_its_reason_returns(
    app, plan, phone_of, settle, at_home, client_as
) -> None:
    with app.app_context(), transaction():
        installation.keep(name="policy.planning", value={"repeat_most": 0})
    visit, phone, office = plan(), phone_of("inspector"), client_as("office")
    close(phone, visit, "no_access")
    assert settle() == [("repeat", "given_up")]
    office.submit(f"/office/visits/{visit['id']}", f"/office/visits/{visit['id']}/reopen", reason="x")
    assert settle() == [("repeat", "withdrawn")]
    phone.sync()
    close(phone, visit, "no_access")
    assert settle() == [("repeat", "given_up")]


def test_a_home_at_which_planning_failed_is_shown_to_a_person(
    app, plan, phone_of, client_as, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fieldsvc.planning import followups

    def broken(**_given: Any) -> None:
        raise ValueError("broken")

    visit, phone, office = plan(name="<b>王</b>"), phone_of("inspector"), client_as("office")
    close(phone, visit, "no_access")
    assert "data-failed" not in office.get("/office/plan/itself").text
    monkeypatch.setattr(followups, "look_at", broken)
    with app.app_context():
        work.work_due()
    page = office.get("/office/plan/itself").text
    assert "data-failed" in page and "&lt;b&gt;王&lt;/b&gt;" in page


@pytest.mark.both_databases
def test_the_migration_has_the_homes_looked_at_that_need_something(app, plan, phone_of, settle, at_home) -> None:
    import importlib

    migration = importlib.import_module("fieldsvc.migrations.versions.0011_planning")
    phone_at = [plan(building=str(n)) for n in range(6)]
    dangerous, unseen, nobody, fine, later, _open = phone_at
    phone = phone_of("inspector")
    hazard(phone, dangerous, due=weekday_in(app, 8))
    phone.op(unseen["id"], "check.set", item="hose", point="HOSE-C1", result="not_accessible")
    close(phone, nobody, "no_access")
    close(phone, later, "no_access")
    for one in (dangerous, unseen, fine, plan_again(app, later)):
        phone.sync()
        close(phone, one)
    with app.app_context():
        with transaction():
            db.session.execute(db.delete(Look))
            migration.note_homes(db.session.connection())
        found = {row.customer_id for row in db.session.query(Look)}
    assert found == {one["customer"]["id"] for one in (dangerous, unseen, nobody)}
    assert sorted(settle()) == [("reinspection", "ahead"), ("reinspection", "ahead"), ("repeat", "ahead")]
