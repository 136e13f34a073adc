"""Another version of the app on the same address: it waits for the end of a visit, and a broken one can be taken off.

The older version is the last release, as it lies in the repository's history: its own server makes the installation and gives
the phone its shell; then the installation is brought up to this code, and the old page talks to the new server. Other versions
are changed copies of this code. All are served for real over one data folder.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Installation, NewPhone, becomes_true, demonstration, serving
from tests.browser.disk import DISK, RAW, reload
from tests.browser.killed_phone import is_whole
from tests.browser.technician import Technician

ROOT = Path(__file__).resolve().parents[2]
# The last release (CHANGELOG.md). With the next one this moves on to it.
RELEASE = "8a38c95d1edcb345217073cf4f1be00922a25f85"
CODE = ("fieldsvc", "sync", "static", "templates")
LOOK_FOR_A_NEWER_ONE = "() => navigator.serviceWorker.getRegistration().then((each) => each.update())"
IT_WAITS = "() => navigator.serviceWorker.getRegistration().then((each) => each.waiting?.state === 'installed')"
ALL_IS_SENT = f"async () => (await ({DISK})()).log.every((row) => row.acked && row.result)"
# A repeat of what had arrived, when an answer was lost on its way, says duplicate.
TAKEN = {"applied", "duplicate"}
MAIN = "() => fetch('/static/app/main.js').then((answer) => answer.text())"
CONTROLLED = "() => Boolean(navigator.serviceWorker.controller)"
NOTHING_KEPT = (
    """async () => !(await caches.keys()).length && !(await navigator.serviceWorker.getRegistrations()).length"""
)
KEPT = """async () => (await navigator.serviceWorker.getRegistration())?.active?.state === 'activated'
  && (await caches.keys()).length > 0"""

# What a bad day of the makers may look like: it takes over at once, and every page it gives is empty.
BROKEN_WORKER = """
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim().then(() => caches.open("of the broken one")));
});
self.addEventListener("fetch", (event) => {
  if (event.request.mode !== "navigate") return;
  event.respondWith(new Response("<title>empty</title>", { headers: { "Content-Type": "text/html" } }));
});
"""


class Operator:
    """Puts versions of the code on one address, over one data folder."""

    def __init__(self, site: Installation) -> None:
        self.site = site
        self._running = ExitStack()

    def deploy(self, tree: Path | None = None) -> None:
        self.stop()
        self._running.enter_context(serving(self.site, tree=tree))

    def upgrade(self, tree: Path) -> None:
        """Bring the installation up to another tree of the code, as docs/operations.md says, and serve it."""
        self.stop()
        done = self.site.command("init", tree=tree)
        assert done.returncode == 0, done.stdout + done.stderr
        self.deploy(tree)

    def stop(self) -> None:
        self._running.close()

    def switch_offline_start(self, to: str) -> None:
        done = self.site.command("offline-start", to)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.startswith(to)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Made, but served by the operator."""
    return demonstration(tmp_path_factory.mktemp("new-shell"))


@pytest.fixture
def operator(installation: Installation) -> Iterator[Operator]:
    operator = Operator(installation)
    operator.deploy()
    yield operator
    operator.stop()


def code_of_the_release(folder: Path, commit: str = RELEASE) -> Path:
    """The code as it was released, out of this repository's history."""
    done = subprocess.run(["git", "-C", str(ROOT), "archive", commit, *CODE], capture_output=True, check=False)
    if done.returncode:
        pytest.fail(
            f"The last release, commit {commit[:7]}, cannot be taken from this checkout: {done.stderr.decode().strip()}. "
            "A shallow clone does not hold it: `git fetch --unshallow`, or clone without --depth."
        )
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder


@pytest.fixture
def released(tmp_path: Path) -> Iterator[tuple[Operator, Path]]:
    """An installation that the last release made and serves, and the code of that release."""
    tree = code_of_the_release(tmp_path / "released")
    operator = Operator(demonstration(tmp_path / "site", tree=tree))
    operator.deploy(tree)
    yield operator, tree
    operator.stop()


def copy_of_the_code(folder: Path) -> Path:
    for name in CODE:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def edition(page: Page) -> str | None:
    """Which version of the shell this page runs: the second one says so."""
    said: str | None = page.evaluate("() => document.documentElement.dataset.edition ?? null")
    return said


