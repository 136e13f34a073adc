"""Tariffs belong to a trade: a slip of power or water has its amount by the prices of that trade, and by no other's."""

from __future__ import annotations

import io
import json
from datetime import datetime

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from fieldsvc import clock, installation
from fieldsvc.db import db, transaction
from fieldsvc.notices.models import Notice
from fieldsvc.policy import service as policy
from fieldsvc.readings import service as readings
from fieldsvc.readings import tariffs
from tests.fieldsvc.papers import Clients, Json, PhoneOf, Plan, pdf_of, picture, work

YEAR = clock.now().year


def tier(price: str, upto: str = "") -> Json:
    return {"kind": "residential", "from": "2020-01-01", "upto": upto, "price": price}


GAS, WATER, POWER = [tier("3.45")], [tier("3.20", "180"), tier("4.10")], [tier("0.50", "2160"), tier("0.60")]


def keep(app: Flask, **fields: list[Json]) -> None:
    with app.app_context(), transaction():
        installation.keep(name="policy.tariffs", value=fields)


def slip_of(app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients, kind: str, meter: str) -> tuple[Json, str]:
    """The facts of the slip for a meter that went from 0 to 200 this year, and what the paper says."""
    about = {
        "serial": f"Z-{meter}",
        "kind": meter,
        "digits": 5,
        "decimals": 1,
        "last": {"value": "0", "at": f"{YEAR}-01-01"},
    }
    visit, phone = plan(type=kind, meters=[about]), phone_of("inspector")
    phone.sync()
    phone.op(visit["id"], "visit.start")
    dial = phone.upload(picture("gray"), "image/jpeg")
    phone.op(visit["id"], "reading.set", meter=visit["meters"][0]["id"], value="00200.0", running=True, photo=dial)
    phone.op(visit["id"], "visit.close", outcome="completed")
    phone.sync()
    if not kind.endswith(".reading"):
        office, page = client_as("office"), f"/office/visits/{visit['id']}"
        version = str((office.get(f"/api/v1/visits/{visit['id']}").json or {})["version"])
        assert office.submit(page, f"{page}/slip", base=version).status_code == 303
    work(app)
    with app.app_context():
        [paper] = db.session.scalars(select(Notice).where(Notice.visit_id == visit["id"], Notice.kind == "payment"))
        facts: Json = json.loads(paper.snapshot or "")["facts"]["payment"]
        pages = PdfReader(io.BytesIO(pdf_of(client_as("office"), {"id": paper.id}))).pages
        return facts, "".join("".join(one.extract_text() for one in pages).split())


@pytest.mark.parametrize(
    ("kind", "meter", "amount", "says"),
    [
        ("power.reading", "electric", "100.00", ["单价（元/kWh）", f"自{YEAR}-01-01起累计用量200kWh"]),
        ("water.repair", "water", "658.00", ["单价（元/m³）", f"自{YEAR}-01-01起累计用量200m³"]),
        ("gas.reading", "diaphragm", "690.00", ["单价（元/m³）", f"自{YEAR}-01-01起累计用气200m³"]),
    ],
)
def test_each_trade_is_reckoned_by_its_own_prices(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients, kind: str, meter: str, amount: str, says: list[str]
) -> None:
    keep(app, prices=GAS, water_prices=WATER, power_prices=POWER)
    slip, paper = slip_of(app, plan, phone_of, client_as, kind, meter)
    assert slip["amount"] == amount
    assert all(one in paper for one in says), paper


def test_what_was_set_for_gas_goes_on_for_gas_alone(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    """Settings from before there were several trades: a slip of power has its figures, and no amount of gas."""
    keep(app, prices=GAS)
    assert slip_of(app, plan, phone_of, client_as, "power.reading", "electric")[0]["amount"] is None
    assert slip_of(app, plan, phone_of, client_as, "gas.reading", "diaphragm")[0]["amount"] == "690.00"


def test_a_company_of_power_alone_has_prices_and_rows_that_make_no_tariff_name_their_trade(
    app: Flask, client_as: Clients
) -> None:
    assert not tariffs.read(policy.defaults("tariffs")).priced, "the program brings no prices"
    keep(app, power_prices=POWER, water_prices=[tier("3", "10")])
    with app.app_context():
        held = readings.tariffs.in_force()
    assert held.priced
    assert held.all_wrong == [("water", "residential", "2020-01-01")]
    page = client_as("office").get("/office/readings/billing").text
    assert "water residential 2020-01-01" in page


def test_an_export_has_the_amount_of_a_power_reading(app: Flask, plan: Plan) -> None:
    """The export reckons a dial by the prices of its trade, as the slip does."""
    keep(app, prices=GAS, power_prices=POWER)
    with app.app_context():
        zone = installation.zone()
        since, at = (datetime(YEAR, month, 1, 10, tzinfo=zone) for month in (1, 3))
        first = readings.Read("r1", "m1", None, "visit", "00000.0", None, since)
        told = readings.priced(
            [first], since=since, at=at, used=200, kind="residential", dial=readings.Dial(5, 1, "electric"),
            tariffs=readings.tariffs.in_force(), rules=readings.rules(), zone=zone,
        )  # fmt: skip
    assert told is not None and told["amount"] == "100.00"
