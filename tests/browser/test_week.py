"""A week in the office, by its pages: from a file with 500 customers to a danger that is closed after its re-inspection.

The days pass by a clock of the test's own, from Monday 29 June to Friday 3 July 2026. The office sits at a real browser; what
technicians find at the doors comes from phones through the real endpoint.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from tests.browser.conftest import Installation, free_port, serving
from tests.browser.other_days import (
    Calendar,
    Wire,
    begin,
    come_to_the_desk,
    customers_of_the_company,
    desk_of,
    end,
    found_company,
    phone_of,
    photograph,
    read_meter,
    readings_of_may,
)
from tests.fieldsvc.papers import hazard, picture
from tests.fieldsvc.phone import Phone

DANGER = {"code": "APPL-02", "item": "appliance", "level": 1, "stop_gas": "now_appliance", "due": "2026-07-02"}
NAME_OF_DANGER = "使用直排式燃气热水器"
ENDANGERED, BELOW_LAST, CONTESTED, ORDINARY = "00100001", "00100002", "00100003", "00100004"
NAMES = {account: f"王芳{int(account[4:])}" for account in (ENDANGERED, BELOW_LAST, CONTESTED, ORDINARY)}


@pytest.fixture
def desk(chromium: Browser, installation: Installation) -> Iterator[Page]:
    with desk_of(chromium, installation.url) as page:
        yield page


@pytest.fixture(scope="module")
def calendar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calendar]:
    """The clock by which everything in this module goes."""
    made = Calendar(tmp_path_factory.mktemp("calendar") / "clock", "2026-06-29T08:00")
    with pytest.MonkeyPatch.context() as patch:
        made.go_by(patch)
        yield made


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, calendar: Calendar) -> Iterator[Installation]:
    """A company with an office and two technicians, and no customers."""
    made = Installation(url=f"http://127.0.0.1:{free_port()}", data=tmp_path_factory.mktemp("company") / "data")
    found_company(made.data)
    with serving(made, command=calendar.command()):
        yield made


# What the office sees


def shown_after_a_while(page: Page, what: Locator) -> None:
    """Reload until what the queue makes stands on the page."""
    for _ in range(240):
        if what.count():
            return
        page.wait_for_timeout(250)
        page.reload()
    expect(what.first).to_be_visible()


def said(page: Page, words: str) -> None:
    expect(page.get_by_role("status").filter(has_text=words).first).to_be_visible()


def press(page: Page, button: Locator) -> None:
    """Send a form, and wait for the page that answers."""
    with page.expect_navigation():
        button.click()


def row(page: Page, words: str) -> Locator:
    return page.locator("tbody tr").filter(has_text=words)


def bring(page: Page, kind: str, file: FilePayload) -> None:
    """Bring a file and have every row checked."""
    page.goto("/office/imports")
    page.get_by_label("文件内容").select_option(kind)
    page.get_by_label("文件", exact=True).set_input_files(file)
    page.get_by_role("button", name="查看文件").click()
    page.get_by_role("button", name="逐行检查").click()
    expect(page.get_by_role("region", name="导入预览")).to_be_visible()


def the_company_s_customers_are_imported(page: Page) -> None:
    bring(page, "customers", customers_of_the_company())
    told = page.locator(".bad-lines")
    for line, why in ((502, "被表格软件变成了科学计数法"), (503, "是公式"), (504, "户号"), (505, "表型")):
        expect(told.locator("li").filter(has_text=f"第 {line} 行")).to_contain_text(why)
    preview = page.url
    page.goto("/office/plan/due")
    expect(page.get_by_text("还没有用户。")).to_be_visible()  # nothing is written before somebody says so
    page.goto(preview)
    page.get_by_role("button", name="导入没有问题的行：500").click()
    expect(page.get_by_role("heading", name="没有问题的行已导入；问题行退回给您")).to_be_visible()
    bring(page, "readings", readings_of_may())
    page.get_by_role("button", name="导入没有问题的行：20").click()
    expect(page.get_by_role("heading", name="全部行已导入")).to_be_visible()


def the_first_building_is_planned(page: Page) -> None:
    page.goto("/office/plan/due")
    expect(page.locator("tfoot .num").first).to_have_text("500")
    page.get_by_role("link", name="南明区").first.click()
    page.get_by_role("link", name="遵义路 12 号").first.click()
    page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="1", exact=True)).get_by_role(
        "checkbox"
    ).check()
    page.get_by_role("button", name="为所选范围制定批量计划").click()
    page.get_by_label("从", exact=True).fill("2026-06-29")
    page.get_by_label("到", exact=True).fill("2026-07-01")
    page.get_by_label("每人每日户数").fill("7")
    page.get_by_role("checkbox", name="王小明").check()
    page.get_by_role("button", name="预览").click()
    page.get_by_role("button", name="安排20户").click()
    expect(page.get_by_role("heading", name="已安排20户，共20户")).to_be_visible()
    page.get_by_role("link", name="查看第一天").click()
    lane = page.locator("section.lane").filter(has=page.get_by_role("heading", name="王小明"))
    expect(lane.locator("[data-stop]")).to_have_count(7)


def the_first_homes_are_visited(phone: Phone, second: Phone) -> str:
    """A danger to life, a figure that went down, two phones that say two things, and an ordinary home; gives the hazard."""
    visit, danger = begin(phone, ENDANGERED), hazard(**DANGER)
    phone.op(visit["id"], "hazard.add", **danger)
    photograph(phone, visit, danger["hazard"], "maroon")
    end(phone, visit, technician="王小明", rating=None)

    visit = begin(phone, BELOW_LAST)
    read_meter(phone, visit, "01190.000", "navy")
    end(phone, visit, technician="王小明", rating=2)

    visit = begin(phone, CONTESTED)
    phone.op(visit["id"], "check.set", item="hose", point="HOSE-C2", result="pass")
    second.op(visit["id"], "check.set", item="hose", point="HOSE-C2", result="fail", note="中段有裂纹")
    end(phone, visit, technician="王小明")

    visit = begin(phone, ORDINARY)
    read_meter(phone, visit, "01231.000", "olive")
    end(phone, visit, technician="王小明")
    for one in (phone, second):
        assert {told["status"] for told in one.sync()["results"]} <= {"applied", "conflict"}
    return str(danger["hazard"])


def somebody_takes_the_danger_up(page: Page, hazard_id: str) -> None:
    page.goto("/office")
    alert = page.get_by_role("region", name="无人受理的一级隐患")
    expect(alert).to_contain_text(NAME_OF_DANGER)
    alert.get_by_role("button", name="受理").click()
    said(page, "办公室已受理")
    expect(alert).to_have_count(0)
    page.goto(f"/office/hazards/{hazard_id}")
    missing = page.get_by_role("region", name="下一步").get_by_role("listitem")
    expect(missing.filter(has_text="公司复检，确认已整改")).to_be_visible()
    expect(missing.filter(has_text="发现人以外人员的复核")).to_be_visible()
    expect(page.get_by_role("button", name="同意销号")).to_have_count(0)


def stop_notice(page: Page) -> Locator:
    """The paper on which somebody signs in ink, among the visit's documents."""
    page.goto("/office/notices")
    shown_after_a_while(page, row(page, "停气通知书").get_by_role("link", name="打开"))
    row(page, "停气通知书").locator(".lead a").click()
    return page.get_by_role("region", name="单据").get_by_role("listitem").filter(has_text="停气通知书").first


