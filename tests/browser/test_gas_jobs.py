"""Jobs of a gas company, played on the phone: gas-on with the customer's own hands, and an emergency where people come first."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from playwright.sync_api import Page, expect

from tests.browser.conftest import Installation
from tests.browser.disk import reload
from tests.browser.technician import Technician, photograph

HOME = {"name": "欧阳𠮷", "phone": "13812345678", "address": "遵义路 12 号", "room": "1204"}


def planned(installation: Installation, kind: str) -> str:
    """An order of today for the technician of the demonstration, at a home of its own; gives the visit."""
    order: dict[str, Any] = {
        "type": kind,
        "customer": {**HOME, "account": f"99-{kind}", "district": "南明区", "building": "3", "unit": "2"},
        "meters": [{"serial": f"G-{kind}", "kind": "diaphragm", "digits": 5, "decimals": 3}],
        "planned": {"date": datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat(), "from": "07:00", "to": "08:00"},
        "assignee": "inspector",
    }
    with httpx.Client(base_url=installation.url, headers={"X-Fieldsvc": "1"}, timeout=120) as office:
        assert office.post("/api/v1/login", json={"username": "office", "password": "demo"}).is_success
        answer = office.post("/api/v1/visits", json={"visits": [order]})
        assert answer.status_code == 201, answer.text
        visit: str = answer.json()["visits"][0]["id"]
        return visit


def at_the_door(phone: Page, installation: Installation, kind: str, step: str) -> Technician:
    """A technician with the order on the phone, and no network."""
    visit = planned(installation, kind)
    person = Technician(phone)
    person.log_in()
    expect(person.sync()).to_contain_text("全部已发送")
    phone.context.set_offline(True)
    phone.goto(f"/app/visit/{visit}/{step}")
    return person


def stamp(technician: Technician, name: str) -> None:
    """One tap, and the moment stands."""
    button = technician.point(name).get_by_role("button", name=re.compile(name))
    button.click()
    expect(button).to_be_disabled()


def all_fine(page: Page, item: str) -> None:
    button = page.get_by_role("button", name=f"全部正常：{item}")
    button.click()
    expect(button).to_have_count(0)


def look_at_everything(technician: Technician) -> None:
    """The conditions, each with its photo. Before the air is measured nothing else can be answered."""
    page = technician.page
    expect(technician.point("用气房间通风良好，不住人，只有一种气源，无易燃物")).to_contain_text("先处理现场安全")
    technician.measure("进门环境燃气浓度", "0")
    all_fine(page, "通气条件")
    for name, words in (("已安装的燃具", "灶具 老板 9B512"), ("表封号", "F-20261123")):
        field = technician.point(name).get_by_role("textbox")
        field.fill(words)
        field.press("Tab")
    page.get_by_role("radio", name="左进气").click()
    for number, place in enumerate(page.locator(".point:has(.shutter)").all()):
        label = place.locator(".shutter input").get_attribute("aria-label") or ""
        technician.take_photo(label, photograph(f"{number}"), within=place)


def hold_the_pressure(technician: Technician) -> None:
    page = technician.page
    on = page.get_by_role("radio", name="合格，通气", exact=True)
    expect(on).to_be_disabled()
    expect(page.get_by_role("radio", name=re.compile("^不合格，不通气"))).to_be_enabled()
    for name, figure in (("严密性试验压力", "5.0"), ("稳压时间", "15"), ("稳压后压力降", "0")):
        technician.measure(name, figure)
    expect(on).to_be_enabled()
    expect(technician.point("打开表前阀，通气")).to_contain_text("按所选情况")
    on.click()
    expect(on).to_be_checked()  # then it is on the disk


def turn_the_gas_on(technician: Technician) -> None:
    page = technician.page
    for name in ("打开表前阀，通气", "用户亲手开关表前阀、灶前阀", "用户亲手点火、熄火，试用全部燃具"):
        stamp(technician, name)
    all_fine(page, "通气点火")
    technician.measure("通气后全部接头检漏", "0")
    page.get_by_role("radio", name="已示范，用户会做").click()
    for name in (
        "用户知道漏气怎么办，知道24小时服务热线",
        "通气证：签字后出具，已告知用户扫码查看",
        "天然气安全使用手册",
    ):
        technician.point(name).get_by_role("button", name="合格", exact=True).click()
    page.get_by_role("radio", name="均已签订").click()
    expect(page.get_by_role("button", name=re.compile("^全部正常"))).to_have_count(0)


def read_and_sign(technician: Technician) -> None:
    page = technician.page
    technician.go_to("抄表")
    page.get_by_label("本次读数").fill("00003")
    page.get_by_role("radio", name="走字", exact=True).click()
    technician.take_photo("表盘照片", photograph("dial", (70, 90, 110)))
    technician.go_to("讲解")
    technician.tick_everything()
    technician.go_to("签字")
    expect(page.get_by_text(re.compile("还缺"))).to_have_count(0)
    technician.sign("用户签名")
    technician.on_with_it("签字确认")
    expect(page.get_by_role("region", name="用户已签字")).to_be_visible()
    technician.sign("作业人员签名")
    technician.on_with_it("作业人员签字")
    technician.on_with_it("结束这次到访")


def test_gas_comes_on_by_the_customers_own_hands_after_every_test_and_his_certificate_follows(
    phone: Page, installation: Installation
) -> None:
    technician = at_the_door(phone, installation, "gas.gas_on", "door")
    technician.tick_everything()
    technician.go_to("用户")
    technician.on_with_it("全部正确")
    look_at_everything(technician)
    hold_the_pressure(technician)
    reload(phone)
    expect(phone.get_by_role("radio", name="合格，通气", exact=True)).to_be_checked()
    turn_the_gas_on(technician)
    read_and_sign(technician)
    phone.context.set_offline(False)
    expect(technician.sync()).to_contain_text("全部已发送")
    paper = phone.get_by_role("link", name=re.compile("通气证.*打开或打印", re.DOTALL))
    expect(paper).to_be_visible()
    expect(paper).to_contain_text(re.compile(r"TZ-[\w-]+"))
    file = phone.request.get(paper.get_attribute("href") or "")
    assert file.ok and file.body().startswith(b"%PDF")


def test_in_an_emergency_people_come_before_any_form_and_the_crew_stays(
    phone: Page, installation: Installation
) -> None:
    technician = at_the_door(phone, installation, "gas.emergency", "items")
    first, out = phone.get_by_role("heading", name="先救人"), phone.get_by_role("button", name="人员已全部撤到室外")
    expect(technician.point("控制措施")).to_contain_text("先处理现场安全")
    for name in ("接警", "出发"):
        stamp(technician, name)
        expect(out).to_have_count(0)
    technician.point("到达").get_by_role("button", name=re.compile("到达")).click()
    dialog = phone.get_by_role("alertdialog").or_(phone.get_by_role("dialog"))
    expect(dialog).to_contain_text("带所有人到室外")
    reload(phone)
    out.click()
    expect(dialog).to_have_count(0)
    technician.measure("到达时燃气浓度", "12000")
    expect(dialog).to_contain_text("立即撤离")
    expect(dialog.get_by_role("button", name=re.compile("结束|中止"))).to_have_count(0)
    out.click()
    expect(dialog).to_have_count(0)
    stamp(technician, "险情解除")
    expect(first).to_have_count(0)
