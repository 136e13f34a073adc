"""The list of planned suspensions, and the promises' figures that lead to it and to the list of complaints."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from fieldsvc import installation
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.test_suspensions import PAGE, announce, rows, typed

As = Callable[[str], Browser]
HOUR = timedelta(hours=1)
PLACES = ("甲街", "乙街", "丙街")


@pytest.fixture
def office(client_as: As) -> Browser:
    """An office with three: told ahead and not back in time, told late and may still be back, and one that is ahead."""
    clerk = client_as("office")
    announce(clerk, told=80 * HOUR, begins=30 * HOUR, place="甲街")
    announce(clerk, told=30 * HOUR, begins=5 * HOUR, place="乙街", reason="改管")
    announce(clerk, told=5 * HOUR, begins=-90 * HOUR, place="丙街")
    return clerk


def shown(page: str) -> list[str]:
    """The places of the list, in its order."""
    return [place for place in re.findall(r"<td>(.街)", page) if place in PLACES]


@pytest.mark.both_databases
def test_suspensions_are_searched_filtered_and_sorted(office: Browser) -> None:
    for asked, places in (
        ("", ["丙街", "乙街", "甲街"]),
        ("sort=begins", ["甲街", "乙街", "丙街"]),
        ("q=改管", ["乙街"]),
        ("q=甲", ["甲街"]),
        ("told=kept", ["甲街"]),
        ("told=broken", ["乙街"]),
        ("back=broken", ["甲街"]),
        ("back=open", ["乙街"]),
        ("back=kept", []),
        ("from=2999-01-01", []),
        ("to=2020-01-01", []),
        ("to=9999-12-31", ["丙街", "乙街", "甲街"]),
    ):
        assert shown(office.get(f"{PAGE}?{asked}").text) == places, asked


def test_suspensions_are_taken_away_as_they_stand_with_who_wrote_them(office: Browser) -> None:
    answer = office.get(f"{PAGE}?told=broken&as=csv")
    told = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert [(row["place"], row["reason"], row["told_in_time"], row["restored_in_time"]) for row in told[1:]] == [
        ("乙街", "改管", "未兑现", "未到期")
    ]
    assert told[1]["by"] and told[1]["by"] in office.get(PAGE).text
    assert office.get(f"{PAGE}?as=xlsx").status_code == 200


@pytest.mark.both_databases
def test_who_wrote_the_end_down_is_kept_apart_from_who_wrote_the_suspension(
    app: Flask, office: Browser, client_as: As
) -> None:
    admin, first = client_as("admin"), rows(app)[0]
    assert admin.submit(PAGE, f"{PAGE}/{first}/restored", at=typed(2 * HOUR)).status_code == 303
    answer = office.get(f"{PAGE}?sort=begins&as=csv")
    told = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))[1:]
    assert told[0]["ended_by"] == "赵主任" != told[0]["by"] and told[0]["ended_recorded"]
    assert not told[1]["ended_by"] and not told[1]["ended_recorded"]
    assert office.get(PAGE).text.count("赵主任") == 1


def test_suspensions_are_turned_page_by_page(client_as: As) -> None:
    clerk = client_as("office")
    for hour in range(60):
        announce(clerk, told=200 * HOUR, begins=(hour + 1) * HOUR, place="甲街")
    page = clerk.get(PAGE).text
    further = re.search(r'rel="next" href="([^"]+)"', page)
    assert further
    rest = clerk.get(PAGE + html.unescape(further[1])).text
    assert len(shown(page)) + len(shown(rest)) == 60 and shown(rest)


def test_what_could_not_be_kept_comes_back_above_the_list(office: Browser) -> None:
    answer = office.submit(PAGE, PAGE, place="", told_at="", begins_at="", reason="换阀")
    assert answer.status_code == 422 and "换阀" in answer.text and len(shown(answer.text)) == 3


def test_every_promise_of_the_dashboard_leads_to_the_list_that_it_counts(app: Flask, office: Browser) -> None:
    page = office.get("/office").text
    table = page[page.index('id="promise-title"') :]
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>', table[: table.index("</table>")], flags=re.DOTALL)
    links = [re.search(r'<a href="([^"]+)"', row) for row in rows]
    assert len(rows) >= 8 and all(links), [row for row, link in zip(rows, links, strict=True) if not link]
    with app.app_context():
        first = installation.today().replace(day=1).isoformat()
    addresses = [html.unescape(link[1]) for link in links if link]
    assert any(one.startswith(f"{PAGE}?from={first}") for one in addresses)
    assert any("/office/complaints?state=all" in one for one in addresses)
    for address in addresses:
        assert office.get(address).status_code == 200, address
