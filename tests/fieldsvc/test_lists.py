"""The office's lists: sorting, turning pages, taking a list away as a file, and what a page costs."""

import base64
import csv
import io
import itertools
import json
import re
import secrets
from datetime import timedelta
from html import unescape
from urllib.parse import urljoin

import pytest
from openpyxl import load_workbook

from fieldsvc import clock, found, installation
from fieldsvc.customers import service as customers
from fieldsvc.db import db, transaction
from fieldsvc.hazards.models import Hazard
from fieldsvc.notices.models import Notice
from fieldsvc.office import lists
from fieldsvc.record import service as record
from fieldsvc.record.models import Visit

HOSTILE = ("=1+1", "@SUM(A1)", "<script>alert(1)</script>", "田𠮷平", "\u202eabc", "长" * 200, '逗,号"引\n行')


@pytest.fixture
def many(app, plan):
    """Open this many visits at once, over three days, by the record's own code: `many(60)`; gives their numbers."""

    def open_visits(count, name="住户"):
        pattern = plan()
        with app.app_context():
            today = installation.today()
            facts = []
            for n in range(count):
                mark = secrets.token_hex(8)
                facts.append(
                    {
                        **{key: pattern[key] for key in ("type", "checklist", "meters", "previous", "assignee")},
                        "id": clock.new_id(),
                        "number": f"AJ-M-{mark}",
                        "lookup": mark,
                        "planned": {"date": str(today + timedelta(days=n % 3)), "from": None, "to": None},
                        "customer": {
                            **pattern["customer"],
                            "id": clock.new_id(),
                            "account": mark,
                            "name": f"{name}{n}",
                        },
                        "notices": [],
                    }
                )
            with transaction():
                record.open_planned(facts=facts, now=clock.now())
        return [one["number"] for one in facts] + [pattern["number"]]

    return open_visits


def numbers_on(page):
    return re.findall(r'<td class="right nowrap quiet spare">([^<]+)</td>', page)


def link(page, relation):
    found_link = re.search(rf'rel="{relation}" href="([^"]+)"', page)
    return unescape(found_link[1]) if found_link else None


def walk(office, address, relation):
    """Every page from an address on, following its links."""
    while address:
        page = office.get(urljoin("/office/visits", address)).text
        yield numbers_on(page), page
        address = link(page, relation)


def cursor(*mark):
    return base64.urlsafe_b64encode(json.dumps(mark).encode()).decode().rstrip("=")


def found_things(visit, count):
    """So many hazards and papers of a visit, two of each at every instant."""
    now = clock.now()
    with transaction():
        for n in range(count):
            at, day = now - timedelta(hours=n // 2), now.date()
            db.session.add(
                Hazard(
                    id=clock.new_id(), visit_id=visit["id"], customer_id=visit["customer"]["id"], code="HOSE-02",
                    item="hose", level=2, position="", stop_gas="", state="open", paper_due_on=day, due_on=day,
                    found_at=at, arrived_at=at, closed_at=at if n % 3 else None,
                )
            )  # fmt: skip
            db.session.add(
                Notice(
                    id=clock.new_id(), visit_id=visit["id"], kind="hazard", number=f"AJ-W-{n:04}", revision=n + 1,
                    status="failed", essence="", promised_at=at, waits_until=at, next_try_at=at,
                )
            )  # fmt: skip


@pytest.mark.both_databases
@pytest.mark.parametrize("sort", ["", "day", "-number"])
def test_no_row_is_shown_twice_or_left_out_however_far_one_turns(client_as, many, monkeypatch, database, sort):
    monkeypatch.setattr(lists, "PER_PAGE", 7)
    monkeypatch.setattr(lists, "MOST_BY_NUMBER", 2)
    known = many(40)
    office = client_as("office")
    pages = list(walk(office, f"?sort={sort}", "next"))
    forward = list(itertools.chain.from_iterable(numbers for numbers, _ in pages))
    assert sorted(forward) == sorted(known)
    assert "after=" in link(pages[3][1], "next")
    back = [numbers for numbers, _ in walk(office, link(pages[-2][1], "next"), "prev")]
    assert list(itertools.chain.from_iterable(reversed(back))) == forward
    lines = list(csv.reader(io.StringIO(office.get(f"/office/visits?as=csv&sort={sort}").get_data(as_text=True))))
    assert [line[lines[0].index("number")] for line in lines[2:]] == forward


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "address", ["hazards?sort=found", "hazards?sort=-found", "hazards?sort=closed", "hazards?sort=danger", "notices?"]
)
def test_a_list_by_instants_goes_on_after_the_last_row_too(app, client_as, plan, monkeypatch, database, address):
    monkeypatch.setattr(lists, "PER_PAGE", 2)
    monkeypatch.setattr(lists, "MOST_BY_NUMBER", 1)
    visit = plan()
    with app.app_context():
        found_things(visit, 7)
    office, address = client_as("office"), f"/office/{address}"
    page, seen = office.get(address), []
    while True:
        assert page.status_code == 200
        seen.append(list(dict.fromkeys(re.findall(r"/office/hazards/([0-9a-f-]{36})|(AJ-W-\d{4})", page.text))))
        if not (following := link(page.text, "next")):
            break
        assert "after=" in following
        page = office.get(urljoin(address, following))
    assert [len(rows) for rows in seen] == [2, 2, 2, 1]
    assert len({row for rows in seen for row in rows}) == 7
    back = office.get(urljoin(address, link(page.text, "prev"))).text
    assert all((one[0] or one[1]) in back for one in seen[2])


