"""A card at a closed door: printed as a strip with no network, and its paper shared and opened once there is one."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser.conftest import NewPhone, becomes_true
from tests.browser.technician import Technician

# The browser's own dialogues cannot be seen from here: what would be printed and what is shared is noted.
WATCHED = """
  window.printed = 0;
  window.print = () => { window.printed += 1; };
  window.given = [];
  let tired = true;
  navigator.canShare = ({ files }) => files.length === 1;
  navigator.share = async ({ files }) => {
    if (tired) { tired = false; throw new DOMException("only right after a tap", "NotAllowedError"); }
    const head = new TextDecoder().decode(await files[0].slice(0, 5).arrayBuffer());
    window.given.push([files[0].name, files[0].type, head]);
  };
"""
KEPT = """async () => (await Promise.all(["/static/app/strip.js", "/static/receipt.css"].map(
  (path) => caches.match(path, { ignoreSearch: true })))).every(Boolean)"""
POINTS_PER_MM = 72 / 25.4


@pytest.fixture
def phone(new_phone: NewPhone) -> Page:
    page = new_phone()
    page.add_init_script(WATCHED)
    return page


def picture(page: Page, name: str) -> None:
    """Keep a picture for whoever wants to look; CI does not."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def strip(page: Page, width: int) -> str:
    """What comes out of a printer with paper of this width."""
    page.get_by_role("button", name=f"{width} 毫米").click()
    page.wait_for_function("() => window.printed > 0 && document.querySelector('body > .receipt .code')")
    (sheet,) = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    assert abs(float(sheet.mediabox.width) / POINTS_PER_MM - width) < 1
    page.evaluate("() => { window.printed = 0; dispatchEvent(new Event('afterprint')); }")
    expect(page.locator("body > .receipt")).to_have_count(0)
    assert page.evaluate("document.adoptedStyleSheets.length") == 0
    return str(sheet.extract_text())


def test_a_card_is_printed_at_the_door_with_no_network_and_its_paper_is_shared_with_one(phone: Page) -> None:
    technician = Technician(phone)
    technician.log_in()
    becomes_true(phone, KEPT)
    phone.context.set_offline(True)
    technician.open_visit(0)
    phone.get_by_role("button", name="家中无人").click()
    sheet = phone.get_by_role("dialog", name="家中无人")
    sheet.get_by_role("radio", name="无人应答").click()
    sheet.get_by_role("button", name="不拍照，直接结束").click()
    expect(phone.get_by_role("heading", name="到访不遇")).to_be_visible()
    picture(phone, "offline")
    narrow, wide = strip(phone, 58), strip(phone, 80)
    number = re.search(r"AJ-\d+-\d+", phone.locator(".card-words").inner_text())[0]  # type: ignore[index]
    for said in (narrow, wide):
        assert "到访不遇卡" in said and number in said
        assert "下一户" not in said and "单据" not in said, "nothing else of the page is printed"

    phone.context.set_offline(False)
    expect(phone.get_by_role("link", name="打开或打印")).to_be_visible(timeout=300_000)
    picture(phone, "ready")
    button = phone.get_by_role("button", name="分享单据")
    button.click()
    expect(phone.get_by_text("单据已取到，请再点一次分享。")).to_be_visible()
    button.click()
    phone.wait_for_function("() => window.given.length === 1")
    name, kind, head = phone.evaluate("window.given[0]")
    assert re.fullmatch(r"ZY-\w+-\d{8}-\d{5}-r1\.pdf", name) and (kind, head) == ("application/pdf", "%PDF-")

    phone.context.set_offline(True)
    phone.reload()
    expect(phone.get_by_text("需要网络", exact=True)).to_be_visible()
    expect(phone.get_by_text("单据在公司服务器上，有网络时可在这里打开。")).to_be_visible()
    expect(phone.get_by_role("link", name="打开或打印")).to_have_count(0)
    picture(phone, "offline-again")
