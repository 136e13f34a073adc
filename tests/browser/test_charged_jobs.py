"""At the door without a network: a paid service whose prices are signed for before the work, and an exchange of a meter."""

from __future__ import annotations

import re
import time
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Installation
from tests.browser.disk import reload
from tests.browser.technician import Technician, photograph

METER = {"digits": 5, "decimals": 3, "last": {"value": "01234.567", "at": "2026-10-20"}}


@pytest.fixture
def office(installation: Installation) -> Any:
    """The office's own client."""
    with httpx.Client(base_url=installation.url, headers={"X-Fieldsvc": "1"}, timeout=120) as client:
        assert client.post("/api/v1/login", json={"username": "office", "password": "demo"}).is_success
        yield client


def order(office: httpx.Client, kind: str, room: str, meter: str) -> str:
    """An order of today for the technician of the demonstration; gives the visit."""
    customer = {"account": f"77000{room}", "name": "欧阳𠮷", "phone": "13900000001", "district": "南明区"}
    place = {"address": "沿江路 8 号", "building": "1", "unit": "1", "room": room}
    now = office.get("/api/v1/me").json()["server_time"]
    planned = {"date": now[:10], "from": "08:00", "to": "09:00"}
    meters = [{**METER, "serial": f"OLD-{room}", "kind": meter}]
    visit = {
        "type": kind,
        "customer": {**customer, **place},
        "meters": meters,
        "planned": planned,
        "assignee": "inspector",
    }
    answer = office.post("/api/v1/visits", json={"visits": [visit]})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["visits"][0]["id"])


def go_in(phone: Page, technician: Technician, visit: str) -> None:
    """Lose the network, open the visit, and do what every visit begins with."""
    expect(technician.sync()).to_contain_text("全部已发送")
    phone.context.set_offline(True)
    phone.goto(f"/app/visit/{visit}/door")
    expect(phone.get_by_role("checkbox").first).to_be_visible()
    technician.tick_everything()
    technician.go_to("用户")
    phone.get_by_role("button", name="全部正确").click()
    technician.go_to("工作")


def all_fine(phone: Page, item: str) -> None:
    """What can be passed wholesale in one part of the work."""
    part = phone.get_by_role("region", name=item, exact=True)
    part.get_by_role("button", name=re.compile("^全部正常")).click()


def say(technician: Technician, point: str, words: str) -> None:
    field = technician.point(point).get_by_role("textbox")
    field.fill(words)
    field.blur()


def stamp(technician: Technician, point: str) -> None:
    technician.point(point).get_by_role("button", name=re.compile("记录当前时间")).click()
    expect(technician.point(point).get_by_role("button", name=re.compile("已记录"))).to_be_visible()


def photograph_all(phone: Page, technician: Technician) -> None:
    """Every photo that a point still asks for."""
    for number, place in enumerate(phone.locator(".point:has(.shutter)").all()):
        label = place.locator(".shutter input").get_attribute("aria-label") or ""
        technician.take_photo(label, photograph(f"{label} {number}"), within=place)


def sign_and_close(phone: Page, technician: Technician) -> None:
    technician.go_to("签字")
    expect(phone.get_by_text(re.compile("还缺"))).to_have_count(0)
    technician.sign("用户签名")
    technician.on_with_it("签字确认")
    expect(phone.get_by_role("region", name="用户已签字")).to_be_visible()
    technician.sign("作业人员签名")
    technician.on_with_it("作业人员签字")
    technician.on_with_it("结束这次到访")
    phone.context.set_offline(False)


def closed(office: httpx.Client, visit: str) -> dict[str, Any]:
    """The visit with its sheet, once the paper is made."""
    document: dict[str, Any] = {}
    for _attempt in range(2400):
        document = office.get(f"/api/v1/visits/{visit}").json()
        if any(one["kind"] == "sheet" and one["status"] == "ready" for one in document["notices"]):
            return document
        time.sleep(0.05)
    raise AssertionError((document["state"], document["notices"]))


