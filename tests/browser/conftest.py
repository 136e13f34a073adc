"""A real installation, a real Chromium, and the phone in it.

Decides how a served demonstration installation and a phone-sized browser are made for a test. Tests act as a person
does: through roles and names. Invariant: an error on a page that nobody expected fails the test.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.browser.disk import WRITES

COMMAND = [sys.executable, "-m", "fieldsvc.cli"]
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP fieldsvc.test 127.0.0.1",  # an address that is not secure, unlike 127.0.0.1 itself
]  # fmt: skip
PHONE = {"width": 390, "height": 844}


@dataclass(frozen=True)
class Installation:
    """A served installation with its demonstration day."""

    url: str
    data: Path

    def command(self, *words: str, tree: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run the `fieldsvc` command on this installation, of this checkout or of another tree of the code."""
        line = [*COMMAND, *words, "--data", str(self.data)]
        return subprocess.run(line, capture_output=True, text=True, timeout=120, check=False, cwd=tree)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def demonstration(folder: Path, *, tree: Path | None = None) -> Installation:
    """`init` and `demo`, as the README says; not served yet."""
    made = Installation(url=f"http://127.0.0.1:{free_port()}", data=folder / "data")
    for step in ("init", "demo"):
        done = made.command(step, tree=tree)
        assert done.returncode == 0, done.stdout + done.stderr
    return made


@contextmanager
def serving(made: Installation, *, tree: Path | None = None, command: Sequence[str] = COMMAND) -> Iterator[None]:
    """`run`, from this checkout or from another tree of the code; stopped by SIGTERM."""
    port = made.url.rpartition(":")[2]
    words = [*command, "run", "--data", str(made.data), "--host", "127.0.0.1", "--port", port]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=tree) as process:
        assert process.stdout is not None
        said, end = "", time.monotonic() + 120
        while "Ctrl-C" not in said and time.monotonic() < end:
            line = process.stdout.readline()
            assert line, said
            said += line
        try:
            yield
        finally:
            process.terminate()
            process.communicate(timeout=120)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A served demonstration."""
    made = demonstration(tmp_path_factory.mktemp("browser"))
    with serving(made):
        yield made


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    # Open for one module only: it keeps an event loop in this thread, beside which nothing else can run one.
    with sync_playwright() as tool:
        yield tool


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """The system's Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found, "the browser tests need Chromium: `make setup` installs it"
    browser = playwright.chromium.launch(executable_path=found, args=QUIET)
    yield browser
    browser.close()


NewPhone = Callable[..., Page]


READER_KEPT = """async () => (await (await caches.open("fieldsvc-reader")).keys())
  .some(({ url }) => url.includes("zxing_reader.wasm"))"""


def becomes_true(page: Page, asked: str) -> None:
    """Wait for what a page can only promise; `wait_for_function` takes the promise itself for a yes."""
    page.evaluate(f"""async () => {{
      const isTrue = {asked};
      for (let n = 0; n < 1200; n += 1) {{
        if (await isTrue()) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }}
      throw new Error("never true: " + isTrue);
    }}""")


@pytest.fixture(autouse=True)
def patience() -> None:
    """Wait longer than usual for what a page says: a machine that runs two of these at once is a slow one."""
    expect.set_options(timeout=60_000)


@pytest.fixture
def new_phone(chromium: Browser, installation: Installation) -> Iterator[NewPhone]:
    """Make a phone: its own storage, its own network switch (`page.context.set_offline`)."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def make(*, locale: str = "zh-CN", scheme: str = "light", base_url: str = installation.url) -> Page:
        context = chromium.new_context(
            base_url=base_url,
            viewport=PHONE,  # type: ignore[arg-type]
            device_scale_factor=2,
            has_touch=True,
            is_mobile=True,
            locale=locale,
            timezone_id="Asia/Shanghai",
            color_scheme=scheme,  # type: ignore[arg-type]
        )
        contexts.append(context)
        context.add_init_script(WRITES)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(error.stack or str(error)))
        page.set_default_timeout(60_000)
        return page

    yield make
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def phone(new_phone: NewPhone) -> Page:
    """One phone that speaks Simplified Chinese."""
    return new_phone()