BEYOND = [2**31, 2**63, -(2**63) - 1, 10**30]
UNTRUE_INSTANTS = ["2026-11-21T09:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", 7, "2026-11-21\0"]


@pytest.mark.both_databases
def test_a_cursor_that_nobody_gave_shows_the_list_from_its_beginning(app, client_as, plan, database):
    visit = plan()
    with app.app_context():
        found_things(visit, 2)
    office = client_as("office")
    deep = base64.urlsafe_b64encode(b"[" * 100_000).decode()
    garbage = [
        ("visits?sort=number", deep),
        ("visits?sort=number", cursor("\ud800", visit["id"])),
        ("visits?sort=number", cursor("AJ\0", visit["id"])),
        ("visits?sort=number", cursor("AJ", "\0")),
        *[("visits?sort=changed", cursor(number, visit["id"])) for number in BEYOND[1:]],
        *[("hazards?sort=danger", cursor(number, "2026-11-21", visit["id"])) for number in BEYOND],
        *[("hazards?sort=found", cursor(instant, visit["id"])) for instant in UNTRUE_INSTANTS],
    ]
    for (address, given), name in itertools.product(garbage, ("after", "before")):
        usual, answer = (office.get(f"/office/{address}{more}") for more in ("", f"&{name}={given}"))
        assert answer.status_code == 200, (address, given[:40])
        pattern = r'href="/office/(?:hazards|visits)/([0-9a-f-]{36})"'
        assert re.findall(pattern, answer.text) == re.findall(pattern, usual.text) != [], (address, given[:40])


def test_what_is_empty_in_an_address_and_not_the_list_s_own_is_kept(app, client_as):
    place = {"name": "王", "meters": [], "address": "遵义路"}
    with app.app_context(), transaction():
        given = [{**place, "account": "N1", "district": ""}, {**place, "account": "N2", "district": "云岩区"}]
        customers.save_many(given=given, now=clock.now())
    office = client_as("office")
    page = office.get("/office/plan/due/customers?district=&address=遵义路&building=").text
    links = [unescape(one) for one in re.findall(r'<a class="plain" download href="([^"]+)"', page)]
    assert links and all("district=&" in one and "building=&" in one for one in links)
    lines = list(csv.reader(io.StringIO(office.get(urljoin("/office/plan/due/customers", links[0])).text)))
    assert [line[lines[0].index("account")] for line in lines[2:]] == ["N1"]
    # of the list's own names, those that ask for nothing are left out
    shown = unescape(office.get("/office/visits?q=&state=&sort=&page=&after=").text)
    assert not re.search(r'href="\?[^"]*(q|state|page|after)=(&|")', shown)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1999-12-31", "3000-01-01"])
def test_a_day_that_no_calendar_of_the_company_has_asks_for_nothing(client_as, day):
    office = client_as("office")
    names = ("found_from", "found_to", "closed_from", "closed_to")
    for address in [f"/office/hazards?{name}={day}" for name in names] + [f"/office/visits?day={day}"]:
        assert office.get(address).status_code == 200, address
    assert lists.Day("day", "").read(day) is None
    assert str(lists.Day("day", "").read("2999-12-31")) == "2999-12-31"


@pytest.mark.both_databases
def test_no_address_can_bring_a_character_that_no_text_has(client_as, plan, database):
    office, visit = client_as("office"), plan()
    for address in (
        "/office/visits?q=%00",
        "/office/notices?q=%00",
        "/office/plan/due/customers?district=%00",
        "/office/complaints/new?visit=%00",
        "/office/calls/%00",
        "/office/complaints/%00",
        "/office/visits/%00",
        "/office/hazards/%00",
        "/office/plan/campaigns/%00",
        f"/office/attention/signature/{visit['id']}/%00",
        "/api/v1/visits/%00",
    ):
        assert 400 <= office.get(address).status_code < 500, address


def test_a_click_on_a_heading_sorts_and_a_second_one_turns_the_order_round(client_as, many):
    many(5)
    office = client_as("office")
    first = office.get("/office/visits?q=住户&day=&lang=en").text
    up = unescape(re.search(r'<a class="sort" href="([^"]*sort=number[^"]*)"', first)[1])
    assert "q=" in up and "lang=en" in up
    ascending = office.get(f"/office/visits{up}").text
    assert re.search(r'aria-sort="ascending"><a class="sort" href="[^"]*sort=-number', ascending)
    descending = office.get("/office/visits?q=住户&sort=-number").text
    assert numbers_on(descending) == list(reversed(numbers_on(ascending))) != []


