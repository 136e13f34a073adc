"""Makes a picture of every screen and sheet of the phone app, in three languages, light and dark, and sheets of them all.

Decides how a stop of the day (tools/gallery_walk.py) is pictured: as tall as all that stands on it, in every language and
both themes; and how the pictures are laid out, so that a person can go through all of them in a minute.

    python -m tools.gallery FOLDER [STOP…]      the whole day is walked; pictures are kept of the stops named, else of all
"""

import sys
import tempfile
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page

from tools.gallery_walk import whole_day
from tools.screenshots import PHONE, ZONE, browser, demonstration

LOCALES = ("zh-Hans", "zh-Hant", "en")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LONGEST, LONGEST_ON_SHEET = 3200, 1800
TILE, GAP, COLUMNS = 195, 12, 16
# The app's modules as they stand, so that a page can be told from outside to speak another language.
MODULES = "from fieldsvc.pwa import bundle; bundle.is_made = lambda: False; from fieldsvc.cli import main; main()"
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
# How tall the screen must be for all of the page, or of the sheet over it, to be seen.
TALL = """() => {
  const sheet = [...document.querySelectorAll("dialog.sheet[open]")].at(-1);
  const body = sheet?.querySelector(".sheet-body");
  if (!body) return document.documentElement.scrollHeight;
  const rest = [...sheet.children].filter((each) => each !== body).reduce((sum, each) => sum + each.offsetHeight, 0);
  return (body.scrollHeight + rest + 2) / 0.94;
}"""


class Pictures:
    """Takes the pictures; a stop that was not asked for is passed."""

    def __init__(self, folder: Path, only: frozenset[str]):
        self.folder = folder
        self.only = only

    def stop(self, page: Page, name: str) -> None:
        """Picture what stands on the page in every language and theme; then leave it as it was."""
        if not self._wanted(name):
            return
        scroll = page.evaluate("() => scrollY")
        for locale in (*LOCALES[1:], LOCALES[0]):
            page.evaluate(SPEAK, locale)
            self.as_it_is(page, f"{name}.{locale}")
        page.evaluate("(top) => scrollTo(0, top)", scroll)

    def as_it_is(self, page: Page, name: str) -> None:
        """Picture what stands on the page in both themes, in the language that it speaks."""
        if not self._wanted(name.split(".")[0]):
            return
        page.evaluate("() => document.activeElement?.blur()")
        for scheme in reversed(SCHEMES):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(250)
            height = min(LONGEST, max(PHONE["height"], int(page.evaluate(TALL)) + 1))
            page.set_viewport_size({"width": PHONE["width"], "height": height})
            page.wait_for_timeout(100)
            page.screenshot(path=self.folder / f"{name}.{scheme}.png", animations="disabled")
            page.set_viewport_size(PHONE)

    def _wanted(self, stop: str) -> bool:
        return not self.only or stop in self.only


def contact_sheet(folder: Path, variant: str) -> None:
    """Lay all pictures of one language and theme on one sheet, each beneath the shortest column."""
    heights = [GAP] * COLUMNS
    places: list[tuple[str, Image.Image, tuple[int, int]]] = []
    for file in sorted(folder.glob(f"*.{variant}.png"), key=lambda file: file.stat().st_mtime):
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
    sheet.save(folder / f"sheet-{variant}.png", optimize=True)


def walk(pictures: Pictures, chromium: Browser, address: str) -> None:
    """Let the technician walk with a phone of its own."""
    phone = chromium.new_context(base_url=address, viewport=PHONE, has_touch=True, locale="zh-CN", timezone_id=ZONE)
    page = phone.new_page()
    page.set_default_timeout(15_000)
    try:
        whole_day(pictures, page)
    except Exception:
        page.screenshot(path=pictures.folder / "stuck.png")
        raise
    finally:
        phone.close()


def main() -> None:
    """Walk once; keep the pictures and the sheets."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    pictures = Pictures(folder, frozenset(sys.argv[2:]))
    with (
        tempfile.TemporaryDirectory() as scratch,
        demonstration(Path(scratch) / "data", (sys.executable, "-c", MODULES)) as address,
        browser() as chromium,
    ):
        walk(pictures, chromium, address)
    for variant in (f"{locale}.{scheme}" for locale in LOCALES for scheme in SCHEMES):
        contact_sheet(folder, variant)
    print(
        f"{len(list(folder.glob('*.*.*.png')))} pictures and {len(list(folder.glob('sheet-*.png')))} sheets in {folder}"
    )


if __name__ == "__main__":
    main()
