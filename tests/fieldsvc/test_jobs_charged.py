"""Jobs that charge, and jobs that exchange a meter: each is played from its order through sync to its paper and its ledger."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from fieldsvc import clock
from fieldsvc.catalog.entries import Point
from fieldsvc.catalog.load import load
from fieldsvc.db import db, transaction
from fieldsvc.doubts import service as doubts
from fieldsvc.notices.contents.capitals import capitals
from fieldsvc.policy import service as policy
from fieldsvc.readings.models import Reading
from tests.fieldsvc.conftest import Browser, InCommon, wanted
from tests.fieldsvc.papers import Json, papers_of, pdf_of, picture, strokes, work
from tests.fieldsvc.phone import Phone

KINDS = {one.id: one for one in load().visit_types}
LISTS = {one.id: one for one in load().checklists}
PRICES = {"P-01": "30.00", "P-05": "12.65", "H-01": "22.80", "W-05": "120.00"}
LAST = {"value": "01234.567", "at": "2026-10-20"}
EXCHANGE = {"serial": "N-7700", "final": "01250.100", "initial": "00003.000", "seals": "F001、F002", "direction": True}


@dataclass(frozen=True)
class Row:
    """A job as it is played: what it charges, the total, and whether a meter is exchanged or read."""

    kind: str
    charges: dict[str, str] = field(default_factory=dict)
    total: str = ""
    agreed: bool = False
    exchange: bool = False
    meter: str = "diaphragm"
    says: tuple[str, ...] = ()


ROWS = [
    Row(
        "power.paid_service", {"P-01": "1", "P-05": "2.5"}, "61.63", agreed=True, says=("有偿服务清单", "更换户内导线")
    ),
    Row("heat.repair", {"H-01": "1"}, "22.80", agreed=True, says=("供热维修单",)),
    Row("heat.dunning", {"H-01": "88.25"}, "2012.10", says=("采暖费缴费通知单", "平方米")),
    Row("water.audit", says=("稽查工作单",), meter="water"),
    Row(
        "water.meter_change",
        {"W-05": "1"},
        "120.00",
        agreed=True,
        exchange=True,
        meter="water",
        says=("换表单", "封印号"),
    ),
    Row("power.reading", meter="electric", says=("抄表记录单", "01250.100kWh")),
    Row("power.meter", exchange=True, meter="electric", says=("装换表工作凭证", "封印号")),
]


def answer(point: Point) -> Json:
    """What is said at a point where all is well."""
    if point.kind == "text":
        return {"result": "pass", "note": f"𠮷 {point.id} <b>made</b>"}
    if point.kind == "choice":
        return {"result": point.choices[0].result, "value": point.choices[0].value}
    if point.measure is not None:
        return {"result": "pass", "value": "88.25"}
    return {"result": "pass"}


def lines_of(row: Row) -> list[Json]:
    return [{"code": code, "quantity": many, "price": PRICES[code]} for code, many in row.charges.items()]


def each_answer(row: Row, edition: int) -> Iterator[tuple[str, Point, Json]]:
    for item in LISTS[row.kind].items:
        for point in item.points:
            charged = {"lines": lines_of(row), "list": edition} if point.kind == "charges" else {}
            yield item.id, point, {**answer(point), **charged}


def sign(phone: Phone, visit: str, role: str, seed: int, **more: Any) -> None:
    data = {"role": role, "strokes": [[seed, 2], [3, 4]], "image": phone.upload(strokes(seed)), **more}
    phone.op(visit, "sign", **data)


def play(phone: Phone, visit: str, row: Row, edition: int) -> None:
    """Do the job as its rules want it: confirmed, agreed to before the work, photographed, read, signed."""
    document = phone.visits[visit]
    phone.op(visit, "visit.start")
    phone.op(visit, "customer.confirm")
    for item, point, said in each_answer(row, edition):
        phone.op(visit, "check.set", item=item, point=point.id, **said)
        if point.photo == "always":
            sha = phone.upload(picture("navy", (640, 480 + len(phone.log))), "image/jpeg")
            phone.op(visit, "photo.add", sha256=sha, purpose="check", ref=point.id, taken_at=clock.rfc3339(clock.now()))
        if point.kind == "charges" and row.agreed:
            sign(phone, visit, "agreement", 3, name="欧阳𠮷", relation="self", covers=[f"{item}/{point.id}"])
    if "meter" in KINDS[row.kind].steps:
        read(phone, visit, row, document["meters"][0]["id"])
    for seed, role in enumerate((one.role for one in KINDS[row.kind].signs), start=1):
        sign(phone, visit, role, seed, name="欧阳𠮷" if role == "customer" else "陈师傅")
    phone.op(visit, "visit.close", outcome="completed")
    assert all(one["status"] == "applied" for one in phone.sync()["results"])


def read(phone: Phone, visit: str, row: Row, meter: str) -> None:
    for ref in (meter, f"{meter}/new") if row.exchange else (meter,):
        dial = phone.upload(picture("teal", (640, 480 + len(phone.log))), "image/jpeg")
        phone.op(visit, "photo.add", sha256=dial, purpose="meter", ref=ref, taken_at=clock.rfc3339(clock.now()))
    figures = {"value": "00003.000", "exchange": EXCHANGE} if row.exchange else {"value": "01250.100"}
    phone.op(visit, "reading.set", meter=meter, running=True, photo=dial, **figures)


@dataclass
class Shift:
    """One installation through which every row was played: visits by kind, their documents, papers and pages."""

    app: Flask
    office: Browser
    phone: Phone
    edition: int
    visits: dict[str, str] = field(default_factory=dict)

    def plan(self, row: Row) -> str:
        meter = {"serial": f"OLD-{row.kind}", "kind": row.meter, "digits": 5, "decimals": 3, "last": LAST}
        with self.app.app_context():
            order = wanted(type=row.kind, meters=[meter])
        answer: Any = self.office.post("/api/v1/visits", json={"visits": [order]})
        assert answer.status_code == 201, answer.text
        self.phone.sync()
        return str(answer.json["visits"][0]["id"])

    def document(self, visit: str) -> Json:
        answer: Any = self.office.get(f"/api/v1/visits/{visit}")
        return dict(answer.json)

    def broken(self, visit: str) -> list[str]:
        """The rules that the office is told were broken."""
        with self.app.app_context():
            while doubts.look_at_next():
                pass
            found = [one for one in doubts.of_visit(visit_id=visit) if one.kind == "rule"]
            return [piece["rule"] for one in found for piece in one.facts["pieces"]]


def set_prices(app: Flask, **changes: str) -> int:
    """Set prices as Settings does; gives the edition of the list."""
    with app.app_context(), transaction():
        rows = [{**one, "price": changes.get(one["code"], one["price"])} for one in policy.section("prices")["lines"]]
        seen = policy.changes.newest("policy.prices")
        policy.decide(
            section_id="prices", values={"lines": rows}, seen=seen, by_id=None, by_name="吴敏", now=clock.now()
        )
        return policy.changes.newest("policy.prices")


@pytest.fixture(scope="module")
def shift(in_common: InCommon) -> Shift:
    app, clients = in_common.app, in_common.clients
    made_shift = Shift(app, clients["office"], Phone(clients["inspector"]), set_prices(app, **PRICES))
    for row in ROWS:
        made_shift.visits[row.kind] = made_shift.plan(row)
        play(made_shift.phone, made_shift.visits[row.kind], row, made_shift.edition)
    work(app)
    return made_shift


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.kind)
def test_a_job_leads_from_its_order_to_its_paper(shift: Shift, row: Row) -> None:
    visit = shift.visits[row.kind]
    document = shift.document(visit)
    assert (document["state"], document["missing_blobs"]) == ("closed", [])
    assert not any(one["stale"] for one in document["signatures"].values())
    assert shift.broken(visit) == []
    [sheet] = papers_of(shift.office, visit, "sheet")
    assert (sheet["status"], sheet["number"][:2]) == ("ready", "GD")
    assert papers_of(shift.office, visit, "exchange") == []
    pdf = pdf_of(shift.office, sheet)
    said = "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())
    typed = [point for item in LISTS[row.kind].items for point in item.points if point.kind == "text"]
    for words in (*row.says, *(["<b>made</b>"] if typed else [])):
        assert words in said, words
    page = shift.office.get(f"/office/visits/{visit}").text
    assert "<b>made</b>" not in page
    if row.total:
        assert f"¥{row.total}{capitals(row.total)}" in said
        assert f"¥ {row.total}" in page
    if row.agreed:
        assert "用户作业前确认" in said


def test_a_reading_of_power_owes_its_slip_in_kilowatt_hours_and_without_an_amount_by_the_price_of_gas(
    shift: Shift,
) -> None:
    [slip] = papers_of(shift.office, shift.visits["power.reading"], "payment")
    said = "".join(PdfReader(io.BytesIO(pdf_of(shift.office, slip))).pages[0].extract_text().split())
    assert "16kWh" in said
    assert "¥" not in said
    assert "用气" not in said


@pytest.mark.parametrize("row", [row for row in ROWS if row.exchange], ids=lambda row: row.kind)
def test_an_exchange_is_one_entry_with_both_figures_in_the_ledger_of_readings(shift: Shift, row: Row) -> None:
    visit = shift.visits[row.kind]
    document = shift.document(visit)
    [meter] = document["meters"]
    assert document["readings"][meter["id"]]["exchange"] == EXCHANGE
    with shift.app.app_context():
        [one] = db.session.scalars(select(Reading).where(Reading.visit_id == visit)).all()
        assert (one.value, one.final, one.initial, one.used) == ("00003.000", "01250.100", "00003.000", 16)
        assert one.source == "exchange"
