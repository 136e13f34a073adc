"""What a browser can do to a phone's work, in a real one: close its database, fill its disk, open it twice, come between.

Each test names the report of another system that it is about (lesson N). What is logic is tested in tests/js.
"""

from __future__ import annotations

import hashlib
import io
import random
import re
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, Request, expect

from tests.browser.conftest import READER_KEPT, Installation, NewPhone, becomes_true
from tests.browser.disk import DISK, reload
from tests.browser.killed_phone import is_whole
from tests.browser.technician import Technician, photograph

NOT_SAVED = re.compile("没有保存")
METHODS = ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
PATHS = ["/app", "/app/visit/x", "/api/v1/sync", "/api/v1/blobs/x", "/sw.js"]

# Asks the running worker which requests it would answer itself. A request it leaves alone goes its way untouched.
WHICH_IT_TAKES = """([methods, paths]) => methods.flatMap((method) => paths.filter((path) => {
  const event = new FetchEvent("fetch", { request: new Request(path, { method }) });
  let taken = false;
  Object.defineProperty(event, "respondWith", { value: (answer) => { taken = true; Promise.resolve(answer).catch(() => 0); } });
  self.dispatchEvent(event);
  return taken;
}).map((path) => `${method} ${path}`))"""

# Writes beside the app, in ever smaller pieces, until not even a hundred bytes find room.
BRIM = """async () => {
  const name = (await indexedDB.databases()).map((each) => each.name).find((name) => /^fieldsvc-/.test(name));
  const db = await new Promise((found) => (indexedDB.open(name).onsuccess = (event) => found(event.target.result)));
  const put = (bytes, key) => new Promise((said) => {
    const writing = db.transaction("drafts", "readwrite", { durability: "strict" });
    writing.objectStore("drafts").put({ key, value: bytes });
    writing.oncomplete = () => said(true);
    writing.onabort = () => said(false);
  });
  let pieces = 0;
  for (let size = 60_000; size > 100; size /= 2) {
    while (await put(crypto.getRandomValues(new Uint8Array(size)), `brim ${pieces}`)) pieces += 1;
  }
  db.close();
}"""

# Before the app opens its database: notes how every transaction that writes is asked for, and fails them all with
# the error named by `broken`, as WebKit does once the process behind its database is gone.
UNDER_THE_STORE = """
  window.asked = [];
  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function (stores, mode, options) {
    if (mode === "readwrite") window.asked.push(options?.durability);
    if (mode === "readwrite" && window.broken) {
      throw new DOMException("as the browser says it", window.broken);
    }
    return transaction.call(this, stores, mode, options);
  };
"""


@pytest.fixture
def technician(phone: Page) -> Technician:
    person = Technician(phone)
    person.log_in()
    expect(person.sync()).to_contain_text("全部已发送")
    return person


