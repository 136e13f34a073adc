"""Everybody can use it: axe-core over every screen, large text, narrow screens, no motion, no mouse.

Decides what *accessible* means here: axe-core finds nothing (its best practices and the size of targets included), on the
phone every target is of 48 px and every control can have the focus and shows it, in light and dark, with text twice as
large, and on a screen of 320 px, where nothing scrolls sideways; with reduced motion nothing moves; a visit is judged by
keyboard alone. What a person with a screen reader hears in practice it does not decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE, Installation, NewPhone
from tests.browser.technician import Technician, visits_of
from tests.browser.test_offline_day import judge_the_items_and_fail_the_hose, read_the_meter
from tests.browser.test_safety import close_without_access
from tests.browser.test_screens import LOOK

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
# On the phone every target must be of 48 px (test_screens), which is asked without regard to the bars that lie over a page.
RUN = """async (phone) => {
  const rules = { "target-size": { enabled: !phone } };
  const { violations } = await axe.run(document, { resultTypes: ["violations"], rules, preload: false });
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => {
    const why = [...node.any, ...node.all, ...node.none].map((check) => check.message).join("; ");
    const html = node.html.replace(/<!--.*?-->/g, "").replace(/\\s+/g, " ").replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "ID");
    return `${id}: ${html.slice(0, 200)} — ${why.slice(0, 260)}`;
  }));
}"""
TEXT_SIZE = "(size) => { document.documentElement.style.fontSize = size }"
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Until colours and sheets have come to where they go; what turns for ever is not waited for, nor a browser that has stopped
# to draw: headless, it sometimes makes no frame after the size of a page was set, and without frames nothing ever finishes.
REST = """() => Promise.race([
  new Promise((drawn) => setTimeout(drawn, 3000)),
  new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))).then(() => Promise.all(
    document.getAnimations().filter((each) => each.effect.getTiming().iterations !== Infinity)
      .map((each) => each.finished.catch(() => undefined)))),
]).then(() => undefined)"""
TEXT_PX = "() => parseFloat(getComputedStyle(document.documentElement).fontSize)"
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

# Gives the focus to each control that stands on the page, as a key would: what cannot have it, and what does not show it.
# A group of which one is chosen is one stop: the arrows lead on. Where the focus shows on what is around it, that counts.
FOCUS = """() => {
  const root = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
  const around = (element) => [element.parentElement?.parentElement, element.parentElement, ...element.parentElement.children]
    .filter(Boolean).map((each) => {
      const { outlineStyle, outlineWidth, boxShadow, borderColor } = getComputedStyle(each);
      return [outlineStyle === "none" ? "" : outlineStyle + outlineWidth, boxShadow, borderColor].join(" ");
    }).join();
  const wrong = [];
  const before = document.activeElement;
  for (const control of root.querySelectorAll("a[href], button, input, select, textarea, summary, [role=button]")) {
    if (control.disabled || !control.checkVisibility({ visibilityProperty: true }) || control.closest("[inert]")) continue;
    const what = (control.ariaLabel || control.labels?.[0]?.innerText || control.innerText || control.outerHTML).trim();
    const group = control.closest("[role=radiogroup], [role=tablist]");
    if (control.tabIndex < 0 && !group?.querySelector("[tabindex='0']")) wrong.push(`no key leads to: ${what}`);
    document.activeElement?.blur();
    const resting = around(control);
    control.focus({ preventScroll: true, focusVisible: true });
    if (document.activeElement !== control) wrong.push(`cannot have the focus: ${what}`);
    else if (around(control) === resting) wrong.push(`does not show that it has the focus: ${what}`);
  }
  document.activeElement?.blur();
  before?.focus?.({ preventScroll: true });
  return wrong;
}"""

Judge = Callable[[str], None]


class Walk:
    """Goes from screen to screen and collects what is wrong on each."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.wrong: dict[str, list[str]] = {}

    def judge(self, screen: str, *, phone: bool = True) -> None:
        """Look at the screen as it stands: light, dark, text twice as large, and 320 px wide."""
        page = self.page
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.evaluate(REST)
            self._note(f"{screen}, {scheme}", [*self.by_hand(phone), *self.axe(phone)])
        self._note(screen, page.evaluate(FOCUS) if phone else [])
        page.evaluate(TEXT_SIZE, "200%")
        page.evaluate(REST)
        self._note(f"{screen}, text at 200 %", [*self.by_hand(phone), *self.axe(phone), *self.sideways()])
        page.evaluate(TEXT_SIZE, "")
        usual = page.viewport_size or PHONE
        page.set_viewport_size({"width": 320, "height": 640})
        page.evaluate(REST)
        self._note(f"{screen}, 320 px", [*self.by_hand(phone), *self.axe(phone), *self.sideways()])
        page.set_viewport_size(usual)  # type: ignore[arg-type]
        page.emulate_media(color_scheme="light")

    def by_hand(self, phone: bool) -> list[Any]:
        """What the phone's screens are held to beyond axe: 48 px, 4.5:1 on whatever lies beneath, a name for all."""
        found: list[Any] = self.page.evaluate(LOOK) if phone else []
        return found

    def axe(self, phone: bool) -> list[Any]:
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: list[Any] = self.page.evaluate(RUN, phone)
        return found

    def sideways(self) -> list[str]:
        over = self.page.evaluate(SIDEWAYS)
        return [f"{over} px wider than the screen"] if over > 0 else []

    def _note(self, where: str, found: list[Any]) -> None:
        for each in found:
            self.wrong.setdefault(str(each), []).append(where)

    def found_nothing(self) -> None:
        """Fail with each thing that is wrong, once, and where it is."""
        lines = [f"{what}\n    on: {' | '.join(dict.fromkeys(where))}" for what, where in self.wrong.items()]
        assert not lines, "\n".join(lines)


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
    for path in ("", "/visits", "/hazards", "/notices", "/quarantine", "/people", "/verify", "/lifeboat"):
        page.goto(f"/office{path}")
        desk.judge(f"office{path}", phone=False)
    page.goto("/office/hazards")
    page.locator("tbody tr .lead a").first.click()
    page.wait_for_url("**/office/visits/*")
    desk.judge("a visit in the office", phone=False)
    desk.found_nothing()


def test_nothing_is_found_on_the_public_pages(desk: Walk) -> None:
    page = desk.page
    page.request.post("/api/v1/login", data={"username": "office", "password": "demo"}, headers={"X-Fieldsvc": "1"})
    page.goto("/office/hazards")
    visit = (
        (page.locator("tbody tr .lead a").first.get_attribute("href") or "").split("/")[-1].split("?")[0].split("#")[0]
    )
    lookup = page.request.get(f"/api/v1/visits/{visit}").json()["lookup"]
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for path in (f"/n/{lookup}", f"/n/{'x' * 22}", "/trust", "/nowhere"):
        page.goto(path)
        desk.judge(path.replace(lookup, "…"), phone=False)
    desk.found_nothing()


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
