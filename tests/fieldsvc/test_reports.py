"""The dashboard and the reports: figures that are true, lead somewhere, and can be taken away."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from fieldsvc import clock, installation
from fieldsvc.db import db, transaction
from fieldsvc.identity.models import Device
from fieldsvc.reports import service as reports
from fieldsvc.reports.models import Tally

Json = dict[str, Any]
HOSTILE = "<script>alert(1)</script>𠮷\u202e"


def count(app: Flask) -> None:
    with app.app_context():
        reports.catch_up()


@pytest.fixture
def worked(app: Flask, plan: Callable[..., Json], phone_of: Callable[[str], Any]) -> Json:
    """Two inspections and a booked visit today: one done, with a meter read; one in vain; one to do."""
    done, vain = plan(name="王芳"), plan(name="李雷")
    plan(name="韩梅梅", type="gas.booked", district=HOSTILE)
    phone = phone_of("inspector")
    phone.sync()
    phone.op(done["id"], "visit.start")
    phone.op(done["id"], "reading.set", meter=done["meters"][0]["id"], value="1252.3", running=True)
    phone.op(done["id"], "visit.close", outcome="completed")
    phone.op(vain["id"], "visit.close", outcome="no_access", reason="not_home")
    phone.sync()
    count(app)
    return done


def row(page: str, heading: str) -> list[str]:
    """The figures of the table row with this heading, tags taken off."""
    found = re.search(rf"<tr><th scope=\"row\">(?:<[^>]*>)*{re.escape(heading)}.*?</tr>", page, flags=re.DOTALL)
    assert found, heading
    cells = re.findall(r"<td[^>]*>(.*?)</td>", found[0], flags=re.DOTALL)
    return [re.sub(r"<[^>]*>|\s", "", one) for one in cells]


def test_an_empty_store_has_a_dashboard_and_reports_of_nothing(client_as: Callable[[str], Any]) -> None:
    office = client_as("office")
    assert office.get("/office").status_code == 200
    for span in ("week", "month", "quarter", "year", "nonsense"):
        for day in ("2024-02-29", "0001-01-01", "9999-12-31", "never"):
            assert office.get(f"/office/reports?span={span}&day={day}").status_code == 200


def test_a_report_counts_the_day_and_each_figure_leads_to_its_list(
    client_as: Callable[[str], Any], worked: Json
) -> None:
    office = client_as("office")
    page = office.get("/office/reports?span=week").text
    assert row(page, "已完成")[:1] == ["1"]
    assert row(page, "到访不遇")[0] == "1"
    assert row(page, "入户安检")[:5] == ["2", "1", "1", "0", "50%"]
    assert row(page, "王小明")[:3] == ["3", "1", "1"]
    for link in sorted(set(re.findall(r'href="(/office/(?:visits|hazards)\?[^"]*)"', page))):
        shown = office.get(link.replace("&amp;", "&"))
        assert shown.status_code == 200, link
    link = re.search(r'href="([^"]*standing=no_access[^"]*)"', page)
    assert link
    assert "李雷" in office.get(link[1].replace("&amp;", "&")).text
    assert HOSTILE not in page


def test_the_page_waits_for_nothing_when_nothing_was_counted_and_says_so(
    client_as: Callable[[str], Any], plan: Callable[..., Json]
) -> None:
    plan()
    page = client_as("office").get("/office/reports").text
    assert "正在重新统计" in page


def test_every_table_comes_as_a_file_with_columns_that_stay(client_as: Callable[[str], Any], worked: Json) -> None:
    office = client_as("office")
    page = office.get("/office/reports").text
    tables = sorted(set(re.findall(r'href="(/office/reports/[a-z]+)\?', page)))
    assert len(tables) >= 6
    for address in tables:
        answer = office.get(f"{address}?span=month&as=csv")
        lines = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
        assert all(re.fullmatch(r"[a-z_0-9]+", name) for name in lines[0]), lines[0]
        assert len({len(line) for line in lines}) == 1
        book = load_workbook(io.BytesIO(office.get(f"{address}?span=month&as=xlsx").data), read_only=True)
        assert list(next(book.worksheets[0].iter_rows(values_only=True))) == lines[0]
    assert office.get("/office/reports/nothing?as=csv").status_code == 404
    assert office.get("/office/reports/work").status_code == 404
    work = office.get("/office/reports/work?as=csv").get_data(as_text=True).splitlines()
    assert work[0].endswith("what,now,before,year_earlier")


def test_only_the_office_sees_reports(client_as: Callable[[str], Any], browser: Any) -> None:
    for address in ("/office/reports", "/office/reports/work?as=csv"):
        assert client_as("inspector").get(address).status_code in (302, 403)
        assert browser.get(address).status_code in (302, 401, 403)


def test_the_dashboard_asks_as_much_of_the_store_for_thirty_visits_as_for_one(
    app: Flask,
    client_as: Callable[[str], Any],
    plan: Callable[..., Json],
    worked: Json,
    count_queries: Callable[..., Any],
) -> None:
    office = client_as("office")
    with count_queries() as few:
        office.get("/office")
    for _ in range(12):
        plan(assignee="colleague")
    count(app)
    with count_queries() as many:
        office.get("/office")
    assert len(many) <= len(few) + 1


def test_a_phone_that_keeps_silent_is_named_with_what_is_known_of_it(
    app: Flask, client_as: Callable[[str], Any], worked: Json
) -> None:
    office = client_as("office")
    assert "所有手机都有联系" in office.get("/office").text
    with app.app_context(), transaction():
        for device in db.session.query(Device).filter(Device.public_key.is_not(None)):
            device.last_seen_at = clock.now() - timedelta(days=3)
            code = device.code
    page = office.get("/office").text
    card = page[page.index('id="phones-title"') : page.index('id="signer-title"')]
    assert code in card
    assert "3 天前" in card
    assert "已存 4 条记录" in card
    assert "1 个上门任务未完成" in card
    with app.app_context(), transaction():
        installation.keep(name="policy.promises", value={"silent_hours": 100})
    assert "所有手机都有联系" in office.get("/office").text


def test_a_booked_inspection_is_a_promise_kept_when_somebody_came_the_next_working_day(
    app: Flask, plan: Callable[..., Json], phone_of: Callable[[str], Any]
) -> None:
    visit = plan(type="gas.booked")
    with app.app_context():
        reports.catch_up()
        today = installation.today()
        span = reports.span_of("year", today)

        def booked(on: date) -> tuple[int, int, int]:
            one = next(one for one in reports.kept_promises(span=span, today=on) if one.id == "booked")
            return one.kept, one.broken, one.open

        assert booked(today) == (0, 0, 1)
        assert booked(today + timedelta(days=30)) == (0, 1, 0)
    phone = phone_of("inspector")
    phone.op(visit["id"], "visit.start")
    phone.sync()
    count(app)
    with app.app_context():
        assert booked(today) == booked(today + timedelta(days=30)) == (1, 0, 0)


def test_coverage_climbs_with_the_first_inspection_of_a_home_and_not_with_its_second(
    app: Flask, plan: Callable[..., Json], phone_of: Callable[[str], Any]
) -> None:
    phone = phone_of("inspector")
    for account in ("A1", "A1", "A2"):
        visit = plan(account=account)
        phone.op(visit["id"], "visit.close", outcome="completed")
    plan(account="A3")
    phone.sync()
    count(app)
    with app.app_context():
        today = installation.today()
        (homes,) = reports.coverage(on=today, today=today)
        assert (homes.category, homes.whole, homes.covered) == ("home", 3, 2)
        assert homes.should[-1] == 3
        assert homes.should == sorted(homes.should)
        assert len(homes.curve) == (today - homes.first).days + 1


def test_a_recount_by_command_says_that_every_figure_is_right(app: Flask, worked: Json) -> None:
    with app.app_context():
        data = str(app.extensions["fieldsvc.settings"].data)
    for given in ([], ["--check"]):
        words = [sys.executable, "-m", "fieldsvc.cli", "recount", *given, "--data", data]
        told = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
        assert (told.returncode, told.stdout) == (0, "Every figure is what the record says.\n"), told.stderr
    with app.app_context(), transaction():
        db.session.scalars(select(Tally).limit(1)).one().count += 5
    words = [sys.executable, "-m", "fieldsvc.cli", "recount", "--check", "--data", data]
    told = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert (told.returncode, "instead of" in told.stdout) == (1, True)
