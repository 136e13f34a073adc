"""Makes the pictures of the README: a fresh demonstration, a visit played in a real browser, what came of it.

Decides which moments are shown and how large. The visit is played by the technician of the browser tests, without a network
from the door to the last signature. Everything in the pictures is the program's own; nothing is drawn by hand.

    python -m tools.screenshots [FOLDER]      default: docs/images
"""

import io
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, ViewportSize, expect, sync_playwright

from fieldsvc.demo.pictures import photograph
from tests.browser.technician import Technician

ROOT = Path(__file__).resolve().parent.parent
PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 900}
ZONE = "Asia/Shanghai"
COLOURS = 255
HOSE_POINT = "软管表面无老化、破损、受压，检漏合格"
FIELDSVC = (str(Path(sys.executable).with_name("fieldsvc")),)


@contextmanager
def demonstration(folder: Path, fieldsvc: tuple[str, ...] = FIELDSVC) -> Iterator[str]:
    """Serve a fresh demonstration on a free port and give its address."""
    for command in ("init", "demo"):
        subprocess.run([*fieldsvc, command, "--data", folder], check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = ["run", "--data", str(folder), "--port", str(port)]
    server = subprocess.Popen([*fieldsvc, *arguments], stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=60)


def _wait_for(address: str) -> None:
    for _ in range(120):
        try:
            if httpx.get(f"{address}/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.25)
    raise SystemExit("the server does not answer")


@contextmanager
def browser() -> Iterator[Browser]:
    """The system's Chromium, without a window."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("Chromium is needed; `make screenshots` installs it on Debian")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])


class Album:
    """Where the pictures go."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def keep(self, name: str, picture: bytes, *, width: int | None = None) -> None:
        """Keep a picture as a small PNG."""
        image = Image.open(io.BytesIO(picture)).convert("RGB")
        if width:
            image = image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)
        image.quantize(COLOURS, dither=Image.Dither.NONE).save(self.folder / f"{name}.png", optimize=True)

    def shoot(self, name: str, page: Page) -> None:
        """Keep what the page shows, once it has come to rest."""
        page.wait_for_timeout(500)
        self.keep(name, page.screenshot(animations="disabled"))


def snap(scene: str) -> FilePayload:
    """What the technician's camera gives of a hose or a meter."""
    picture = photograph(scene, caption="2-1-401", random=random.Random(scene))
    return {"name": f"{scene}.jpg", "mimeType": "image/jpeg", "buffer": picture}


def at_the_door(chromium: Browser, address: str, album: Album) -> str:
    """Play the visit on a phone; gives its id once everything has been sent."""
    phone = chromium.new_context(
        base_url=address, viewport=PHONE, device_scale_factor=1.5, has_touch=True, locale="zh-CN", timezone_id=ZONE
    )
    page = phone.new_page()
    technician = Technician(page)
    technician.log_in()
    aside, ready = page.get_by_role("button", name="先不管，继续"), page.get_by_text("手机已就绪")
    expect(aside.or_(ready).first).to_be_visible(timeout=30_000)
    if aside.count():
        aside.click()
    album.shoot("today", page)
    phone.set_offline(True)
    page.reload()
    technician.open_visit(0)
    visit = page.url.split("/visit/")[1].split("/")[0]
    technician.tick_everything()
    technician.go_to("用户")
    technician.on_with_it("全部正确")
    judge_the_items(technician, album)
    read_the_meter(technician)
    technician.go_to("讲解")
    technician.tick_everything()
    technician.go_to("签字")
    technician.sign("用户签名")
    album.shoot("sign", page)
    technician.on_with_it("签字确认")
    technician.sign("检查人员签名")
    technician.on_with_it("检查人员签字")
    technician.on_with_it("结束这次到访")
    phone.set_offline(False)
    expect(technician.sync()).to_contain_text("全部已发送", timeout=60_000)
    expect(page.get_by_role("link", name=re.compile("打开或打印"))).to_have_count(2, timeout=60_000)
    album.shoot("done", page)
    phone.close()
    return visit


def judge_the_items(technician: Technician, album: Album) -> None:
    """Everything is fine but the hose."""
    page = technician.page
    technician.measure("进门环境燃气浓度", "0")
    technician.open_item("软管")
    technician.point(HOSE_POINT).get_by_role("button", name="不合格").click()
    sheet = page.get_by_role("dialog", name=re.compile("^隐患"))
    technician.take_photo("隐患照片", snap("hose"), within=sheet)
    sheet.get_by_role("heading").first.scroll_into_view_if_needed()
    album.shoot("hazard", page)
    sheet.get_by_role("button", name="记录这条隐患").click()
    expect(sheet).to_have_count(0)
    page.get_by_role("region", name="软管", exact=True).get_by_role("button", expanded=True).click()
    technician.pass_all()
    page.get_by_role("heading", name="七项必检").evaluate("title => title.scrollIntoView({block: 'center'})")
    page.mouse.wheel(0, 260)
    album.shoot("items", page)


def read_the_meter(technician: Technician) -> None:
    """Somewhat more than last time."""
    technician.go_to("抄表")
    page = technician.page
    whole, _, decimals = page.locator(".dial .unseen").first.inner_text().partition(".")
    dial = page.get_by_label("本次读数")
    dial.fill(f"{int(whole) + 41:0{len(whole)}}.{decimals or 0}")
    dial.press("Enter")
    page.get_by_role("radio", name="走字", exact=True).click()
    technician.take_photo("表盘照片", snap("meter"))


def paper_of(address: str, visit: str) -> tuple[bytes, str]:
    """Wait for the visit's signed notice; gives the PDF and the address of its public page."""
    with httpx.Client(base_url=address, headers={"X-Fieldsvc": "1"}) as office:
        office.post("/api/v1/login", json={"username": "office", "password": "demo"}).raise_for_status()
        for _ in range(240):
            document = office.get(f"/api/v1/visits/{visit}").json()
            ready = [paper for paper in document["notices"] if paper["kind"] == "hazard" and paper["status"] == "ready"]
            if ready:
                return office.get(f"/api/v1/notices/{ready[0]['id']}.pdf").content, f"{address}/n/{document['lookup']}"
            time.sleep(0.5)
    raise SystemExit("the notice was not made in two minutes")


def in_the_office(chromium: Browser, address: str, visit: str, album: Album) -> None:
    """Look at the visit as the office sees it."""
    desk = chromium.new_context(viewport=DESK, locale="zh-CN", timezone_id=ZONE)
    page = desk.new_page()
    page.goto(f"{address}/office/visits/{visit}")
    page.locator("input[name=username]").fill("office")
    page.locator("input[name=password]").fill("demo")
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(re.compile(f"/office/visits/{visit}"))
    album.shoot("office", page)
    desk.close()


def behind_the_code(chromium: Browser, link: str, album: Album) -> None:
    """Look at the public page as the householder sees it."""
    phone = chromium.new_context(viewport=PHONE, device_scale_factor=1.5, locale="zh-CN", timezone_id=ZONE)
    page = phone.new_page()
    page.goto(link)
    album.shoot("lookup", page)
    phone.close()


def first_page(pdf: bytes) -> bytes:
    """Draw the first page of a PDF."""
    draw = ["pdftoppm", "-png", "-r", "110", "-f", "1", "-l", "1", "-singlefile", "-"]
    return subprocess.run(draw, input=pdf, capture_output=True, check=True).stdout


def main() -> None:
    """Play the story once and keep its pictures."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    with tempfile.TemporaryDirectory() as scratch:
        album = Album(target)
        with demonstration(Path(scratch) / "data") as address, browser() as chromium:
            visit = at_the_door(chromium, address, album)
            pdf, link = paper_of(address, visit)
            album.keep("notice", first_page(pdf), width=900)
            in_the_office(chromium, address, visit, album)
            behind_the_code(chromium, link, album)
    for picture in sorted(target.glob("*.png")):
        print(f"{picture.name}  {picture.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