def the_stop_notice_is_printed(page: Page) -> None:
    paper = stop_notice(page)
    with page.context.expect_event("response", lambda answer: answer.url.endswith(".pdf")) as printed:
        paper.get_by_role("button", name="打印").click()
    assert printed.value.ok
    page.reload()
    expect(paper.get_by_text("打印于")).to_be_visible()
    expect(paper).to_contain_text("待以纸质送达")


def the_stop_notice_is_handed_over(page: Page) -> None:
    paper = stop_notice(page)
    form = paper.locator("form").filter(has=page.get_by_label("送达人（两人）"))
    form.get_by_label("日期").fill("2026-06-30")
    form.get_by_label("送达人（两人）").fill("王小明，李梅")
    form.get_by_label("签收人").fill("王芳")
    scan: FilePayload = {"name": "签收件.jpg", "mimeType": "image/jpeg", "buffer": picture("white")}
    form.get_by_label("签收件的照片或 PDF").set_input_files(scan)
    form.get_by_role("button", name="登记").click()
    said(page, "签收件已存档")
    expect(paper.get_by_role("link", name="签收件")).to_be_visible()
    expect(paper).to_contain_text("王小明、李梅")


def what_needs_a_person_is_settled(page: Page) -> None:
    page.goto("/office/attention?kind=conflict")
    row(page, NAMES[CONTESTED]).locator(".lead a").click()
    expect(page.get_by_role("table")).to_contain_text("中段有裂纹")
    press(page, page.get_by_role("button", name="以此为准").first)
    page.goto("/office/attention?kind=conflict")
    expect(row(page, NAMES[CONTESTED])).to_have_count(0)

    page.goto("/office/readings")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name=NAMES[BELOW_LAST]).click()
    page.get_by_label("备注").fill("表盘照片清楚，五月误读")
    press(page, page.get_by_role("button", name="认可"))
    page.goto("/office/readings")
    expect(page.get_by_text("没有需要复核的读数。")).to_be_visible()


