"""The hazard sheet after the first tap: changing, withdrawing, marking a photo, shutting off gas, searching."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.disk import DISK, reload
from tests.browser.technician import Technician, photograph

STOPS = f"""async () => (await ({DISK})()).log.map(({{ op }}) => op.data.stop_gas ?? (op.data.field === "stop_gas"
  ? op.data.value : null)).filter(Boolean)"""
NONE = "不停气"
POINT = "软管无中间接头、三通"
FOUND = "软管中间有接头（两段拼接）"


@pytest.fixture
def technician(phone: Page) -> Technician:
    person = Technician(phone)
    person.log_in()
    return person


def fail_the_hose(technician: Technician, visit: int) -> Locator:
    """Open a visit's hose and fail it; gives the sheet that rises."""
    technician.open_visit(visit)
    technician.go_to("七项")
    technician.open_item("软管")
    technician.point(POINT).get_by_role("button", name="不合格").click()
    sheet = technician.page.get_by_role("dialog", name="隐患 · 软管")
    expect(sheet.get_by_role("radio", name=re.compile(f"^{re.escape(FOUND)}"))).to_be_checked()
    return sheet


def test_a_recorded_hazard_is_changed_at_once_and_withdrawn_with_its_reason(technician: Technician) -> None:
    sheet = fail_the_hose(technician, 1)
    sheet.get_by_role("button", name="记录这条隐患").click()
    recorded = technician.point(POINT).get_by_role("button", name=re.compile(re.escape(FOUND)))
    expect(recorded).to_contain_text("2级隐患")

    recorded.click()
    sheet.get_by_role("radio", name=re.compile("^1 ?一级")).click()
    sheet.get_by_role("radio", name=re.compile("^表前")).click()
    expect(sheet.get_by_role("radio", name=re.compile("^表前"))).to_be_checked()  # shown, so it is on the disk
    expect(sheet.get_by_text("一级（重大）隐患").last).to_be_visible()
    reload(technician.page)
    expect(sheet.get_by_role("radio", name=re.compile("^表前"))).to_be_checked()
    sheet.get_by_role("button", name="关闭", exact=True).click()
    expect(recorded).to_contain_text("1级隐患")

    recorded.click()
    sheet.get_by_role("button", name="撤回这条隐患").click()
    technician.page.get_by_role("alertdialog").get_by_role("button", name="误记").click()
    expect(recorded).to_have_count(0)
    expect(technician.point(POINT).get_by_role("button", name="记录隐患")).to_be_visible()


PHOTOS = f"""async () => (await ({DISK})()).log.map(({{ op }}) => op).filter(({{ kind }}) => kind === "photo.add")
  .map(({{ data }}) => data)"""


def test_a_photo_says_where_and_when_and_a_mark_drawn_on_it_changes_neither(technician: Technician) -> None:
    page = technician.page
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 26.5783, "longitude": 106.7135, "accuracy": 12})
    sheet = fail_the_hose(technician, 2)
    technician.take_photo("隐患照片", photograph("joint"), within=sheet)
    before = sheet.get_by_role("img", name="隐患照片").get_attribute("src")
    sheet.get_by_role("button", name=re.compile("^查看")).click()
    picture = page.get_by_role("dialog", name="隐患照片")
    box = picture.get_by_role("img", name="隐患照片").bounding_box()
    assert box
    page.mouse.move(box["x"] + 80, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 130, steps=6)
    page.mouse.up()
    picture.get_by_role("button", name="保留标记").click()
    expect(picture).to_have_count(0)
    expect(sheet.get_by_role("img", name="隐患照片")).to_have_count(1)
    expect(sheet.get_by_role("img", name="隐患照片")).not_to_have_attribute("src", before or "")
    taken, marked = page.evaluate(PHOTOS)
    assert taken["location"] == {"lat": 26_578_300, "lon": 106_713_500, "accuracy": 12}
    assert {**marked, "sha256": ""} == {**taken, "sha256": ""}


def test_gas_is_recorded_as_shut_off_only_after_a_second_word(technician: Technician) -> None:
    sheet = fail_the_hose(technician, 3)
    sheet.get_by_role("radio", name="当场停气（整户）").click()
    sheet.get_by_role("button", name="记录这条隐患").click()
    asked = technician.page.get_by_role("alertdialog", name="当场停气（整户）")
    asked.get_by_role("button", name="返回修改").click()
    expect(sheet.get_by_role("button", name="记录这条隐患")).to_be_visible()
    sheet.get_by_role("button", name="记录这条隐患").click()
    asked.get_by_role("button", name="已关阀，记录").click()
    expect(sheet).to_have_count(0)

    recorded = technician.point(POINT).get_by_role("button", name=re.compile(re.escape(FOUND)))
    recorded.click()
    whole, one = (sheet.get_by_role("radio", name=name) for name in ("当场停气（整户）", NONE))
    one.click()
    expect(one).to_be_checked()
    whole.click()  # of a recorded one as well
    asked.get_by_role("button", name="返回修改").click()
    expect(one).to_be_checked()
    whole.click()
    asked.get_by_role("button", name="已关阀，记录").click()
    expect(whole).to_be_checked()
    assert technician.page.evaluate(STOPS) == ["now_all", "none", "now_all"]


def test_a_hazard_of_last_time_is_said_to_be_put_right_and_the_record_says_so(technician: Technician) -> None:
    page = technician.page
    technician.open_visit(2)
    technician.go_to("签字")
    page.get_by_role("link", name=re.compile("请复检上次的隐患|七项 · ")).first.click()
    answer = page.get_by_role("radiogroup", name="是否已整改")
    answer.get_by_role("radio", name="已整改").click()
    technician.take_photo("现状照片", photograph("now"))
    technician.go_to("签字")
    expect(page.get_by_role("listitem").filter(has_text="· 已整改")).to_have_count(1)
    expect(technician.sync()).to_have_count(0)  # the switch of languages stands in its place
    technician.go_to("抄表")
    expect(technician.sync()).to_contain_text("全部已发送")
    said = page.evaluate(
        "() => fetch(`/api/v1/visits/${location.pathname.split('/')[3]}`).then((answer) => answer.json())"
        ".then(({verifications}) => Object.values(verifications).map(({result}) => result))"
    )
    assert said == ["fixed"]


def test_the_catalogue_is_searched_and_free_words_are_taken(technician: Technician) -> None:
    sheet = fail_the_hose(technician, 4)
    sheet.get_by_role("button", name="其他隐患").click()
    sheet.get_by_label("搜索隐患目录").fill("鼠咬")
    sheet.get_by_role("button", name=re.compile("^软管老化")).click()
    expect(sheet.get_by_role("radio", name=re.compile("^软管老化"))).to_be_checked()

    sheet.get_by_role("button", name="其他隐患").click()
    sheet.get_by_role("button", name="都不是，自行描述").click()
    sheet.get_by_label("请用自己的话说明问题").fill("软管被家具压住")
    sheet.get_by_label("自行填写").fill("移开家具，更换软管")
    sheet.get_by_label("自行填写").press("Tab")
    sheet.get_by_role("button", name="记录这条隐患").click()
    expect(technician.point(POINT).get_by_role("button", name=re.compile("软管被家具压住"))).to_be_visible()
