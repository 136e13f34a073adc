"""The check before setting out: what is wrong is said with what to do, and a phone that is ready says so in one line."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import NewPhone
from tests.browser.disk import reload
from tests.browser.technician import Technician

# A phone whose clock somebody has set five minutes fast; time runs on as ever.
FAST = """(() => {
  const Real = Date, ahead = 5 * 60_000;
  globalThis.Date = class extends Real {
    constructor(...given) { given.length ? super(...given) : super(Real.now() + ahead); }
    static now() { return Real.now() + ahead; }
  };
})()"""

NotToKeep = Callable[[Page, bool], None]


@pytest.fixture
def promise(chromium: Browser) -> NotToKeep:
    """Let the browser promise to keep the app's storage, or refuse it: its own permission, as a person would set it."""
    browser = chromium.new_browser_cdp_session()

    def set_permission(page: Page, granted: bool) -> None:
        own: dict[str, Any] = page.context.new_cdp_session(page).send("Target.getTargetInfo")
        browser.send(
            "Browser.setPermission",
            {
                "permission": {"name": "persistent-storage"},
                "setting": "granted" if granted else "denied",
                "browserContextId": own["targetInfo"]["browserContextId"],
            },
        )

    return set_permission


def card(page: Page) -> Locator:
    return page.get_by_role("region", name="出门前")


def what_is_wrong(page: Page) -> list[str]:
    """The subjects that the card names."""
    expect(card(page)).to_be_visible()
    rows = card(page).locator("[data-state=wrong]")
    return [rows.nth(index).get_attribute("data-subject") or "" for index in range(rows.count())]


def test_a_phone_that_is_ready_says_so_in_one_line_once_a_day(phone: Page, promise: NotToKeep) -> None:
    promise(phone, True)
    Technician(phone).log_in()
    line = phone.get_by_text("手机已就绪，可以出门")
    expect(line).to_be_visible()
    expect(phone.get_by_text("与服务器时间一致。")).to_be_hidden()
    line.click()
    expect(phone.get_by_text("与服务器时间一致。")).to_be_visible()
    expect(phone.locator("[data-state=fine]")).to_have_count(8)

    reload(phone)
    expect(Technician(phone).visits().first).to_be_visible()
    phone.wait_for_timeout(1_000)
    expect(line).to_have_count(0)


def test_storage_that_the_phone_may_clear_is_named_asked_for_and_put_aside(phone: Page, promise: NotToKeep) -> None:
    promise(phone, False)
    technician = Technician(phone)
    technician.log_in()
    assert what_is_wrong(phone) == ["promise"]
    card(phone).get_by_role("button", name="请手机保留这些数据").click()
    expect(card(phone).get_by_role("status")).to_have_text(re.compile("手机没有承诺"))

    promise(phone, True)
    card(phone).get_by_role("button", name="请手机保留这些数据").click()
    expect(card(phone)).to_have_count(0)
    expect(phone.get_by_text("手机已就绪，可以出门")).to_be_visible()


def test_a_clock_five_minutes_fast_is_said_until_it_is_put_aside(new_phone: NewPhone, promise: NotToKeep) -> None:
    page = new_phone()
    promise(page, True)
    page.add_init_script(FAST)
    technician = Technician(page)
    technician.log_in()
    assert what_is_wrong(page) == ["clock"]
    expect(card(page).get_by_text("快了 5 分钟")).to_be_visible()

    reload(page)
    assert what_is_wrong(page) == ["clock"]
    card(page).get_by_role("button", name="先不管，继续").click()
    expect(card(page)).to_have_count(0)
    reload(page)
    expect(technician.visits().first).to_be_visible()
    page.wait_for_timeout(1_000)
    expect(card(page)).to_have_count(0)


def test_without_a_network_it_says_what_it_cannot_know_and_me_asks_again(phone: Page, promise: NotToKeep) -> None:
    promise(phone, True)
    technician = Technician(phone)
    technician.log_in()
    expect(phone.get_by_text("手机已就绪，可以出门")).to_be_visible()
    phone.context.set_offline(True)
    phone.get_by_role("link", name="我", exact=True).click()
    whole = phone.get_by_role("region", name="手机就绪了吗？")
    whole.get_by_role("button", name="再检查一次").click()
    expect(whole.locator("[data-state=unknown]")).to_have_count(2)
    expect(whole.locator("[data-subject=login][data-state=unknown]")).to_be_visible()
    expect(whole.locator("[data-subject=clock][data-state=fine]")).to_be_visible()
    expect(phone.get_by_text(re.compile(r"^D\d\d$"))).to_be_visible()
    expect(phone.get_by_text(re.compile(r"^[0-9a-f]{12}$"))).to_be_visible()
    phone.context.set_offline(False)
    whole.get_by_role("button", name="再检查一次").click()
    expect(whole.locator("[data-state=fine]")).to_have_count(8)
