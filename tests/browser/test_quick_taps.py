"""Taps that come faster than the disk, and fields that go before they are left: what was tapped and typed last is what stands."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import becomes_true
from tests.browser.disk import DISK, all_written, reload
from tests.browser.technician import Technician
from tests.browser.test_hazard import POINT, fail_the_hose

# One after the other, each after the screen was drawn anew and before a write can be on the disk; as long as they stand there.
TAPPED = """async (all) => {
  for (const one of all) {
    if (one.isConnected) one.click();
    await new Promise((drawn) => setTimeout(drawn));
  }
}"""
RECORDED = (
    f"""async () => (await ({DISK})()).log.some(({{ op }}) => op.data.point === "HOSE-C2" && op.data.value === "1.5")"""
)
KEPT = f"""async () => JSON.stringify((await ({DISK})()).drafts).includes("厨房吊柜后")"""
OWN = "移开家具，更换软管"


@pytest.fixture
def technician(phone: Page) -> Technician:
    person = Technician(phone)
    person.log_in()
    phone.context.set_offline(True)  # so that the log stays whole
    return person


def tap(page: Page, *buttons: Locator) -> None:
    page.evaluate(TAPPED, [button.element_handle() for button in buttons])


def written(page: Page, kind: str) -> list[dict[str, Any]]:
    """The data of all entries of a kind on this phone, in their order."""
    all_written(page)
    log: list[dict[str, Any]] = page.evaluate(DISK)["log"]
    return [row["op"]["data"] for row in log if row["op"]["kind"] == kind]


def recorded_hazard(technician: Technician, visit: int) -> Locator:
    """The sheet of a hazard that is on record."""
    sheet = fail_the_hose(technician, visit)
    sheet.get_by_role("button", name="记录这条隐患").click()
    technician.point(POINT).get_by_role("button", name=re.compile("2级隐患")).click()
    expect(sheet.get_by_role("button", name="撤回这条隐患")).to_be_visible()
    return sheet


def test_a_remedy_tapped_twice_at_once_is_as_it_was_and_typed_words_stay_with_it(technician: Technician) -> None:
    page = technician.page
    sheet = recorded_hazard(technician, 1)
    remedy = sheet.get_by_role("checkbox").first
    expect(remedy).to_be_checked()
    tap(page, remedy, remedy)
    words = sheet.get_by_label("自行填写")
    words.focus()
    page.keyboard.type(OWN)
    tap(page, remedy)  # a finger leaves no field
    expect(remedy).not_to_be_checked()
    expect(words).to_have_value(OWN)
    reload(page)
    expect(words).to_have_value(OWN)
    expect(remedy).not_to_be_checked()
    solutions = [data["value"] for data in written(page, "hazard.set") if data["field"] == "solutions"]
    assert solutions == [[], [0], [OWN]]


def test_a_remark_typed_to_the_end_is_on_record_when_the_sheet_is_closed(technician: Technician) -> None:
    page = technician.page
    sheet = recorded_hazard(technician, 1)
    note = sheet.get_by_label("通知单上的说明")
    note.fill("厨房吊柜后")
    becomes_true(page, KEPT)
    reload(page)  # the system took the camera's memory: the field was never left
    expect(note).to_have_value("厨房吊柜后")
    tap(page, sheet.get_by_role("button", name="关闭", exact=True))
    expect(sheet).to_have_count(0)
    assert [data["value"] for data in written(page, "hazard.set")] == ["厨房吊柜后"]


def test_words_typed_into_the_middle_stay_in_the_middle(technician: Technician) -> None:
    page = technician.page
    sheet = fail_the_hose(technician, 1)
    note = sheet.get_by_label("通知单上的说明")
    note.fill("厨房后")
    note.press("ArrowLeft")
    page.keyboard.type("吊柜")
    expect(note).to_have_value("厨房吊柜后")


def test_a_hazard_recorded_with_two_taps_is_one_and_the_way_back_is_one_step(technician: Technician) -> None:
    page = technician.page
    sheet = fail_the_hose(technician, 2)
    button = sheet.get_by_role("button", name="记录这条隐患")
    tap(page, button, button)
    expect(sheet).to_have_count(0)
    expect(technician.point(POINT)).to_contain_text("2级隐患")
    assert len(written(page, "hazard.add")) == 1

    technician.point(POINT).get_by_role("button", name=re.compile("2级隐患")).click()
    close = sheet.get_by_role("button", name="关闭", exact=True)
    tap(page, close, close)
    expect(sheet).to_have_count(0)
    expect(technician.point(POINT)).to_be_visible()  # and not the page before


def test_a_day_that_is_past_or_half_typed_is_not_taken(technician: Technician) -> None:
    page = technician.page
    sheet = recorded_hazard(technician, 3)
    due = sheet.get_by_label("整改期限")
    agreed = due.input_value()
    due.fill("0002-01-01")  # what stands there while the year 2027 is typed
    due.blur()
    expect(due).to_have_value(agreed)
    assert written(page, "hazard.set") == []

    technician.page.goto("/app")
    technician.open_visit(4)
    page.get_by_role("button", name="家中无人").click()
    day = page.locator("dialog input[type=date]")
    day.fill("2020-01-01")
    day.blur()
    expect(day).to_have_value("")


def test_a_visit_closed_with_two_taps_is_closed_once_and_its_remark_written_once(technician: Technician) -> None:
    page = technician.page
    technician.open_visit(4)
    page.get_by_role("button", name="拒绝入户").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("radio", name="不相信身份").click()
    sheet.get_by_label("备注").fill("请先来电")
    close = sheet.locator(".foot button")
    tap(page, close, close, close)
    expect(page.get_by_role("heading", name="拒绝入户")).to_be_visible()
    assert [data["text"] for data in written(page, "note.add")] == ["请先来电"]
    assert len(written(page, "visit.close")) == 1


def test_a_fail_tapped_while_all_the_rest_is_passed_stays_a_fail(technician: Technician) -> None:
    page = technician.page
    technician.open_visit(5)
    technician.go_to("七项")
    technician.open_item("软管")
    item = page.locator("#item-hose")
    point = (technician.point(POINT).get_attribute("id") or "").removeprefix("point-")
    tap(page, item.locator(".all-fine button"), technician.point(POINT).get_by_role("button", name="不合格"))
    expect(page.get_by_role("dialog", name="隐患 · 软管")).to_be_visible()
    expect(item.locator(".all-fine")).to_have_count(0)
    results = [data["result"] for data in written(page, "check.set") if data["point"] == point]
    assert results == ["fail"]
    page.go_back()
    expect(page.locator(f"#point-{point} [data-result=fail]")).to_have_attribute("aria-pressed", "true")


def test_pass_tapped_by_mistake_and_fail_at_once_is_a_fail(technician: Technician) -> None:
    page = technician.page
    sheet = fail_the_hose(technician, 6)
    page.go_back()
    expect(sheet).to_have_count(0)
    ways = [technician.point(POINT).get_by_role("button", name=name, exact=True) for name in ("合格", "不合格")]
    expect(ways[1]).to_have_attribute("aria-pressed", "true")
    tap(page, *ways)
    expect(sheet).to_be_visible()
    assert [data["result"] for data in written(page, "check.set")] == ["fail", "pass", "fail"]


def test_a_figure_is_on_record_when_the_back_gesture_takes_its_field_away(technician: Technician) -> None:
    page = technician.page
    technician.open_visit(5)
    technician.go_to("七项")
    technician.open_item("软管")
    page.locator("#point-HOSE-C2 input").focus()
    page.keyboard.type("1.5")
    page.go_back()
    becomes_true(page, RECORDED)


def test_a_meter_said_to_stand_still_by_mistake_and_to_run_at_once_runs(technician: Technician) -> None:
    page = technician.page
    technician.open_visit(3)
    technician.go_to("抄表")
    last = page.locator(".wheels.is-last + .unseen").first.inner_text()
    page.get_by_label("本次读数").fill(str(int(float(last)) + 9))
    runs, stands = (page.get_by_role("radio", name=name, exact=True) for name in ("走字", "不走字"))
    runs.click()
    expect(runs).to_be_checked()
    tap(page, stands, runs)
    becomes_true(
        page, f"async () => (await ({DISK})()).log.filter(({{ op }}) => op.kind === 'reading.set').length === 3"
    )
    expect(runs).to_be_checked()
    assert [data["running"] for data in written(page, "reading.set")] == [True, False, True]
