"""A phone that cannot send any more: its Outbox makes a file, the office brings it in, and the phone learns of it."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Installation
from tests.browser.technician import Technician, photograph


def test_what_a_stranded_phone_holds_reaches_the_office_by_its_lifeboat(
    phone: Page, chromium: Browser, installation: Installation, tmp_path: Path
) -> None:
    person = Technician(phone)
    person.log_in()
    expect(person.sync()).to_contain_text("全部已发送")
    phone.context.set_offline(True)
    person.open_visit(6)
    person.tick_everything()
    phone.get_by_role("button", name="家中无人").click()
    sheet = phone.get_by_role("dialog", name="家中无人")
    person.take_photo("门的照片", photograph("door"), within=sheet)
    phone.goto("/app/outbox")
    phone.get_by_role("button", name="生成应急备份文件").click()
    expect(phone.get_by_text("文件已生成")).to_be_visible()
    with phone.expect_download() as saving:
        phone.get_by_role("link", name="保存文件").click()
    file = tmp_path / saving.value.suggested_filename
    saving.value.save_as(file)
    assert re.fullmatch(r"D\d+-\d{12}\.lifeboat", file.name)
    context = chromium.new_context(base_url=installation.url, locale="zh-CN")
    desk = context.new_page()
    desk.goto("/office/lifeboat")
    desk.get_by_label("用户名").fill("office")
    desk.get_by_label("密码").fill("demo")
    desk.get_by_role("button", name="登录").click()
    desk.get_by_label("无法上传的手机生成的应急备份文件").set_input_files(file)
    desk.get_by_role("button", name="导入").click()
    expect(desk.get_by_role("heading", name="文件中的内容已全部接收")).to_be_visible()
    expect(desk.get_by_text(re.compile(r"已接收 \d+ 条记录")).first).to_be_visible()
    expect(desk.get_by_text("已接收 1 张图片").first).to_be_visible()
    context.close()
    phone.context.set_offline(False)
    expect(person.sync()).to_contain_text("全部已发送")
