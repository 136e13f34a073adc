"""An inspector's visit, played in a real browser as a person plays it: by what is written on buttons and fields.

Decides the story only: a hose that is too old, its hazard, the reading, two signatures, the close. Used for the pictures
of the README. Texts are looked up by their English form in the catalogue of the language that the page is in, so the
same walk goes through all languages. Invariant: nothing here calls the server or the app behind the screen's back.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect, sync_playwright

from fieldsvc import messages

PHONE: ViewportSize = {"width": 390, "height": 844}

Camera = Callable[[str], Path]
"""Takes a picture of something (hose, meter, pipe); another one each time, as a camera does."""


@contextmanager
def browser() -> Iterator[Browser]:
    """The system's Chromium, without a window."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("Chromium is needed: `make setup-tests` installs it on Debian")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])


class Words:
    """What a language calls things: `words("All fine")`."""

    def __init__(self, locale: str):
        self.locale = locale
        self.messages = messages.app_messages(locale)["messages"]

    def __call__(self, english: str, **values: str) -> str:
        text = self.messages.get(english, english)
        return (text if isinstance(text, str) else text[0]) % values if values else str(text)


class Inspector:
    """A technician with the phone app open."""

    def __init__(self, page: Page, address: str, words: Words):
        self.page = page
        self.address = address
        self.words = words
        # A hazard that shuts off the gas asks once more before it is recorded.
        question = page.get_by_role("alertdialog")
        page.add_locator_handler(question, lambda: self.button("I have shut it off: record").click())

    def button(self, english: str, **values: str) -> Locator:
        """The button with these words."""
        return self.page.get_by_role("button", name=self.words(english, **values), exact=True)

    def log_in(self, username: str, password: str) -> None:
        """Log in and wait for the day's visits."""
        self.page.goto(f"{self.address}/app")
        self.page.get_by_label(self.words("User name")).fill(username)
        self.page.get_by_label(self.words("Password")).fill(password)
        self.button("Log in").click()
        expect(self.page.locator('a[href*="/app/visit/"]').first).to_be_visible(timeout=20_000)

    def open_next(self) -> str:
        """Open the next visit of the day; gives its id."""
        link = self.page.locator('a[href*="/app/visit/"]').first
        visit = re.sub(r".*/visit/([^/]+).*", r"\1", str(link.get_attribute("href")))
        link.click()
        expect(self.page).to_have_url(re.compile(f"/visit/{visit}"))
        return visit

    def step(self, english: str) -> None:
        """Go to a step of the visit by its name in the row of steps."""
        steps = self.page.get_by_role("navigation", name=self.words("Steps of the visit"))
        steps.get_by_role("link", name=self.words(english)).click()
        expect(steps.locator("[aria-current=step]")).to_contain_text(self.words(english))

    def tick_all(self, english: str) -> None:
        """Tick every point of the doorstep script or of the safety talk."""
        boxes = self.page.get_by_role("group", name=self.words(english)).get_by_role("checkbox")
        expect(boxes.first).to_be_visible()
        for box in boxes.all():
            box.click()
            expect(box).to_have_attribute("aria-checked", "true")

    def confirm_customer(self) -> None:
        """Say that name, address and meter number are as on file."""
        self.step("Customer")
        self.button("All correct").click()

    def judge_all(self, camera: Camera, *, failing: str) -> None:
        """Judge every item as fine but for one point, which opens its hazard sheet."""
        self.step("Items")
        cards = self.page.locator("section.item[id]")
        for name in [str(card.get_attribute("id")) for card in cards.all()]:
            self._judge_item(self.page.locator(f"#{name}"), camera, failing)

    def _judge_item(self, card: Locator, camera: Camera, failing: str) -> None:
        head = card.locator("button.head")
        if head.get_attribute("aria-expanded") != "true":
            head.click()
        expect(head).to_have_attribute("aria-expanded", "true")
        all_fine = card.locator(".all-fine button")
        if all_fine.count():
            all_fine.click()
            expect(all_fine).to_have_count(0)
        for name in [str(point.get_attribute("id")) for point in card.locator(".point").all()]:
            self._judge_point(card.locator(f"#{name}"), camera)
            if name == f"point-{failing}":
                card.locator(f"#{name} button[data-result=fail]").click()
                self.record_hazard(camera)

    def _judge_point(self, point: Locator, camera: Camera) -> None:
        if self.words("if present") in point.locator(".hint").first.inner_text():
            return
        figure, answers = point.locator(".measure input"), point.get_by_role("radio")
        if figure.count() and not figure.input_value() and point.locator("button[aria-pressed=true]").count() == 0:
            figure.fill("0")  # what an instrument must say is no gas in the air; the rest passed by eye
            figure.press("Tab")
        elif answers.count() and point.locator("[role=radio][aria-checked=true]").count() == 0:
            point.locator("[role=radio][data-result=pass]").first.click()
        wanted = point.locator(".shutter.is-wanted input")
        if wanted.count():
            wanted.set_input_files(camera("pipe"))
            expect(point.locator(".photos img")).to_have_count(1)

    def record_hazard(self, camera: Camera) -> None:
        """Fill in the hazard sheet that is open: what the catalogue proposes, and a photo."""
        sheet = self.page.get_by_role("dialog")
        sheet.get_by_label(self.words("Photo of the hazard")).set_input_files(camera("hose"))
        expect(sheet.locator(".photos img")).to_have_count(1)
        self.on_hazard(sheet)
        self.button("Record this hazard").click()
        expect(sheet).to_have_count(0)

    def on_hazard(self, sheet: Locator) -> None:
        """What to do when the hazard is filled in and not yet recorded; for taking a picture."""

    def read_meter(self, camera: Camera) -> None:
        """Read somewhat more than last time, with a photo of the dial."""
        self.step("Meter")
        last = self.page.locator(".dial .unseen").first.inner_text()
        whole, _, decimals = last.partition(".")
        dial = self.page.get_by_label(self.words("Reading now"))
        dial.fill(f"{int(whole) + 41:0{len(whole)}}.{decimals or 0}")
        dial.press("Enter")
        self.page.get_by_role("radio", name=self.words("It runs"), exact=True).click()
        self.page.get_by_label(self.words("Photo of the dial")).set_input_files(camera("meter"))
        expect(self.page.locator(".photos img")).to_have_count(1)

    def sign(self, english: str) -> None:
        """Draw a signature with the finger on the pad of this name."""
        pad = self.page.get_by_role("img", name=self.words(english))
        pad.scroll_into_view_if_needed()
        box = pad.bounding_box()
        assert box is not None
        left, middle = box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.55
        for stroke in range(3):
            self.page.mouse.move(left + stroke * 60, middle - 25)
            self.page.mouse.down()
            for point in range(1, 12):
                sway = 22 if point % 4 < 2 else -18
                self.page.mouse.move(left + stroke * 60 + point * 5, middle + sway * (1 - point / 14))
            self.page.mouse.up()

    def finish(self) -> None:
        """What the customer drew is kept, the technician signs, and the visit is closed."""
        self.button("I sign").click()
        self.sign("Signature of the inspector")
        self.button("Sign as inspector").click()
        self.button("Close this visit").click()
        expect(self.page).to_have_url(re.compile("/done$"))
