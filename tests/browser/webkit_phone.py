"""A phone of the second engine: WebKitGTK's MiniBrowser on a screen of its own, behind a gate that can be shut.

Decides how the engine is started and how hands act on it, by the words on the screen, as `Technician` does in Chromium.
WebKitGTK has no switch for the network, so the network is a `Gate`: a TCP door before the server that refuses connections
and cuts those it has while it is shut. `navigator.onLine` stays true, as on a phone whose mobile network leads nowhere.
Invariant: nothing waits without an end, and a wait that ends says in words what it waited for and what stood there.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.browser.technician import FIGURES

T = TypeVar("T")
PATIENCE = 60.0

# The controls that a hand could reach now, by what they are called; an open sheet covers everything beneath it.
CALLED = """
  const [words] = arguments;
  const root = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document;
  const plain = (text) => (text ?? "").replace(/\\s+/g, " ").trim();
  const names = (e) => [e.ariaLabel, e.textContent, ...[...(e.labels ?? [])].map((label) => label.textContent)].map(plain);
  const controls = [...root.querySelectorAll("a[href], button, input, textarea, canvas[aria-label]")];
  return controls.find((e) => e.checkVisibility() && names(e).includes(words)) ?? null;
"""
# The first point that its card asks for: its id, and whether it is answered by a choice.
ASKED = """
  const point = document.querySelector(".item:has(.ask) .point");
  return point ? {id: point.id.replace("point-", ""), choice: Boolean(point.querySelector("[role=radio]"))} : null;
"""


class Gate:
    """A TCP door on a port of its own, before a server on this machine."""

    def __init__(self, server: int) -> None:
        self.server = server
        self.port = 0
        self._door: socket.socket | None = None
        self._lines: set[socket.socket] = set()
        self._lock = threading.Lock()

    def open(self) -> None:
        """Let everybody through, on the same port as before."""
        door = socket.create_server(("127.0.0.1", self.port))
        self.port, self._door = door.getsockname()[1], door
        threading.Thread(target=self._receive, args=(door,), daemon=True).start()

    def shut(self) -> None:
        """Refuse new connections and cut those there are."""
        with self._lock:
            lines, self._lines = self._lines, set()
            door, self._door = self._door, None
        for line in [*([door] if door else []), *lines]:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def _receive(self, door: socket.socket) -> None:
        while True:
            try:
                caller, _address = door.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.server))
            except OSError:  # nobody serves just now
                caller.close()
                continue
            with self._lock:
                if self._door is not door:  # shut while somebody was stepping through
                    caller.close()
                    server.close()
                    return
                self._lines |= {caller, server}
            for source, sink in ((caller, server), (server, caller)):
                threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                sink.sendall(piece)
        for line in (source, sink):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
        with self._lock:
            self._lines -= {source, sink}


@contextmanager
def screen() -> Iterator[str]:
    """A screen that nobody sees, on a display that is free: Xvfb chooses it and says which."""
    program = shutil.which("Xvfb")
    assert program, "the second engine needs Xvfb: `make setup-tests` installs it"
    said, says = os.pipe()
    words = [program, "-displayfd", str(says), "-screen", "0", "800x1200x24", "-nolisten", "tcp"]
    with subprocess.Popen(words, pass_fds=[says], stderr=subprocess.DEVNULL) as process:
        os.close(says)
        try:
            with os.fdopen(said) as answer:
                display = answer.readline().strip()
            assert display, "Xvfb found no display"
            yield f":{display}"
        finally:
            process.terminate()


def mini_browser() -> str:
    """MiniBrowser stands where its engine's processes stand, not on the path."""
    found = [
        found
        for place in ("lib/*", "lib*", "libexec")
        for found in Path("/usr").glob(f"{place}/webkit2gtk-4.1/MiniBrowser")
    ]
    assert found, "the second engine needs WebKitGTK: `make setup-tests` installs it"
    return str(found[0])


