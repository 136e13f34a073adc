"""The main story, played by a person's hands: a whole visit without a network, to the signed notice."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Installation
from tests.browser.disk import reload
from tests.browser.technician import Technician, photograph

HAZARD = "软管老化、龟裂、鼠咬、烧焦或变硬"
HOSE_POINT = "软管表面无老化、破损、受压，检漏合格"


def judge_the_items_and_fail_the_hose(technician: Technician) -> None:
    page = technician.page
    technician.measure("进门环境燃气浓度", "0")
    technician.open_item("软管")
    technician.point(HOSE_POINT).get_by_role("button", name="不合格").click()

    sheet = page.get_by_role("dialog", name=re.compile("^隐患"))
    expect(sheet.get_by_role("radio", name=re.compile(HAZARD))).to_be_checked()
    sheet.get_by_label("通知单上的说明").fill("灶台后侧软管有明显裂")
    technician.take_photo("隐患照片", photograph("hose"), within=sheet)

    reload(page)  # the camera of a cheap phone does this (lesson 16)
    expect(sheet.get_by_role("img", name="隐患照片")).to_be_visible()
    expect(sheet.get_by_label("通知单上的说明")).to_have_value("灶台后侧软管有明显裂")
    sheet.get_by_label("通知单上的说明").fill("灶台后侧软管有明显裂纹")
    sheet.get_by_role("button", name="记录这条隐患").click()
    expect(sheet).to_have_count(0)
    expect(technician.point(HOSE_POINT).get_by_role("button", name=re.compile(HAZARD))).to_contain_text("1 张照片")

    page.get_by_role("region", name="软管", exact=True).get_by_role("button", expanded=True).click()
    technician.pass_all()


def read_the_meter(technician: Technician) -> None:
    page = technician.page
    last = page.get_by_role("region", name=re.compile("^燃气表")).locator(".unseen").inner_text()
    page.get_by_label("本次读数").fill(str(int(last.split(".")[0]) + 18).zfill(5))
    expect(page.get_by_role("status").filter(has_text="用气")).to_contain_text("m³")
    page.get_by_role("radio", name="走字", exact=True).click()
    technician.take_photo("表盘照片", photograph("dial", (70, 90, 110)))


def sign_and_close(technician: Technician) -> None:
    page = technician.page
    expect(page.get_by_text(re.compile("还缺"))).to_have_count(0)
    expect(page.get_by_role("article").first).to_contain_text(HAZARD)
    technician.sign("用户签名")
    page.get_by_role("radio", name="5 星（满分五星）").click()
    technician.on_with_it("签字确认")
    expect(page.get_by_role("region", name="用户已签字")).to_be_visible()

    reload(page)
    expect(page.get_by_role("region", name="用户已签字")).to_be_visible()
    technician.sign("检查人员签名")
    technician.on_with_it("检查人员签字")
    expect(page.get_by_role("region", name="检查人员已签字")).to_be_visible()
    technician.on_with_it("结束这次到访")


def do_the_whole_visit(technician: Technician) -> None:
    technician.tick_everything()
    technician.go_to("用户")
    technician.on_with_it("全部正确")
    expect(technician.page.get_by_role("heading", name="七项必检")).to_be_visible()
    judge_the_items_and_fail_the_hose(technician)
    technician.go_to("抄表")
    read_the_meter(technician)
    technician.go_to("讲解")
    technician.tick_everything()
    technician.go_to("签字")
    sign_and_close(technician)


@pytest.fixture
def technician(phone: Page) -> Technician:
    person = Technician(phone)
    person.log_in()
    return person


def test_a_day_without_a_network_ends_in_a_signed_notice(
    technician: Technician, installation: Installation, chromium: Browser, tmp_path: Path
) -> None:
    page = technician.page
    expect(technician.visits()).to_have_count(12)

    page.context.set_offline(True)
    expect(technician.sync()).to_contain_text("离线")
    page.goto("/app")  # the app opens without a network
    expect(technician.visits()).to_have_count(12)
    technician.open_visit(1)
    do_the_whole_visit(technician)

    code = page.get_by_role("img", name=re.compile("给用户的二维码"))
    expect(code).to_be_visible()
    address = (code.get_attribute("aria-label") or "").split("：")[-1]
    assert re.fullmatch(re.escape(installation.url) + r"/n/[\w-]{22}", address)
    expect(technician.sync()).to_contain_text("待发送")

    page.context.set_offline(False)
    expect(technician.sync()).to_contain_text("全部已发送")

    paper = page.get_by_role("link", name=re.compile("隐患整改通知单.*打开或打印", re.DOTALL))
    expect(paper).to_be_visible()
    number = re.search(r"YH-[\w-]+", paper.inner_text())
    assert number
    the_pdf_is_signed_and_current(page, paper.get_attribute("href") or "", installation, tmp_path)
    the_office_prints_it(chromium, installation, number.group())
    the_public_page_says_what_to_do(chromium, address)


def the_pdf_is_signed_and_current(page: Page, href: str, installation: Installation, folder: Path) -> None:
    answer = page.request.get(href)
    assert answer.ok
    file = folder / "notice.pdf"
    file.write_bytes(answer.body())
    verified = installation.command("verify", str(file))
    assert verified.returncode == 0, verified.stdout + verified.stderr


def the_office_prints_it(chromium: Browser, installation: Installation, number: str) -> None:
    office = chromium.new_context(base_url=installation.url, locale="zh-CN").new_page()
    office.goto("/office/notices")
    office.get_by_label("用户名").fill("office")
    office.get_by_label("密码").fill("demo")
    office.get_by_role("button", name="登录").click()
    office.goto(f"/office/notices?q={number}")
    row = office.get_by_role("row", name=re.compile(number))
    expect(row).to_contain_text("已签发")
    with office.context.expect_event("response", lambda answer: answer.url.endswith(".pdf")) as printed:
        row.get_by_role("button", name="打印").click()
    assert printed.value.ok
    office.reload()
    expect(row.get_by_text(re.compile("–"))).to_have_count(0)
    office.context.close()


def the_public_page_says_what_to_do(chromium: Browser, address: str) -> None:
    householder = chromium.new_context(locale="zh-CN", viewport={"width": 390, "height": 844}).new_page()
    householder.goto(address)
    expect(householder.get_by_role("heading", level=1)).to_contain_text("真")
    expect(householder.locator("main")).to_contain_text(HAZARD)
    expect(householder.locator("main")).to_contain_text("更换为不锈钢波纹软管或金属包覆软管")
    householder.context.close()