def an_unhappy_customer_is_called_back(page: Page) -> None:
    page.goto("/office/calls")
    row(page, NAMES[BELOW_LAST]).locator(".lead a").click()
    for question in page.locator("fieldset.ask").all()[:-1]:
        question.get_by_role("radio", name="是").first.check()
    page.get_by_role("group", name="评分（5 分最好）").get_by_role("radio", name="4").check()
    press(page, page.get_by_role("button", name="保存回访"))
    page.goto("/office/calls")
    expect(page.get_by_text("没有待回访的用户。")).to_be_visible()


def the_reinspection_that_planned_itself_is_given_to_another_person(page: Page) -> None:
    page.goto("/office/plan/itself")
    shown_after_a_while(page, row(page, NAMES[ENDANGERED]))
    page.goto("/office/plan?day=2026-07-02")
    nobody = page.locator("section.lane").filter(has=page.get_by_role("heading", name="未派工"))
    nobody.get_by_role("checkbox", name=NAMES[ENDANGERED]).check()
    page.get_by_label("派给").select_option(label="李梅")
    page.get_by_role("button", name="调整所选").click()
    said(page, "已调整1户")


def the_month_is_closed_and_exported(page: Page) -> None:
    page.goto("/office/readings/billing?period=2026-06")
    press(page, page.get_by_role("button", name="结账 2026-06 并导出"))
    closed = page.get_by_role("region", name="已结账的计费期").get_by_role("row").filter(has_text="2026-06")
    shown_after_a_while(page, closed.get_by_role("button", name="CSV"))
    with page.expect_download() as taken:
        closed.get_by_role("button", name="CSV").click()
    exported = csv.DictReader(io.StringIO(taken.value.path().read_bytes().decode("utf-8-sig")))
    rows = {one["account"]: one for one in exported}
    assert set(rows) == {BELOW_LAST, ORDINARY}
    assert (rows[ORDINARY]["last_reading"], rows[ORDINARY]["reading"], rows[ORDINARY]["used"]) == (
        "01200.000", "01231.000", "31",
    )  # fmt: skip


