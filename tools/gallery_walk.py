"""One day of a technician, stopping at every screen and sheet of the phone app: what tools/gallery.py takes its pictures of.

Decides which moments there are and how a person comes to them. Takes no picture itself. Invariant: every stop is reached
by taps and keys, as at a door; nothing is put into the app's storage.
"""

import re
from typing import Protocol

from playwright.sync_api import Locator, Page, expect

from tests.browser.technician import Technician, photograph
from tools.screenshots import snap


class Gallery(Protocol):
    """Whoever looks at each stop."""

    def stop(self, page: Page, name: str) -> None:
        """Look at what stands on the page, in every language."""

    def as_it_is(self, page: Page, name: str, locale: str) -> None:
        """Look at what stands on the page, in the language that it speaks."""


def the_day(gallery: Gallery, technician: Technician) -> None:
    """Login, Today and what is beside it."""
    page = technician.page
    page.goto("/app")
    expect(page.get_by_role("button", name="登录")).to_be_visible()
    for locale, language, words in (
        ("en", "English", "Log in"),
        ("zh-Hant", "繁體", "登入"),
        ("zh-Hans", "简体", "登录"),
    ):
        page.get_by_role("radio", name=language).click()
        expect(page.get_by_role("button", name=words, exact=True)).to_be_visible()
        gallery.as_it_is(page, "login", locale)
    page.get_by_label("用户名").fill("inspector")
    page.get_by_label("密码").fill("wrong")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_be_visible()
    gallery.as_it_is(page, "login-wrong", "zh-Hans")
    technician.log_in()
    expect(technician.sync()).to_contain_text("全部已发送", timeout=30_000)
    gallery.stop(page, "today")
    for name, label in {"today-done": "已完成", "today-all": "全部"}.items():
        page.get_by_role("radiogroup", name="显示哪些").get_by_role("radio", name=re.compile(f"^{label}")).click()
        gallery.stop(page, name)
    page.get_by_role("radiogroup").get_by_role("radio", name=re.compile("^待办")).click()
    search = page.get_by_role("searchbox")
    search.fill("w")
    gallery.stop(page, "today-search")
    search.fill("xyzxyz")
    gallery.stop(page, "today-nothing")
    search.fill("")
    page.get_by_role("link", name="扫码查找").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    gallery.stop(page, "scan")
    page.get_by_label("或输入编号").fill("99999999")
    page.get_by_role("button", name="查找").click()
    gallery.stop(page, "scan-nothing")
    page.get_by_role("button", name="新开计划外到访").click()
    expect(page.get_by_label("表号")).to_have_value("99999999")
    gallery.stop(page, "unplanned-typed")
    page.get_by_role("button", name="在本机用户中查找").click()
    page.get_by_role("searchbox").fill("黔灵")
    gallery.stop(page, "unplanned-search")
    page.get_by_role("listitem").get_by_role("button").first.click()
    gallery.stop(page, "unplanned-chosen")
    page.goto("/app/me")
    page.get_by_role("button", name=re.compile("检查")).first.click()
    expect(page.locator(".check .findings")).to_be_visible()
    gallery.stop(page, "me")
    page.get_by_role("button", name="退出登录").click()
    gallery.stop(page, "me-leave")
    page.keyboard.press("Escape")
    page.goto("/app/visit/nowhere")
    expect(page.locator(".empty")).to_be_visible()
    gallery.stop(page, "not-here")
    page.goto("/app")


def the_door(gallery: Gallery, technician: Technician) -> None:
    page = technician.page
    technician.open_visit(1)
    gallery.stop(page, "door")
    for name, label in {"nobody-home": "家中无人", "entry-refused": "拒绝入户"}.items():
        page.get_by_role("button", name=label).click()
        sheet = page.get_by_role("dialog", name=label)
        expect(sheet).to_be_visible()
        gallery.stop(page, name)
        page.keyboard.press("Escape")
        expect(sheet).to_have_count(0)
    technician.tick_everything()
    gallery.stop(page, "door-ticked")
    technician.go_to("用户")
    gallery.stop(page, "customer")
    page.get_by_role("button", name=re.compile("更正.*电话")).click()
    gallery.stop(page, "customer-correct")
    page.locator("form.row input").fill("13900001234")
    page.locator("form.row button[type=submit]").click()
    expect(page.locator("form.row")).to_have_count(0)
    gallery.stop(page, "customer-corrected")
    technician.on_with_it("全部正确")
    expect(page.get_by_role("heading", name="七项必检")).to_be_visible()


