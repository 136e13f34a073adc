"""Billing periods: one export of each, the same bytes for ever, and how they follow one another."""

from __future__ import annotations

import hashlib
import io
import threading
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from fieldsvc import db as database_module
from fieldsvc import installation
from fieldsvc.billing import files, work
from fieldsvc.billing import service as billing
from fieldsvc.billing.models import BillingPeriod, BillingRow
from fieldsvc.db import db, transaction
from fieldsvc.readings.models import Reading
from tests.fieldsvc.billing import (
    GUANGZHOU,
    Clients,
    Phones,
    Plan,
    at,
    close,
    count,
    finish,
    home,
    note,
    on_a_day_in_november,  # noqa: F401 - a fixture
    rows_of,
    took,
)
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.papers import picture
from tests.fieldsvc.test_transactions import Open

pytestmark = pytest.mark.both_databases


def test_a_closed_period_is_exported_with_use_tiers_and_amount(
    app: Flask, plan: Plan, client_as: Clients, november: datetime
) -> None:
    with app.app_context(), transaction():
        installation.keep(name="policy.tariffs", value={"prices": GUANGZHOU})
    home(app, plan, "002", ("00000.000", "2026-01-01"), ("00310.900", "2026-09-20"), ("00330.100", "2026-10-20"))
    home(app, plan, "001", ("99990.000", "2026-08-20"), ("00012.000", "2026-10-21"), name="=cmd()")
    office = client_as("office")
    assert close(office, "2026-10").status_code == 303
    finish(app)
    one, two = rows_of(office, "2026-10")
    assert (one["account"], one["used"], one["amount"], one["name"]) == ("001", "22", "", "'=cmd()")
    assert (two["last_reading"], two["reading"], two["used"]) == ("00310.900", "00330.100", "20")
    assert (two["tier_1"], two["tier_2"], two["tier_3"], two["amount"]) == ("10", "10", "0", "75.90")
    assert (two["tariff_from"], two["currency"], two["late"]) == ("2020-01-01", "CNY", "")
    page = office.get("/office/readings/billing").text
    assert "2026-10" in page and "42 m³" in page and "75.90" in page


def test_a_file_has_the_same_bytes_whenever_it_is_taken_and_says_that_it_was_taken_again(
    app: Flask, plan: Plan, client_as: Clients, november: datetime
) -> None:
    visit = home(app, plan, "001", ("00100.000", "2026-08-20"), ("00120.000", "2026-10-21"))
    office = client_as("office")
    close(office, "2026-10")
    finish(app)
    digests: dict[str, set[str]] = {"csv": set(), "xlsx": set()}
    names = []
    for form in ("csv", "xlsx", "csv", "xlsx"):
        answer = took(office, "2026-10", form)
        names.append(answer.headers["Content-Disposition"].split("=")[-1])
        digests[form].add(hashlib.sha256(answer.data).hexdigest())
        # What is on file afterwards, and the loss of the kept file, changes nothing.
        note(app, visit, "00125.000", f"2026-10-{22 + len(names)}")
        with app.app_context():
            billing.file_of(period_id="2026-10", form=form).unlink()
    assert [len(one) for one in digests.values()] == [1, 1]
    assert names == [f"billing-2026-10{again}" for again in (".csv", "-again.xlsx", "-again.csv", "-again.xlsx")]
    sheet = load_workbook(io.BytesIO(took(office, "2026-10", "xlsx").data)).worksheets[0]
    table = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert tuple(table[0]) == billing.lines.COLUMNS
    assert table[1][table[0].index("reading")] == "00120.000"


