"""Everybody can use the phone's screens: each is walked to and judged as tests/browser/walks.py says."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.technician import Technician, visits_of
from tests.browser.test_offline_day import judge_the_items_and_fail_the_hose, read_the_meter
from tests.browser.test_safety import close_without_access
from tests.browser.walks import TEXT_PX, Walk


@pytest.fixture
def walk(phone: Page) -> Walk:
    return Walk(phone)


def test_nothing_is_found_on_the_screens_of_a_visit(walk: Walk) -> None:
    page, technician = walk.page, Technician(walk.page)
    page.goto("/app")
    expect(page.get_by_role("button", name="登录")).to_be_visible()
    walk.judge("login")
    technician.log_in()
    walk.judge("today")

    technician.open_visit(1)
    walk.judge("door")
    for button, sheet in {"家中无人": "no access", "拒绝入户": "entry refused"}.items():
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("dialog", name=button)).to_be_visible()
        walk.judge(sheet)
        page.get_by_role("dialog").get_by_role("button", name="关闭").first.click()
        expect(page.get_by_role("dialog")).to_have_count(0)
    technician.tick_everything()
    technician.go_to("用户")
    walk.judge("customer")
    technician.on_with_it("全部正确")
    expect(page.get_by_role("heading", name="七项必检")).to_be_visible()
    walk.judge("items")
    technician.open_item("软管")
    walk.judge("an opened item")
    page.get_by_role("region", name="软管", exact=True).get_by_role("button", expanded=True).click()
    the_hazard_sheet(walk, technician)
    judge_the_items_and_fail_the_hose(technician)
    walk.judge("items judged")

    technician.go_to("抄表")
    walk.judge("meter")
    read_the_meter(technician)
    walk.judge("meter read")
    page.get_by_role("button", name=re.compile("^查看")).first.click()
    walk.judge("a photo")
    page.keyboard.press("Escape")
    technician.go_to("签字")
    walk.judge("what is missing")
    technician.go_to("讲解")
    walk.judge("talk")
    technician.tick_everything()
    sign(walk, technician)
    walk.found_nothing()


def the_hazard_sheet(walk: Walk, technician: Technician) -> None:
    """The sheet of another point, and the search in its catalogue; left as it was."""
    page = walk.page
    technician.open_item("阀门")
    page.get_by_role("region", name="阀门", exact=True).get_by_role("button", name="不合格").first.click()
    sheet = page.get_by_role("dialog", name=re.compile("^隐患"))
    expect(sheet).to_be_visible()
    walk.judge("hazard")
    sheet.get_by_role("button", name="其他隐患").click()
    walk.judge("hazard catalogue")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    page.get_by_role("region", name="阀门", exact=True).get_by_role("button", name="合格", exact=True).first.click()
    page.get_by_role("region", name="阀门", exact=True).get_by_role("button", expanded=True).click()


def sign(walk: Walk, technician: Technician) -> None:
    page = walk.page
    technician.go_to("签字")
    walk.judge("summary and the customer's signature")
    page.get_by_role("link", name="拒绝签字").click()
    expect(page.get_by_role("dialog", name="拒绝签字")).to_be_visible()
    walk.judge("refuses to sign")
    page.keyboard.press("Escape")
    technician.sign("用户签名")
    technician.on_with_it("签字确认")
    expect(page.get_by_role("region", name="用户已签字")).to_be_visible()
    walk.judge("the inspector's signature")
    technician.sign("检查人员签名")
    technician.on_with_it("检查人员签字")
    technician.on_with_it("结束这次到访")
    expect(page.get_by_role("img", name=re.compile("给用户的二维码"))).to_be_visible()
    walk.judge("done")


def test_nothing_is_found_on_the_other_screens(walk: Walk) -> None:
    page, technician = walk.page, Technician(walk.page)
    technician.log_in()
    for screen in ("outbox", "me", "visit/nowhere", "scan"):
        page.goto(f"/app/{screen}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        walk.judge(screen)
    page.get_by_label("或输入编号").fill("A-0")
    page.get_by_role("button", name="查找").click()
    expect(page.get_by_text("A-0", exact=False).last).to_be_visible()
    walk.judge("scan, nothing found")
    page.get_by_role("button", name="新开计划外到访").click()
    expect(page.get_by_label("表号")).to_have_value("A-0")
    walk.judge("unplanned, typed")
    page.get_by_role("button", name="在本机用户中查找").click()
    page.get_by_role("searchbox").fill("黔灵")
    expect(page.get_by_role("listitem").get_by_role("button").first).to_be_visible()
    walk.judge("unplanned, searched")
    page.get_by_role("listitem").get_by_role("button").first.click()
    expect(page.get_by_role("button", name="开始到访")).to_be_visible()
    walk.judge("unplanned, chosen")
    the_largest_text(walk)
    what_waits(walk, technician)
    what_an_earlier_visit_left(walk, technician)
    page.goto("/app")
    technician.open_visit(3)
    technician.go_to("七项")
    technician.measure("进门环境燃气浓度", "12000")
    expect(page.get_by_role("alertdialog", name="立即撤离")).to_be_visible()
    walk.judge("leave at once")
    walk.found_nothing()


def the_largest_text(walk: Walk) -> None:
    """The largest size that a person can choose is twice the usual one, and stays after a reload."""
    page = walk.page
    page.goto("/app/me")
    usual = page.evaluate(TEXT_PX)
    page.get_by_role("radiogroup", name="字号").get_by_role("radio").last.click()
    page.wait_for_function(f"(usual) => ({TEXT_PX})() === 2 * usual", arg=usual)
    page.goto("/app/me")
    page.wait_for_function(f"(usual) => ({TEXT_PX})() === 2 * usual", arg=usual)
    page.get_by_role("radiogroup", name="字号").get_by_role("radio").first.click()
    page.wait_for_function(f"(usual) => ({TEXT_PX})() === usual", arg=usual)


def what_waits(walk: Walk, technician: Technician) -> None:
    """Without a network: a tap waits, and the Outbox and Today say so."""
    page = walk.page
    page.goto("/app")
    expect(technician.visits().first).to_be_visible()
    page.context.set_offline(True)
    technician.open_visit(3)
    page.get_by_role("checkbox").first.click()
    expect(page.get_by_role("checkbox").first).to_be_checked()
    page.goto("/app/outbox")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("已勾选").first).to_be_visible()
    walk.judge("outbox without a network")
    page.goto("/app")
    expect(technician.visits().first).to_be_visible()
    walk.judge("today without a network")
    page.context.set_offline(False)


def what_an_earlier_visit_left(walk: Walk, technician: Technician) -> None:
    """A hazard to look at again, and the card of a door that stayed shut."""
    page = walk.page
    page.goto("/app")
    expect(technician.visits().first).to_be_visible()
    left_open = next(visit for visit in visits_of(page) if (visit["previous"] or {}).get("open_hazards"))
    page.goto(f"/app/visit/{left_open['id']}")
    technician.go_to("七项")
    page.get_by_role("radiogroup", name="是否已整改").get_by_role("radio", name="未整改").click()
    walk.judge("a hazard of last time")
    page.goto("/app")
    close_without_access(technician, 5)
    walk.judge("the no-access card")