def the_items(gallery: Gallery, technician: Technician) -> None:
    page = technician.page
    gallery.stop(page, "items")
    technician.measure("进门环境燃气浓度", "0")
    technician.open_item("管道")
    gallery.stop(page, "item-pipe")
    region = page.get_by_role("region", name="管道", exact=True)
    region.get_by_role("button", name="更多").first.click()
    gallery.stop(page, "item-more")
    region.get_by_role("button", name="更多").first.click()
    region.get_by_role("button", expanded=True).click()
    technician.open_item("用气设备")
    gallery.stop(page, "item-appliance")
    page.locator(".item .head[aria-expanded=true]").first.click()
    technician.open_item("软管")
    technician.point("软管表面无老化、破损、受压，检漏合格").get_by_role("button", name="不合格").click()
    sheet = page.get_by_role("dialog", name=re.compile("^隐患"))
    expect(sheet).to_be_visible()
    gallery.stop(page, "hazard")
    the_hazard(gallery, technician, sheet)
    gallery.stop(page, "item-failed")
    page.get_by_role("region", name="软管", exact=True).get_by_role("button", expanded=True).click()
    technician.pass_all()
    gallery.stop(page, "items-judged")


def the_hazard(gallery: Gallery, technician: Technician, sheet: Locator) -> None:
    page = technician.page
    sheet.get_by_role("button", name="其他隐患").click()
    gallery.stop(page, "hazard-search")
    sheet.get_by_role("searchbox").fill("热水器")
    gallery.stop(page, "hazard-found")
    sheet.get_by_role("searchbox").fill("飞碟")
    gallery.stop(page, "hazard-none")
    sheet.get_by_role("button", name="关闭这一页").click()
    technician.take_photo("隐患照片", snap("hose"), within=sheet)
    sheet.get_by_role("button", name=re.compile("^查看")).click()
    picture = page.get_by_role("dialog", name="隐患照片")
    expect(picture).to_be_visible()
    picture.get_by_role("img", name="隐患照片").hover()  # waits until it stands still
    box = picture.get_by_role("img", name="隐患照片").bounding_box()
    assert box
    page.mouse.move(box["x"] + 120, box["y"] + 80)
    page.mouse.down()
    for x, y in ((190, 70), (230, 120), (180, 160), (120, 130), (122, 82)):
        page.mouse.move(box["x"] + x, box["y"] + y, steps=4)
    page.mouse.up()
    gallery.stop(page, "photo-mark")
    picture.get_by_role("button", name="撤回这张照片").click()
    gallery.stop(page, "photo-remove")
    page.keyboard.press("Escape")
    sheet.get_by_role("radio", name="当场停气（整户）").click()
    gallery.stop(page, "hazard-filled")
    sheet.get_by_role("button", name="记录这条隐患").click()
    gallery.stop(page, "hazard-gas")
    page.get_by_role("alertdialog").get_by_role("button", name="返回修改").click()
    sheet.get_by_role("radio", name="不停气").first.click()
    sheet.get_by_role("button", name="记录这条隐患").click()
    expect(sheet).to_have_count(0)


def the_meter(gallery: Gallery, technician: Technician) -> None:
    page = technician.page
    technician.go_to("抄表")
    gallery.stop(page, "meter")
    last = page.locator(".dial .unseen").first.inner_text().split(".")[0]
    dial = page.get_by_label("本次读数")
    for name, figure in {
        "meter-below": int(last) - 30,
        "meter-zero": int(last),
        "meter-jump": int(last) + 190,
        "meter-impossible": int(last) + 30000,
        "meter-fine": int(last) + 41,
    }.items():
        dial.fill(str(figure % 100000).zfill(len(last)))
        gallery.stop(page, name)
    page.get_by_role("radio", name="不走字").click()
    gallery.stop(page, "meter-stopped")
    page.get_by_role("button", name="表号与档案不符").click()
    gallery.stop(page, "meter-exchanged")
    page.get_by_role("button", name="还是档案上的那块表").click()
    page.get_by_role("radio", name="走字", exact=True).click()
    page.get_by_role("button", name="未能抄表").first.click()
    gallery.stop(page, "meter-unreadable")
    page.get_by_role("button", name="可以抄到").first.click()
    dial.fill(str(int(last) + 41).zfill(len(last)))
    technician.take_photo("表盘照片", snap("meter"))


