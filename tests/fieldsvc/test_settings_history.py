"""The list of who changed what: filtered, sorted, turned page by page and taken away like every other list."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from fieldsvc.db import transaction
from fieldsvc.policy import changes
from tests.fieldsvc.conftest import Browser

As = Callable[[str], Browser]
PAGE = "/office/settings/history"
NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)


def note(app: Flask, *, name: str, by: str, old: dict[str, object], new: dict[str, object], days: int) -> None:
    """A change of so many days after the first of March."""
    with app.app_context(), transaction():
        at = NOON + timedelta(days=days)
        changes.note(name=name, old=old, new=new, by_id=None, by_name=by, now=at)


@pytest.fixture
def book(app: Flask) -> None:
    """Three changes of three sections by two people and the command line."""
    months = "residential_months"
    note(app, name="policy.duty", by="甲 <b>", old={months: 12}, new={months: 6}, days=0)
    note(app, name="company", by="乙", old={"hotline": "1"}, new={"hotline": "2"}, days=1)
    note(app, name="seal", by="", old={"jpeg": None}, new={"jpeg": "AAAA"}, days=2)


def days(page: str) -> list[str]:
    """The days of the rows, in their order."""
    body = page[page.index("<tbody>") : page.index("</tbody>")] if "<tbody>" in page else ""
    return re.findall(r'<th scope="row"[^>]*>\s*2026-(\d\d-\d\d)', body)


@pytest.mark.both_databases
def test_changes_are_filtered_by_section_person_and_days_and_sorted(book: None, client_as: As) -> None:
    office = client_as("office")
    for asked, found in (
        ("", ["03-03", "03-02", "03-01"]),
        ("sort=at", ["03-01", "03-02", "03-03"]),
        ("sort=section", ["03-02", "03-01", "03-03"]),
        ("section=policy.duty", ["03-01"]),
        ("section=seal", ["03-03"]),
        ("by=乙", ["03-02"]),
        ("by=甲 <b>", ["03-01"]),
        ("from=2026-03-02", ["03-03", "03-02"]),
        ("to=2026-03-02", ["03-02", "03-01"]),
        ("to=9999-12-31&section=company", ["03-02"]),
        ("from=2026-03-02&by=甲 <b>", []),
    ):
        answer = office.get(PAGE, query_string=asked)
        assert answer.status_code == 200 and days(answer.text) == found, asked
    assert "甲 &lt;b&gt;" in office.get(PAGE).text


def test_changes_are_taken_away_with_the_values_before_and_after(book: None, client_as: As) -> None:
    office = client_as("office")
    answer = office.get(f"{PAGE}?sort=at&as=csv")
    told = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))[1:]
    assert [row["by"] for row in told] == ["甲 <b>", "乙", "命令行"]
    assert "12" in told[0]["change"] and told[0]["change"].endswith("→ 6个月")
    assert "AAAA" not in told[2]["change"]
    assert office.get(f"{PAGE}?as=xlsx").status_code == 200


@pytest.mark.both_databases
def test_changes_are_turned_page_by_page(app: Flask, client_as: As) -> None:
    for day in range(60):
        note(app, name="policy.duty", by="甲", old={"residential_months": 12}, new={"residential_months": 6}, days=day)
    office = client_as("office")
    page = office.get(PAGE).text
    further = re.search(r'rel="next" href="([^"]+)"', page)
    assert further
    rest = office.get(PAGE + html.unescape(further[1])).text
    assert len(set(days(page)) | set(days(rest))) == 60


def test_a_change_leads_to_the_page_of_its_section(book: None, client_as: As) -> None:
    office = client_as("office")
    page = office.get(PAGE).text
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    links = re.findall(r'href="([^"]+)"', body)
    assert "/office/settings/duty" in links and "/office/settings/company#seal" in links
    for link in links:
        assert office.get(link).status_code == 200, link
