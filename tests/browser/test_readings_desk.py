"""Readings that need eyes are gone through by keyboard: on, back, accept, send again, another figure."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.test_office_desk import desk  # noqa: F401 - a fixture


def test_the_list_is_gone_through_by_keyboard(desk: Page) -> None:  # noqa: F811
    desk.goto("/office/readings")
    names = [one.strip() for one in desk.locator("tbody .lead").all_inner_texts()]
    assert len(names) >= 5
    desk.get_by_role("link", name="逐个复核").click()
    heading = desk.get_by_role("heading", level=1)
    expect(heading).to_contain_text(names[0])
    desk.keyboard.press("n")
    expect(heading).to_contain_text(names[1])
    desk.keyboard.press("p")
    expect(heading).to_contain_text(names[0])
    expect(desk.locator(".dial-frame img").first).to_be_visible()
    expect(desk.get_by_role("img", name="各期用气量")).to_be_visible()
    desk.keyboard.press("a")
    expect(heading).to_contain_text(names[1])
    expect(desk.get_by_role("status")).to_contain_text("已认可")
    desk.keyboard.press("e")
    expect(desk.get_by_label("表盘读数")).to_be_focused()
    desk.keyboard.type("n")
    expect(heading).to_contain_text(names[1])
    desk.keyboard.press("Escape")
    desk.keyboard.press("s")
    expect(heading).to_contain_text(names[2])
    desk.goto("/office/readings?state=again")
    expect(desk.locator("tbody tr")).to_have_count(1)


def test_a_reading_is_printed_without_its_frame(desk: Page) -> None:  # noqa: F811
    desk.goto("/office/readings")
    desk.locator("tbody .lead a").last.click()
    expect(desk.get_by_role("heading", name="历史用量")).to_be_visible()
    desk.emulate_media(media="print")
    expect(desk.get_by_role("navigation", name="办公室")).to_be_hidden()
    expect(desk.locator(".use-plot")).to_be_visible()
