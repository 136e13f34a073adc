"""What keeps pages quick in a store of years: few statements, counts that end, pages instead of whole towns, figures kept."""

import re
from datetime import datetime, timedelta
from html import unescape
from urllib.parse import urljoin

import pytest

from fieldsvc import clock, installation
from fieldsvc.billing import progress
from fieldsvc.billing import service as billing
from fieldsvc.billing.completion import Rate
from fieldsvc.customers import service as customers
from fieldsvc.db import db, transaction
from fieldsvc.duty import service as duty
from fieldsvc.identity import service as identity
from fieldsvc.jobs import service as jobs
from fieldsvc.office import lists
from fieldsvc.record import service as record
from fieldsvc.reports import service as reports

FEW, MANY = 24, 40
PAGES = {
    "/office": MANY,
    "/office/visits": FEW,
    "/office/visits?q=王芳": FEW,
    "/office/hazards": FEW,
    "/office/hazards/calls": FEW,
    "/office/notices": FEW,
    "/office/readings": FEW,
    "/office/readings/progress": FEW,
    "/office/readings/missing": 30,
    "/office/readings/billing": FEW,
    "/office/readings/slips": FEW,
    "/office/calls": FEW,
    "/office/calls/tasks": FEW,
    "/office/calls/weeks": FEW,
    "/office/complaints": FEW,
    "/office/attention": 30,
    "/office/attention/corrections": FEW,
    "/office/quarantine": FEW,
    "/office/reports": MANY,
    "/office/reports?span=year": MANY,
    "/office/plan": FEW,
    "/office/plan/due": FEW,
    "/office/plan/due/customers": FEW,
    "/office/plan/campaigns": FEW,
    "/office/plan/campaigns/new": FEW,
    "/office/plan/itself": FEW,
    "/office/people": FEW,
    "/office/imports": FEW,
    "/office/settings": 16,
}


def town(*, streets=1, homes=1, district="南明区", account="T"):
    """Customers with a meter each, so many in every street; gives them."""
    given = [
        {
            "account": f"{account}{street:03}-{home}",
            "name": f"住户{street:03}-{home}",
            "district": district,
            "address": f"路{street:03}",
            "building": str(home),
            "meters": [{"serial": f"M{account}{street:03}-{home}"}],
        }
        for street in range(streets)
        for home in range(homes)
    ]
    with transaction():
        customers.save_many(given=given, now=clock.now())
    return given


@pytest.mark.both_databases
def test_every_page_of_the_office_asks_the_store_a_bounded_number_of_times(
    app, client_as, plan, phone_of, count_queries, database
):
    for n in range(4):
        plan(name=f"王芳{n}", assignee=None if n % 2 else "inspector")
    phone_of("inspector")
    with app.app_context():
        town(streets=3, homes=2)
    office, over = client_as("office"), {}
    for page, most in PAGES.items():
        assert office.get(page).status_code == 200, page
        with count_queries() as said:
            office.get(page)
        if len(said) > most:
            over[page] = len(said)
    assert over == {}


@pytest.mark.both_databases
def test_a_district_of_many_streets_is_shown_a_page_at_a_time_with_the_figures_of_all(app, client_as, database):
    with app.app_context():
        town(streets=60, homes=2)
        town(streets=55, district="", account="N")
    office = client_as("office")
    for district, customers_there, pages in (("南明区", "120", (50, 10)), ("", "55", (50, 5))):
        address, seen = f"/office/plan/due?district={district}", []
        for rows in pages:
            page = office.get(address).text
            names = re.findall(r'<th scope="row" class="grow"><a[^>]*>([^<]+)</a>', page)
            assert len(names) == rows
            seen += names
            foot = page[page.index("<tfoot>") : page.index("</tfoot>")]
            assert re.findall(r"<td[^>]*>(\d+)</td>", foot)[0] == customers_there
            following = re.search(r'rel="next" href="([^"]+)"', page)
            address = urljoin(address, unescape(following[1])) if following else ""
        assert not address and len(set(seen)) == len(seen) == sum(pages)


@pytest.mark.both_databases
def test_districts_that_are_all_on_the_page_are_added_up_without_another_look(app, database):
    with app.app_context():
        town(streets=2, homes=3)
        town(streets=1, homes=1, district="云岩区", account="Y")
        asked = duty.Filter(until=installation.today())
        assert duty.together(duty.areas(asked=asked)) == duty.totals(asked=asked)
        assert duty.together([]).customers == 0
        assert duty.count_by_kind() == {duty.HOME: 7, duty.BUSINESS: 0}
        tagged = {"account": "T000-0", "name": "店", "tags": ["商户"]}
        with transaction():
            customers.save_many(given=[tagged], now=clock.now())
        assert duty.count_by_kind() == {duty.HOME: 6, duty.BUSINESS: 1}