def the_signing(gallery: Gallery, technician: Technician) -> None:
    page = technician.page
    technician.go_to("签字")
    gallery.stop(page, "sign-missing")
    technician.go_to("讲解")
    gallery.stop(page, "talk")
    technician.tick_everything()
    expect(technician.sync()).to_contain_text("全部已发送")  # the next pages say nothing of it
    technician.go_to("签字")
    gallery.stop(page, "sign")
    technician.on_with_it("签字确认")
    gallery.stop(page, "sign-nothing")
    page.get_by_role("link", name="拒绝签字").click()
    sheet = page.get_by_role("dialog", name="拒绝签字")
    sheet.get_by_role("radio", name="担心费用").click()
    sheet.get_by_label("见证人姓名").fill("王社区")
    gallery.stop(page, "refusal")
    page.keyboard.press("Escape")
    page.context.set_offline(True)
    technician.sign("用户签名")
    technician.on_with_it("签字确认")
    expect(page.get_by_role("region", name="用户已签字")).to_be_visible()
    technician.sign("检查人员签名")
    gallery.stop(page, "sign-inspector")
    technician.on_with_it("检查人员签字")
    expect(page.get_by_role("region", name="检查人员已签字")).to_be_visible()
    gallery.stop(page, "sign-signed")
    technician.on_with_it("结束这次到访")
    expect(page.get_by_role("img", name=re.compile("给用户的二维码"))).to_be_visible()
    gallery.stop(page, "done-offline")


def the_rest(gallery: Gallery, technician: Technician) -> None:
    """What waits, what is safe, a day half done; an end at the door; a refusal; gas in the air."""
    page = technician.page
    page.goto("/app/outbox")
    expect(page.get_by_role("button", name="生成应急备份文件")).to_be_visible()
    expect(page.get_by_text("服务器没有回应")).to_be_visible()  # the first try after the start has ended
    gallery.stop(page, "outbox-waiting")
    make, made = page.get_by_role("button", name="生成应急备份文件"), page.get_by_text("文件已生成")
    for _again in range(5):  # a file made while the phone was still counting is put away
        make.click()
        expect(made.or_(make.and_(page.locator(":enabled"))).first).to_be_visible()
        if made.count():
            break
    expect(made).to_be_visible()
    gallery.stop(page, "outbox-lifeboat")
    page.context.set_offline(False)
    expect(technician.sync().or_(page.locator(".card-title")).first).to_contain_text("全部已发送", timeout=60_000)
    expect(page.get_by_role("region", name="服务器已签收")).to_be_visible()
    gallery.stop(page, "outbox-safe")
    page.goto("/app")
    page.get_by_role("radio", name=re.compile("^已完成")).click()
    technician.visits().first.click()
    the_papers(page)
    gallery.stop(page, "done")
    page.goto("/app")
    page.get_by_role("radio", name=re.compile("^待办")).click()
    technician.open_visit(3)
    page.get_by_role("button", name="家中无人").click()
    sheet = page.get_by_role("dialog", name="家中无人")
    technician.take_photo("门的照片", photograph("door"), within=sheet)
    sheet.get_by_role("radio").first.click()
    sheet.get_by_role("radiogroup").last.get_by_role("radio").first.click()
    gallery.stop(page, "nobody-home-filled")
    sheet.get_by_role("button", name="结束这次到访").click()
    expect(page.get_by_role("img", name=re.compile("给用户的二维码"))).to_be_visible()
    the_papers(page)
    gallery.stop(page, "done-nobody")
    page.goto("/app")
    page.locator(".visit-row:has(.level)").first.click()
    technician.go_to("七项")
    gallery.stop(page, "items-earlier")
    page.get_by_role("radio", name="未整改").first.click()
    gallery.stop(page, "items-earlier-said")
    page.locator(".item .head").first.click()
    page.get_by_role("button", name="不合格").nth(1).click()
    page.get_by_role("dialog").get_by_role("button", name="其他隐患").click()
    gallery.stop(page, "hazard-recent")
    page.goto("/app")
    technician.open_visit(6)
    technician.go_to("七项")
    technician.measure("进门环境燃气浓度", "12000")
    expect(page.get_by_role("alertdialog", name="立即撤离")).to_be_visible()
    gallery.stop(page, "evacuate")
    page.get_by_role("button", name="人员已撤出，中止到访").click()
    expect(page.get_by_role("heading", name="已中止")).to_be_visible()
    the_papers(page)
    gallery.stop(page, "done-stopped")
    page.goto("/app")
    expect(page.get_by_role("region", name="出门前")).to_be_visible()  # it moves all that stands below it
    gallery.stop(page, "today-half")


def the_papers(page: Page) -> None:
    """Wait until all papers of the visit are there."""
    expect(page.get_by_role("link", name=re.compile("打开或打印")).first).to_be_visible(timeout=120_000)
    expect(page.get_by_text("正在生成")).to_have_count(0, timeout=120_000)


def whole_day(gallery: Gallery, page: Page) -> None:
    """Every stop, in the order of the day."""
    technician = Technician(page)
    for part in (the_day, the_door, the_items, the_meter, the_signing, the_rest):
        part(gallery, technician)
