"""What every screen must be, whatever stands on it: readable, touchable, named, and never wider than the phone."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPhone
from tests.browser.disk import reload
from tests.browser.technician import Technician, photograph, visits_of

# Returns what is wrong on the page as it stands: pairs of text and ground under 4.5:1, targets under 48 px, controls
# without a name, ids used twice. What is hidden from everybody, or only drawn (aria-hidden), is left out.
LOOK = """() => {
  const parse = (css) => { const [r, g, b, a = 1] = css.match(/[\\d.]+/g).map(Number); return {r, g, b, a}; };
  const over = (top, ground) => Object.fromEntries([..."rgb"].map((c) => [c, top[c] * top.a + ground[c] * (1 - top.a)]));
  const light = ({r, g, b}) => {
    const [x, y, z] = [r, g, b].map((v) => v / 255).map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.a > 0) layers.unshift(colour);
      if (colour.a === 1) break;
    }
    return layers.reduce((below, layer) => over(layer, below), parse(getComputedStyle(document.body).backgroundColor));
  };
  const shown = (element) => element.checkVisibility({opacityProperty: true, visibilityProperty: true})
    && !element.closest("[aria-hidden=true], .unseen");
  const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
  const root = dialog ?? document.body;
  const wrong = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const words = walker.currentNode.data.trim();
    if (!words || !shown(element)) continue;
    const below = ground(element);
    const [a, b] = [light(over(parse(getComputedStyle(element).color), below)), light(below)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) wrong.push(`contrast ${ratio.toFixed(2)}: ${words.slice(0, 40)}`);
  }
  for (const control of root.querySelectorAll("a[href], button, input, select, textarea, summary, [role=button]")) {
    const field = control.matches(".shutter input") ? control.closest(".shutter") : control;
    if (!shown(field)) continue;
    const name = control.getAttribute("aria-label") || control.labels?.[0]?.innerText
      || control.getAttribute("aria-labelledby") || control.innerText;
    const box = field.getBoundingClientRect();
    if (box.width < 47.5 || box.height < 47.5) wrong.push(`target ${box.width}x${box.height}: ${name}`);
    if (!name?.trim()) wrong.push(`no name: ${control.outerHTML.slice(0, 90)}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) wrong.push(`id used twice: ${id}`);
  if (document.documentElement.scrollWidth > innerWidth) wrong.push("wider than the phone");
  return wrong;
}"""

STEPS = ["door", "customer", "items", "items/hose", "meter", "talk", "sign", "door/no_access", "sign/refuse"]


def what_is_wrong(page: Page) -> list[Any]:
    page.wait_for_timeout(250)  # the sheets' rising
    found: list[Any] = page.evaluate(LOOK)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_screen_can_be_read_and_touched(new_phone: NewPhone, scheme: str) -> None:
    page = new_phone(scheme=scheme)
    page.goto("/app")
    expect(page.get_by_role("button", name="登录")).to_be_visible()
    wrong = {"login": what_is_wrong(page)}
    technician = Technician(page)
    technician.log_in()
    wrong["today"] = what_is_wrong(page)
    visit = technician.visits().nth(4).get_attribute("href")
    for step in STEPS:
        page.goto(f"{visit}/{step}")
        expect(page.get_by_role("navigation", name="到访步骤")).to_be_attached()
        wrong[step] = what_is_wrong(page)
    page.goto(f"{visit}/items/hose")
    technician.point("软管无中间接头、三通").get_by_role("button", name="不合格").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    wrong["hazard"] = what_is_wrong(page)
    page.get_by_role("dialog").get_by_role("button", name="其他隐患").click()
    wrong["catalogue"] = what_is_wrong(page)
    for screen in ("scan", "outbox", "me"):
        page.goto(f"/app/{screen}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        wrong[screen] = what_is_wrong(page)
    assert {screen: found for screen, found in wrong.items() if found} == {}


def test_twice_as_large_a_text_still_fits_the_phone(phone: Page) -> None:
    technician = Technician(phone)
    technician.log_in()
    visit = technician.visits().nth(4).get_attribute("href")
    for path in ["/app", "/app/scan", *(f"{visit}/{step}" for step in STEPS)]:
        phone.goto(path)
        expect(phone.get_by_role("heading", level=1)).to_be_attached()
        phone.evaluate("() => { document.documentElement.style.fontSize = '200%' }")
        assert phone.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), path


def test_the_customer_s_language_changes_the_signing_page_alone(phone: Page) -> None:
    technician = Technician(phone)
    technician.log_in()
    technician.open_visit(3)
    technician.go_to("签字")
    phone.get_by_role("radiogroup", name="用户的语言").get_by_role("radio", name="EN").click()
    expect(phone.get_by_role("heading", name="What we checked")).to_be_visible()
    technician.go_to("抄表")
    expect(phone.get_by_label("本次读数")).to_be_visible()


def test_nobody_home_closes_the_visit_with_its_reason_and_the_next_appointment(phone: Page) -> None:
    technician = Technician(phone)
    technician.log_in()
    technician.open_visit(6)
    phone.get_by_role("button", name="家中无人").click()
    sheet = phone.get_by_role("dialog", name="家中无人")
    sheet.get_by_role("radio", name="无人应答").click()
    technician.take_photo("门的照片", photograph("door"), within=sheet)
    sheet.get_by_label("日期", exact=True).fill("2031-03-05")
    sheet.get_by_label("时间", exact=True).fill("18:30")
    sheet.get_by_role("button", name="结束这次到访").click()
    expect(phone.get_by_role("heading", name="到访不遇")).to_be_visible()
    expect(phone.get_by_text("下次预约：2031年3月5日 18:30")).to_be_visible()
    card = phone.get_by_role("region", name="到访不遇卡")
    expect(card).to_contain_text("我们将于2031年3月5日 18:30再次上门")
    text = unquote(card.get_by_role("link", name="发短信给用户").get_attribute("href") or "")
    assert re.match(r"sms:\d{11}\?&body=", text)
    assert "家中无人" in text and "/n/" in text
    expect(phone.get_by_role("img", name=re.compile("给用户的二维码"))).to_be_visible()


def test_so_much_gas_on_entry_stops_everything_until_the_visit_is_stopped(phone: Page) -> None:
    technician = Technician(phone)
    technician.log_in()
    technician.open_visit(8)
    technician.go_to("七项")
    technician.measure("进门环境燃气浓度", "12000")
    alarm = phone.get_by_role("alertdialog", name="立即撤离")
    expect(alarm.get_by_role("link", name=re.compile("^拨打"))).to_be_visible()
    reload(phone)
    expect(alarm).to_be_visible()
    alarm.get_by_role("button", name="人员已撤出，中止到访").click()
    expect(phone.get_by_role("heading", name="已中止")).to_be_visible()


def test_the_inspector_cannot_sign_as_the_customer(phone: Page) -> None:
    technician = Technician(phone)
    technician.log_in()
    name = phone.evaluate("() => fetch('/api/v1/me').then((answer) => answer.json()).then(({user}) => user.name)")
    seen = [visit for visit in visits_of(phone) if visit["previous"]]
    quiet = next(visit for visit in seen if not visit["previous"].get("open_hazards"))
    phone.locator(f"a[href*='/app/visit/{quiet['id']}']").first.click()
    do_everything_but_sign(technician)
    technician.on_with_it("签字确认")
    problem = phone.locator("main").get_by_role("alert")
    expect(problem).to_contain_text("请在签名区签字")
    language = phone.get_by_role("radiogroup", name="用户的语言")
    language.get_by_role("radio", name="EN").click()
    expect(problem).to_contain_text("please sign in the field")  # the page speaks another language by now
    language.get_by_role("radio", name="简").click()

    phone.get_by_label("签字人姓名").fill(name)
    technician.sign("用户签名")
    technician.on_with_it("签字确认")
    expect(phone.get_by_text("这里由用户签字，检查人员不能代签。").first).to_be_visible()
    expect(phone.get_by_role("region", name="用户已签字")).to_have_count(0)

    phone.get_by_role("link", name="拒绝签字").click()
    sheet = phone.get_by_role("dialog", name="拒绝签字")
    sheet.get_by_role("radio", name="担心费用").click()
    sheet.get_by_label("见证人姓名").fill("王社区")
    technician.sign("见证人签名")
    sheet.get_by_role("button", name="记录拒签").click()
    expect(phone.get_by_text(re.compile("拒签 · 担心费用 · 见证人：王社区"))).to_be_visible()
    expect(phone.get_by_role("region", name="见证人已签字").get_by_role("img", name="王社区的签名")).to_be_visible()


def do_everything_but_sign(technician: Technician) -> None:
    technician.tick_everything()
    technician.go_to("用户")
    technician.on_with_it("全部正确")
    technician.measure("进门环境燃气浓度", "0")
    technician.pass_all()
    technician.go_to("抄表")
    last = technician.page.locator(".wheels.is-last + .unseen").first.inner_text()
    technician.page.get_by_label("本次读数").fill(str(int(float(last)) + 9))
    technician.page.get_by_role("radio", name="走字", exact=True).click()
    technician.take_photo("表盘照片", photograph("dial"))
    technician.go_to("讲解")
    technician.tick_everything()
    technician.go_to("签字")


def test_today_marks_the_home_where_nobody_was_in_last_time_and_no_other(phone: Page) -> None:
    technician = Technician(phone)
    technician.log_in()
    missed = phone.locator("a.visit-row", has_text="上次不遇")
    expect(missed).to_have_count(1)
    expect(missed).to_contain_text("杨光荣")
    [visit] = [one for one in visits_of(phone) if (one["previous"] or {}).get("outcome") == "no_access"]
    assert str(missed.get_attribute("href")).endswith(visit["id"])
    phone.get_by_role("searchbox").fill("杨光荣")  # found by name, the mark goes with it
    expect(missed).to_have_count(1)
