"""What a phone or a server may refuse: a session, storage, the worker, a secure address. Said in words, and never the end."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Installation, NewPhone, becomes_true
from tests.browser.disk import DISK, reload
from tests.browser.technician import Technician, photograph

ALL_IS_SENT = f"""async () => {{
  const {{ log }} = await ({DISK})();
  return log.length > 0 && log.every((row) => row.acked && row.result);
}}"""

# Each as a browser does it: a private window of old, one that may not keep site data, a database that is damaged, none at all.
STORAGE_REFUSED = """(() => {
  const how = sessionStorage.refuses;
  const open = IDBFactory.prototype.open;
  const failing = (name) => function () {
    const request = open.call(this, "fieldsvc", 1); // it is there, and newer: a request that truly fails
    Object.defineProperty(request, "error", { value: new DOMException("as the browser says it", name) });
    return request;
  };
  if (how === "none") Object.defineProperty(window, "indexedDB", { value: undefined });
  if (how === "throws") {
    IDBFactory.prototype.open = () => { throw new DOMException("as the browser says it", "SecurityError"); };
  }
  if (how === "InvalidStateError" || how === "UnknownError" || how === "QuotaExceededError") {
    IDBFactory.prototype.open = failing(how);
  }
})()"""

STORAGE_SHUT = ("手机存储打不开", "This phone’s storage cannot be opened")
STORAGE_FULL = ("手机空间已满", "This phone’s storage is full")

# A private window that keeps what is written but promises nothing, does not say how much room there is, and takes no worker.
PRIVATE = """
  StorageManager.prototype.persist = () => Promise.reject(new TypeError("not here"));
  StorageManager.prototype.persisted = () => Promise.reject(new TypeError("not here"));
  StorageManager.prototype.estimate = () => Promise.reject(new TypeError("not here"));
  ServiceWorkerContainer.prototype.register = () => Promise.reject(new DOMException("not here", "SecurityError"));
"""


def test_a_technician_whose_session_ended_works_on_and_everything_goes_after_the_log_in(phone: Page) -> None:
    technician = Technician(phone)
    technician.log_in()
    expect(technician.sync()).to_contain_text("全部已发送")
    technician.open_visit(0)
    phone.context.clear_cookies()  # thirty days are over
    boxes = phone.get_by_role("checkbox")
    boxes.nth(0).click()
    expect(technician.sync()).to_contain_text("需要处理")
    boxes.nth(1).click()  # with a network, on the same screen
    expect(boxes.nth(1)).to_be_checked()

    phone.context.set_offline(True)
    reload(phone)
    expect(boxes.nth(1)).to_be_checked()
    boxes.nth(2).click()
    technician.go_to("抄表")
    technician.take_photo("表盘照片", photograph("without a session"))
    phone.context.set_offline(False)
    reload(phone)  # the server is asked, and says no: nobody is sent away from the visit
    expect(technician.sync()).to_contain_text("需要处理")
    expect(phone.get_by_role("img", name="表盘照片")).to_be_visible()
    unsent = phone.evaluate(DISK)["log"]
    assert [row["acked"] for row in unsent] == [0] * 5

    technician.sync().click()
    expect(phone.get_by_text("请重新登录后发送。内容都已保存在本机。")).to_be_visible()
    phone.get_by_role("link", name="重新登录").click()
    phone.get_by_label("用户名").fill("inspector")
    phone.get_by_label("密码").fill("demo")
    phone.get_by_role("button", name="登录").click()
    expect(technician.visits().first).to_be_visible()
    becomes_true(phone, ALL_IS_SENT)
    expect(technician.sync()).to_contain_text("全部已发送")
    sent = phone.evaluate(DISK)["log"]
    assert [row["id"] for row in sent] == [row["id"] for row in unsent]
    assert {row["result"]["status"] for row in sent} <= {"applied", "duplicate"}


def test_storage_that_cannot_be_opened_is_explained_and_tried_again(phone: Page) -> None:
    phone.goto("/app/login")
    phone.add_init_script(STORAGE_REFUSED)
    for how in ("throws", "InvalidStateError", "UnknownError", "none", "QuotaExceededError"):
        phone.evaluate("(how) => { sessionStorage.refuses = how }", how)
        reload(phone)
        for heading in STORAGE_FULL if how == "QuotaExceededError" else STORAGE_SHUT:
            expect(phone.get_by_role("heading", name=heading)).to_be_visible()
        words = phone.get_by_role("main")
        expect(words).to_contain_text("腾出空间" if how == "QuotaExceededError" else "关闭无痕模式")
        expect(words).not_to_contain_text(re.compile("as the browser says it|Error"))
    phone.evaluate("() => { delete sessionStorage.refuses }")
    phone.get_by_role("button", name="再试一次").click()
    expect(phone.get_by_label("用户名")).to_be_visible()


def test_a_private_window_is_told_of_and_worked_in(new_phone: NewPhone) -> None:
    page = new_phone()
    page.add_init_script(PRIVATE)
    page.goto("/app")
    page.get_by_label("用户名").fill("inspector")
    page.get_by_label("密码").fill("demo")
    page.get_by_role("button", name="登录").click()
    technician = Technician(page)
    card = page.get_by_role("region", name="出门前")
    for words in ("无痕窗口一关闭，数据就没有了", "没有网络就打不开应用。请关闭无痕模式"):
        expect(card).to_contain_text(words)  # whether a worker comes is waited for
    card.get_by_role("button", name="请手机保留这些数据").click()
    expect(card.get_by_role("status")).to_have_text(re.compile("手机没有承诺"))
    card.get_by_role("button", name="先不管，继续").click()
    technician.open_visit(3)
    technician.tick_everything()
    becomes_true(page, ALL_IS_SENT)
    page.goto("/app/outbox")
    expect(page.get_by_text("浏览器没有告知剩余空间。")).to_be_visible()
    expect(page.get_by_text("本机出了点问题")).to_have_count(0)
    page.goto("/app/me")
    expect(page.get_by_text("无痕窗口一关闭，数据就没有了")).to_be_visible()


@pytest.fixture
def insecure(chromium: Browser, installation: Installation) -> Iterator[Page]:
    """The same server under a name that no browser takes for its own machine, without https."""
    context = chromium.new_context(locale="zh-CN", viewport={"width": 390, "height": 844})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(installation.url.replace("127.0.0.1", "fieldsvc.test") + "/app")
    yield page
    context.close()
    assert errors == []


def test_an_address_that_is_not_secure_is_named_before_anybody_types_a_password(insecure: Page) -> None:
    assert insecure.evaluate("() => !isSecureContext && !navigator.serviceWorker && !crypto.subtle")
    words = re.compile("不是安全连接（https）.*请用 https 地址打开")
    expect(insecure.get_by_role("alert")).to_have_text(words)
    insecure.get_by_label("用户名").fill("inspector")
    insecure.get_by_label("密码").fill("demo")
    insecure.get_by_role("button", name="登录").click()
    expect(insecure.get_by_role("alert").nth(1)).to_have_text(words)
    expect(insecure.get_by_label("密码")).to_be_visible()