def disk_of(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(DISK)
    return found


def close_the_database_under(page: Page) -> None:
    """As a browser does under pressure: every connection is closed, nobody is asked."""
    internals = page.context.new_page()
    internals.goto("chrome://indexeddb-internals")
    expect(internals.get_by_text("Force close", exact=True).first).to_be_visible()
    for link in internals.get_by_text("Force close", exact=True).all():
        link.click()
    internals.close()


def big_photograph(seed: int) -> FilePayload:
    """About a megabyte after scaling: noise does not compress."""
    pixels = random.Random(seed).randbytes(1200 * 900 * 3)
    stream = io.BytesIO()
    Image.frombytes("RGB", (1200, 900), pixels).save(stream, "JPEG", quality=90)
    return {"name": "IMG_0043.jpg", "mimeType": "image/jpeg", "buffer": stream.getvalue()}


def boxes_ticked(page: Page) -> int:
    return page.get_by_role("checkbox", checked=True).count()


def test_the_worker_never_touches_a_request_that_is_not_get__lesson_1(
    technician: Technician, installation: Installation
) -> None:
    page = technician.page
    reload(page)  # from now on the worker stands between this page and the network
    assert page.evaluate("() => Boolean(navigator.serviceWorker.controller)")
    [worker] = page.context.service_workers
    program = page.locator("head script").get_attribute("src")
    assert worker.evaluate(WHICH_IT_TAKES, [METHODS, [*PATHS, program]]) == []
    assert worker.evaluate(WHICH_IT_TAKES, [["GET"], [*PATHS, program]]) == ["GET /app", f"GET {program}"]

    # And in truth: pieces of a photo, sent under the worker, arrive with their full body.
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.method in METHODS else None)
    technician.open_visit(0)
    technician.go_to("抄表")
    technician.take_photo("表盘照片", photograph("lesson one"))
    expect(technician.sync()).to_contain_text("全部已发送")
    assert {"POST", "PATCH"} <= {request.method for request in sent}
    answers = [request.response() for request in sent]
    assert [answer.url for answer in answers if answer and (answer.from_service_worker or not answer.ok)] == []
    digest = next(row["op"]["data"]["sha256"] for row in disk_of(page)["log"] if row["op"]["kind"] == "photo.add")
    [stored] = (installation.data / "blobs").rglob(digest)  # outside the office it is read without its metadata
    assert hashlib.sha256(stored.read_bytes()).hexdigest() == digest


def test_a_database_closed_under_the_app_is_opened_again_and_no_tap_is_lost__lesson_2(technician: Technician) -> None:
    page = technician.page
    page.context.set_offline(True)
    technician.open_visit(1)
    boxes = page.get_by_role("checkbox")
    for index in range(boxes.count()):
        close_the_database_under(page)
        boxes.nth(index).click()
        expect(boxes.nth(index)).to_be_checked()
    expect(page.get_by_text(NOT_SAVED)).to_have_count(0)
    log = disk_of(page)["log"]
    ticks = [row["op"]["data"]["step"] for row in log if row["op"]["kind"] == "step.tick"]
    assert len(ticks) == len(set(ticks)) == boxes.count()
    assert [row["seq"] for row in log] == list(range(1, len(log) + 1))


@pytest.mark.parametrize(
    ("error", "words"), [("InvalidStateError", "手机存储没有回应"), ("QuotaExceededError", "手机存储已满")]
)
def test_until_it_is_on_disk_the_screen_says_not_saved__lesson_2(
    technician: Technician, error: str, words: str
) -> None:
    page = technician.page
    page.add_init_script(UNDER_THE_STORE)
    page.context.set_offline(True)
    reload(page)
    technician.open_visit(2)
    page.evaluate("(error) => { window.broken = error }", error)
    boxes = page.get_by_role("checkbox")
    boxes.nth(0).click()
    alert = page.get_by_role("alert").filter(has_text=NOT_SAVED)
    expect(alert).to_contain_text(words)
    boxes.nth(1).click()
    assert boxes_ticked(page) == 0

    page.evaluate("() => { window.broken = null }")
    alert.get_by_role("button", name="再试一次").click()
    expect(alert).to_have_count(0)
    expect(boxes.nth(1)).to_be_checked()
    disk = disk_of(page)
    assert [row["op"]["kind"] for row in disk["log"]] == ["visit.start", "step.tick", "step.tick"]
    assert is_whole(disk["log"], disk["device"])


def test_every_write_is_asked_to_be_on_the_disk_before_it_is_called_done(technician: Technician) -> None:
    page = technician.page
    page.add_init_script(UNDER_THE_STORE)
    reload(page)
    technician.open_visit(4)  # which no other test here has worked
    technician.tick_everything()
    technician.go_to("抄表")
    technician.take_photo("表盘照片", photograph("strict"))
    asked = page.evaluate("() => window.asked")
    assert set(asked) == {"strict"}
    assert len(asked) > 5


