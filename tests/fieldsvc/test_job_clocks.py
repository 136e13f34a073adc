"""The clocks of kinds of visit: by when something was promised, what stops them, and who sees what presses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask

from fieldsvc import clock, installation
from fieldsvc.catalog.load import load
from fieldsvc.db import transaction
from fieldsvc.policy import service as policy
from fieldsvc.promises import service as promises
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.phone import Phone

Json = dict[str, Any]
ENTRIES = load()
CHINA = ZoneInfo("Asia/Shanghai")
FRIDAY = datetime(2026, 11, 20, 10, 0, tzinfo=CHINA)


def due_of(kind: str, *, asked: datetime = FRIDAY, tags: tuple[str, ...] = ()) -> dict[str, str]:
    made = promises.made(visit_type=kind, tags=tags, now=asked)
    return {one["clock"]: datetime.fromisoformat(one["due"]).astimezone(CHINA).strftime("%m-%d %H:%M") for one in made}


DUE = {
    "gas.booked": {"booked": "11-23 23:59"},
    "gas.repair": {"repair": "11-21 10:00"},
    "gas.installation": {"install_site": "11-27 23:59", "install_done": "11-27 23:59"},
    "gas.gas_on": {"gas_on": "11-27 23:59"},
    "gas.emergency": {"emergency": "11-20 10:20"},
    "gas.return_visit": {"callback": "11-23 23:59"},
    "gas.complaint": {"complaint_visit": "11-25 23:59"},
    "gas.relocation": {"relocation": "11-24 23:59"},
    "gas.closing": {"closing": "11-27 23:59"},
    "water.survey": {"water_survey": "11-24 23:59"},
    "water.repair": {"water_repair": "11-21 10:00"},
    "water.road_leak": {"water_road_leak": "11-20 10:30"},
    "drain.unblock": {"drain_unblock": "11-20 10:05"},
    "drain.repair": {"drain_repair": "11-20 13:00", "drain_repair_done": "11-23 23:59"},
    "power.fault": {"power_fault": "11-20 10:45"},
    "power.acceptance": {"power_acceptance": "11-25 23:59"},
    "power.restore": {"power_restore": "11-21 10:00"},
    "heat.acceptance": {"heat_acceptance": "11-24 23:59"},
}


def test_every_clock_gives_what_the_trade_promises_in_the_working_days_of_the_company(app: Flask) -> None:
    """Asked for on a Friday: the weekend is no working day."""
    with app.app_context():
        assert {kind: due_of(kind) for kind in DUE} == DUE
    made_with_the_visit = {one.id for one in ENTRIES.clocks if not one.since}
    assert made_with_the_visit == {name for told in DUE.values() for name in told}


def test_businesses_and_customers_outside_town_have_their_own_time(app: Flask) -> None:
    with app.app_context():
        assert due_of("gas.installation", tags=("商户",)) == {
            "install_site": "11-30 23:59",
            "install_done": "12-20 23:59",
        }
        assert due_of("gas.emergency", tags=("农村",)) == {"emergency": "11-20 10:30"}
        assert due_of("power.fault", tags=("郊区",)) == {"power_fault": "11-20 11:30"}
        assert due_of("power.fault", tags=("郊区", "山区")) == {"power_fault": "11-20 12:00"}, "remote before outside"


def test_a_company_promises_otherwise_and_rests_on_days_of_its_own(app: Flask) -> None:
    monday = {"day": "2026-11-23", "is": "rest", "reason": ""}
    with app.app_context(), transaction():
        installation.keep(name="policy.promises", value={"booked_working_days": 2})
        installation.keep(name="policy.calendar", value={"own_days": [monday]})
    with app.app_context():
        assert due_of("gas.booked") == {"booked": "11-25 23:59"}


def test_every_clock_names_kinds_points_and_values_that_there_are() -> None:
    kinds = {one.id: one for one in ENTRIES.visit_types}
    points = {one.id: {p.id for item in one.items for p in item.points} for one in ENTRIES.checklists}
    values = {field["id"] for field in policy.declared()["promises"]["fields"]}
    for one in ENTRIES.clocks:
        assert {one.promise, *filter(None, (one.business, one.outside, one.remote))} <= values, one.id
        assert set(one.after) <= set(kinds), one.id
        assert (one.to == "given_out") == (one.since == "exchanged"), one.id
        for kind in one.kinds:
            known = points[str(kinds[kind].checklist)]
            assert one.to in ("begun", "closed", "given_out") or one.to in known, one.id
            assert not one.since or kinds[kind].meter == "exchange", one.id
            assert not one.instead or (one.instead.point in known and one.instead.promise in values), one.id


# ── what stops them, and who sees them ────────────────────────────────────


def standing(app: Flask, *, later: timedelta = timedelta()) -> dict[str, tuple[int, int, int]]:
    now = clock.now() + later
    with app.app_context():
        counted = promises.counted(first=date(2020, 1, 1), last=date(2100, 1, 1), now=now)
        return {one.clock: (one.kept, one.broken, one.open) for one in counted}


def test_a_promise_runs_until_somebody_is_there_and_is_kept_then(
    app: Flask, plan: Callable[..., Json], phone_of: Callable[[str], Phone]
) -> None:
    visit = plan(type="gas.repair")
    assert [one["clock"] for one in visit["promised"]] == ["repair"]
    assert standing(app) == {"repair": (0, 0, 1)}
    assert standing(app, later=timedelta(hours=25)) == {"repair": (0, 1, 0)}
    phone = phone_of("inspector")
    assert phone.visits[visit["id"]]["promised"] == visit["promised"]
    phone.op(visit["id"], "visit.start")
    phone.sync()
    assert standing(app, later=timedelta(hours=25)) == {"repair": (1, 0, 0)}


def test_what_came_too_late_is_broken_however_it_ends(
    app: Flask, plan: Callable[..., Json], phone_of: Callable[[str], Phone], later: Any
) -> None:
    visit, phone = plan(type="drain.repair"), phone_of("inspector")
    later(hours=4)
    phone.op(visit["id"], "visit.start")
    phone.op(visit["id"], "visit.close", outcome="completed")
    phone.sync()
    assert standing(app) == {"drain_repair": (0, 1, 0), "drain_repair_done": (1, 0, 0)}


def test_a_moment_that_is_stamped_stops_its_clock(
    app: Flask, plan: Callable[..., Json], phone_of: Callable[[str], Phone]
) -> None:
    visit, phone = plan(type="gas.emergency"), phone_of("inspector")
    phone.op(visit["id"], "visit.start")
    phone.sync()
    assert standing(app) == {"emergency": (0, 0, 1)}
    phone.op(visit["id"], "check.set", item="times", point="EMERG-C3", result="pass")
    phone.sync()
    assert standing(app) == {"emergency": (1, 0, 0)}


def test_who_was_not_let_in_has_kept_and_broken_nothing_of_what_was_to_be_done(
    app: Flask, plan: Callable[..., Json], phone_of: Callable[[str], Phone]
) -> None:
    visit, phone = plan(type="gas.closing"), phone_of("inspector")
    phone.op(visit["id"], "visit.close", outcome="no_access", reason="not_home")
    phone.sync()
    assert standing(app) == {"closing": (0, 0, 0)}


def test_a_visit_without_a_promise_has_no_clock(plan: Callable[..., Json]) -> None:
    assert "promised" not in plan(type="gas.inspection")


def test_the_office_sees_first_what_is_late_then_what_is_due(
    app: Flask, plan: Callable[..., Json], client_as: Callable[[str], Browser], later: Any
) -> None:
    plan(type="gas.closing", name="很久以后")
    plan(type="gas.repair", name="<b>明天</b>")
    plan(type="drain.repair", name="已经迟到")
    later(hours=4)
    page = client_as("office").get("/office").text
    part = page.split('id="pressing-title"', 1)[1].split("</section>", 1)[0]
    assert part.index("已经迟到") < part.index("&lt;b&gt;明天&lt;/b&gt;")
    assert "很久以后" not in part
    assert part.count('class="danger"') == 1
    report = client_as("office").get("/office/reports").text
    assert "排水维修按时到场" in report


def test_the_dashboard_of_a_quiet_day_has_no_such_card(client_as: Callable[[str], Browser]) -> None:
    assert 'id="pressing-title"' not in client_as("office").get("/office").text


def test_a_complaint_is_closed_in_three_working_days_and_an_opinion_in_two(client_as: Callable[[str], Browser]) -> None:
    """What the sources say differently is a question of the kind (domain.md 1.8, 4)."""
    office = client_as("office")
    form = office.get("/office/complaints/new").text
    assert (form.count('value="opinion"'), form.count('value="report"')) == (1, 0), "power only where power is a trade"
    days = {}
    for kind in ("complaint", "opinion", "no such kind"):
        fields = {"name": kind, "about": "迟到", "way": "phone", "kind": kind, "phone": "", "address": ""}
        answer = office.submit("/office/complaints/new", "/office/complaints", owner=_me(office), **fields)
        days[kind] = answer.status_code
    assert days == {"complaint": 303, "opinion": 303, "no such kind": 422}
    listed = office.get("/office/complaints").text
    assert listed.index("opinion") < listed.index("complaint</"), "what is due first stands first"


def _me(office: Browser) -> str:
    answer = office.get("/api/v1/me").get_json()
    return str(answer["user"]["id"])
