"""How fast the phone app is on a slow phone with no network: `bench/app.py [--rounds N] [--quick]`. See bench/README.md.

Chromium with its pages slowed down four times, a profile that has pulled its day, and the network off. Decides what *shown*,
*interactive* and *smooth* mean here (the words stand in the results), nothing about the app. A tap counts as shown when a
frame was drawn after the app said it was on disk. Invariant: every figure stands beside its target, met or missed.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
if not __package__:
    # Run as a file, this folder comes first on the path, and bench/sync.py would hide the package `sync`.
    sys.path[0] = str(ROOT)

from playwright.sync_api import BrowserContext, Locator, Page, Playwright, expect, sync_playwright  # noqa: E402

from bench.measure import Aim, aims, spread  # noqa: E402
from bench.ours import PASSWORD, Installation, orders  # noqa: E402
from bench.process import Server, free_port  # noqa: E402
from bench.results import Section  # noqa: E402
from fieldsvc import clock, create_app, installation  # noqa: E402
from fieldsvc.db import db, transaction  # noqa: E402
from fieldsvc.visits import service as visits  # noqa: E402
from tests.browser.conftest import PHONE, QUIET  # noqa: E402
from tools import bundle  # noqa: E402

SLOWER = 4
DAY, MANY = 60, 2_000
COLD_MS = {DAY: 1_000, MANY: 1_500}
TAP_MS = 100
SHELL_KIB = 150
LONG_FRAME_MS = 50
SCORE = 98
SCORED = ("performance", "best-practices", "accessibility")
SCROLLED_PX, PX_A_SECOND = 20_000, 4_000

# Says when the first row of Today was drawn, and when the page had nothing more to do for the first time after that. It waits
# to be told and speaks to the console: looking again at each frame, or asking the page from outside, costs a slowed-down page
# a tenth of a second of its start.
WATCH = """(() => {
  if (location.pathname !== "/app") return;
  const drawn = () => {
    const shown = performance.now();
    requestIdleCallback(() => console.info(`began ${shown} ${performance.now()}`));
  };
  const watcher = new MutationObserver(() => {
    if (!document.querySelector(".visit-row")) return;
    watcher.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(drawn));
  });
  watcher.observe(document, { subtree: true, childList: true });
})()"""
# Says how long it was from each tap on a box to the frame that shows it ticked.
TAPS = """() => {
  let since = 0;
  addEventListener("click", (event) => { since = event.timeStamp; }, { capture: true });
  new MutationObserver(() => {
    if (!since) return;
    const tapped = since;
    since = 0;
    requestAnimationFrame(() => setTimeout(() => console.info(`ticked ${performance.now() - tapped}`)));
  }).observe(document.getElementById("app"), { subtree: true, attributeFilter: ["aria-checked"] });
}"""
FRAMES = """() => {
  const frames = globalThis.frames_ = [];
  let before = performance.now();
  const next = (now) => { frames.push(now - before); before = now; globalThis.watching = requestAnimationFrame(next); };
  requestAnimationFrame(next);
}"""


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="bench/app.py", description="Measure the phone app.")
    parser.add_argument("--rounds", type=int, default=7, help="cold starts with each number of visits (7)")
    parser.add_argument("--quick", action="store_true", help="two cold starts; keeps no figures")
    parser.add_argument("--work", type=Path, help="where the store and the browser's profiles are made and deleted")
    parser.add_argument(
        "--results", type=Path, default=ROOT / "bench" / "RESULTS.md", help="the file of figures; - for none"
    )
    return parser.parse_args()


def say(what: str) -> None:
    """Tell the person who waits."""
    print(f"  … {what}", file=sys.stderr, flush=True)


def plan(made: Installation, count: int) -> None:
    """Plan as many visits for today, all for the one technician: 2,000 on one day is the hardest the list can meet."""
    app = create_app(made.settings())
    with app.app_context():
        planned = orders(count, today=installation.today(), assignee=made.first)
        with transaction():
            visits.plan(visits=planned, now=clock.now())
        db.session.remove()
        db.engine.dispose()


class Phone:
    """A browser profile that has pulled its day, opened anew as often as wanted: each time a new process, with no network."""

    def __init__(self, playwright: Playwright, url: str, profile: Path):
        found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        if not found:
            raise SystemExit("Chromium is needed: `make setup-tests` installs it")
        self.playwright, self.url, self.profile, self.program = playwright, url, profile, found

    @contextmanager
    def opened(self, *words: str) -> Iterator[BrowserContext]:
        """The browser on this profile, which has promised to keep what the app stores, as on a phone's home screen."""
        context = self.playwright.chromium.launch_persistent_context(
            str(self.profile), executable_path=self.program, args=[*QUIET, *words], base_url=self.url, viewport=PHONE,  # type: ignore[arg-type]
            device_scale_factor=2, has_touch=True, is_mobile=True, locale="zh-CN", timezone_id="Asia/Shanghai",
        )  # fmt: skip
        session = context.new_cdp_session(context.pages[0])
        permission = {"permission": {"name": "persistent-storage"}, "setting": "granted", "origin": self.url}
        session.send("Browser.setPermission", permission)
        try:
            yield context
        finally:
            context.close()

    def prepare(self, username: str, count: int) -> None:
        """Log in, wait for every visit and for the app's own files."""
        with self.opened() as context:
            page = context.pages[0]
            page.goto("/app")
            page.get_by_label("用户名").fill(username)
            page.get_by_label("密码").fill(PASSWORD)
            page.get_by_role("button", name="登录").click()
            expect(page.get_by_role("radio", name=re.compile(f"全部 {count}$"))).to_be_attached(timeout=300_000)
            page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
            page.reload()
            expect(page.locator(".visit-row").first).to_be_visible(timeout=60_000)

    @contextmanager
    def on_the_way(self) -> Iterator[Page]:
        """A new process, four times as slow, without a network."""
        with self.opened() as context:
            page = context.pages[0]
            context.set_offline(True)
            context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            page.set_default_timeout(60_000)
            yield page