def test_what_comes_late_or_is_corrected_stands_in_the_next_period_with_a_mark(
    app: Flask, plan: Plan, phone_of: Phones, client_as: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, "2026-10-21T09:00:00+08:00")
    phone, office = phone_of("inspector"), client_as("office")
    meter = {
        "serial": "M1",
        "kind": "diaphragm",
        "digits": 5,
        "decimals": 3,
        "last": {"value": "100", "at": "2026-08-20"},
    }
    visit = plan(account="001", meters=[meter])
    phone.sync()
    photo = phone.upload(picture("gray"), "image/jpeg")
    phone.op(visit["id"], "reading.set", meter=visit["meters"][0]["id"], value="120", running=True, photo=photo)
    phone.sync()
    other = home(app, plan, "002", ("00200.000", "2026-08-20"))
    at(monkeypatch, "2026-11-02T09:00:00+08:00")
    close(office, "2026-10")
    finish(app)
    assert [row["used"] for row in rows_of(office, "2026-10")] == ["20"]
    note(app, other, "00230.000", "2026-10-25")
    base = office.get(f"/api/v1/visits/{visit['id']}").json["version"]
    told = {"meter": visit["meters"][0]["id"], "value": "125", "running": True, "photo": photo}
    office.post(f"/api/v1/visits/{visit['id']}/ops", json={"base": base, "kind": "reading.set", "data": told})
    at(monkeypatch, "2026-12-02T09:00:00+08:00")
    close(office, "2026-11")
    finish(app)
    corrected, late = rows_of(office, "2026-11")
    assert (corrected["account"], corrected["used"], corrected["corrects"], corrected["used_before"]) == (
        "001",
        "25",
        "2026-10",
        "20",
    )
    assert (late["account"], late["used"], late["late"], late["corrects"]) == ("002", "30", "1", "")
    assert [row["used"] for row in rows_of(office, "2026-10")] == ["20"], "what was exported stays as it was"


def test_what_waits_for_eyes_stays_out_until_it_is_settled(
    app: Flask, plan: Plan, phone_of: Phones, client_as: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, "2026-10-21T09:00:00+08:00")
    meter = {"serial": "M1", "kind": "diaphragm", "digits": 5, "decimals": 3}
    earlier = {"value": "1234.567", "at": "2026-08-20"}
    phone, office = phone_of("inspector"), client_as("office")
    visit = plan(account="001", meters=[{**meter, "last": earlier}])
    phone.sync()
    phone.op(visit["id"], "reading.set", meter=visit["meters"][0]["id"], value="1250.000", running=True)
    phone.sync()
    at(monkeypatch, "2026-11-02T09:00:00+08:00")
    assert '<span class="number">1</span><span class="name">待复核' in office.get("/office/readings/billing").text
    close(office, "2026-10")
    finish(app)
    assert rows_of(office, "2026-10") == []
    with app.app_context():
        here = f"/office/readings/{db.session.scalars(select(Reading.id).where(Reading.visit_id == visit['id'])).one()}"
    office.submit(here, here, verdict="accepted")
    at(monkeypatch, "2026-12-02T09:00:00+08:00")
    close(office, "2026-11")
    finish(app)
    assert [(row["used"], row["late"], row["marks"]) for row in rows_of(office, "2026-11")] == [("16", "1", "no_photo")]


