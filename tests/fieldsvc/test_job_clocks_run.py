"""Clocks that do not simply run from the asking: from an acceptance, by what was answered, from an exchange."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from fieldsvc import clock, installation, problems
from fieldsvc.db import transaction
from fieldsvc.promises import service as promises
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.jobs_played import play
from tests.fieldsvc.papers import strokes
from tests.fieldsvc.phone import Phone

Json = dict[str, Any]
CHINA = ZoneInfo("Asia/Shanghai")
Plan, PhoneOf, As = Callable[..., Json], Callable[[str], Phone], Callable[[str], Browser]


def day(moment: datetime) -> date:
    return moment.astimezone(CHINA).date()


def standing(app: Flask) -> dict[str, tuple[int, int, int]]:
    with app.app_context():
        counted = promises.counted(first=date(2020, 1, 1), last=date(2100, 1, 1), now=clock.now())
        return {one.clock: (one.kept, one.broken, one.open) for one in counted}


# ── a return visit, from the acceptance ───────────────────────────────────


def complete(plan: Plan, phone_of: PhoneOf, kind: str) -> str:
    """A visit of a kind at the same home, begun and completed now."""
    visit = str(plan(type=kind, account="A-1")["id"])
    phone = phone_of("inspector")
    phone.op(visit, "visit.start")
    phone.op(visit, "visit.close", outcome="completed")
    phone.sync()
    return visit


def return_visit_due(plan: Plan) -> date:
    [one] = plan(type="gas.return_visit", account="A-1")["promised"]
    return day(datetime.fromisoformat(one["due"]))


def test_a_return_visit_is_promised_from_the_acceptance_whatever_was_done_since(
    plan: Plan, phone_of: PhoneOf, later: Any
) -> None:
    complete(plan, phone_of, "gas.gas_on")
    accepted = day(clock.now())
    later(hours=24)
    assert return_visit_due(plan) == accepted + timedelta(days=3)
    complete(plan, phone_of, "gas.repair")
    assert return_visit_due(plan) == accepted + timedelta(days=3), "a repair changes nothing of it"


def test_an_acceptance_that_was_followed_promises_no_second_return_visit(
    plan: Plan, phone_of: PhoneOf, later: Any
) -> None:
    complete(plan, phone_of, "gas.gas_on")
    later(hours=24)
    complete(plan, phone_of, "gas.return_visit")
    later(hours=240)
    assert return_visit_due(plan) == day(clock.now()) + timedelta(days=3)


def test_a_customer_who_was_called_after_the_acceptance_was_followed(
    plan: Plan, phone_of: PhoneOf, client_as: As, later: Any
) -> None:
    accepted, office = complete(plan, phone_of, "gas.gas_on"), client_as("office")
    page = f"/office/calls/{accepted}"
    assert office.submit(page, page, **{"q.came": "yes", "score": "5"}).status_code == 303
    later(hours=240)
    assert return_visit_due(plan) == day(clock.now()) + timedelta(days=3)


# ── a drain repair, by its size ───────────────────────────────────────────


@pytest.mark.parametrize(("size", "stands"), [("small", (0, 1, 0)), ("large", (1, 0, 0))])
def test_a_small_drain_repair_is_done_the_same_day_and_a_large_one_within_three(
    size: str, stands: tuple[int, int, int], app: Flask, plan: Plan, phone_of: PhoneOf, later: Any
) -> None:
    visit, phone = plan(type="drain.repair"), phone_of("inspector")
    phone.op(visit["id"], "visit.start")
    phone.op(visit["id"], "check.set", item="work", point="DRAIN-C5", result="pass", value=size)
    phone.sync()
    later(hours=24)
    with app.app_context():
        pressing = [one.clock for one in promises.due(until=clock.now(), limit=9)]
    assert pressing == (["drain_repair_done"] if size == "small" else [])
    phone.op(visit["id"], "visit.close", outcome="completed")
    phone.sync()
    assert standing(app)["drain_repair_done"] == stands


def test_a_size_that_is_corrected_moves_the_limit_back(app: Flask, plan: Plan, phone_of: PhoneOf, later: Any) -> None:
    visit, phone = plan(type="drain.repair"), phone_of("inspector")
    for size in ("small", "large"):
        phone.op(visit["id"], "check.set", item="work", point="DRAIN-C5", result="pass", value=size)
    phone.sync()
    later(hours=24)
    phone.op(visit["id"], "visit.close", outcome="completed")
    phone.sync()
    assert standing(app)["drain_repair_done"] == (1, 0, 0)


# ── a removed power meter, kept a month ───────────────────────────────────


def exchange(plan: Plan, phone_of: PhoneOf) -> str:
    visit = str(plan(type="power.meter")["id"])
    phone = phone_of("inspector")
    phone.sync()
    play(phone, visit)
    return visit


def give_out(office: Browser, visit: str, where: str = "<b>报废</b> 7 号") -> int:
    page = f"/office/visits/{visit}"
    return int(office.submit(page, f"{page}/given-out", where=where).status_code)


def test_a_removed_power_meter_is_kept_for_its_time_and_then_waits_to_be_given_out(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: As, later: Any
) -> None:
    with app.app_context(), transaction():
        installation.keep(name="policy.promises", value={"power_meter_kept_days": 20})
    visit = exchange(plan, phone_of)
    later(hours=21 * 24)
    assert standing(app)["power_meter_kept"] == (0, 0, 1), "to keep it longer breaks nothing"
    office = client_as("office")
    desk = office.get("/office").text
    assert f"/office/visits/{visit}#removed" in desk
    assert 'id="pressing-title"' not in desk, "nothing of it is late"
    assert give_out(office, visit) == 303
    assert standing(app)["power_meter_kept"] == (1, 0, 0)
    page = office.get(f"/office/visits/{visit}").text
    assert "&lt;b&gt;报废&lt;/b&gt; 7 号" in page, "where it went stands in the notes"
    assert f"/office/visits/{visit}/given-out" not in page
    assert f"/office/visits/{visit}#removed" not in office.get("/office").text


def test_a_meter_that_is_given_out_before_its_month_is_over_breaks_the_promise(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: As, later: Any
) -> None:
    visit = exchange(plan, phone_of)
    with app.app_context():
        [kept] = promises.removed.of_visit(visit_id=visit)
        assert day(kept.due_at) == day(clock.now()) + timedelta(days=31)
    later(hours=24 * 24)
    office = client_as("office")
    page = f"/office/visits/{visit}"
    assert 'id="removed"' in office.get(page).text and f"{page}#removed" not in office.get("/office").text
    assert standing(app)["power_meter_kept"] == (0, 0, 1)
    assert give_out(office, visit) == 303
    assert standing(app)["power_meter_kept"] == (0, 1, 0)
    assert 'class="chip tone-level-1"' in office.get(page).text.split('id="removed"', 1)[1].split("</section>", 1)[0]


def test_nothing_is_given_out_twice_nor_without_saying_where(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: As
) -> None:
    visit, office = exchange(plan, phone_of), client_as("office")
    assert give_out(office, visit, where=" ") == 422
    assert standing(app)["power_meter_kept"] == (0, 0, 1)
    assert give_out(office, visit) == 303
    with app.app_context(), pytest.raises(problems.NotFound):
        promises.removed.give_out(visit_id=visit, now=clock.now())


def test_an_exchange_that_is_taken_back_keeps_no_meter(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: As
) -> None:
    visit, office = exchange(plan, phone_of), client_as("office")
    version = office.get(f"/api/v1/visits/{visit}").json["version"]
    office.submit(f"/office/visits/{visit}", f"/office/visits/{visit}/reopen", reason="没有换表", base=version)
    assert standing(app)["power_meter_kept"] == (0, 0, 0)
    assert 'id="removed"' not in office.get(f"/office/visits/{visit}").text


def test_a_meter_job_without_an_exchange_keeps_nothing(app: Flask, plan: Plan, phone_of: PhoneOf) -> None:
    visit, phone = plan(type="power.meter"), phone_of("inspector")
    phone.op(visit["id"], "reading.set", meter=visit["meters"][0]["id"], unreadable="locked")
    phone.op(visit["id"], "sign", role="technician", name="王小明", strokes=[[1, 1, 1]], image=phone.upload(strokes(1)))
    phone.op(visit["id"], "visit.close", outcome="completed")
    phone.sync()
    assert "power_meter_kept" not in standing(app)
