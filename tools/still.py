"""A world that stands still, so that the same day gives the same pictures: fonts, clocks, codes and storage of one kind.

Decides what is fixed and how: the server's clock and the phone's show the same invented morning and are put on by two
minutes at every stop of the walk, however long a slow machine took; the customers' codes are counted instead of drawn by
lot, and lead to an invented address; the phone tells an invented amount of storage, and the server an invented version;
Chromium draws every letter with the one font that set-up installs, without the machine's own taste. Invariant: nothing of
the app or of the server is left out or replaced, only what they read from outside.

    python -m tools.still CLOCK COMMAND…      `fieldsvc COMMAND…` with the clock that the file CLOCK tells
"""

import itertools
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tools.screenshots import PHONE, ZONE, demonstration

MORNING = datetime(2026, 3, 11, 8, 30, tzinfo=ZoneInfo(ZONE))
STEP = timedelta(minutes=2)
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>/usr/local/share/fonts</dir>
  <cachedir>{cache}</cachedir>
  <match target="pattern">
    <edit name="family" mode="prepend" binding="strong"><string>Noto Sans CJK SC</string></edit>
  </match>
  <match target="font">
    <edit name="antialias" mode="assign"><bool>true</bool></edit>
    <edit name="hinting" mode="assign"><bool>false</bool></edit>
    <edit name="rgba" mode="assign"><const>none</const></edit>
  </match>
</fontconfig>
"""
DRAWN_ALIKE = ("--font-render-hinting=none", "--disable-lcd-text", "--force-color-profile=srgb", "--hide-scrollbars")
AGENT = (
    "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
)
# How much the phone says it keeps, and that it promises nothing: Chromium makes up its mind during the day.
TOLD = """
  const { storage } = navigator;
  if (storage) {
    storage.estimate = async () => ({ usage: 12_300_000, quota: 4_000_000_000 });
    storage.persisted = storage.persist = async () => false;
  }
"""


class Clock:
    """The invented time, for a server and for a phone."""

    def __init__(self, file: Path):
        self.file = file
        self.phone: BrowserContext | None = None
        self.time = MORNING
        self._tell()

    def put_on(self) -> None:
        """Go on to the next moment."""
        self.time += STEP
        self._tell()

    def wind(self, phone: BrowserContext) -> None:
        """Let a phone go by this clock from its first page on."""
        phone.clock.install(time=self.time)
        self.phone = phone

    def _tell(self) -> None:
        ahead = (self.time - datetime.now(UTC)).total_seconds()
        fresh = self.file.with_suffix(".new")
        fresh.write_text(repr(ahead), encoding="utf-8")
        fresh.replace(self.file)
        if self.phone:
            self.phone.clock.set_system_time(self.time)


@contextmanager
def served() -> Iterator[tuple[str, Clock]]:
    """Serve a demonstration of the invented day; gives its address and its clock."""
    with tempfile.TemporaryDirectory() as scratch:
        clock = Clock(Path(scratch) / "clock")
        with demonstration(Path(scratch) / "data", (sys.executable, "-m", "tools.still", str(clock.file))) as address:
            yield address, clock


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium with the fonts of set-up."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        raise SystemExit("Chromium is needed; `make setup-tests` installs it on Debian")
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        fonts = Path(scratch) / "fonts.conf"
        fonts.write_text(FONTS.format(cache=Path(scratch) / "cache"), encoding="utf-8")
        environment: dict[str, str | float | bool] = {**os.environ, "FONTCONFIG_FILE": str(fonts)}
        started = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", *DRAWN_ALIKE], env=environment
        )
        yield started
        started.close()


@contextmanager
def phone(browser: Browser, address: str, clock: Clock) -> Iterator[BrowserContext]:
    """A phone that goes by the clock and says of itself what every other run's phone says."""
    made = browser.new_context(
        base_url=address,
        viewport=PHONE,
        has_touch=True,
        locale="zh-CN",
        timezone_id=ZONE,
        user_agent=AGENT,
        reduced_motion="reduce",
    )
    clock.wind(made)
    made.add_init_script(TOLD)
    try:
        yield made
    finally:
        made.close()


def serve_still(file: Path, arguments: list[str]) -> None:
    """Be the `fieldsvc` command, with the clock of a file."""
    os.environ["FIELDSVC_PUBLIC_URL"] = "http://gas.example"
    from fieldsvc import clock
    from fieldsvc.cli import main
    from fieldsvc.planning import service as planning
    from fieldsvc.pwa import bundle, shell
    from fieldsvc.visits import service as visits

    real, count = shell.Shell, itertools.count(1)
    changed: dict[ModuleType, dict[str, object]] = {
        # The app's modules as they stand, so that a page can be told from outside to speak another language.
        bundle: {"is_made": lambda: False},
        clock: {"now": lambda: datetime.now(UTC) + timedelta(seconds=float(file.read_text(encoding="utf-8")))},
        shell: {"Shell": lambda _version, *lists: real("0123456789ab", *lists)},
        # Whether a visit that planned itself has come by the time of a picture, nobody can tell.
        planning: {"work_due": lambda: None},
        # An unplanned visit gets its token from the server: it may not be one of the demonstration's.
        visits: {"secrets": SimpleNamespace(token_urlsafe=lambda _size: f"pictures-{arguments[0]}-{next(count):04d}")},
    }
    for module, names in changed.items():
        vars(module).update(names)
    main(arguments)


if __name__ == "__main__":
    serve_still(Path(sys.argv[1]), sys.argv[2:])