def disk_of(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(DISK)
    return found


def log_in_under_the_worker(page: Page) -> Technician:
    technician = Technician(page)
    technician.log_in()
    reload(page)
    expect(technician.visits().first).to_be_visible()
    page.wait_for_function(CONTROLLED)
    expect(technician.sync()).to_contain_text("全部已发送")
    page.get_by_role("button", name="先不管，继续").click()  # this browser does not promise to keep its storage
    return technician


def test_a_new_version_waits_until_the_visit_is_over_and_the_released_one_syncs_with_it_meanwhile__lesson_15(
    released: tuple[Operator, Path], new_phone: NewPhone, tmp_path: Path
) -> None:
    operator, release = released
    second = copy_of_the_code(tmp_path / "second")
    with (second / "static/app/main.js").open("a") as main:
        main.write('document.documentElement.dataset.edition = "second";\n')
    page = new_phone(base_url=operator.site.url)
    technician = log_in_under_the_worker(page)
    technician.open_visit(0)
    boxes = page.get_by_role("checkbox")
    boxes.nth(0).click()
    page.get_by_role("button", name="家中无人").click()
    sheet = page.get_by_role("dialog", name="家中无人")
    sheet.get_by_label("备注").fill("邻居说晚上才")

    operator.upgrade(second)
    page.evaluate(LOOK_FOR_A_NEWER_ONE)  # as every hour
    becomes_true(page, IT_WAITS)
    sheet.get_by_label("备注").fill("邻居说晚上才回")
    reload(page)  # the camera of a cheap phone does this (lesson 16); the old shell opens, with the half-typed words
    expect(sheet.get_by_label("备注")).to_have_value("邻居说晚上才回")
    page.go_back()
    boxes.nth(1).click()
    expect(boxes.nth(1)).to_be_checked()
    expect(technician.sync()).to_contain_text("全部已发送")  # the old shell, the new server
    becomes_true(page, ALL_IS_SENT)
    assert len(disk_of(page)["log"]) == 3
    assert edition(page) is None
    assert page.evaluate(MAIN) == (release / "static/app/main.js").read_text()

    beside = page.context.new_page()
    beside.goto("/app/outbox")
    expect(beside.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_role("link", name="返回").click()
    update = page.get_by_role("button", name="更新", exact=True)
    expect(page.get_by_text("有新版本，等已开始的到访结束后再更新。")).to_be_visible()
    expect(update).to_have_count(0)
    page.get_by_role("link", name="我", exact=True).click()
    expect(page.get_by_text("有新版本，会在“今日”页提示更新，不会打断到访。")).to_be_visible()
    page.go_back()

    page.context.set_offline(True)
    technician.open_visit(0)
    page.get_by_role("button", name="家中无人").click()
    expect(sheet.get_by_label("备注")).to_have_value("邻居说晚上才回")
    sheet.get_by_role("radio", name="无人应答").click()
    sheet.get_by_role("button", name="不拍照，直接结束").click()
    expect(page.get_by_role("heading", name="到访不遇")).to_be_visible()
    page.get_by_role("link", name="返回").click()
    page.get_by_role("radio", name=re.compile("^全部")).click()
    update.click()
    page.wait_for_function("() => document.documentElement.dataset.edition === 'second'")
    expect(page.get_by_role("radio", name=re.compile("^全部"))).to_be_checked()
    expect(technician.sync()).to_contain_text("待发送")
    before = disk_of(page)
    assert is_whole(before["log"], before["device"])

    assert edition(beside) is None  # another tab is not interrupted either; it follows when its person says so
    beside.get_by_role("link", name="返回").click()
    beside.get_by_role("button", name="更新", exact=True).click()
    beside.wait_for_function("() => document.documentElement.dataset.edition === 'second'")

    page.context.set_offline(False)
    expect(technician.sync()).to_contain_text("全部已发送")
    becomes_true(page, ALL_IS_SENT)
    after = disk_of(page)
    assert [row["id"] for row in after["log"]] == [row["id"] for row in before["log"]]
    assert {row["result"]["status"] for row in after["log"]} <= TAKEN
    # What the released one had left open on the disk is taken over, while it is worked with.
    words = ["邻居说晚上才回", *{visit["customer"]["name"] for visit in after["all"]}]
    becomes_true(page, f"async () => !(await ({RAW})({json.dumps(words)})).found.length")


def test_a_broken_worker_is_taken_off_the_phones_and_what_they_hold_is_sent(
    operator: Operator, new_phone: NewPhone, tmp_path: Path
) -> None:
    broken = copy_of_the_code(tmp_path)
    (broken / "static/sw.js").write_text(BROKEN_WORKER)
    page = new_phone()
    technician = log_in_under_the_worker(page)
    technician.open_visit(1)
    operator.deploy(broken)
    page.evaluate(LOOK_FOR_A_NEWER_ONE)
    becomes_true(page, "() => caches.has('of the broken one')")
    page.context.set_offline(True)
    technician.tick_everything()
    unsent = disk_of(page)["log"]
    assert unsent
    assert not any(row["acked"] for row in unsent)
    page.goto("/app")
    page.context.set_offline(False)
    page.goto("/app")
    expect(page).to_have_title("empty")  # with a network too: nobody can work
    assert disk_of(page)["log"] == unsent

    operator.switch_offline_start("off")
    reload(page)
    becomes_true(page, NOTHING_KEPT)  # the empty page has no script: it is the browser that looks for a newer worker
    page.goto("/app")
    expect(technician.visits().first).to_be_visible()
    becomes_true(page, ALL_IS_SENT)
    expect(technician.sync()).to_contain_text("全部已发送")
    sent = disk_of(page)["log"]
    assert [row["id"] for row in sent] == [row["id"] for row in unsent]
    assert {row["result"]["status"] for row in sent} <= TAKEN
    page.get_by_role("link", name="我", exact=True).click()
    page.get_by_role("button", name=re.compile("检查")).click()
    expect(page.get_by_text(re.compile("公司为修复故障暂时关闭了离线打开"))).to_be_visible()
    assert page.evaluate(NOTHING_KEPT)

    operator.deploy()
    operator.switch_offline_start("on")
    page.goto("/app")
    becomes_true(page, KEPT)
    page.wait_for_function(CONTROLLED)
    page.context.set_offline(True)
    page.goto("/app")
    expect(technician.visits().first).to_be_visible()

    # Whoever is in a visit when the switch is thrown goes on.
    technician.open_visit(2)
    page.context.set_offline(False)
    operator.switch_offline_start("off")
    page.evaluate(LOOK_FOR_A_NEWER_ONE)
    becomes_true(page, NOTHING_KEPT)
    technician.tick_everything()
    becomes_true(page, ALL_IS_SENT)
    assert len(disk_of(page)["log"]) > len(sent)
