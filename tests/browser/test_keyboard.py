"""No mouse and no motion: a visit is judged by keyboard alone, and nothing moves for who asked for that."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPhone
from tests.browser.technician import Technician

MOVING = "() => document.getAnimations().filter((each) => each.playState === 'running').length"
# What has the focus: its name, and whether a person can see that it has it.
FOCUSED = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
  const said = element.cloneNode(true);
  said.querySelectorAll("[aria-hidden=true]").forEach((each) => each.remove());
  const name = (element.ariaLabel ?? said.textContent).replace(/\\s+/g, " ").trim();
  return { name, seen: (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none" };
}"""


def test_nothing_moves_for_who_asked_for_less_motion(new_phone: NewPhone) -> None:
    page = new_phone()
    page.emulate_media(reduced_motion="reduce")
    technician = Technician(page)
    technician.log_in()
    visit = technician.visits().nth(4).get_attribute("href")
    steps = ("door", "door/no_access", "items/hose", "meter", "sign")
    for path in ("/app", *(f"{visit}/{step}" for step in steps), "/app/scan", "/app/me"):
        page.goto(path)
        moving = [page.evaluate(MOVING)]
        expect(page.get_by_role("heading", level=1)).to_be_attached()
        moving.append(page.evaluate(MOVING))
        assert moving == [0, 0], path


def press_until(page: Page, name: str, key: str = "Tab") -> None:
    """Go on by keyboard until what is called so has the focus, and can be seen to have it."""
    came_by = []
    for _press in range(80):
        page.keyboard.press(key)
        focused = page.evaluate(FOCUSED)
        came_by.append(focused["name"] if focused else "the page")
        if focused and re.search(name, focused["name"]):
            assert focused["seen"], f"{focused['name']} does not show that it has the focus"
            return
    raise AssertionError(f"the keyboard never came to {name}, only to {came_by}")


def test_a_visit_is_judged_and_the_next_opened_by_keyboard_alone(phone: Page) -> None:
    technician = Technician(phone)
    technician.log_in()
    one, other = (technician.visits().nth(place).locator(".when").inner_text().split("·")[-1] for place in (5, 6))
    press_until(phone, re.escape(one.strip()))
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("heading", level=1)).to_have_text(one.strip())
    press_until(phone, "^七项")
    phone.keyboard.press("Enter")
    fine = phone.get_by_role("button", name=re.compile("^全部正常"))
    expect(fine).to_have_count(7)
    for left in range(6, -1, -1):
        press_until(phone, "^全部正常")
        phone.keyboard.press("Space")
        expect(fine).to_have_count(left)
    press_until(phone, "^下一步：抄表")
    phone.keyboard.press("Enter")
    expect(phone.get_by_label("本次读数")).to_be_visible()

    press_until(phone, "^返回", key="Shift+Tab")
    phone.keyboard.press("Enter")
    expect(technician.visits().first).to_be_visible()
    press_until(phone, re.escape(other.strip()))
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("heading", level=1)).to_have_text(other.strip())
