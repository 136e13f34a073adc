"""Visits that a phone opens by itself: at a customer on file, or at a home that the file does not know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from fieldsvc import clock
from fieldsvc.readings import service as readings
from tests.fieldsvc.phone import Phone

pytestmark = pytest.mark.both_databases

Json = dict[str, Any]
Phones = Callable[[str], Phone]
Plan = Callable[..., Json]


def test_an_unplanned_visit_is_opened_by_the_phone(plan: Plan, phone_of: Phones) -> None:
    known = plan()["customer"]["id"]
    phone = phone_of("inspector")
    fresh = clock.new_id()
    phone.op(fresh, "visit.create", type="gas.inspection", customer=known, lookup="made-by-the-phone-0001")
    phone.op(fresh, "visit.start")
    assert [result["status"] for result in phone.sync()["results"]] == ["applied", "applied"]
    assert phone.visits[fresh]["lookup"] == "made-by-the-phone-0001"
    assert phone.visits[fresh]["assignee"]["name"] == "王小明"


def test_a_visit_to_a_customer_who_is_not_on_file_is_taken_up_with_what_the_phone_says(phone_of: Phones) -> None:
    phone = phone_of("inspector")
    first, again, customer, meter = (clock.new_id() for _ in range(4))
    found = {"customer": customer, "account": "", "meters": [{"id": meter, "serial": "N-2026-9"}]}
    phone.op(first, "visit.create", type="gas.inspection", **found)
    phone.op(first, "customer.correct", field="address", value="沿江路 8 号")
    phone.op(first, "reading.set", meter=meter, value="00018", running=True)
    assert [result["status"] for result in phone.sync()["results"]] == ["applied"] * 3
    phone.op(again, "visit.create", type="gas.inspection", **found)
    assert [result["status"] for result in phone.sync()["results"]] == ["applied"]
    one, other = phone.visits[first], phone.visits[again]
    assert (one["customer"]["id"], one["customer"]["account"]) == (customer, "")
    assert (one["customer"]["address"], one["customer"]["corrected"]) == ("沿江路 8 号", {"address": ""})
    assert [(each["id"], each["serial"], each["digits"]) for each in one["meters"]] == [(meter, "N-2026-9", 5)]
    assert one["readings"][meter]["value"] == "00018"
    assert other["meters"][0]["last"]["value"] == "00018"
    assert other["customer"]["id"] == customer


def test_an_account_on_file_is_that_customer_whatever_id_the_phone_made(
    app: Flask, plan: Plan, phone_of: Phones
) -> None:
    planned = plan()
    on_file, phone, fresh = planned["meters"][0], phone_of("inspector"), clock.new_id()
    mine, stranger = clock.new_id(), clock.new_id()
    meters = [{"id": mine, "serial": on_file["serial"]}, {"id": stranger, "serial": "N-OTHER"}]
    account = planned["customer"]["account"]
    phone.op(fresh, "visit.create", type="gas.inspection", customer=clock.new_id(), account=account, meters=meters)
    phone.op(fresh, "customer.correct", field="room", value="9901")
    phone.op(fresh, "reading.set", meter=mine, value="01260", running=True)
    phone.sync()
    visit = phone.visits[fresh]
    assert visit["customer"]["id"] == planned["customer"]["id"]
    assert visit["customer"]["corrected"] == {"room": planned["customer"]["room"]}  # the file stays as it is
    assert [(each["id"], each.get("on_file")) for each in visit["meters"]] == [(mine, on_file["id"]), (stranger, None)]
    assert visit["meters"][0]["last"] == on_file["last"]
    with app.app_context():
        known = readings.last_and_usual(meter_ids=[on_file["id"]])[on_file["id"]]
    assert known["last"]["value"] == "01260"


def test_a_second_unplanned_visit_speaks_of_a_meter_by_the_id_of_the_first(
    app: Flask, plan: Plan, phone_of: Phones
) -> None:
    planned = plan()
    on_file, phone = planned["meters"][0], phone_of("inspector")
    first, second, mine = (clock.new_id() for _ in range(3))
    meters, customer = [{"id": mine, "serial": on_file["serial"]}], planned["customer"]
    created = {"type": "gas.inspection", "meters": meters}
    phone.op(first, "visit.create", customer=clock.new_id(), account=customer["account"], **created)
    phone.sync()
    phone.op(second, "visit.create", customer=phone.visits[first]["customer"]["id"], **created)
    phone.op(second, "reading.set", meter=mine, value="01260", running=True)
    assert [result["status"] for result in phone.sync()["results"]] == ["applied"] * 2
    visit = phone.visits[second]
    assert visit["customer"]["id"] == customer["id"]
    assert [(each["id"], each.get("on_file")) for each in visit["meters"]] == [(mine, on_file["id"])]
    with app.app_context():
        known = readings.last_and_usual(meter_ids=[on_file["id"]])[on_file["id"]]
    assert known["last"]["value"] == "01260"


def test_a_meter_number_that_is_somebody_elses_makes_nothing_theirs(plan: Plan, phone_of: Phones) -> None:
    neighbour = plan()["meters"][0]
    phone, fresh, mine = phone_of("inspector"), clock.new_id(), clock.new_id()
    meters = [{"id": mine, "serial": neighbour["serial"]}]
    phone.op(fresh, "visit.create", type="gas.inspection", customer=clock.new_id(), account="", meters=meters)
    phone.op(fresh, "reading.set", meter=mine, value="00001", running=True)
    assert [result["status"] for result in phone.sync()["results"]] == ["applied"] * 2
    (shown,) = phone.visits[fresh]["meters"]
    assert (shown["id"], shown["serial"]) == (mine, neighbour["serial"])
    assert not {"last", "on_file"} & set(shown)


@pytest.mark.parametrize("meters", [{}, ["x"], [{"id": "x", "serial": "N"}], [{"id": clock.new_id(), "serial": ""}]])
def test_meters_that_make_no_sense_are_kept_aside(meters: Any, phone_of: Phones) -> None:
    phone = phone_of("inspector")
    created = {"customer": clock.new_id(), "account": "", "meters": meters}
    phone.op(clock.new_id(), "visit.create", type="gas.inspection", **created)
    assert phone.sync()["results"][0]["code"] == "invalid_data"
