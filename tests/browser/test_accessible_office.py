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
