"""At the dial: a remarkable figure is said with what to do, is recorded as it is, and another meter is told as such."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import becomes_true
from tests.browser.disk import reload
from tests.browser.technician import Technician, photograph

NO_EXCHANGE_LEFT = """async () => {
  const { readings } = await (await fetch(`/api/v1/visits/${location.pathname.split("/")[3]}`)).json();
  return Object.values(readings).every((reading) => !("exchange" in reading));
}"""


def held_by_the_server(page: Page) -> dict[str, Any]:
    """The document of the visit that is open."""
    found: dict[str, Any] = page.evaluate(
        "() => fetch(`/api/v1/visits/${location.pathname.split('/')[3]}`).then((answer) => answer.json())"
    )
    return found


def test_a_figure_below_the_last_is_asked_for_twice_and_an_exchanged_meter_is_counted_in_two_parts(phone: Page) -> None:
    technician = Technician(phone)
    technician.log_in()
    technician.open_visit(1)
    technician.go_to("抄表")
    last = phone.locator(".wheels.is-last + .unseen").first.inner_text()
    whole = int(float(last))
    dial = phone.get_by_label("本次读数")
    dial.fill("00018")
    phone.get_by_role("radio", name="走字", exact=True).click()
    expect(phone.get_by_text(re.compile("比上次读数小"))).to_be_visible()
    again = phone.get_by_label("对着表盘再输入一次")
    again.fill("00019")
    expect(phone.get_by_text("两次不一致，请再看表盘。")).to_be_visible()
    again.fill("00018")
    expect(phone.get_by_text("两次一致，照实记录。")).to_be_visible()
    again.blur()
    becomes_true(phone, "() => document.activeElement === document.body")
    expect(technician.sync()).to_have_attribute("aria-label", re.compile("全部已发送"))
    (typed,) = held_by_the_server(phone)["readings"].values()
    assert (typed["value"], typed["odd"], typed["again"]) == ("00018", True, "00018")

    phone.get_by_role("button", name="表号与档案不符").click()
    part = phone.get_by_role("region", name="换过的表")
    expect(phone.get_by_text(re.compile("比上次读数小"))).to_have_count(0)
    part.get_by_label("现场表号").fill("N-2026-7")
    part.get_by_label("旧表止码").fill(str(whole + 16))
    part.get_by_label("新表起码").fill("3")
    phone.get_by_label("用户怎么说，您看到什么").fill("三月由公司换表")
    phone.get_by_label("用户怎么说，您看到什么").blur()
    expect(phone.get_by_text(re.compile("31 m³"))).to_be_visible()
    expect(part.get_by_text(re.compile("还需要：能看清表号的照片"))).to_be_visible()
    technician.take_photo("表盘照片", photograph("N-2026-7 00018"))
    expect(part.get_by_text("资料齐全。")).to_be_visible()

    expect(technician.sync()).to_have_attribute("aria-label", re.compile("全部已发送"))
    reload(phone)
    expect(part.get_by_label("新表起码")).to_have_value("3")
    expect(phone.get_by_label("用户怎么说，您看到什么")).to_have_value("三月由公司换表")
    (reading,) = held_by_the_server(phone)["readings"].values()
    assert reading["value"] == "00018"
    assert reading["note"] == "三月由公司换表"
    assert "odd" not in reading, "counted over the exchange it can be"
    assert reading["exchange"] == {"serial": "N-2026-7", "final": str(whole + 16), "initial": "3"}

    technician.go_to("签字")
    summary = phone.locator("article.summary")
    expect(summary).to_contain_text(f"现场表号 N-2026-7、旧表止码 {whole + 16}、新表起码 3")
    expect(summary).to_contain_text("31 m³")
    technician.go_to("抄表")
    part.get_by_role("button", name="还是档案上的那块表").click()
    expect(technician.sync()).to_have_attribute("aria-label", re.compile("全部已发送"))
    becomes_true(phone, NO_EXCHANGE_LEFT)
