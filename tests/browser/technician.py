"""A technician with a phone: what a person does at a door, said in the words that stand on the screen.

Decides nothing about the app; when a button is renamed, this is where a test learns it.
"""

from __future__ import annotations

import io
import re
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser.disk import DISK

FIGURES = {"APPL-C2": "15", "JOINT-C3": "2", "ENV-C1": "2.4", "HOSE-C2": "1.5", "HOSE-C3": "3"}


def photograph(words: str, colour: tuple[int, int, int] = (150, 118, 84)) -> FilePayload:
    """What a camera gives: a JPEG of some size. Other words make other bytes."""
    image = Image.new("RGB", (2400, 1800), colour)
    drawing = ImageDraw.Draw(image)
    drawing.ellipse((700, 400, 1700, 1400), outline="white", width=60)
    drawing.text((80, 80), words, fill="white", font_size=120)
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=88)
    return {"name": "IMG_0042.jpg", "mimeType": "image/jpeg", "buffer": stream.getvalue()}


class Technician:
    """Acts on one phone, in Simplified Chinese."""

    def __init__(self, page: Page) -> None:
        self.page = page

    # ── the day ──────────────────────────────────────────────────────────

    def log_in(self, username: str = "inspector", password: str = "demo") -> None:
        """Log in and wait for the day and for the app to be able to open without a network."""
        self.page.goto("/app")
        self.page.get_by_label("用户名").fill(username)
        self.page.get_by_label("密码").fill(password)
        self.page.get_by_role("button", name="登录").click()
        expect(self.visits().first).to_be_visible(timeout=60_000)
        self.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")

    def visits(self) -> Locator:
        """The rows of Today."""
        return self.page.locator("a[href*='/app/visit/']")

    def open_visit(self, index: int) -> None:
        self.visits().nth(index).click()
        expect(self.page.get_by_role("navigation", name="到访步骤")).to_be_visible()

    def sync(self) -> Locator:
        """The chip that always tells the truth."""
        return self.page.get_by_role("link", name=re.compile("^同步"))

    def go_to(self, step: str) -> None:
        """Tap a step of the visit's row."""
        link = self.page.get_by_role("navigation", name="到访步骤").get_by_role("link", name=re.compile(f"^{step}"))
        link.click()
        expect(link).to_have_attribute("aria-current", "step")

    def on_with_it(self, name: str | re.Pattern[str]) -> None:
        """Tap the primary action."""
        self.page.locator(".foot").get_by_role("button", name=name).click()

    # ── the steps ────────────────────────────────────────────────────────

    def tick_everything(self) -> None:
        boxes = self.page.get_by_role("checkbox")
        expect(boxes.first).to_be_visible()
        for index in range(boxes.count()):
            boxes.nth(index).click()
            expect(boxes.nth(index)).to_be_checked()

    def point(self, name: str) -> Locator:
        return self.page.get_by_role("group", name=name, exact=True).first

    def measure(self, name: str, figure: str) -> None:
        field = self.point(name).get_by_role("textbox")
        field.fill(figure)
        field.press("Tab")

    def pass_all(self) -> None:
        """Tap every *all fine* there is, then give what is still needed: figures, and answers of two kinds."""
        buttons = self.page.get_by_role("button", name=re.compile("^全部正常"))
        while left := buttons.count():
            buttons.first.click()
            expect(buttons).to_have_count(left - 1)
        self.answer_what_is_asked()

    def answer_what_is_asked(self) -> None:
        for answer in self.page.get_by_role("radiogroup", name="是否已整改").all():
            answer.get_by_role("radio", name="未整改").click()
            expect(answer.get_by_role("radio", name="未整改")).to_be_checked()
        for _round in range(40):
            asked = self.page.locator(".item:has(.ask) .point").first
            if not asked.count():
                return
            name = asked.locator("p").first.inner_text()
            identity = (asked.get_attribute("id") or "").removeprefix("point-")
            if asked.get_by_role("radio").count():
                asked.get_by_role("radio").first.click()
            else:
                self.measure(name, FIGURES.get(identity, "0"))
            expect(self.page.locator(".item:has(.ask)").get_by_role("group", name=name, exact=True)).to_have_count(0)
        raise AssertionError("the items never had enough")

    def open_item(self, name: str) -> None:
        self.page.get_by_role("region", name=name, exact=True).get_by_role("button", expanded=False).first.click()

    def take_photo(self, label: str, picture: FilePayload, within: Locator | None = None) -> None:
        """Through the camera input; done when the picture is on the phone."""
        place = within or self.page.locator("body")
        before = place.get_by_role("img", name=label).count()
        with self.page.expect_file_chooser() as chooser:
            place.get_by_label(label).last.click()
        chooser.value.set_files(picture)
        expect(place.get_by_role("img", name=label)).to_have_count(before + 1, timeout=60_000)

    def sign(self, label: str) -> None:
        """Draw something like a name on the pad."""
        pad = self.page.get_by_role("img", name=label)
        pad.scroll_into_view_if_needed()
        pad.evaluate("pad => pad.scrollIntoView({block: 'center'})")
        box = pad.bounding_box()
        assert box
        for stroke in range(3):
            left = box["x"] + 60 + stroke * 80
            self.page.mouse.move(left, box["y"] + 70)
            self.page.mouse.down()
            for step in range(12):
                self.page.mouse.move(left + step * 5, box["y"] + 70 + (step % 4) * 18 + step * 3)
            self.page.mouse.up()


def visits_of(page: Page) -> list[dict[str, Any]]:
    """The visits that lie on this phone and are still planned."""
    read: list[dict[str, Any]] = page.evaluate(DISK)["all"]
    return [visit for visit in read if visit["state"] == "planned"]
