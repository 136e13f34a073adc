"""Everybody can use the office and what the public sees: each page is opened and judged as tests/browser/walks.py says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PHONE, Installation
from tests.browser.walks import Walk


@pytest.fixture
def desk(chromium: Browser, installation: Installation) -> Iterator[Walk]:
    context = chromium.new_context(base_url=installation.url, viewport={"width": 1280, "height": 900}, locale="zh-CN")
    page = context.new_page()
    yield Walk(page)
    context.close()


def test_nothing_is_found_in_the_office(desk: Walk) -> None:
    page = desk.page
    page.goto("/office")
    desk.judge("log-in", phone=False)
    page.get_by_label("用户名").fill("office")
    page.get_by_label("密码").fill("demo")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("navigation", name="办公室")).to_be_visible()
    for path in (
        "",
        "/visits",
        "/hazards",
        "/hazards/calls",
        "/notices",
        "/readings",
        "/readings/progress",
        "/readings/missing",
        "/readings/billing",
        "/readings/slips",
        "/readings/slips/new",
        "/attention",
        "/attention/corrections",
        "/quarantine",
        "/plan",
        "/plan/due",
        "/plan/due/customers",
        "/plan/itself",
        "/plan/campaigns",
        "/plan/campaigns/new",
        "/reports?span=year",
        "/suspensions",
        "/calls",
        "/calls/tasks",
        "/calls/weeks",
        "/complaints",
        "/complaints/new",
        "/settings",
        "/settings/history",
        "/settings/prices",
        "/settings/tariffs",
        "/settings/heating",
        "/settings/trades",
        "/settings/promises",
        "/settings/kinds",
        "/settings/catalogue",
        "/imports",
        "/people",
        "/verify",
        "/lifeboat",
    ):
        page.goto(f"/office{path}")
        desk.judge(f"office{path}", phone=False)
    for path in ("/account", "/account/password", "/account/second"):
        page.goto(path)
        desk.judge(path, phone=False)
    for states in ("open", "closed"):
        page.goto(f"/office/hazards?state={states}")
        page.locator("tbody tr .lead a").first.click()
        page.wait_for_url("**/office/hazards/*")
        desk.judge(f"a hazard in the office, {states}", phone=False)
    page.locator(".hazard-photos h4 a").first.click()
    page.wait_for_url("**/office/visits/*")
    desk.judge("a visit in the office", phone=False)
    page.goto("/office/readings")
    page.locator("tbody tr .lead a").first.click()
    expect(page.get_by_role("heading", name="历史用量")).to_be_visible()
    desk.judge("a reading in the office", phone=False)
    desk.found_nothing()


def test_nothing_is_found_where_a_complaint_and_a_suspension_are_seen_to(desk: Walk) -> None:
    page = desk.page
    page.goto("/login")
    page.get_by_label("用户名").fill("office")
    page.get_by_label("密码").fill("demo")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("navigation", name="办公室")).to_be_visible()

    page.goto("/office/visits?standing=completed")
    page.locator("tbody tr .lead a").first.click()
    page.get_by_role("link", name="受理投诉").click()
    desk.judge("a complaint about a visit", phone=False)
    page.get_by_label("投诉内容").select_option(label="抄表与账单")
    page.get_by_label("文字说明").fill("表走得太快")
    page.get_by_role("button", name="受理投诉").click()
    expect(page.get_by_role("region", name="安排上门")).to_be_visible()
    expect(page.get_by_role("link", name="投诉", exact=True).and_(page.locator("[aria-current=page]"))).to_be_visible()
    desk.judge("a complaint with the visit that it offers", phone=False)
    page.goto(f"{page.url.split('?')[0]}?lang=en")
    desk.judge("a complaint in English", phone=False)
    page.goto("/office/complaints?lang=zh-Hans&q=表走得太快")
    expect(page.locator("tbody tr")).to_have_count(1)

    page.goto("/office/suspensions")
    page.get_by_label("位置").fill("遵义路 1–40 号")
    page.get_by_label("告知用户时间").first.fill("2026-01-01T08:00")
    page.get_by_label("停供开始时间").fill("2026-01-02T08:00")
    page.get_by_role("button", name="登记").click()
    row = page.locator("tbody tr").filter(has_text="遵义路 1–40 号")
    expect(row).to_contain_text("未兑现")
    desk.judge("a suspension that is not over", phone=False)
    page.get_by_label("恢复供应时间", exact=True).last.fill("2026-01-02T18:00")
    row.get_by_role("button", name="登记").click()
    expect(row.get_by_role("button")).to_have_count(0)
    page.goto("/office/suspensions?back=kept&told=broken")
    expect(row).to_be_visible()
    desk.judge("suspensions that fit", phone=False)
    desk.found_nothing()


def test_nothing_is_found_on_the_pages_about_peoples_data(desk: Walk) -> None:
    page = desk.page
    page.goto("/login")
    page.get_by_label("用户名").fill("admin")
    page.get_by_label("密码").fill("demo")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("navigation", name="办公室")).to_be_visible()
    for path in ("/audit", "/retention", "/people?q=1"):
        page.goto(f"/office/privacy{path}")
        desk.judge(f"office/privacy{path}", phone=False)
    page.locator("tbody tr .lead a").first.click()
    page.wait_for_url("**/office/privacy/customers/*")
    desk.judge("one person's data", phone=False)
    desk.found_nothing()


def test_nothing_is_found_on_the_public_pages(desk: Walk) -> None:
    page = desk.page
    page.request.post("/api/v1/login", data={"username": "office", "password": "demo"}, headers={"X-Fieldsvc": "1"})
    page.goto("/office/hazards")
    page.locator("tbody tr .lead a").first.click()
    page.wait_for_url("**/office/hazards/*")
    visit = (
        (page.locator(".hazard-photos h4 a").first.get_attribute("href") or "")
        .split("/")[-1]
        .split("?")[0]
        .split("#")[0]
    )
    lookup = page.request.get(f"/api/v1/visits/{visit}").json()["lookup"]
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for path in (f"/n/{lookup}", f"/n/{'x' * 22}", "/trust", "/nowhere"):
        page.goto(path)
        desk.judge(path.replace(lookup, "…"), phone=False)
    desk.found_nothing()
