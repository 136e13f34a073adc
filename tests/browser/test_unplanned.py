"""A visit that nobody planned, opened at the door without a network: at an address that is typed, and at a known customer's."""

from __future__ import annotations

import re
from typing import Any

import httpx
from playwright.sync_api import Page, expect

from tests.browser.conftest import Installation, becomes_true
from tests.browser.disk import DISK, reload
from tests.browser.technician import Technician, photograph

ALL_IS_SENT = f"async () => (await ({DISK})()).log.every((row) => row.acked && row.result)"


def of_the_office(installation: Installation, visit: str) -> tuple[dict[str, Any], str]:
    """The visit's document and its page."""
    with httpx.Client(base_url=installation.url, headers={"X-Fieldsvc": "1"}, timeout=120) as office:
        assert office.post("/api/v1/login", json={"username": "office", "password": "demo"}).is_success
        return office.get(f"/api/v1/visits/{visit}").json(), office.get(f"/office/visits/{visit}").text


def visit_of(page: Page) -> str:
    return page.url.split("/visit/")[1].split("/")[0]


def test_a_visit_nobody_planned_is_opened_without_a_network_and_taken_in_with_the_customer(
    phone: Page, installation: Installation
) -> None:
    technician = Technician(phone)
    technician.log_in()
    expect(technician.sync()).to_contain_text("全部已发送")
    phone.context.set_offline(True)

    phone.get_by_role("searchbox").fill("沿江路")
    phone.get_by_role("button", name="新开计划外到访").click()
    expect(phone.get_by_role("heading", name="计划外到访")).to_be_visible()
    expect(phone.get_by_role("searchbox")).to_have_value("沿江路")
    expect(phone.get_by_text("本机没有这样的用户。")).to_be_visible()
    phone.get_by_role("button", name="本机没有，填写地址").click()
    begin = phone.get_by_role("button", name="开始到访")
    expect(begin).to_have_count(0)
    phone.get_by_label("地址").fill("沿江路 8 号")
    phone.get_by_label("表号").fill("N-2026-9")
    phone.get_by_role("radio", name="预约安检").click()
    expect(phone.get_by_role("radio", name="预约安检")).to_be_checked()
    reload(phone)  # nothing half-written is lost (lesson 16)
    expect(phone.get_by_label("地址")).to_have_value("沿江路 8 号")
    expect(phone.get_by_role("radio", name="预约安检")).to_be_checked()
    begin.click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("沿江路 8 号")
    fresh = visit_of(phone)

    reload(phone)
    technician.go_to("用户")
    expect(phone.get_by_text("档案中没有，由公司录入。")).to_be_visible()
    technician.go_to("抄表")
    phone.get_by_label("本次读数").fill("00018")
    phone.get_by_role("radio", name="走字", exact=True).click()
    technician.take_photo("表盘照片", photograph("N-2026-9 00018"))
    phone.get_by_role("link", name="返回").click()
    expect(phone.get_by_role("link", name=re.compile("沿江路 8 号"))).to_be_visible()

    phone.get_by_role("searchbox").fill("")

    # The same form at a customer of the day: the file is at hand, and the visit planned there is pointed at.
    room = technician.visits().nth(1).locator(".when").inner_text().split("·")[1]
    phone.get_by_role("button", name="新开计划外到访").click()
    phone.get_by_role("searchbox").fill(room)
    phone.get_by_role("listitem").get_by_role("button").first.click()
    expect(phone.get_by_text("这一户已有安排，到访还没结束。")).to_be_visible()
    begin.click()
    expect(phone.get_by_role("heading", level=1)).to_have_text(room)
    again = visit_of(phone)
    technician.go_to("抄表")
    expect(phone.locator(".wheels.is-last").first).to_be_visible()  # the file's meter, without a network
    phone.go_back()
    expect(phone.get_by_role("heading", level=1)).to_have_text(room)
    phone.get_by_role("link", name="返回").click()
    expect(phone.get_by_role("heading", name="今日")).to_be_visible()

    phone.context.set_offline(False)
    becomes_true(phone, ALL_IS_SENT)
    expect(technician.sync()).to_contain_text("全部已发送")
    assert {row["result"]["status"] for row in phone.evaluate(DISK)["log"]} <= {"applied", "duplicate"}
    visit, shown = of_the_office(installation, fresh)
    assert (visit["type"], visit["assignee"]["name"]) == ("gas.booked", "陈志强")
    assert (visit["customer"]["address"], visit["customer"]["account"]) == ("沿江路 8 号", "")
    assert visit["missing_blobs"] == []
    ((meter, reading),) = visit["readings"].items()
    assert ([(each["id"], each["serial"]) for each in visit["meters"]], reading["value"]) == (
        [(meter, "N-2026-9")],
        "00018",
    )
    assert "沿江路 8 号" in shown and "N-2026-9" in shown
    other, _page = of_the_office(installation, again)
    assert other["customer"]["account"]
    assert other["meters"][0]["last"]
    assert re.fullmatch(r"[A-Za-z0-9][\w-]{21}", other["lookup"])
    with httpx.Client(base_url=installation.url, timeout=120) as anybody:
        assert anybody.get(f"/n/{other['lookup']}").status_code == 200
