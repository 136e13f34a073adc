"""Makes the pictures of the README: a fresh demonstration, a visit played in a real browser, what came of it.

Decides which moments are shown and how large. Everything in the pictures is the program's own; nothing is drawn by hand.

    python -m tools.screenshots [FOLDER]      default: docs/images
"""

import io
import random
import re
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
from playwright.sync_api import Browser, Page

from fieldsvc.demo.pictures import photograph
from tools.walk import PHONE, Inspector, Words, browser

ROOT = Path(__file__).resolve().parent.parent
LOCALE = "zh-Hans"
COLOURS = 255
FIELDSVC = str(Path(sys.executable).with_name("fieldsvc"))


@contextmanager
def demonstration(folder: Path) -> Iterator[str]:
    """Serve a fresh demonstration on a free port and give its address."""
    for command in ("init", "demo"):
        subprocess.run([FIELDSVC, command, "--data", folder], check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = ["run", "--data", str(folder), "--port", str(port)]
    server = subprocess.Popen([FIELDSVC, *arguments], stdout=subprocess.DEVNULL)
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


class Album:
    """Where the pictures go, and the camera of the inspector."""

    def __init__(self, folder: Path, scratch: Path):
        self.folder = folder
        self.scratch = scratch
        self.taken = 0
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

    def camera(self, scene: str) -> Path:
        """Take another picture of a scene at the door."""
        self.taken += 1
        picture = self.scratch / f"{self.taken}.jpg"
        picture.write_bytes(
            photograph(scene, caption=f"甲秀苑 {self.taken}", figure="", random=random.Random(self.taken))
        )
        return picture


def at_the_door(chromium: Browser, address: str, album: Album) -> str:
    """Play the visit on a phone, from the door to the last signature without a network; gives its id once all is sent."""
    phone = chromium.new_context(
        viewport=PHONE, device_scale_factor=1.5, has_touch=True, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    words = Words(LOCALE)
    inspector = Inspector(phone.new_page(), address, words)
    inspector.on_hazard = lambda sheet: album.shoot("hazard", inspector.page)  # type: ignore[method-assign]
    inspector.log_in("inspector", "demo")
    album.shoot("today", inspector.page)
    inspector.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    phone.set_offline(True)
    inspector.page.reload()
    visit = inspector.open_next()
    inspector.tick_all("At the door")
    inspector.confirm_customer()
    inspector.judge_all(album.camera, failing="HOSE-C6")
    inspector.page.locator("#item-environment button.head").click()
    inspector.page.mouse.wheel(0, -9000)
    inspector.page.mouse.wheel(0, 330)
    album.shoot("items", inspector.page)
    inspector.read_meter(album.camera)
    inspector.step("Talk")
    inspector.tick_all("Tell the customer")
    inspector.step("Sign")
    inspector.sign("Signature of the customer")
    album.shoot("sign", inspector.page)
    inspector.finish()
    phone.set_offline(False)
    inspector.page.get_by_text(words("All sent")).first.wait_for(timeout=60_000)
    album.shoot("done", inspector.page)
    phone.close()
    return visit


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
    desk = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN", timezone_id="Asia/Shanghai")
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
    phone = chromium.new_context(viewport=PHONE, device_scale_factor=1.5, locale="zh-CN")
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
        album = Album(target, Path(scratch))
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