def test_the_prices_of_a_paid_service_are_signed_for_before_the_work_and_again_when_they_change(
    phone: Page, office: httpx.Client
) -> None:
    technician = Technician(phone)
    visit = order(office, "power.paid_service", "701", "electric")
    technician.log_in()
    go_in(phone, technician, visit)
    say(technician, "用户需求与故障情况", "插座无电 <b>急</b>")
    all_fine(phone, "需求与报价")
    charges = technician.point("收费项目")
    for line in ("上门检修", "更换户内导线"):
        charges.get_by_role("button", name="从价目表添加").click()
        charges.get_by_role("button", name=line).click()
    metres = charges.get_by_label("数量：更换户内导线")
    metres.fill("2.5")
    phone.evaluate("dispatchEvent(new Event('offline'))")  # drawn anew while it is typed
    phone.evaluate("dispatchEvent(new Event('online'))")
    metres.press("Tab")
    expect(charges.get_by_role("status")).to_contain_text("¥61.50")

    agree = phone.get_by_role("link", name="请用户签字确认价格")
    agree.click()
    asked = phone.get_by_role("dialog")
    expect(asked).to_contain_text("合计")
    asked.get_by_role("radio", name="EN").click()
    expect(asked).to_contain_text("Replace wiring in the home")
    asked.get_by_role("radio", name="简").click()
    asked.get_by_label("签字人姓名").fill("陈志强")
    technician.sign("用户签名")
    asked.get_by_role("button", name="我同意并签字").click()
    expect(asked.get_by_role("alert")).to_be_visible()  # the worker signs for nobody
    asked.get_by_label("签字人姓名").fill("欧阳𠮷")
    asked.get_by_role("button", name="我同意并签字").click()
    expect(charges).to_contain_text("欧阳𠮷 已于")

    charges.get_by_role("button", name="增加：上门检修").dblclick()  # faster than the disk
    charges.get_by_role("button", name="减少：上门检修").click()
    expect(charges).to_contain_text("签字后清单有改动")
    reload(phone)
    expect(charges).to_contain_text("¥91.50")
    agree.click()
    technician.sign("用户签名")
    asked.get_by_role("button", name="我同意并签字").click()
    expect(charges).to_contain_text("欧阳𠮷 已于")

    stamp(technician, "开始作业")
    say(technician, "作业内容与使用的材料", "更换导线 2.5 米")
    all_fine(phone, "作业")
    photograph_all(phone, technician)
    stamp(technician, "完成作业")
    all_fine(phone, "告知")
    expect(charges).to_contain_text("欧阳𠮷 已于")
    technician.go_to("签字")
    expect(phone.locator("article.summary")).to_contain_text("¥91.50")
    sign_and_close(phone, technician)

    document = closed(office, visit)
    assert document["signatures"]["agreement"]["covers"] == ["request/PAID-C3"]
    assert not any(one["stale"] for one in document["signatures"].values())
    page = office.get(f"/office/visits/{visit}").text
    assert "¥ 91.50" in page
    assert "<b>急</b>" not in page


def test_an_exchanged_meter_is_recorded_whole_and_its_sheet_follows(phone: Page, office: httpx.Client) -> None:
    technician = Technician(phone)
    visit = order(office, "water.meter_change", "702", "water")
    technician.log_in()
    go_in(phone, technician, visit)
    all_fine(phone, "换表")
    technician.point("换表原因").get_by_role("radio", name="到期轮换").click()
    say(technician, "旧表封印号及完好情况", "A-1 完好")
    say(technician, "旧表存放位置", "城南库 3 架")
    all_fine(phone, "检验")
    photograph_all(phone, technician)

    technician.go_to("抄表")
    old, new = phone.get_by_role("region", name="旧表"), phone.get_by_role("region", name="新表")
    old.get_by_label("旧表止码").fill("00001")
    expect(phone.get_by_text(re.compile("比上次读数小"))).to_be_visible()
    old.get_by_label("旧表止码").fill("01250100")
    expect(phone.get_by_text(re.compile("比上次读数小"))).to_have_count(0)
    new.get_by_label("新表表号").fill("N-7700")
    new.get_by_label("新表起码").fill("00003")
    reload(phone)  # nothing half-written is lost, and nothing half-known is recorded
    expect(phone.get_by_text(re.compile("还需要：新封印号、走向是否正确"))).to_be_visible()
    new.get_by_label("新封印号").fill("F001、F002")
    new.get_by_role("radio", name="走向正确").click()
    expect(phone.get_by_text("新旧读数已一并记录。")).to_be_visible()
    technician.take_photo("旧表照片", photograph("OLD-702 01250.1"))
    technician.take_photo("新表照片", photograph("N-7700 00003"))
    sign_and_close(phone, technician)

    document = closed(office, visit)
    [reading] = document["readings"].values()
    assert reading["exchange"] == {
        "serial": "N-7700", "final": "01250.100", "initial": "00003", "seals": "F001、F002", "direction": True,
    }  # fmt: skip
    assert "exchange" not in {one["kind"] for one in document["notices"]}
    assert "F001、F002" in office.get(f"/office/visits/{visit}").text
