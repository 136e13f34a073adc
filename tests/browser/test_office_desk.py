"""A clerk at the desk, in a real Chromium: keyboard, pictures, light and dark, and every page on any width."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Installation

PAGES = (
    "",
    "/visits",
    "/hazards",
    "/reports",
    "/notices",
    "/readings",
    "/readings/progress",
    "/attention",
    "/attention/corrections",
    "/quarantine",
    "/suspensions",
    "/calls",
    "/complaints",
    "/complaints/new",
    "/settings",
    "/settings/prices",
    "/settings/tariffs",
    "/settings/heating",
    "/people",
    "/lifeboat",
    "/verify",
)


@pytest.fixture
def desk(chromium: Browser, installation: Installation) -> Iterator[Page]:
    """A clerk's browser, logged in through the log-in page; an error of a script or the page's policy fails the test."""
    context = chromium.new_context(base_url=installation.url, viewport={"width": 1440, "height": 900}, locale="zh-CN")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.goto("/office")
    page.get_by_label("用户名").fill("office")
    page.get_by_label("密码").fill("demo")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("navigation", name="办公室")).to_be_visible()
    yield page
    context.close()
    assert errors == []


def test_a_visit_is_found_and_opened_without_the_mouse(desk: Page) -> None:
    desk.goto("/office/visits")
    desk.keyboard.press("/")
    expect(desk.get_by_role("searchbox", name="搜索")).to_be_focused()
    desk.keyboard.type("王秀兰")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/office/visits?q=*")
    desk.keyboard.press("j")
    expect(desk.get_by_role("link", name="王秀兰").first).to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", level=1)).to_contain_text("王秀兰")


def test_a_changed_filter_is_applied_at_once(desk: Page) -> None:
    desk.goto("/office/visits")
    desk.get_by_label("状态").select_option(label="到访不遇")
    desk.wait_for_url("**standing=no_access*")
    rows = desk.locator("tbody tr")
    expect(rows.first).to_contain_text("到访不遇")
    expect(rows.filter(has_text="已完成")).to_have_count(0)


def test_a_click_anywhere_on_a_row_opens_its_hazard(desk: Page) -> None:
    desk.goto("/office/hazards")
    desk.locator("tbody tr").first.locator("td").first.click()
    desk.wait_for_url("**/office/hazards/*")


def test_a_photo_opens_in_place_and_closes_again(desk: Page) -> None:
    desk.goto("/office/hazards?state=closed")
    desk.locator("tbody tr .lead a").first.click()
    desk.locator(".hazard-photos a[data-photo]").first.click()
    picture = desk.get_by_role("dialog").locator("img")
    expect(picture).to_be_visible()
    first = picture.get_attribute("src")
    desk.keyboard.press("ArrowRight")
    expect(picture).not_to_have_attribute("src", first or "")
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("dialog")).to_have_count(0)


def test_the_photos_of_a_reinspection_are_walked_with_keys_and_buttons(desk: Page) -> None:
    desk.goto("/office/visits?type=gas.reinspection&standing=completed")
    desk.locator("tbody tr .lead a").first.click()
    before, after = (desk.get_by_role("region", name=name).locator("a[data-photo]") for name in ("整改前", "整改后"))
    before.first.click()
    shown = desk.get_by_role("dialog", name="照片")
    expect(shown.locator("p")).to_contain_text("1 / ")
    for go, link in (("ArrowRight", after), ("Home", before)):
        desk.keyboard.press(go)
        assert shown.locator("img").get_attribute("src") == link.first.evaluate("link => link.href")
    shown.get_by_role("button", name="下一张照片").click()
    expect(shown.locator("p")).to_contain_text("2 / ")
    desk.keyboard.press("Escape")
    expect(shown).to_have_count(0)
    expect(before.first).to_be_focused()


def test_a_figure_of_the_dashboard_leads_to_the_list_behind_it(desk: Page) -> None:
    desk.goto("/office/reports?span=year")
    figure = desk.locator("#work tbody tr").filter(has_text="到访不遇").locator("a").first
    count = int(figure.inner_text())
    figure.click()
    desk.wait_for_url("**/office/visits?**standing=no_access**")
    expect(desk.locator("tbody tr")).to_have_count(count)


def test_light_and_dark_are_remembered(desk: Page) -> None:
    desk.goto("/office")
    desk.get_by_role("button", name="深浅色").click()
    desk.goto("/office/visits")
    assert desk.evaluate("document.documentElement.dataset.theme") == "dark"


@pytest.mark.parametrize("width", [360, 768, 1024, 1200, 1440])
def test_no_page_is_wider_than_the_window(desk: Page, width: int) -> None:
    desk.set_viewport_size({"width": width, "height": 800})
    for lang in ("zh-Hans", "en"):
        for path in PAGES:
            desk.goto(f"/office{path}?lang={lang}")
            over = desk.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert over == 0, (path, lang, over)


def test_on_paper_stands_what_the_page_tells_and_nothing_that_is_pressed(desk: Page) -> None:
    desk.goto("/office/visits?standing=completed")
    visit = (desk.locator("tbody tr .lead a").first.get_attribute("href") or "").partition("#")[0]
    for path in ("/office/hazards", visit, "/office", "/office/reports?span=year", "/office/suspensions"):
        desk.emulate_media(media="screen")
        desk.set_viewport_size({"width": 1440, "height": 900})
        desk.goto(path)
        desk.emulate_media(media="print")
        expect(desk.get_by_role("heading", level=1)).to_be_visible()
        pressed = desk.locator('nav, form, button, .button, .skip, .writes, [rel="nofollow"]').filter(visible=True)
        assert pressed.evaluate_all("all => all.map(one => one.outerHTML.slice(0, 100))") == [], path
        for width in (1040, 720):  # A4 on its side and upright
            desk.set_viewport_size({"width": width, "height": 1000})
            ends = "all => Math.max(0, ...all.map(one => one.getBoundingClientRect().right))"
            assert desk.locator("table:visible, h1").evaluate_all(ends) <= width, (path, width)
            assert desk.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
