"""Makes a picture of every screen and sheet of the phone app, in three languages, light and dark, and sheets of them all.

Decides how a stop of the day (tools/gallery_walk.py) is pictured: in a world that stands still (tools/still.py), once the
page has come to rest, as tall as all that stands on it, in every language and both themes; and how the pictures are laid
out, so that a person can go through all of them in a minute. tools/approve.py compares what is pictured here.

    python -m tools.gallery FOLDER [STOP…]      the whole day is walked; pictures are kept of the stops named, else of all
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from tools.gallery_walk import whole_day
from tools.screenshots import PHONE
from tools.still import chromium, phone, served

LOCALES = ("zh-Hans", "zh-Hant", "en")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LONGEST, LONGEST_ON_SHEET = 3200, 1800
TILE, GAP, COLUMNS = 195, 12, 16
PATIENCE_MS = 60_000
MEASURED = 5
# Speaks another language without leaving the page: what a choice on Me does, without a tap on Me.
SPEAK = """async (locale) => {
  const { useLocale } = await import("/static/app/text.js");
  await useLocale(locale);
  for (const { name } of await indexedDB.databases()) {
    const channel = new BroadcastChannel(`fieldsvc-sender-${name}`);
    channel.postMessage({ what: "changed", sending: false, sent: 0 });
    channel.close();
  }
}"""
# The page has come to rest: it speaks the language, what was to be sent is sent, pictures and letters are there, nothing moves.
AT_REST = """(locale) => {
  if (locale && (document.querySelector("main.page")?.lang || locale) !== locale) return false;
  const busy = document.querySelector(".sync .is-busy, .sync .is-warn, .skeleton, [aria-busy=true]");
  const loading = [...document.images].some((image) => !image.complete);
  const moving = document.getAnimations().some((each) => each.playState === "running");
  return !(busy && navigator.onLine) && !loading && !moving && document.fonts.status === "loaded";
}"""
# What no clock and no dice of ours decide: the mark of a receipt comes of keys that are made anew each time, and how thick
# a hand's stroke is, and so the size of its picture, of how fast this machine was.
ALIKE = """() => {
  const write = (selector, pattern, alike) => {
    for (const said of document.querySelectorAll(selector)) {
      for (const text of said.childNodes) {
        if (text.nodeType === Node.TEXT_NODE) text.data = text.data.replace(pattern, alike);
      }
    }
  };
  write("section[aria-label] > .card-title + .small", /\\b[0-9a-f]{8}\\b/, "0a1b2c3d");
  write(".row > .small.quiet, .card .small, .card p", /[\\d.]+ KB/, "1 KB");
  for (const ink of document.querySelectorAll(".pad canvas, .signed img")) ink.style.filter = "contrast(0)";
}"""
DRAWN = """async () => {
  scrollTo(0, 0);
  await Promise.all([...document.images].map((image) => image.decode().catch(() => undefined)));
  for (let frame = 0; frame < 3; frame += 1) await new Promise((drawn) => requestAnimationFrame(drawn));
}"""
# How tall the screen must be for all of the page, or of the sheet over it, to be seen.
TALL = """() => {
  const sheet = [...document.querySelectorAll("dialog.sheet[open]")].at(-1);
  const body = sheet?.querySelector(".sheet-body");
  if (!body) return document.documentElement.scrollHeight;
  const rest = [...sheet.children].filter((each) => each !== body).reduce((sum, each) => sum + each.offsetHeight, 0);
  return (body.scrollHeight + rest + 2) / 0.94;
}"""


class Variant(NamedTuple):
    """One language and theme."""

    locale: str
    scheme: Literal["light", "dark"]


ALL = tuple(Variant(locale, scheme) for locale in LOCALES for scheme in SCHEMES)
Keep = Callable[[str, Variant, bytes], None]


class Pictures:
    """Takes the pictures and gives each to whoever keeps them; a stop that was not asked for is passed."""

    def __init__(self, keep: Keep, *, put_on: Callable[[], None], only: Sequence[str] = ()):
        self.keep = keep
        self.put_on = put_on
        self.only = only

    def stop(self, page: Page, name: str) -> None:
        """Picture what stands on the page in every language and theme; then leave it as it was, and later."""
        if not self.only or name in self.only:
            page.wait_for_function(AT_REST, timeout=PATIENCE_MS)
            scroll = page.evaluate("() => scrollY")
            for locale in (*LOCALES[1:], LOCALES[0]):
                page.evaluate(SPEAK, locale)
                self._as_it_is(page, name, locale)
            page.evaluate("(top) => scrollTo(0, top)", scroll)
        self.put_on()

    def as_it_is(self, page: Page, name: str, locale: str) -> None:
        """Picture what stands on the page in both themes, in the language that it speaks."""
        if not self.only or name in self.only:
            self._as_it_is(page, name, locale)
        self.put_on()

    def _as_it_is(self, page: Page, name: str, locale: str) -> None:
        page.evaluate("() => document.activeElement?.blur()")
        for scheme in reversed(SCHEMES):
            page.emulate_media(color_scheme=scheme)
            self._whole(page, locale)
            self.keep(name, Variant(locale, scheme), page.screenshot(animations="disabled", caret="hide"))
            page.set_viewport_size(PHONE)
        page.emulate_media(color_scheme="light")

    @staticmethod
    def _whole(page: Page, locale: str) -> None:
        """Give the page the height of all that stands on it; what comes while it is drawn makes it taller once more."""
        drawn = 0
        for _ in range(MEASURED):
            page.wait_for_function(AT_REST, arg=locale, timeout=PATIENCE_MS)
            needed = min(LONGEST, max(PHONE["height"], int(page.evaluate(TALL)) + 1))
            if needed <= drawn + 1:
                return
            page.set_viewport_size({"width": PHONE["width"], "height": needed})
            page.evaluate(ALIKE)
            page.evaluate(DRAWN)
            drawn = needed
        raise AssertionError(f"{page.url} grew each of {MEASURED} times that it was measured")


def walk(keep: Keep, *, only: Sequence[str] = ()) -> None:
    """Let the technician walk the whole day with a phone of its own, in a world that stands still."""
    with served() as (address, clock), chromium() as browser, phone(browser, address, clock) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        try:
            whole_day(Pictures(keep, put_on=clock.put_on, only=only), page)
        finally:
            expect.set_options(timeout=None)


def contact_sheet(folder: Path, variant: Variant) -> None:
    """Lay all pictures of one language and theme on one sheet, each beneath the shortest column."""
    locale, scheme = variant
    heights = [GAP] * COLUMNS
    places: list[tuple[str, Image.Image, tuple[int, int]]] = []
    for file in sorted(folder.glob(f"*.{locale}.{scheme}.png"), key=lambda file: file.stat().st_mtime):
        picture = Image.open(file).convert("RGB")
        picture = picture.crop((0, 0, picture.width, min(picture.height, LONGEST_ON_SHEET)))
        tile = picture.resize((TILE, round(picture.height * TILE / picture.width)), Image.Resampling.LANCZOS)
        column = heights.index(min(heights))
        places.append((file.name.split(".")[0], tile, (GAP + column * (TILE + GAP), heights[column])))
        heights[column] += tile.height + 2 * GAP + 4
    sheet = Image.new("RGB", (GAP + COLUMNS * (TILE + GAP), max(heights)), (96, 102, 108))
    for stop, tile, (left, top) in places:
        ImageDraw.Draw(sheet).text((left, top), stop, fill="white", font_size=11)
        sheet.paste(tile, (left, top + 14))
    sheet.save(folder / f"sheet-{locale}.{scheme}.png", optimize=True)


def main() -> None:
    """Walk once; keep the pictures and the sheets."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)

    def keep(name: str, variant: Variant, picture: bytes) -> None:
        (folder / f"{name}.{variant.locale}.{variant.scheme}.png").write_bytes(picture)

    walk(keep, only=sys.argv[2:])
    for variant in ALL:
        contact_sheet(folder, variant)
    print(
        f"{len(list(folder.glob('*.*.*.png')))} pictures and {len(list(folder.glob('sheet-*.png')))} sheets in {folder}"
    )


if __name__ == "__main__":
    main()