@contextmanager
def webkit(folder: Path) -> Iterator[webdriver.WebKitGTK]:
    """A browser of the size of a phone; what it writes stays in `folder`."""
    options = webdriver.WebKitGTKOptions()
    options.binary_location = mini_browser()
    options.add_argument("--automation")
    with screen() as display:
        places = {name: str(folder) for name in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")}
        surroundings = {**os.environ, **places, "DISPLAY": display, "TZ": "Asia/Shanghai", "GDK_BACKEND": "x11"}
        service = webdriver.WebKitGTKService(executable_path=shutil.which("WebKitWebDriver") or "", env=surroundings)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # selenium's own, of how it calls itself
            browser = webdriver.WebKitGTK(options=options, service=service)
        try:
            browser.set_script_timeout(PATIENCE)
            browser.set_page_load_timeout(PATIENCE)
            browser.set_window_size(390, 844)
            yield browser
        finally:
            browser.quit()


class Hands:
    """Acts on one phone of the second engine, in Simplified Chinese."""

    def __init__(self, browser: webdriver.WebKitGTK, url: str) -> None:
        self.browser = browser
        self.url = url

    # ── looking ──────────────────────────────────────────────────────────

    def asks(self, script: str, *given: object) -> Any:
        """Ask the page."""
        return self.browser.execute_script(script, *given)

    def text(self) -> str:
        return str(self.asks("return (document.querySelector('dialog[open]') ?? document.body).innerText"))

    def count(self, css: str) -> int:
        return int(self.asks("return document.querySelectorAll(arguments[0]).length", css))

    def until(self, what: str, condition: Callable[[], T | None], seconds: float = PATIENCE) -> T:
        """Wait for something that holds; what is drawn anew meanwhile is looked at again."""
        end, last = time.monotonic() + seconds, ""
        while time.monotonic() < end:
            try:
                if found := condition():
                    return found
            except WebDriverException as error:
                last = f" ({type(error).__name__}: {error.msg})"
            time.sleep(0.1)
        raise AssertionError(f"waited {seconds:.0f} s: {what}{last}. On the screen: {self.text()[:1500]}")

    def sees(self, words: str, seconds: float = PATIENCE) -> None:
        self.until(f"to see “{words}”", lambda: words in self.text(), seconds)

    def sync_says(self, words: str, seconds: float = PATIENCE) -> None:
        chip = "return document.querySelector('.sync')?.textContent ?? ''"
        self.until(f"that the chip says “{words}”", lambda: words in self.asks(chip), seconds)

    # ── acting ───────────────────────────────────────────────────────────

    def called(self, words: str) -> WebElement | None:
        found: WebElement | None = self.asks(CALLED, words)
        return found

    def tap(self, words: str, *, done: Callable[[], object] | None = None) -> None:
        """Tap what is called so, with a pointer that the engine moves there."""
        self._tap_until(f"to tap “{words}”", lambda: self.called(words), done)

    def tap_at(self, css: str, number: int = 0, *, done: Callable[[], object] | None = None) -> None:
        found = "return document.querySelectorAll(arguments[0])[arguments[1]] ?? null"
        self._tap_until(f"to tap {css} [{number}]", lambda: self.asks(found, css, number), done)

    def _tap_until(self, what: str, find: Callable[[], WebElement | None], done: Callable[[], object] | None) -> None:
        """Tap; a tap that the page moved away from under the hand is made once more, as a person does."""
        end = time.monotonic() + PATIENCE
        while True:
            self.until(what, lambda: self._tap(find()))
            if done is None:
                return
            with suppress(AssertionError):
                self.until("", done, 5)
                return
            if time.monotonic() > end:
                raise AssertionError(f"had no effect: {what}. On the screen: {self.text()[:1500]}")

    def _tap(self, control: WebElement | None) -> bool:
        if control is None:
            return False
        self.asks("arguments[0].scrollIntoView({block: 'center'})", control)
        place = "const {x, y} = arguments[0].getBoundingClientRect(); return `${x} ${y}`"
        before = self.asks(place, control)
        time.sleep(0.08)
        if self.asks(place, control) != before:
            return False  # still moving: not where a hand would be put
        control.click()
        return True

    def type_into(self, words: str, text: str, *, end: str = "") -> None:
        """Put the cursor into the field called so, empty it and type."""

        def typed() -> bool:
            field = self.called(words)
            if field is None:
                return False
            self.asks("arguments[0].scrollIntoView({block: 'center'})", field)
            field.click()
            field.send_keys(Keys.CONTROL + "a")
            field.send_keys(text + end)
            return True

        self.until(f"to type into “{words}”", typed)

    # ── the day ──────────────────────────────────────────────────────────

    def log_in(self) -> None:
        self.browser.get(f"{self.url}/app")
        self.type_into("用户名", "inspector")
        self.type_into("密码", "demo")
        self.tap("登录")
        self.until("for the visits of the day", lambda: self.count("a.visit-row") >= 1, 60)
        kept = "return navigator.serviceWorker.controller?.state === 'activated'"
        self.until("for the worker to keep the app", lambda: self.asks(kept), 60)

    def reload(self) -> None:
        self.browser.refresh()
        self.until("for a screen after the reload", lambda: self.count("h1") >= 1)

    def go_to(self, step: str) -> None:
        """Tap a step of the visit's row."""
        find = (
            "return [...document.querySelectorAll('nav a')].find((a) => a.textContent.includes(arguments[0])) ?? null"
        )
        current = "return document.querySelector('nav [aria-current=step]')?.textContent ?? ''"
        self._tap_until(f"to go to {step}", lambda: self.asks(find, step), lambda: step in self.asks(current))

    def tick_everything(self) -> None:
        for number in range(self.count("[role=checkbox]")):
            self.tick(number)

    def tick(self, number: int) -> None:
        """Tick a box, where those before it are ticked."""
        ticked = lambda: self.count("[role=checkbox][aria-checked=true]") > number  # noqa: E731
        self.tap_at("[role=checkbox]", number, done=ticked)

    def pass_all(self) -> None:
        """Tap every *all fine*, then answer what is still asked."""
        while left := self.count(".all-fine button"):
            self.tap_at(".all-fine button", done=lambda n=left: self.count(".all-fine button") < n)
        for _round in range(40):
            asked = self.asks(ASKED)
            if asked is None:
                return
            self.answer(asked["id"], choice=asked["choice"])
            still = f".item:has(.ask) #point-{asked['id']}"
            self.until(f"for {asked['id']} to be answered", lambda css=still: not self.count(css))
        raise AssertionError("the items never had enough")

    def answer(self, point: str, *, choice: bool) -> None:
        if choice:
            return self.tap_at(f"#point-{point} [role=radio]")
        return self.measure(point, FIGURES.get(point, "0"))

    def measure(self, point: str, figure: str) -> None:
        find = "return document.querySelector(`#point-${arguments[0]} input`)"

        def typed() -> bool:
            field = self.asks(find, point)
            self.asks("arguments[0].scrollIntoView({block: 'center'})", field)
            field.click()
            field.send_keys(figure + Keys.TAB)
            return True

        self.until(f"to measure {point}", typed)

    def take_photo(self, label: str, file: Path) -> None:
        """Give the camera's input a file; done when the picture shows, for then it is on disk."""
        pictures = f".photo img[alt='{label}']"
        before = self.count(pictures)
        field = self.until(f"for the camera “{label}”", lambda: self.called_camera(label))
        field.send_keys(str(file))
        self.until("for the picture", lambda: self.count(pictures) > before)

    def called_camera(self, label: str) -> WebElement | None:
        found: WebElement | None = self.asks(
            "return [...document.querySelectorAll(`input[type=file][aria-label='${arguments[0]}']`)].at(-1) ?? null",
            label,
        )
        return found

    def sign(self, label: str) -> None:
        """Draw three strokes on the pad with the engine's pointer."""
        pad = self.until(f"for the pad “{label}”", lambda: self.called(label))
        self.asks("arguments[0].scrollIntoView({block: 'center'})", pad)
        for stroke in range(3):
            hand = ActionChains(self.browser, duration=20)
            hand.move_to_element_with_offset(pad, -100 + stroke * 70, -20).click_and_hold()
            for step in range(10):
                hand.move_by_offset(4, 6 if step % 3 else -7)
            hand.release().perform()
        self.until("for the signature to be kept", lambda: self.count(".pad button"))
