"""The phone's disk as somebody finds it who has no key: sealed while it is worked with, empty after a log-out or a block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Installation, becomes_true
from tests.browser.disk import DISK, RAW, reload
from tests.browser.technician import Technician, photograph

REMARK = "邻居说晚上才回来开门"
EMPTY = {"log": 0, "visits": 0, "files": 0, "bytes": 0, "drafts": 0}
BLOCKED = {"简体": "公司已停用本机。", "繁體": "公司已停用本機。", "English": "The office has blocked this phone."}


@pytest.fixture
def office(installation: Installation) -> Iterator[httpx.Client]:
    headers = {"X-Fieldsvc": "1"}
    with httpx.Client(base_url=installation.url, headers=headers, timeout=120, trust_env=False) as desk:
        assert desk.post("/api/v1/login", json={"username": "office", "password": "demo"}).is_success
        yield desk


def words_of(page: Page) -> list[str]:
    """What stands on this phone of people and homes, read with its key."""
    homes = [visit["customer"] for visit in page.evaluate(DISK)["all"]]
    words = {home[what] for home in homes for what in ("name", "phone", "address") if home[what]}
    assert len(words) > 20
    return [REMARK, *words]


def work(person: Technician, visit: int) -> None:
    """Some of a visit, without a network: ticks, a photo, and words that are typed and not entered."""
    page = person.page
    page.context.set_offline(True)
    person.open_visit(visit)
    person.tick_everything()
    person.go_to("抄表")
    person.take_photo("表盘照片", photograph("on a sealed disk"))
    person.go_to("入户")
    page.get_by_role("button", name="家中无人").click()
    page.get_by_role("dialog", name="家中无人").get_by_label("备注").fill(REMARK)
    becomes_true(page, f"async () => JSON.stringify((await ({DISK})()).drafts).includes('{REMARK}')")


def log_in(page: Page) -> Technician:
    person = Technician(page)
    person.log_in()
    expect(person.sync()).to_contain_text("全部已发送")
    return person


def test_nothing_of_a_home_can_be_read_on_the_disk_and_logging_out_leaves_neither_rows_nor_key(phone: Page) -> None:
    person = log_in(phone)
    work(person, 3)
    reload(phone)
    expect(phone.get_by_role("dialog", name="家中无人").get_by_label("备注")).to_have_value(REMARK)
    words = words_of(phone)
    raw: dict[str, Any] = phone.evaluate(RAW, words)
    assert (raw["found"], raw["keys"]) == ([], 1)
    assert all(raw["rows"][table] for table in EMPTY), raw["rows"]

    phone.context.set_offline(False)
    phone.goto("/app/me")
    expect(person.sync()).to_contain_text("全部已发送")
    phone.get_by_role("button", name="退出登录").click()
    expect(phone.get_by_text("到访、照片和未填完的表单将从本机清除。")).to_be_visible()
    phone.get_by_role("alertdialog").get_by_role("button", name="退出登录").click()
    expect(phone.get_by_label("用户名")).to_be_visible()
    becomes_true(phone, f"async () => (await ({RAW})([])).keys === 0")
    raw = phone.evaluate(RAW, words)
    assert {table: raw["rows"][table] for table in EMPTY} == EMPTY
    assert raw["found"] == []

    log_in(phone)
    assert len(words_of(phone)) >= len(words) - 1


def test_a_blocked_phone_hands_over_everything_is_emptied_and_says_so__lesson_14(
    phone: Page, office: httpx.Client
) -> None:
    person = log_in(phone)
    work(person, 4)
    words, disk = words_of(phone), phone.evaluate(DISK)
    unsent = {row["id"] for row in disk["log"] if not row["acked"]}
    assert unsent
    assert len(disk["whole"]) == 1
    revoked = office.post(f"/api/v1/devices/{disk['device']}/revoke", json={"reason": "stolen"})
    assert revoked.is_success, revoked.text
    assert phone.evaluate(RAW, [])["rows"]["log"], "without a network it cannot know"

    phone.context.set_offline(False)
    expect(phone.get_by_role("alert")).to_contain_text(BLOCKED["简体"])
    becomes_true(phone, f"async () => (await ({RAW})([])).keys === 0")
    raw = phone.evaluate(RAW, words)
    assert {table: raw["rows"][table] for table in EMPTY} == EMPTY
    assert (raw["found"], raw["caches"]) == ([], 0)
    held = {entry["op"]["id"] for entry in office.get("/api/v1/quarantine").json()["quarantine"]}
    assert unsent <= held
    assert office.head(f"/api/v1/blobs/{disk['whole'][0]}").is_success

    phone.goto("/app")
    for language, words_there in BLOCKED.items():
        phone.get_by_role("radio", name=language).click()
        expect(phone.get_by_role("alert")).to_contain_text(words_there)