@pytest.mark.parametrize("processes", ["one", "several"])
def test_two_clerks_who_press_at_once_make_one_export(
    app: Flask, plan: Plan, client_as: Clients, november: datetime, processes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if processes == "several":
        monkeypatch.setattr(database_module, "_first_in_line", Open())
    home(app, plan, "001", ("00100.000", "2026-08-20"), ("00120.000", "2026-10-21"))
    clerks = [client_as("office"), client_as("admin")]
    page = [clerk.get("/office/readings/billing").text for clerk in clerks]
    tokens = [text.split('name="csrf_token" value="')[1].split('"')[0] for text in page]
    ready, answers = threading.Barrier(4), list[int]()

    def press(clerk: Browser, token: str) -> None:
        ready.wait(30)
        answers.append(
            clerk.post("/office/readings/billing", data={"csrf_token": token, "period": "2026-10"}).status_code
        )

    def do_the_work() -> None:
        ready.wait(30)
        for _ in range(3):
            with app.app_context():
                work.step()

    threads = [threading.Thread(target=press, args=pair) for pair in zip(clerks, tokens, strict=True)]
    threads += [threading.Thread(target=do_the_work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    finish(app)
    assert answers == [303, 303]
    assert (count(app, BillingPeriod), count(app, BillingRow)) == (1, 1)
    assert len(rows_of(clerks[0], "2026-10")) == 1


class Killed(BaseException):
    """The process ends here."""


def test_a_kill_in_the_middle_leaves_no_export_and_the_next_run_one_whole(
    app: Flask, plan: Plan, client_as: Clients, november: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "A_STEP", 2)
    for number in range(5):
        home(app, plan, f"00{number}", ("00100.000", "2026-08-20"), (f"001{number}0.000", "2026-10-21"))
    office = client_as("office")
    close(office, "2026-10")
    kept = work._KEEP.write
    calls = []

    def die(*given: Any, **more: Any) -> None:
        kept(*given, **more)
        calls.append(1)
        if len(calls) == 2:
            raise Killed

    with app.app_context():
        with monkeypatch.context() as patch:
            patch.setattr(work._KEEP, "write", die)
            assert work.step()
            with pytest.raises(Killed):
                work.step()
        db.session.remove()
    assert count(app, BillingRow) == 2, "what was half done is undone, what was done stays"
    refused = office.submit("/office/readings", "/office/language", locale="zh-Hans", back="/office")
    token = office.get("/office/readings/billing").text.split('name="csrf_token" value="')[1].split('"')[0]
    refused = office.post("/office/readings/billing/2026-10/file", data={"csrf_token": token, "form": "csv"})
    assert (refused.status_code, refused.location) == (303, "/office/readings/billing")
    finish(app)
    rows = rows_of(office, "2026-10")
    assert [row["account"] for row in rows] == ["000", "001", "002", "003", "004"]
    assert [row["used"] for row in rows] == ["0", "10", "20", "30", "40"]


def test_a_file_that_was_cut_off_while_it_was_written_is_never_handed_out(
    app: Flask, plan: Plan, client_as: Clients, november: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    home(app, plan, "001", ("00100.000", "2026-08-20"), ("00120.000", "2026-10-21"))
    office = client_as("office")
    close(office, "2026-10")
    finish(app)

    def cut_off(path: Path, **_: Any) -> None:
        path.write_bytes(b"half")
        raise Killed

    with app.app_context(), monkeypatch.context() as patch:
        patch.setattr(files, "write", cut_off)
        with pytest.raises(Killed):
            billing.file_of(period_id="2026-10", form="csv")
    assert [row["used"] for row in rows_of(office, "2026-10")] == ["20"]


def test_periods_are_closed_one_after_another_and_not_before_they_are_over(
    app: Flask, client_as: Clients, november: datetime
) -> None:
    office = client_as("office")

    def said(period: str) -> str:
        page = office.get(f"/office/readings/billing?period={period}").text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        office.post("/office/readings/billing", data={"csrf_token": token, "period": period})
        finish(app)
        return office.get("/office/readings/billing").text

    assert "这一期还没有结束" in said("2026-11")
    said("2026-08")
    assert "前面还有一期" in said("2026-10")
    said("2026-09")
    said("2026-09")
    assert count(app, BillingPeriod) == 2
    assert office.post("/office/readings/billing", data={"period": "2026-10"}).status_code == 400, "without its token"
    assert count(app, BillingPeriod) == 2


def test_periods_of_another_length_begin_where_the_old_ones_ended(app: Flask, november: datetime) -> None:
    with app.app_context():
        with transaction():
            db.session.add(
                BillingPeriod(
                    id="2026-09", first_on=date(2026, 9, 1), until=date(2026, 10, 1), closing_at=november, by_id="", by_name="",
                    row_count=0, used=0, cents=0,
                )
            )  # fmt: skip
            installation.keep(name="policy.billing", value={"months": "3"})
        assert billing.periods.of(date(2026, 11, 5)) == billing.Period(date(2026, 10, 1), date(2027, 1, 1))
        installation.keep(name="policy.billing", value={"months": "2"})
        assert billing.periods.of(date(2026, 10, 5)) == billing.Period(date(2026, 10, 1), date(2026, 11, 1))
        assert billing.periods.of(date(2026, 9, 5)).id == "2026-09"
        assert billing.periods.named("2026-12") is None