@pytest.fixture
def clockwork(monkeypatch):
    """A clock that is set by hand, and a company that is always too large to be counted while somebody waits."""
    hands = [datetime.fromisoformat("2026-11-22T10:00:00+08:00")]
    monkeypatch.setattr(clock, "now", lambda: hands[0])
    monkeypatch.setattr(progress, "MOST_LIVE", 1)
    woken = []
    monkeypatch.setattr(jobs, "wake", woken.append)

    def on(**step):
        hands[0] += timedelta(**step)
        return hands[0]

    on.woken = woken
    return on


@pytest.mark.both_databases
def test_how_far_the_reading_is_comes_from_the_last_count_which_is_made_again_while_somebody_looks(
    app, client_as, clockwork, database
):
    with app.app_context():
        town(streets=2, homes=2)
        period = billing.periods.of(installation.today())
        live = progress.of(period, now=clock.now())
        assert ([*live.rates], live.counted_at) == ([Rate("南明区", 4, 0)], None)
        assert clockwork.woken == [progress.JOB]
        progress.work_due()
        counted_at = clock.now()
        town(streets=1, homes=1, district="云岩区", account="Y")
        now = clockwork(seconds=30)
        kept = progress.of(period, now=now)
        assert ([*kept.rates], kept.counted_at) == ([Rate("南明区", 4, 0)], counted_at)
        assert clockwork.woken == [progress.JOB]
    assert "截至 2026-11-22 10:00" in client_as("office").get("/office/readings/progress").text
    with app.app_context():
        now = clockwork(seconds=31)
        progress.of(period, now=now)
        assert clockwork.woken == [progress.JOB] * 2
        progress.work_due()
        again = progress.of(period, now=now)
        assert {one.name: one.due for one in again.rates} == {"南明区": 4, "云岩区": 1}
        assert again.counted_at == now
        # a period long over is counted once, and anew only when what is due is decided in another way
        long_ago = billing.periods.latest_of(installation.today(), count=5)[-1]
        assert progress.of(long_ago, now=clockwork(days=1)).counted_at == counted_at
        with transaction():
            installation.keep(name="policy.billing", value={"home_months": 6})
        assert progress.of(long_ago, now=clock.now()).counted_at is None


def test_a_small_company_is_counted_as_one_looks(app, clockwork, monkeypatch):
    monkeypatch.setattr(progress, "MOST_LIVE", 4)
    with app.app_context():
        town(streets=2, homes=2)
        period = billing.periods.of(installation.today())
        progress.work_due()
        town(streets=1, homes=1, account="N")
        monkeypatch.setattr(progress, "MOST_LIVE", 5)
        assert [one.due for one in progress.of(period, now=clock.now()).rates] == [5]
        assert clockwork.woken == []


@pytest.mark.both_databases
def test_the_meters_not_read_are_walked_without_counting_the_town(app, client_as, monkeypatch, database):
    monkeypatch.setattr(lists, "PER_PAGE", 3)
    monkeypatch.setattr("fieldsvc.found.WINDOWS", (2, 4))
    with app.app_context():
        given = town(streets=4, homes=3)
        read = customers.of_serials(serials=[one["meters"][0]["serial"] for one in given[:2]])
        from fieldsvc.readings import service as readings

        with transaction():
            readings.note_many(given=[(one.id, "00100.000", clock.now()) for one in read.values()])
    office, address, seen = client_as("office"), "/office/readings/missing", []
    while address:
        page = office.get(address).text
        seen += re.findall(r"住户\d{3}-\d", page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = urljoin("/office/readings/missing", unescape(following[1])) if following else ""
    assert list(dict.fromkeys(seen)) == [one["name"] for one in given[2:]]
    lines = office.get("/office/readings/missing?as=csv").get_data(as_text=True).splitlines()
    assert len(lines) == 2 + len(given) - 2


def test_the_periods_before_a_day_are_known_by_one_look(app, count_queries):
    with app.app_context():
        today = installation.today()
        one_by_one = [billing.periods.of(today)]
        for _ in range(5):
            one_by_one.append(one_by_one[-1].before)
        with count_queries() as said:
            assert billing.periods.latest_of(today, count=6) == one_by_one
        assert sum("billing_periods" in statement for statement in said) == 1


def test_what_the_reports_have_not_counted_yet_is_counted_no_further_than_lists_are(app, plan, monkeypatch):
    for _ in range(3):
        plan()
    with app.app_context():
        assert record.count_changed(version=0, most=2) == 2
        assert record.count_changed(version=0, most=9) == 3
        assert reports.lag().behind == 3


@pytest.mark.both_databases
def test_a_phone_that_keeps_silent_is_counted_and_the_office_s_own_device_is_not(app, phone_of, client_as, database):
    phone_of("inspector")
    with app.app_context():
        with transaction():
            identity.office_author(user=identity.find(username="office"), now=clock.now())
        later = clock.now() + timedelta(days=1)
        counted = db.session.scalar(db.select(identity.number_silent(since=later)))
        assert counted == len(identity.silent(since=later)) == 1
