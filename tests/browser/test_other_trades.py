"""A job that is no inspection and not of gas: what the phone says at the door, of the meter and on paper is said of that job."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from playwright.sync_api import Page, expect

from tests.browser.conftest import Installation
from tests.browser.disk import reload
from tests.browser.technician import Technician
from tests.browser.test_charged_jobs import all_fine, photograph_all, say, stamp

HOME = {"name": "欧阳𠮷", "phone": "13812345678", "address": "遵义路 12 号", "room": "1204"}
GAS = re.compile("燃气(?!有限公司)|停气|安检|检查")  # but the company's own name


def ordered(installation: Installation, kind: str, meter: str) -> str:
    """An order of today for the technician of the demonstration; gives the visit."""
    order: dict[str, Any] = {
        "type": kind,
        "customer": {**HOME, "account": f"55-{kind}"},
        "meters": [{"serial": f"M-{kind}", "kind": meter, "digits": 5, "decimals": 2,
                    "last": {"value": "01234.50", "at": "2026-10-20"}}],
        "planned": {"date": datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat(), "from": "07:00", "to": "08:00"},
        "assignee": "inspector",
    }  # fmt: skip
    with httpx.Client(base_url=installation.url, headers={"X-Fieldsvc": "1"}, timeout=120) as office:
        assert office.post("/api/v1/login", json={"username": "office", "password": "demo"}).is_success
        answer = office.post("/api/v1/visits", json={"visits": [order]})
        assert answer.status_code == 201, answer.text
        visit: str = answer.json()["visits"][0]["id"]
        return visit


def at(phone: Page, visit: str, step: str) -> Technician:
    technician = Technician(phone)
    technician.log_in()
    expect(technician.sync()).to_contain_text("全部已发送")
    phone.context.set_offline(True)
    phone.goto(f"/app/visit/{visit}/{step}")
    return technician


def test_at_a_job_of_another_trade_nothing_is_said_of_gas_from_the_door_to_the_card(
    phone: Page, installation: Installation
) -> None:
    technician = at(phone, ordered(installation, "power.fault", "electric"), "door")
    main = phone.locator("main")
    expect(main).to_contain_text("作业的时候请您在旁边陪同")
    expect(main).not_to_contain_text(GAS)

    technician.go_to("用户")
    expect(main).to_contain_text("M-power.fault")
    expect(main).not_to_contain_text("表号不一样")  # no step and no point of this job takes another number
    expect(main.get_by_role("link", name="去检查这一项")).to_have_count(0)
    technician.go_to("签字")
    summary = phone.locator("article.summary")
    expect(summary.get_by_role("heading", name="做了什么")).to_be_visible()
    expect(summary).not_to_contain_text(GAS)
    expect(summary).not_to_contain_text("发现了什么")

    technician.go_to("入户")
    phone.get_by_role("button", name="拒绝入户").click()
    sheet = phone.get_by_role("dialog")
    expect(sheet.get_by_role("radio", name="认为不需要上门")).to_be_visible()
    expect(sheet).not_to_contain_text("认为不需要检查")
    sheet.get_by_role("radio", name="不相信身份").click()
    sheet.locator(".foot button").click()
    card = phone.get_by_role("region", name="到访不遇卡")
    expect(card).to_contain_text(re.compile(r"上门（.+），未能入户。"))
    expect(card).not_to_contain_text(GAS)
    expect(card).not_to_contain_text("不收费")


def test_another_trades_meter_is_told_in_its_own_words(phone: Page, installation: Installation) -> None:
    technician = at(phone, ordered(installation, "power.reading", "electric"), "customer")
    main = phone.locator("main")
    expect(main).to_contain_text("请记下实际表号，由办公室更正档案")
    expect(main).not_to_contain_text("七项")
    main.get_by_role("link", name="记录现场表号").click()
    expect(phone.get_by_role("region", name="换过的表")).to_be_visible()
    phone.get_by_label("本次读数").fill("01250")
    phone.get_by_role("radio", name="不走字", exact=True).click()
    expect(main).to_contain_text("正在使用而表不走，就是死表")
    expect(main).to_contain_text("与档案不是同一块表：请写明所见情况")
    expect(main).not_to_contain_text("七项")
    phone.get_by_role("button", name="未能抄表").click()
    expect(phone.get_by_role("radio", name="已停用封表")).to_be_visible()
    expect(phone.get_by_role("radio", name="已停气封表")).to_have_count(0)
    assert technician.page is phone


def test_a_wrong_name_is_corrected_at_the_door_marked_and_put_before_the_office(
    phone: Page, installation: Installation
) -> None:
    visit = ordered(installation, "heat.repair", "diaphragm")
    technician = at(phone, visit, "customer")
    phone.get_by_role("button", name="更正：姓名").click()
    field = phone.get_by_role("textbox", name="姓名")
    field.fill("欧阳修")
    reload(phone)  # nothing of what was begun is lost
    expect(field).to_have_value("欧阳修")
    phone.get_by_role("button", name="更正", exact=True).click()
    expect(phone.locator("main")).to_contain_text("档案上是：欧阳𠮷。更正由公司审核。")
    phone.goto("/app")
    row = phone.locator(f"a.visit-row[href*='{visit}']")
    expect(row).to_contain_text("欧阳修")
    expect(row).to_contain_text("有更正")
    phone.context.set_offline(False)
    expect(technician.sync()).to_contain_text("全部已发送")
    with httpx.Client(base_url=installation.url, headers={"X-Fieldsvc": "1"}, timeout=120) as office:
        assert office.post("/api/v1/login", json={"username": "office", "password": "demo"}).is_success
        waiting = office.get("/office/attention/corrections").text
    assert "欧阳𠮷" in waiting and "欧阳修" in waiting


DAY = "通知书送达日期（年-月-日）"


def served(days: int) -> str:
    """The day that lies so many days back, as people write it."""
    day = datetime.now(ZoneInfo("Asia/Shanghai")).date() - timedelta(days=days)
    return f"{day.year}年{day.month}月{day.day}日"


def test_a_cut_warns_while_its_notice_is_not_old_enough_and_is_made_and_signed_when_it_is(
    phone: Page, installation: Installation
) -> None:
    visit = ordered(installation, "power.cut", "electric")
    technician = at(phone, visit, "door")
    technician.tick_everything()
    technician.go_to("用户")
    phone.get_by_role("button", name="全部正确").click()
    technician.go_to("工作")
    expect(technician.point(DAY)).to_have_class(re.compile("is-waiting"))  # nothing was said of a notice yet
    phone.get_by_role("radio", name="停电通知书送达已满七日").click()
    say(technician, "停电通知书编号", "TG-2026-0007")
    say(technician, DAY, served(6))
    warning = technician.point(DAY).get_by_role("alert")
    expect(warning).to_contain_text("未满规定天数，不得停供")
    reload(phone)
    expect(warning).to_be_visible()
    say(technician, DAY, served(7))
    expect(warning).to_have_count(0)
    all_fine(phone, "停电前")
    stamp(technician, "停电")
    say(technician, "断开位置与封印号", "电表箱出线，封 8812")
    all_fine(phone, "停电操作")
    photograph_all(phone, technician)
    technician.go_to("签字")
    expect(phone.get_by_text(re.compile("还缺"))).to_have_count(0)
    technician.sign("作业人员签名")
    technician.on_with_it("作业人员签字")
    technician.on_with_it("结束这次到访")
    phone.context.set_offline(False)
    expect(technician.sync()).to_contain_text("全部已发送")
