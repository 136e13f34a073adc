"""The office's lists and frame: what a clerk sees, who is let in, and what a page costs."""

import re
from datetime import timedelta
from io import BytesIO

import pytest

from fieldsvc import installation
from fieldsvc.catalog.service import catalogue

PAGES = [
    "/office",
    "/office/visits",
    "/office/hazards",
    "/office/notices",
    "/office/readings",
    "/office/attention",
    "/office/quarantine",
    "/office/people",
    "/office/verify",
]
HOSTILE = "<script>alert(1)</script>"


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_is_sent_to_log_in_and_back_again(browser, page):
    answer = browser.get(page)
    assert answer.status_code == 302
    assert answer.location == f"/login?next={page}"


@pytest.mark.parametrize("page", PAGES)
def test_a_technician_is_told_that_the_page_is_not_for_them(client_as, page):
    answer = client_as("inspector").get(page)
    assert answer.status_code == 403
    assert "您无权打开此页" in answer.text


@pytest.mark.parametrize("page", PAGES)
def test_every_page_answers_in_the_language_that_is_asked_for(client_as, page):
    office = client_as("office")
    assert '<html lang="zh-Hans">' in office.get(page).text
    assert '<html lang="en">' in office.get(f"{page}?lang=en").text


def test_somebody_keeps_the_language_they_chose(client_as):
    office = client_as("office")
    answer = office.submit("/office/visits", "/office/language", locale="en", back="/office/visits?q=3")
    assert (answer.status_code, answer.location) == (302, "/office/visits?q=3")
    assert '<html lang="en">' in office.get("/office").text


def test_choosing_a_language_leads_nowhere_else(client_as):
    answer = client_as("office").submit("/office", "/office/language", locale="en", back="https://example.org/")
    assert answer.location == "/office"


def test_a_form_without_its_token_does_nothing(client_as):
    answer = client_as("office").post("/office/language", data={"locale": "en"})
    assert answer.status_code == 400
    assert '<html lang="zh-Hans">' in client_as("office").get("/office").text


def test_logging_in_on_the_page_leads_to_where_one_was_going(browser):
    answer = browser.submit(
        "/login?next=/office/hazards", "/login", username="office", password="correct horse battery"
    )
    assert answer.location == "/office/hazards"


def test_a_wrong_password_is_answered_in_words_and_keeps_the_name(browser):
    answer = browser.submit("/login", "/login", username="office", password="wrong")
    assert answer.status_code == 401
    assert "用户名或密码不对" in answer.text
    assert 'value="office"' in answer.text


def test_after_too_many_wrong_passwords_the_page_says_to_wait(browser):
    for _ in range(10):
        browser.submit("/login", "/login", username="office", password="wrong")
    answer = browser.submit("/login", "/login", username="office", password="correct horse battery")
    assert answer.status_code == 429
    assert "请等一刻钟再试" in answer.text


def test_the_log_in_page_of_a_demonstration_says_that_it_is_one(browser):
    assert "演示：使用演示证书签名" in browser.get("/login").text


def test_a_day_is_told_in_figures_that_lead_to_their_lists(client_as, plan, phone_of):
    plan(name="甲")
    shut, open_one = plan(name="乙"), plan(name="丙", assignee="colleague")
    phone = phone_of("inspector")
    phone.op(shut["id"], "visit.close", outcome="no_access", reason="not_home")
    phone.sync()
    page = client_as("office").get("/office").text
    day = shut["planned"]["date"]
    for standing, number in (("", 3), ("planned", 2), ("no_access", 1), ("refused", 0)):
        query = f"?day={day}&amp;standing={standing}" if standing else f"?day={day}"
        assert re.search(rf'href="/office/visits{re.escape(query)}">\s*<span class="number">{number}</span>', page)
    assert "王小明" in page and "李梅" in page
    assert open_one["id"] in page


def test_a_day_without_visits_says_so(client_as):
    assert "这一天没有到访" in client_as("office").get("/office?day=2001-01-01").text


@pytest.mark.parametrize("part", ["秀兰", "瑞金北路", "8510010001", "18012521137", "AJ-", "3-2-1204", "秀兰 瑞金"])
def test_a_visit_is_found_by_part_of_whatever_is_known_of_it(client_as, plan, part):
    meter = {"serial": "18012521137", "kind": "diaphragm", "digits": 5, "decimals": 3}
    found = plan(name="王秀兰", address="瑞金北路128号", account="8510010001", meters=[meter])
    page = client_as("office").get("/office/visits", query_string={"q": part}).text
    assert f"/office/visits/{found['id']}" in page


def test_what_nothing_fits_is_said(client_as, plan):
    plan()
    assert "没有符合条件的到访" in client_as("office").get("/office/visits?q=%E6%97%A0%E6%AD%A4%E4%BA%BA").text