def test_photos_that_fill_the_disk_are_refused_in_words_ticks_go_on_and_sending_makes_room__lesson_4(
    phone: Page, installation: Installation
) -> None:
    # Before the first write: the browser remembers for half a minute how much room it saw.
    browser = phone.context.new_cdp_session(phone)
    browser.send("Storage.overrideQuotaForOrigin", {"origin": installation.url, "quotaSize": 10_000_000})
    technician = Technician(phone)
    technician.log_in()
    expect(technician.sync()).to_contain_text("全部已发送")
    becomes_true(phone, READER_KEPT)  # the app's largest file: it must not come later, when the disk is nearly full
    technician.open_visit(3)
    technician.go_to("抄表")
    phone.context.set_offline(True)
    refused = phone.get_by_role("alert").filter(has_text="手机存储已满")
    pictures = phone.get_by_role("img", name="表盘照片")
    taken = 0
    for number in range(20):
        with phone.expect_file_chooser() as chooser:
            phone.get_by_label("表盘照片").last.click()
        chooser.value.set_files(big_photograph(number))
        expect(refused.or_(pictures.nth(taken)).first).to_be_visible()
        if refused.count():
            break
        taken += 1
    expect(refused).to_be_visible()
    before = disk_of(phone)
    photos = [row["op"]["data"]["sha256"] for row in before["log"] if row["op"]["kind"] == "photo.add"]
    assert 0 < len(photos) == taken
    assert sorted(before["whole"]) == sorted(photos)
    phone.evaluate(BRIM)
    technician.go_to("讲解")
    technician.tick_everything()
    expect(refused).to_have_count(0)

    phone.context.set_offline(False)
    expect(technician.sync()).to_contain_text("全部已发送")
    phone.context.set_offline(True)
    technician.go_to("抄表")
    for number in range(90, 96):
        technician.take_photo("表盘照片", big_photograph(number))  # the office has the others: the oldest make room
        after = disk_of(phone)
        if set(photos) - set(after["whole"]):
            break
    assert is_whole(after["log"], after["device"])
    assert set(photos) - set(after["whole"])
    newest = [row["op"]["data"]["sha256"] for row in after["log"] if row["op"]["kind"] == "photo.add"][-1]
    assert newest in after["whole"]


def test_a_photo_whose_bytes_changed_on_this_phone_is_never_sent_and_that_is_said__lesson_5(
    technician: Technician,
) -> None:
    page = technician.page
    page.context.set_offline(True)
    technician.open_visit(5)
    technician.go_to("抄表")
    technician.take_photo("表盘照片", photograph("to be damaged"))
    page.evaluate("""async () => {
      const name = (await indexedDB.databases()).map((each) => each.name).find((name) => /^fieldsvc-/.test(name));
      const db = await new Promise((found) => (indexedDB.open(name).onsuccess = (event) => found(event.target.result)));
      const store = db.transaction("bytes", "readwrite").objectStore("bytes");
      await new Promise((done) => {
        store.getAll().onsuccess = ({ target: { result: [row] } }) => {
          new Uint8Array(row.bytes)[row.bytes.byteLength >> 1] ^= 1;
          store.put(row).onsuccess = done;
        };
      });
      db.close();
    }""")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/api/v1/blobs" in request.url else None)
    page.context.set_offline(False)
    expect(technician.sync()).to_contain_text("需要处理")
    page.goto("/app/outbox")
    expect(page.get_by_text("这张照片在本机存储中已损坏，请重拍。")).to_be_visible()
    assert sent == []


