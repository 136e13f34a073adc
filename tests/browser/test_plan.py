"""The board of a day in a real Chromium: dragging along a route and into another, ticking many, and all of it by keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Installation


@pytest.fixture
def board(chromium: Browser, installation: Installation) -> Iterator[Page]:
    """The board of the present day, as a clerk sees it; an error of a script fails the test."""
    context = chromium.new_context(base_url=installation.url, viewport={"width": 1440, "height": 1400}, locale="zh-CN")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.request.post("/api/v1/login", data={"username": "office", "password": "demo"}, headers={"X-Fieldsvc": "1"})
    page.goto("/office/plan")
    yield page
    context.close()
    assert errors == []


def lane(page: Page, name: str) -> Locator:
    return page.locator("section.lane").filter(has=page.get_by_role("heading", name=name))


def names(place: Locator) -> list[str]:
    return place.locator("[data-stop] .what a").all_inner_texts()


def drag(page: Page, what: Locator, x: float, y: float) -> None:
    box = what.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 6)
    page.mouse.down()
    page.mouse.move(x, y - 20)
    page.mouse.move(x, y, steps=4)
    with page.expect_response("**/office/plan/arrange") as answer:
        page.mouse.up()
    assert answer.value.ok
    page.wait_for_load_state()


def test_a_visit_is_dragged_along_its_route_and_into_anothers(board: Page) -> None:
    route = lane(board, "陈志强")
    before = names(route)
    first = route.locator("[data-stop]").first.bounding_box()
    assert first
    drag(board, route.locator("[data-stop]").nth(2), first["x"] + 60, first["y"] + 4)
    expect(route.locator("[data-stop] .what a").first).to_have_text(before[2])
    assert names(route) == [before[2], before[0], before[1], *before[3:]]

    other = lane(board, "刘洋")
    there = other.bounding_box()
    assert there
    drag(board, route.locator("[data-stop]").nth(1), there["x"] + 60, there["y"] + 50)
    expect(other.locator("[data-stop] .what a")).to_have_text([before[0]])
    assert before[0] not in names(route)


def test_escape_puts_a_dragged_visit_back_and_writes_nothing(board: Page) -> None:
    route = lane(board, "陈志强")
    before = names(route)
    sent: list[str] = []
    board.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    box, first = route.locator("[data-stop]").nth(3).bounding_box(), route.locator("[data-stop]").first.bounding_box()
    assert box and first
    board.mouse.move(box["x"] + 100, box["y"] + box["height"] - 6)
    board.mouse.down()
    board.mouse.move(first["x"] + 60, first["y"] + 4, steps=4)
    assert names(route) != before
    board.keyboard.press("Escape")
    board.mouse.up()
    assert names(route) == before
    assert sent == []


def test_the_keyboard_does_what_dragging_does(board: Page) -> None:
    route = lane(board, "陈志强")
    before = names(route)
    later = board.get_by_role("button", name=f"推后：{before[0]}")
    later.focus()
    board.keyboard.press("Enter")
    expect(route.locator("[data-stop] .what a").first).to_have_text(before[1])
    board.get_by_role("checkbox", name=before[0]).check()
    expect(board.locator("[data-ticked]")).to_have_text("1")
    board.get_by_label("派给").select_option(label="张敏")
    board.get_by_role("button", name="调整所选").press("Enter")
    expect(lane(board, "张敏").locator("[data-stop] .what a")).to_have_text([before[0]])
