"""The price list in its editions, and what is charged by it: nothing that a phone wrote is lost or corrected."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from fieldsvc import clock, problems
from fieldsvc.charges import service as charges
from fieldsvc.charges import sums
from fieldsvc.db import transaction
from fieldsvc.doubts import service as doubts
from fieldsvc.policy import service as policy
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.papers import Json, strokes
from tests.fieldsvc.phone import Phone

VECTORS = json.loads((Path(__file__).parents[1] / "js" / "charge-vectors.json").read_text(encoding="utf-8"))
KIND, ITEM, POINT = "power.paid_service", "request", "PAID-C3"
COVERS = [f"{ITEM}/{POINT}"]


def set_prices(app: Flask, **prices: str) -> int:
    """Set prices as Settings does; gives the edition of the list."""
    with app.app_context(), transaction():
        rows = [{**one, "price": prices.get(one["code"], one["price"])} for one in policy.section("prices")["lines"]]
        seen = policy.changes.newest("policy.prices")
        policy.decide(
            section_id="prices", values={"lines": rows}, seen=seen, by_id=None, by_name="吴敏", now=clock.now()
        )
        return policy.changes.newest("policy.prices")


def line(code: str = "P-01", quantity: str = "1", price: str = "30.00") -> Json:
    return {"code": code, "quantity": quantity, "price": price}


class Door:
    """One visit of paid service, as a phone writes it."""

    def __init__(self, phone: Phone, visit: str, office: Browser):
        self.phone, self.visit, self.office = phone, visit, office

    def charge(self, *lines: Json, edition: int = 0) -> None:
        self.phone.op(self.visit, "check.set", item=ITEM, point=POINT, result="pass", lines=list(lines), list=edition)

    def agree(self) -> None:
        image = self.phone.upload(strokes(3))
        data = {"role": "agreement", "name": "欧阳𠮷", "strokes": [[1, 2]], "image": image, "covers": COVERS}
        self.phone.op(self.visit, "sign", **data)

    def work(self) -> None:
        self.phone.op(self.visit, "check.set", item="work", point="PAID-C4", result="pass")

    def told(self) -> Json:
        """Send everything and read the visit back."""
        assert {one["status"] for one in self.phone.sync()["results"]} <= {"applied"}
        answer: Any = self.office.get(f"/api/v1/visits/{self.visit}")
        return dict(answer.json)


@pytest.fixture
def door(plan: Callable[..., Json], phone_of: Callable[[str], Phone], client_as: Callable[[str], Browser]) -> Door:
    visit = plan(type=KIND)["id"]
    return Door(phone_of("inspector"), visit, client_as("office"))


def test_money_is_counted_on_the_server_as_on_the_phone() -> None:
    for one in VECTORS["amounts"]:
        assert f"{sums.amount(one['quantity'], one['price']):f}" == one["amount"]
    for one in VECTORS["totals"]:
        assert f"{sums.total(one['lines']):f}" == one["total"]


def test_every_edition_of_the_list_can_be_read_again_and_phones_get_the_lines_that_have_a_price(app: Flask) -> None:
    first = set_prices(app, **{"P-01": "30.00", "P-02": "48.00"})
    second = set_prices(app, **{"P-01": "35.00", "P-02": ""})
    with app.app_context():
        told = charges.price_list()
        assert (told["edition"], [one["code"] for one in told["lines"]]) == (second, ["P-01"])
        assert told["lines"][0] | {"price": "35.00", "trade": "power"} == told["lines"][0]
        assert charges.list_of(first)["P-01"] == "30.00"
        assert charges.list_of(first)["P-02"] == "48.00"
        assert charges.list_of(second)["P-02"] == ""


def test_the_catalogue_that_phones_get_changes_with_the_list(app: Flask, client_as: Callable[[str], Browser]) -> None:
    inspector = client_as("inspector")
    before: Any = inspector.get("/api/v1/catalog")
    assert before.json["prices"]["lines"] == []  # prices are the company's own: none is brought along
    set_prices(app, **{"P-01": "30.00"})
    after: Any = inspector.get("/api/v1/catalog")
    assert before.headers["ETag"] != after.headers["ETag"]
    assert [one["code"] for one in after.json["prices"]["lines"]] == ["P-01"]


def test_a_code_stands_once_in_the_list(app: Flask, client_as: Callable[[str], Browser]) -> None:
    with app.app_context():
        rows = policy.section("prices")["lines"]
        with pytest.raises(problems.Invalid), transaction():
            policy.decide(
                section_id="prices", values={"lines": [*rows, rows[0]]}, seen=0, by_id=None, by_name="", now=clock.now()
            )
    twice = {f"t.lines.{n}.{name}": value for n in (0, 1) for name, value in rows[0].items()}
    admin = client_as("admin")
    answer = admin.submit("/office/settings/prices", "/office/settings/prices", **twice)
    assert answer.status_code == 422
    assert rows[0]["code"] in answer.text


def test_the_agreement_covers_the_list_alone_and_the_work_leaves_it_fresh(door: Door) -> None:
    door.charge(line())
    door.agree()
    door.work()
    assert door.told()["signatures"]["agreement"]["stale"] is False
    door.charge(line(quantity="2"))
    document = door.told()
    assert document["signatures"]["agreement"]["stale"] is True
    door.agree()
    agreement = door.told()["signatures"]["agreement"]
    assert (agreement["stale"], agreement["covers"]) == (False, COVERS)


def test_a_list_that_changed_after_it_was_signed_for_waits_in_the_office_with_that_entry_alone(
    app: Flask, door: Door
) -> None:
    door.charge(line())
    door.agree()
    door.work()
    door.charge(line(quantity="2"))
    door.phone.op(door.visit, "visit.close", outcome="completed")
    door.told()
    page = door.office.get(f"/office/attention/signature/{door.visit}/agreement")
    assert page.status_code == 200
    assert "收费：¥ 60.00" in page.text
    assert "开始作业" not in page.text


def test_what_is_not_of_the_list_stays_as_it_was_written_and_is_shown_to_the_office(app: Flask, door: Door) -> None:
    edition = set_prices(app, **{"P-01": "30.00"})
    lines = [line(price="31.00"), line(code="P-99"), line(code="P-03", price="1")]
    door.charge(*lines, edition=edition)
    door.phone.op(door.visit, "visit.close", outcome="completed")
    assert door.told()["checks"][ITEM][POINT]["lines"] == lines
    with app.app_context():
        assert [(one.code, one.why) for one in charges.wrong(door.told())] == [
            ("P-01", "price"),
            ("P-99", "unknown"),
            ("P-03", "unknown"),
        ]
        while doubts.look_at_next():
            pass
        pieces = [piece["rule"] for found in doubts.of_visit(visit_id=door.visit) for piece in found.facts["pieces"]]
    assert "price_list" in pieces
    page = door.office.get(f"/office/visits/{door.visit}").text
    assert page.count("不在价目表中") == 2
    assert "价目表为 ¥ 30.00" in page


def test_a_price_that_was_raised_later_makes_no_doubt_of_what_was_charged_before(app: Flask, door: Door) -> None:
    edition = set_prices(app, **{"P-01": "30.00"})
    door.charge(line(), edition=edition)
    set_prices(app, **{"P-01": "40.00"})
    with app.app_context():
        assert charges.wrong(door.told()) == []


def test_lines_that_are_none_wait_in_quarantine_and_the_rest_goes_on(door: Door) -> None:
    bad = [
        "x",
        [{}],
        [line(quantity="-1")],
        [line(price="1e9")],
        [line(code="<b>")],
        [line()] * 61,
        [{**line(), "price": 1}],
    ]
    for lines in bad:
        door.phone.op(door.visit, "check.set", item=ITEM, point=POINT, result="pass", lines=lines)
    door.work()
    statuses = [one["status"] for one in door.phone.sync()["results"]]
    assert statuses == ["quarantined"] * len(bad) + ["applied"]
    assert door.office.get(f"/office/visits/{door.visit}").status_code == 200
