"""Scan: a code leads to its visit with no network at all; by a picture, typed, and through the camera.

Chromium on Linux has no reader of QR codes of its own, so the pictures are read by the one that travels with the app.
"""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import qrcode
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, Playwright, expect
from qrcode.image.pil import PilImage

from tests.browser.conftest import PHONE, QUIET, READER_KEPT, Installation, NewPhone, becomes_true
from tests.browser.disk import reload
from tests.browser.technician import Technician, photograph, visits_of
from tests.browser.test_screens import what_is_wrong


def code_of(text: str, side: int = 560) -> Image.Image:
    """A QR code with its quiet edge."""
    drawn = qrcode.make(text, image_factory=PilImage).get_image().convert("RGB")
    return drawn.resize((side, side), Image.Resampling.NEAREST)


def photo_of(text: str) -> FilePayload:
    """The code as a phone photographs it: large, a little askew, on something."""
    ground = Image.new("RGB", (3000, 2250), (150, 118, 84))
    ground.paste(code_of(text, 900).rotate(7, expand=True, fillcolor=(232, 230, 225)), (700, 500))
    stream = io.BytesIO()
    ground.save(stream, "JPEG", quality=85)
    return {"name": "IMG_0043.jpg", "mimeType": "image/jpeg", "buffer": stream.getvalue()}


def open_scan(page: Page) -> None:
    page.get_by_role("link", name="扫码查找").click()
    expect(page.get_by_role("heading", level=1, name="扫码")).to_be_focused()


def choose(page: Page, picture: FilePayload) -> None:
    page.get_by_label("选择带码的图片").set_input_files(picture)


def type_number(page: Page, number: str) -> None:
    page.get_by_label("或输入编号").fill(number)
    page.get_by_label("或输入编号").press("Enter")


def expect_visit(page: Page, visit: dict[str, Any]) -> None:
    expect(page).to_have_url(re.compile(f"/app/visit/{visit['id']}(/|$)"))
    expect(page.get_by_role("navigation", name="到访步骤")).to_be_visible()


def said(page: Page, words: str) -> None:
    expect(page.get_by_role("status").filter(has_text=words)).to_be_visible()


def test_a_picture_of_a_code_opens_its_visit_without_a_network(phone: Page, installation: Installation) -> None:
    Technician(phone).log_in()
    first, second, third = visits_of(phone)[:3]
    becomes_true(phone, READER_KEPT)
    asked: list[str] = []
    readers: list[str] = []
    phone.context.set_offline(True)
    reload(phone)
    phone.context.on("request", lambda request: asked.append(request.url))
    phone.on("worker", lambda worker: readers.append(worker.url))

    open_scan(phone)
    choose(phone, photo_of(f"{installation.url}/n/{first['lookup']}"))
    expect_visit(phone, first)
    assert any(url.endswith("/scan-worker.js") for url in readers)
    phone.get_by_role("link", name="返回").click()
    expect(phone.get_by_role("heading", level=1, name="今日")).to_be_visible()

    open_scan(phone)
    choose(phone, photo_of(f"SN:{second['meters'][0]['serial']} G2.5 2024-12"))
    expect_visit(phone, second)

    phone.goto("/app/scan")
    two = Image.new("RGB", (1400, 700), "white")
    for place, visit in enumerate((first, third)):
        two.paste(code_of(visit["customer"]["account"]), (60 + 700 * place, 60))
    stream = io.BytesIO()
    two.save(stream, "PNG")
    choose(phone, {"name": "two.png", "mimeType": "image/png", "buffer": stream.getvalue()})
    said(phone, "此码对应 2 次到访")
    expect(phone.locator("a[href*='/app/visit/']")).to_have_count(2)
    assert what_is_wrong(phone) == []
    phone.locator(f"a[href$='{third['id']}']").click()
    expect_visit(phone, third)
    assert [url for url in asked if first["lookup"] in url or second["meters"][0]["serial"] in url] == []


