"""A phone whose browser is killed in the middle of work, again and again, on one and the same storage.

Decides how a Chromium with a profile of its own is started, offline, worked with by quick hands, and ended by SIGKILL to
all of its processes; and what its log must then still hold. Used by test_killed.py (some kills) and bench/app_kills.py (many).
Invariant: every claim ("the screen showed this tap as set") is judged against the bytes that the next start finds on disk.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, Page, Playwright, expect

from sync import chain
from tests.browser.conftest import QUIET
from tests.browser.disk import DISK
from tests.browser.technician import Technician

Json = dict[str, Any]

HANDS = (Path(__file__).parent / "quick_hands.js").read_text(encoding="utf-8")


@dataclass
class Tally:
    """What became of it, over all kills."""

    kills: int = 0
    confirmed: int = 0
    lost: int = 0
    gaps: int = 0
    broken_chains: int = 0
    under_way: int = 0
    """Taps that the screen did not show yet when the kill was ordered."""
    cut_off: int = 0
    """Those among them that never reached the disk: what a screen that says *set* too early would have lost."""
    photos: int = 0
    entries: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def faults(self) -> tuple[int, int, int]:
        return self.lost, self.gaps, self.broken_chains


class KilledPhone:
    """One profile on disk, and the browser that runs on it at the moment, if any."""

    def __init__(self, playwright: Playwright, url: str, profile: Path, seed: int) -> None:
        self.playwright, self.url, self.profile = playwright, url, profile
        self.chance = random.Random(seed)
        self.tally = Tally()
        self.said: Claims | None = None

    # ── a life ───────────────────────────────────────────────────────────

    @contextlib.contextmanager
    def life(self) -> Iterator[tuple[Page, subprocess.Popen[bytes]]]:
        """Start the browser on the profile; whatever happens, none of its processes outlives this."""
        found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        assert found, "the browser tests need Chromium: `make setup` installs it"
        port_file = self.profile / "DevToolsActivePort"
        port_file.unlink(missing_ok=True)
        flags = [
            "--headless=new",
            "--remote-debugging-port=0",
            "--accept-lang=zh-CN",
            "--disable-breakpad",
            "about:blank",
        ]
        words = [found, *QUIET, f"--user-data-dir={self.profile}", "--window-size=390,844", *flags]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(words, start_new_session=True, **quiet) as process:
            browser: Browser | None = None
            try:
                browser = self.playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{self._port(port_file)}")
                page = browser.contexts[0].pages[0]
                page.set_default_timeout(20_000)
                yield page, process
            finally:
                kill(process)
                if browser:
                    with contextlib.suppress(Error):
                        browser.close()

    def _port(self, file: Path) -> int:
        end = time.monotonic() + 90
        while time.monotonic() < end:
            if file.exists() and (lines := file.read_text().splitlines()):
                return int(lines[0])
            time.sleep(0.02)
        raise AssertionError("Chromium did not start")

    def log_in(self) -> None:
        """The first life: enrol, pull the day, make the app able to open without a network; ended in good order."""
        with self.life() as (page, process):
            page.goto(self.url + "/app")
            give_password(page)
            expect(Technician(page).sync()).to_contain_text("全部已发送", timeout=60_000)
            page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
            page.context.browser.new_browser_cdp_session().send("Browser.close")  # type: ignore[union-attr]
            process.wait(20)

    def work_until_killed(self) -> None:
        """One life without a network: what the last one claimed is judged by what is on disk, then quick hands, then SIGKILL."""
        with self.life() as (page, process):
            disk = self.open(page)
            visit, step = self._somewhere(disk)
            self.said = Claims(visit, step, disk)
            page.expose_function("enough", lambda said: self._kill(process, said))
            end = {"most": self.chance.randint(1, 25), "ms": self.chance.uniform(5, 1_500)}
            with contextlib.suppress(Error):  # the page dies in the middle of whatever it is asked
                page.goto(f"{self.url}/app/visit/{visit}/{step}")
                expect(page.locator(".tick, .point, .shutter").first).to_be_visible()
                page.evaluate(HANDS, {"seed": self.chance.getrandbits(32), **end})
                page.wait_for_timeout(5_000)
            kill(process)
        self.tally.kills += 1

    def _kill(self, process: subprocess.Popen[bytes], said: Json) -> None:
        kill(process)
        if self.said and not self.said.claims:
            self.said.claims, self.said.under = said["claims"], said["under"]

    def open(self, page: Page) -> Json:
        """Open the app without a network, and judge by what is on disk what was claimed before the last kill."""
        page.context.set_offline(True)
        page.goto(self.url + "/app")
        expect(Technician(page).visits().first).to_be_visible(timeout=60_000)
        disk: Json = page.evaluate(DISK)
        if self.said:
            self._judge(self.said, disk)
        self.said = None
        return disk

    def _somewhere(self, disk: Json) -> tuple[str, str]:
        """A visit and a step of it, by chance; items most often, for their answers can be changed for ever."""
        items = [f"items/{item['id']}" for item in disk["catalog"]["checklists"][0]["items"]]
        step = self.chance.choice([*items, "door", "talk", *["meter"] * 3])
        return self.chance.choice(disk["visits"])["id"], step

    def send_everything(self) -> Json:
        """A last life, with a network: log in again if the kills cost the session; until the chip says that all is sent."""
        with self.life() as (page, _process):
            self.open(page)
            page.context.set_offline(False)
            page.goto(self.url + "/app/outbox")
            chip = Technician(page).sync()
            expect(chip).to_contain_text(re.compile("全部已发送|正在发送|需要处理"), timeout=60_000)
            page.wait_for_timeout(2_000)  # a session that is gone shows within the first answer
            if "需要处理" in chip.inner_text():
                page.goto(self.url + "/app/login")
                give_password(page)
            expect(chip).to_contain_text("全部已发送", timeout=900_000)  # hundreds of photos, after hundreds of kills
            disk: Json = page.evaluate(DISK)
            return disk

    # ── the judgement ────────────────────────────────────────────────────

    def _judge(self, said: Claims, disk: Json) -> None:
        before, log = said.before["log"], disk["log"]
        new = Counter(said.key_of(row["op"], disk["whole"]) for row in log[len(before) :])
        lost = Counter(said.claims) - new
        tally = self.tally
        tally.entries = len(log)
        tally.confirmed += len(said.claims)
        tally.photos += said.claims.count("photo")
        tally.under_way += len(said.under)
        tally.cut_off += (Counter(said.under) - (new - Counter(said.claims))).total()
        tally.lost += lost.total()
        tally.gaps += [row["seq"] for row in log] != list(range(1, len(log) + 1))
        tally.gaps += [row["id"] for row in before] != [row["id"] for row in log[: len(before)]]
        tally.broken_chains += not is_whole(log, disk["device"])
        tally.examples += [f"kill {tally.kills}: {said.visit}/{said.step}: {key}" for key in lost]


@dataclass
class Claims:
    """What the screen of one life showed as set, and how an entry of the log is said in the same words."""

    visit: str
    step: str
    before: Json
    claims: list[str] = field(default_factory=list)
    under: list[str] = field(default_factory=list)

    def key_of(self, op: Json, whole: list[str]) -> str:
        data, catalog = op["data"], self.before["catalog"]
        if op["visit"] != self.visit:
            return "elsewhere"
        if op["kind"] == "step.tick":
            steps = [step["id"] for step in catalog["talk" if self.step == "talk" else "script"]]
            return f"tick {steps.index(data['step'])}"
        if op["kind"] == "photo.add":
            return "photo" if data["sha256"] in whole else "photo without its picture"
        if op["kind"] != "check.set":
            return str(op["kind"])
        points = [point for item in catalog["checklists"][0]["items"] for point in item["points"]]
        point = next(each for each in points if each["id"] == data["point"])
        if point["kind"] != "choice":
            return f"check {data['point']} {data['result']}"
        return f"choice {data['point']} {[each['value'] for each in point['choices']].index(data['value'])}"


def give_password(page: Page) -> None:
    page.get_by_label("用户名").fill("inspector")
    page.get_by_label("密码").fill("demo")
    page.get_by_role("button", name="登录").click()
    expect(Technician(page).visits().first).to_be_visible(timeout=60_000)


def is_whole(log: list[Json], device: str) -> bool:
    """Whether every stored text is its op's, and every link follows from the one before, as the server will compute them."""
    link = chain.start(device)
    for row in log:
        text = chain.canonical(row["op"])
        link = chain.link(link, chain.digest(text))
        if row["text"].encode() != text or row["chain"] != link.hex() or row["op"]["seq"] != row["seq"]:
            return False
    return True


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the browser and everything it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