def another_person_looks_again(phone: Phone, hazard_id: str) -> None:
    visit = begin(phone, ENDANGERED)
    assert [one["id"] for one in visit["previous"]["open_hazards"]] == [hazard_id]
    photograph(phone, visit, hazard_id, "teal")
    phone.op(visit["id"], "hazard.verify", hazard=hazard_id, result="fixed", note="已换强排式")
    end(phone, visit, technician="李梅")
    assert {told["status"] for told in phone.sync()["results"]} == {"applied"}


def the_danger_waits_for_somebody_who_agrees(page: Page, hazard_id: str) -> None:
    page.goto(f"/office/hazards/{hazard_id}")
    expect(page.locator(".under")).to_contain_text("复检合格，待销号")
    for side in ("整改前", "整改后"):
        expect(page.get_by_role("region", name=side, exact=True).locator("a[data-photo] img")).to_be_visible()
    missing = page.get_by_role("region", name="下一步").get_by_role("listitem")
    expect(missing).to_have_count(1)
    expect(missing).to_contain_text("发现人以外人员的复核")


def the_danger_is_closed(page: Page, hazard_id: str) -> None:
    page.goto(f"/office/hazards/{hazard_id}")
    page.get_by_role("button", name="同意销号").click()
    said(page, "他人复核")
    expect(page.locator(".under")).to_contain_text("已销号")
    life = page.get_by_role("region", name="全过程")
    for moment in ("发现隐患", "办公室已受理", "书面通知已签发", "复检：已整改", "他人复核", "已销号"):
        expect(life).to_contain_text(moment)
    page.goto("/office/hazards")
    expect(page.get_by_text("没有待整改的隐患。")).to_be_visible()
    page.goto("/office/hazards?state=closed")
    expect(row(page, NAMES[ENDANGERED])).to_have_count(1)


def the_week_is_seen_in_the_figures(page: Page) -> None:
    page.goto("/office")
    expect(page.get_by_role("region", name="待整改隐患").get_by_role("listitem").first.locator("b")).to_have_text("0")
    page.goto("/office/reports?span=week")
    table = page.locator("#hazards table.report")
    cells = table.get_by_role("row").filter(has_text="用气设备").get_by_role("cell")
    closed = table.locator("thead th").all_inner_texts().index("已结束") - 1
    shown_after_a_while(page, cells.nth(closed).get_by_text("1", exact=True))
    expect(cells.first).to_have_text("1")


def test_a_week_from_the_import_of_500_customers_to_a_danger_closed_after_its_reinspection(
    desk: Page, installation: Installation, calendar: Calendar
) -> None:
    calendar.it_is("2026-06-29T08:30")  # Monday
    come_to_the_desk(desk)
    the_company_s_customers_are_imported(desk)
    the_first_building_is_planned(desk)
    his, theirs = Wire(installation.url, "inspector"), Wire(installation.url, "colleague")
    finder, again, other = phone_of(his), phone_of(his), phone_of(theirs)
    found = the_first_homes_are_visited(finder, again)
    somebody_takes_the_danger_up(desk, found)
    the_stop_notice_is_printed(desk)

    calendar.it_is("2026-06-30T09:00")
    come_to_the_desk(desk)
    the_stop_notice_is_handed_over(desk)
    what_needs_a_person_is_settled(desk)
    the_reinspection_that_planned_itself_is_given_to_another_person(desk)

    calendar.it_is("2026-07-01T10:00")
    come_to_the_desk(desk)
    an_unhappy_customer_is_called_back(desk)
    the_month_is_closed_and_exported(desk)

    calendar.it_is("2026-07-02T09:30")
    come_to_the_desk(desk)
    theirs.log_in()
    other.sync()
    another_person_looks_again(other, found)
    the_danger_waits_for_somebody_who_agrees(desk, found)

    calendar.it_is("2026-07-03T16:00")  # Friday
    come_to_the_desk(desk)
    the_danger_is_closed(desk, found)
    the_week_is_seen_in_the_figures(desk)