def test_an_address_that_makes_no_sense_shows_the_list_from_its_beginning(client_as, many):
    many(3)
    office = client_as("office")
    usual = numbers_on(office.get("/office/visits").text)
    for query in (
        "sort=nothing",
        "after=%%%",
        "after=WzFd",
        "after=bnVsbA",
        "before=W251bGwsMSwyXQ",
        "page=0",
        "page=x",
        "as=exe",
    ):
        answer = office.get(f"/office/visits?{query}")
        assert answer.status_code == 200, query
        assert numbers_on(answer.text) == usual, query
    assert office.get("/office/visits?page=999999").status_code == 200


def test_a_file_holds_the_whole_filtered_list_and_no_formula(client_as, plan, many, monkeypatch):
    monkeypatch.setattr(lists, "PER_PAGE", 2)
    made = [plan(name=name) for name in HOSTILE]
    many(3)
    office = client_as("office")
    answer = office.get(f"/office/visits?as=csv&q={made[0]['customer']['district']}&sort=number")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert re.fullmatch(r'attachment; filename="visits-\d{8}-\d{4}\.csv"', answer.headers["Content-Disposition"])
    assert answer.data.startswith("\ufeffday,from,customer,".encode())
    head, words, *lines = csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""))
    assert (head[0], words[0]) == ("day", "日期") and len(head) == len(words)
    names = {line[head.index("number")]: line[head.index("customer")] for line in lines}
    assert len(lines) == len(HOSTILE) + 4
    assert names[made[0]["number"]] == "'=1+1" and names[made[1]["number"]] == "'@SUM(A1)"
    for visit in made[2:]:
        assert names[visit["number"]] == visit["customer"]["name"]


def test_a_workbook_holds_the_same_as_text_and_days(client_as, plan):
    made = [plan(name=name) for name in HOSTILE]
    answer = client_as("office").get("/office/visits?as=xlsx&sort=number")
    sheet = load_workbook(io.BytesIO(answer.data)).active
    head = [cell.value for cell in sheet[1]]
    cells = sheet[3]
    assert cells[head.index("customer")].value == "=1+1" and cells[head.index("customer")].data_type == "s"
    assert str(cells[head.index("day")].value.date()) == made[0]["planned"]["date"]
    assert [row[head.index("number")].value for row in sheet.iter_rows(min_row=3)] == [one["number"] for one in made]


def test_a_technician_takes_no_list_away(client_as):
    assert client_as("inspector").get("/office/visits?as=csv").status_code == 403


def test_counting_stops_at_a_bound_and_says_so(app, many):
    many(12)
    with app.app_context():
        every = record.find()
        assert every.count(most=12) == found.Total(12, exact=False)
        assert every.count(most=13) == found.Total(13)


@pytest.mark.both_databases
def test_rows_whose_order_is_empty_have_their_place_too(app, many, database):
    known = many(20)
    with app.app_context():
        with transaction():
            for number in known[::3]:
                db.session.execute(db.update(Visit).where(Visit.number == number).values(planned_on=None))
        every = found.Found(
            key=Visit.id, orders={"day": (Visit.planned_on,)}, usual="day", read=lambda ids: {one: one for one in ids}
        )
        for order in ("day", "-day"):
            whole = every.part(order=order, limit=50).rows
            assert sorted(whole) == sorted(itertools.chain.from_iterable(every.each(order=order, at_once=4)))
            assert list(itertools.chain.from_iterable(every.each(order=order, at_once=4))) == whole
            first = every.part(order=order, limit=10)
            rest = every.part(order=order, limit=50, after=first.last)
            assert first.rows + rest.rows == whole and not rest.more
            assert every.part(order=order, limit=50, before=rest.first).rows == first.rows


LISTS = [
    "/office",
    "/office/visits",
    "/office/notices",
    "/office/hazards",
    "/office/people",
    "/office/quarantine",
    "/office/imports",
]
SEARCHES = ["/office/visits?q=住户", "/office/visits?q=住户1 AJ", "/office/visits?q=没有"]


def test_no_list_costs_more_queries_with_two_thousand_visits_than_with_twenty(client_as, many, count_queries):
    office = client_as("office")

    def cost():
        costs = {}
        for page in LISTS + SEARCHES:
            with count_queries() as said:
                assert office.get(page).status_code == 200
            costs[page] = len(said)
        return costs

    many(20)
    few = cost()
    for _ in range(4):
        many(495)
    much = cost()
    assert {page: much[page] - few[page] for page in LISTS if much[page] > few[page]} == {}
    # what many visits have is looked for in another way than what few have, by some queries more, and never by more than these
    assert max(much[page] for page in SEARCHES) <= much["/office/visits"] + 8