def test_what_finds_nothing_is_said_in_words_and_nothing_of_it_is_opened(
    phone: Page, installation: Installation
) -> None:
    Technician(phone).log_in()
    visit = visits_of(phone)[0]
    open_scan(phone)
    choose(phone, photo_of(f"https://elsewhere.example.com/n/{visit['lookup']}"))
    said(phone, "这不是本公司的码，它指向 elsewhere.example.com。")
    choose(phone, photo_of(f"{installation.url}/n/AAAAAAAAAAAAAAAAAAAAAA"))
    said(phone, "这是本公司的通知单，但对应的到访不在这部手机上。")
    choose(phone, photo_of(f"{installation.url}/office"))
    said(phone, "这是本公司的网址，但不是通知单。")
    choose(phone, photograph("no code"))
    said(phone, "这张图片里没有看到码。")
    choose(phone, {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture at all"})
    said(phone, "无法打开这张图片。")
    expect(phone).to_have_url(re.compile("/app/scan$"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_typed_number_opens_its_visit_and_an_unknown_one_is_answered(new_phone: NewPhone, scheme: str) -> None:
    phone = new_phone(scheme=scheme)
    Technician(phone).log_in()
    visit = visits_of(phone)[0]
    phone.context.set_offline(True)
    open_scan(phone)
    assert what_is_wrong(phone) == []
    type_number(phone, "no-such-number")
    said(phone, "这部手机上没有与“no-such-number”对应的到访。")
    said(phone, "可在“今日”中搜索，或询问公司。")
    assert what_is_wrong(phone) == []
    reload(phone)
    expect(phone.get_by_label("或输入编号")).to_have_value("no-such-number")
    type_number(phone, visit["number"].lower())
    expect_visit(phone, visit)
    phone.goto("/app/scan")
    expect(phone.get_by_label("或输入编号")).to_have_value("")
    type_number(phone, visit["meters"][0]["serial"][-6:])
    expect_visit(phone, visit)


# Notes every stream that the page is given, so that a test can see whether it was stopped.
NOTE_STREAMS = """() => {
  const give = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  globalThis.given = [];
  navigator.mediaDevices.getUserMedia = async (wishes) => {
    const stream = await give(wishes);
    globalThis.given.push(stream);
    return stream;
  };
}"""
STATES = "() => given.flatMap((stream) => stream.getTracks()).map((track) => track.readyState)"


def film_of(picture: Image.Image, path: Path) -> Path:
    """A film (Y4M) of two frames that the browser plays as its camera, again and again."""
    y, cb, cr = picture.resize((640, 480)).convert("YCbCr").split()
    planes = y.tobytes() + b"".join(plane.resize((320, 240)).tobytes() for plane in (cb, cr))
    path.write_bytes(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n" + 2 * (b"FRAME\n" + planes))
    return path


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """What the camera sees: nothing that is a code, until a test films something else."""
    return film_of(Image.new("RGB", (640, 480), (120, 120, 120)), tmp_path / "camera.y4m")


@pytest.fixture
def filming(playwright: Playwright, film: Path) -> Iterator[Browser]:
    """A Chromium whose camera shows the film."""
    fake = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*QUIET, *fake])
    yield browser
    browser.close()


def phone_with_camera(browser: Browser, installation: Installation, *, allowed: bool) -> Page:
    context = browser.new_context(base_url=installation.url, viewport=PHONE, locale="zh-CN")  # type: ignore[arg-type]
    context.grant_permissions(["camera"] if allowed else [])
    context.add_init_script(f"({NOTE_STREAMS})()")
    page = context.new_page()
    Technician(page).log_in()
    return page


def test_the_camera_opens_the_visit_that_it_sees_and_stops_at_once(
    filming: Browser, film: Path, installation: Installation
) -> None:
    page = phone_with_camera(filming, installation, allowed=True)
    visit = visits_of(page)[0]
    seen = Image.new("RGB", (640, 480), (150, 118, 84))
    seen.paste(code_of(f"{installation.url}/n/{visit['lookup']}", 360), (140, 60))
    film_of(seen, film)
    becomes_true(page, READER_KEPT)
    page.context.set_offline(True)
    open_scan(page)
    expect_visit(page, visit)
    assert page.evaluate(STATES) == ["ended"]


def test_the_camera_stops_when_the_screen_is_left_or_hidden(filming: Browser, installation: Installation) -> None:
    page = phone_with_camera(filming, installation, allowed=True)
    open_scan(page)
    said(page, "将码放入框内。")
    assert page.evaluate(STATES) == ["live"]
    page.get_by_role("link", name="返回").click()
    expect(page.get_by_role("heading", level=1, name="今日")).to_be_visible()
    assert page.evaluate(STATES) == ["ended"]

    open_scan(page)
    said(page, "将码放入框内。")
    page.evaluate(
        """() => {
          Object.defineProperty(document, "visibilityState", { configurable: true, value: "hidden" });
          document.dispatchEvent(new Event("visibilitychange"));
          delete document.visibilityState;
        }"""
    )
    said(page, "应用转入后台时，相机已关闭。")
    assert page.evaluate(STATES) == ["ended", "ended"]
    page.get_by_role("button", name="打开相机").click()
    said(page, "将码放入框内。")


def test_a_camera_that_is_not_allowed_is_explained_and_typing_goes_on(
    filming: Browser, installation: Installation
) -> None:
    page = phone_with_camera(filming, installation, allowed=False)
    visit = visits_of(page)[0]
    open_scan(page)
    page.get_by_role("button", name="打开相机").click()
    said(page, "未获准使用相机。")
    type_number(page, visit["customer"]["account"])
    expect_visit(page, visit)