def test_visits_are_filtered_by_state_day_and_technician(app, client_as, plan):
    with app.app_context():
        tomorrow = installation.today() + timedelta(days=1)
    mine, theirs, later = plan(name="甲"), plan(name="乙", assignee="colleague"), plan(name="丙", day=tomorrow)
    office = client_as("office")

    def shown(**filters):
        page = office.get("/office/visits", query_string=filters).text
        return {visit["customer"]["name"] for visit in (mine, theirs, later) if visit["id"] in page}

    assert shown() == {"甲", "乙", "丙"}
    assert shown(day=str(tomorrow)) == {"丙"}
    assert shown(technician=theirs["assignee"]["id"]) == {"乙"}
    assert shown(standing="planned") == {"甲", "乙", "丙"}
    assert shown(standing="completed") == set()
    assert shown(day="not a day", page="-3") == {"甲", "乙", "丙"}


def test_a_long_list_is_turned_page_by_page_with_its_filters_kept(app, client_as):
    with app.app_context():
        day = str(installation.today())
    visits = [
        {
            "type": "gas.inspection",
            "customer": {"account": f"P{n:03d}", "name": f"住户{n:03d}"},
            "meters": [],
            "planned": {"date": day},
            "assignee": "inspector",
        }
        for n in range(60)
    ]
    office = client_as("office")
    assert office.post("/api/v1/visits", json={"visits": visits}).status_code == 201
    first = office.get(f"/office/visits?day={day}").text
    assert "住户000" in first and "住户059" not in first
    assert f'href="?day={day}&amp;page=2"' in first
    second = office.get(f"/office/visits?day={day}&page=2").text
    assert "住户059" in second and "第 51–60 条，共 60 条" in second


def test_the_lists_cost_a_fixed_number_of_queries(client_as, plan, phone_of, count_queries):
    office = client_as("office")

    def cost():
        costs = {}
        for page in PAGES:
            with count_queries() as said:
                assert office.get(page).status_code == 200
            costs[page] = len(said)
        return costs

    # four, because the alerts on top of every page count what does not fit there, and three do
    find_hazards(phone_of("inspector"), [plan(name=f"住户{n}") for n in range(4)])
    few = cost()
    find_hazards(phone_of("inspector"), [plan(name=f"住户{n}") for n in range(4, 10)])
    assert cost() == few
    assert max(few.values()) <= 60


def find_hazards(phone, visits):
    """Find a hazard at every visit, contradict a check, close, and leave an entry in quarantine."""
    hazard = next(one for one in catalogue().entries.hazards if one.item == "hose")
    for visit in visits:
        found = {"code": hazard.code, "item": "hose", "level": hazard.level, "stop_gas": hazard.stop_gas}
        phone.op(
            visit["id"],
            "hazard.add",
            hazard=visit["customer"]["id"],
            position="after_appliance_valve",
            solutions=[0],
            due="2020-01-01",
            **found,
        )
        phone.op(visit["id"], "visit.close", outcome="completed")
        phone.op(visit["id"], "kind.of.tomorrow", what="ever")
    phone.sync()


def test_the_ledger_shows_open_hazards_by_danger_and_marks_the_overdue(client_as, plan, phone_of):
    visit = plan(name="田𠮷平")
    find_hazards(phone_of("inspector"), [visit])
    page = client_as("office").get("/office/hazards").text
    assert "田𠮷平" in page
    assert 'class="late"' in page and "逾期" in page
    assert f"/office/hazards/{visit['customer']['id']}" in page  # find_hazards gives the hazard the home's id
    assert "没有符合条件的隐患" in client_as("office").get("/office/hazards?state=closed").text


def test_a_notice_is_listed_with_its_number_and_customer(client_as, plan, phone_of):
    visit = plan(name="陈㐂凤")
    find_hazards(phone_of("inspector"), [visit])
    page = client_as("office").get("/office/notices").text
    assert "陈㐂凤" in page and "隐患整改通知单" in page and "制作中" in page
    assert re.search(r"YH-GY01-\d{8}-\d{5}", page)


def test_a_file_that_is_no_paper_of_ours_is_called_that(client_as):
    office = client_as("office")
    token = re.search(r'name="csrf_token" value="([^"]+)"', office.get("/office/verify").text)[1]
    given = {"csrf_token": token, "file": (BytesIO(b"%PDF-1.7 nothing"), f"{HOSTILE}.pdf")}
    answer = office.post("/office/verify", data=given)
    assert answer.status_code == 200
    assert 'class="verdict wrong"' in answer.text
    assert HOSTILE not in answer.text
    assert office.post("/office/verify", data={"csrf_token": token}).status_code == 422


def test_a_page_that_there_is_not_is_answered_with_a_page(client_as):
    answer = client_as("office").get("/office/visits/0193a1c2-7c1e-7b44-9a55-2f0f6f3f9a10")
    assert answer.status_code == 404
    assert "这里没有内容" in answer.text