def test_of_two_tabs_one_sends_and_everything_goes_once__lesson_7(
    new_phone: NewPhone, installation: Installation
) -> None:
    first = new_phone()
    Technician(first).log_in()
    expect(Technician(first).sync()).to_contain_text("全部已发送")
    second = first.context.new_page()
    under_way: set[Request] = set()
    most = [0]

    def begins(request: Request) -> None:
        if request.url.endswith("/api/v1/sync"):
            under_way.add(request)
            most[0] = max(most[0], len(under_way))

    def ends(request: Request) -> None:
        under_way.discard(request)

    first.context.on("request", begins)
    first.context.on("requestfinished", ends)
    first.context.on("requestfailed", ends)
    first.context.set_offline(True)
    for page, number in ((first, 7), (second, 8)):
        page.goto("/app")
        expect(Technician(page).visits().first).to_be_visible()
        Technician(page).open_visit(number)
    for index in range(4):  # one log, written from two tabs in turn
        for page in (first, second):
            page.get_by_role("checkbox").nth(index).click()
            expect(page.get_by_role("checkbox").nth(index)).to_be_checked()
    first.context.set_offline(False)
    for page in (first, second):
        expect(Technician(page).sync()).to_contain_text("全部已发送")
    disk = disk_of(first)
    assert [row["seq"] for row in disk["log"]] == list(range(1, 11))
    assert is_whole(disk["log"], disk["device"])
    assert all(row["acked"] and row["result"]["status"] == "applied" for row in disk["log"])
    assert most[0] == 1


def test_work_that_waits_for_three_days_is_warned_of__lesson_3(technician: Technician) -> None:
    page = technician.page
    page.context.set_offline(True)
    technician.open_visit(9)
    technician.tick_everything()
    page.goto("/app")
    warning = page.get_by_role("link", name=re.compile("的工作还只在这部手机上"))
    expect(technician.visits().first).to_be_visible()
    expect(warning).to_have_count(0)
    page.clock.set_fixed_time(page.evaluate("() => Date.now() / 1000 + 3.1 * 24 * 3600"))
    reload(page)
    expect(warning).to_be_visible()


def test_without_background_sync_everything_still_goes_by_itself__lesson_10(new_phone: NewPhone) -> None:
    page = new_phone()
    page.add_init_script("delete ServiceWorkerRegistration.prototype.sync; delete window.SyncManager;")
    technician = Technician(page)
    technician.log_in()
    assert page.evaluate("() => !('SyncManager' in window)")
    page.context.set_offline(True)
    technician.open_visit(10)
    technician.tick_everything()
    expect(technician.sync()).to_contain_text("待发送")
    page.context.set_offline(False)
    expect(technician.sync()).to_contain_text("全部已发送")


def close_without_access(technician: Technician, number: int) -> None:
    """The shortest whole visit: nobody home, a photo of the door."""
    page = technician.page
    technician.open_visit(number)
    page.get_by_role("button", name="家中无人").click()
    sheet = page.get_by_role("dialog", name="家中无人")
    sheet.get_by_role("radio", name="无人应答").click()
    technician.take_photo("门的照片", photograph("door"), within=sheet)
    sheet.get_by_role("button", name="结束这次到访").click()
    expect(page.get_by_role("heading", name="到访不遇")).to_be_visible()


def test_safe_on_the_server_is_said_from_a_checked_receipt_and_from_nothing_else(technician: Technician) -> None:
    page = technician.page

    # In the page itself: what goes by way of a service worker is not seen by every kind of interception.
    page.add_init_script("""
      const real = window.fetch;
      window.fetch = async (...what) => {
        const answer = await real(...what);
        if (!sessionStorage.forges || !answer.url.endsWith("/api/v1/sync") || !answer.ok) return answer;
        const told = await answer.json();
        told.receipt.at = "2030-01-01T00:00:00.000+08:00";
        return new Response(JSON.stringify(told), { status: answer.status, headers: answer.headers });
      };
    """)
    reload(page)
    page.evaluate("sessionStorage.forges = 'yes'")
    close_without_access(technician, 11)
    expect(technician.sync()).to_contain_text("离线，4 条待发送")
    for words in ("这次到访的全部内容已送达公司。", "服务器已签收"):
        expect(page.get_by_text(words)).to_have_count(0)

    page.evaluate("delete sessionStorage.forges")
    reload(page)
    expect(page.get_by_text("服务器已签收")).to_be_visible()
    page.goto("/app/outbox")
    receipt = page.get_by_role("region", name="服务器已签收")
    expect(receipt).to_contain_text("3 条")
    expect(receipt).to_contain_text("1 张图片")