def cold(phone: Phone) -> tuple[float, float]:
    """Open Today in a new process; gives when a row was drawn and when the page was idle, in ms after the address."""
    with phone.on_the_way() as page:
        page.add_init_script(WATCH)
        with page.expect_console_message(lambda message: message.text.startswith("began ")) as said:
            page.goto("/app", wait_until="commit")
        _, shown, interactive = said.value.text.split()
        return float(shown), float(interactive)


def tap(phone: Phone, visits_tapped: int) -> list[float]:
    """Tick the boxes at some doors; gives the ms from each tap until it was on disk and drawn."""
    taken: list[float] = []
    with phone.on_the_way() as page:
        for place in range(visits_tapped):
            page.goto("/app")
            page.locator(".visit-row").nth(place).click()
            boxes = page.get_by_role("checkbox")
            expect(boxes.first).to_be_visible()
            page.evaluate(TAPS)
            taken += [until_ticked(page, boxes.nth(index)) for index in range(boxes.count())]
    return taken


def until_ticked(page: Page, box: Locator) -> float:
    """Tap a box as a finger does, and leave the page alone until it has said how long that took."""
    box.scroll_into_view_if_needed()
    place = box.bounding_box()
    assert place
    with page.expect_console_message(lambda message: message.text.startswith("ticked ")) as said:
        page.touchscreen.tap(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    return float(said.value.text.split()[1])


def scroll(phone: Phone) -> list[float]:
    """Scroll the list of all; gives the ms between the frames that the page drew."""
    with phone.on_the_way() as page:
        page.goto("/app")
        expect(page.locator(".visit-row").first).to_be_visible()
        page.get_by_role("radio", name=re.compile("^全部 ")).click()
        page.wait_for_load_state("networkidle")
        session = page.context.new_cdp_session(page)
        page.evaluate(FRAMES)
        for way in (-1, 1, -1):
            session.send(
                "Input.synthesizeScrollGesture",
                {
                    "x": 195,
                    "y": 600,
                    "yDistance": way * SCROLLED_PX,
                    "speed": PX_A_SECOND,
                    "gestureSourceType": "mouse",
                },
            )
        reached = page.evaluate("() => scrollY")
        if reached < SCROLLED_PX * 0.9:
            raise RuntimeError(f"the list was scrolled to {reached} px only")
        frames: list[float] = page.evaluate("() => globalThis.frames_")
        return frames


def shell_size(port: int) -> tuple[float, float, float, int]:
    """What the server sends of the shell, in KiB: to a browser that takes Brotli, to one that only takes gzip, and as it is; and
    how many files."""

    def fetch(path: str, encoding: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", path, headers={"Accept-Encoding": encoding})
        body = connection.getresponse().read()
        connection.close()
        return body

    listed = json.loads(fetch("/app/shell.js", "identity").decode().split("=", 1)[1].rstrip().rstrip(";"))["files"]
    accepted = ("gzip, deflate, br", "gzip", "identity")
    packed, gzipped, plain = (sum(len(fetch(one["url"], encoding)) for one in listed) / 1024 for encoding in accepted)
    return packed, gzipped, plain, len(listed)


def of_lighthouse(phone: Phone) -> list[Aim]:
    """What Lighthouse, in its usual set-up for a phone, thinks of Today on a phone that was here before."""
    program, port = ROOT / "node_modules" / ".bin" / "lighthouse", free_port()
    words = [
        f"--port={port}",
        "--output=json",
        "--quiet",
        "--disable-storage-reset",
        "--no-enable-error-reporting",
        f"--only-categories={','.join(SCORED)}",
    ]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    with phone.opened(f"--remote-debugging-port={port}"):
        done = subprocess.run(
            [str(program), f"{phone.url}/app", *words], env={**os.environ, "PATH": path},
            capture_output=True, text=True, check=True, timeout=300,
        )  # fmt: skip
    scores = {name: 100 * category["score"] for name, category in json.loads(done.stdout)["categories"].items()}
    say(f"Lighthouse: {scores}")
    return [Aim(f"Lighthouse, {name}", scores[name], "", at_least=SCORE) for name in SCORED]


def measure(work: Path, rounds: int) -> Section:
    """Everything, and what is said about it."""
    section = Section("The app on a slow phone")
    targets: list[Aim] = []
    words: list[str] = []
    with sync_playwright() as playwright:
        for count in (DAY, MANY):
            made = Installation.make(work / f"data-{count}")
            plan(made, count)
            say(f"{count} visits planned")
            with made.serve() as server:
                phone = Phone(playwright, f"http://127.0.0.1:{server.port}", work / f"profile-{count}")
                phone.prepare(made.first, count)
                targets += of_one_day(phone, count, rounds, words)
                if count == DAY:
                    targets.append(of_the_shell(server, words))
                    targets += of_lighthouse(phone)
    section.add(f"{rounds} cold starts with each number of visits, all planned for today. {' '.join(words)}")
    section.add(aims(targets))
    return section


def of_one_day(phone: Phone, count: int, rounds: int, words: list[str]) -> list[Aim]:
    """The figures of a phone that holds so many visits."""
    starts = [cold(phone) for _ in range(rounds)]
    shown, interactive = [first for first, _ in starts], [second for _, second in starts]
    say(f"{count} visits: shown {spread(shown)}, interactive {spread(interactive)}")
    taps = tap(phone, 4)
    say(f"{count} visits: a tap {spread(taps)}")
    words.append(
        f"With {count:,}: first row drawn after {spread(shown)} ms, interactive after {spread(interactive)} ms;"
        f" {len(taps)} taps {spread(taps)} ms, the slowest {max(taps):.0f}."
    )
    found = [
        Aim(f"Today interactive, {count:,} visits", statistics.median(interactive), "ms", at_most=COLD_MS[count]),
        Aim(f"a tap on disk and shown, {count:,} visits", statistics.median(taps), "ms", at_most=TAP_MS),
    ]
    return found if count == DAY else [*found, *of_scrolling(phone, count, rounds, words)]


def of_scrolling(phone: Phone, count: int, rounds: int, words: list[str]) -> list[Aim]:
    """How smoothly the long list is scrolled, each time by a new process."""
    frames = [frame for _ in range(rounds) for frame in scroll(phone)]
    long = [each for each in frames if each > LONG_FRAME_MS]
    say(f"{len(frames)} frames, {len(long)} long, the longest {max(frames):.0f} ms")
    words.append(
        f"Scrolling, {rounds} times: a wheel turned over {SCROLLED_PX:,} px at {PX_A_SECOND:,} px/s, down, up and down;"
        f" {len(frames)} frames, {spread(frames)} ms apart, {len(long)} of them over {LONG_FRAME_MS} ms,"
        f" the longest {max(frames):.0f}."
    )
    share = 100 * len(long) / len(frames)
    return [Aim(f"frames over {LONG_FRAME_MS} ms scrolling {count:,} visits", share, "%", at_most=1)]


def of_the_shell(server: Server, words: list[str]) -> Aim:
    """How large the app is on the way to the phone."""
    packed, gzipped, plain, files = shell_size(server.port)
    words.append(
        f"The shell: {files} files, {plain:.0f} KiB, {packed:.1f} KiB as they are sent to a browser, {gzipped:.1f} KiB to"
        " who takes gzip only."
    )
    return Aim("the shell, compressed, scanner apart", packed, "KiB", at_most=SHELL_KIB)


def main(_given: Sequence[Any] = ()) -> None:
    """Measure what was asked for."""
    given = arguments()
    results = None if given.quick or str(given.results) == "-" else given.results
    bundle.make()
    work = Path(tempfile.mkdtemp(prefix="app-", dir=given.work))
    try:
        measure(work, 2 if given.quick else given.rounds).keep(results)
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
