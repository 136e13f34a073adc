"""The phone app's shell: what the service worker keeps is all that the app needs with no network."""

from __future__ import annotations

import hashlib
import json
import re
from posixpath import dirname, join, normpath
from typing import Any

import pytest

from tests.fieldsvc.conftest import Browser

IMPORTED = re.compile(r"""(?:\bfrom\s|\bimport[\s(])\s*"(\.{1,2}/[^"]+)\"""")


@pytest.fixture
def kept(browser: Browser) -> dict[str, str]:
    """The addresses in both of the shell's lists, each with its digest."""
    listed = lists(browser)
    return {file["url"]: file["revision"] for file in [*listed["files"], *listed["reader"]]}


def lists(browser: Browser) -> dict[str, Any]:
    script = browser.get("/app/shell.js").get_data(as_text=True)
    said: dict[str, Any] = json.loads(script.removeprefix("self.FIELDSVC_SHELL = ").removesuffix(";\n"))
    return said


def test_every_file_of_the_list_is_served_with_the_bytes_that_the_list_promises(
    browser: Browser, kept: dict[str, str]
) -> None:
    for url, digest in kept.items():
        with browser.get(url) as answer:
            assert answer.status_code == 200, url
            assert hashlib.sha256(answer.data).hexdigest().startswith(digest), url


def test_everything_that_the_page_asks_for_is_in_the_list(browser: Browser, kept: dict[str, str]) -> None:
    page = browser.get("/app").get_data(as_text=True)
    wanted = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    assert {"/static/tokens.css", "/static/app.css", "/static/app/main.js"} <= wanted
    assert wanted <= kept.keys()


def test_every_module_that_a_module_of_the_app_imports_is_in_the_list(browser: Browser, kept: dict[str, str]) -> None:
    for url in kept:
        if url.startswith("/static/app/") and url.endswith(".js"):
            with browser.get(url) as answer:
                imported = IMPORTED.findall(answer.get_data(as_text=True))
            assert {normpath(join(dirname(url), path)) for path in imported} <= kept.keys(), url


def test_the_reader_of_codes_is_no_part_of_the_shell_and_alone_may_run_webassembly(browser: Browser) -> None:
    listed = lists(browser)
    shell, reader = ({file["url"] for file in listed[name]} for name in ("files", "reader"))
    assert {"/static/app/scan-worker.js", "/static/vendor/zxing-wasm/reader/zxing_reader.wasm"} <= reader
    assert not shell & reader
    assert not any(url.endswith(".wasm") for url in shell)
    for url in ("/app", "/static/app/main.js", *reader):
        with browser.get(url) as answer:
            allowed = "'wasm-unsafe-eval'" in answer.headers["Content-Security-Policy"]
            assert allowed == (url == "/static/app/scan-worker.js"), url
            assert "'unsafe-eval'" not in answer.headers["Content-Security-Policy"]
