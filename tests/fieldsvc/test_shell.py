"""The phone app's shell: what the service worker keeps is all that the app needs with no network."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import Any

import pytest
from flask import Flask

from fieldsvc.db import transaction
from fieldsvc.pwa import bundle
from fieldsvc.pwa import service as pwa
from fieldsvc.pwa.shell import shell
from tests.fieldsvc.conftest import Browser
from tools import bundle as maker

IMPORTED = re.compile(r"""(?:\bfrom\s|\bimport[\s(])\s*"(\.{1,2}/[^"]+)\"""")


# What the system takes when the app is put on the home screen, which needs a network anyway.
HOME_SCREEN = "/static/icons/app-icon-180.png"


@pytest.fixture(autouse=True, params=["one file", "modules"])
def as_one_file(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The app as set-up makes it, and as it stands in the sources."""
    if request.param == "one file" and not bundle.is_made.__wrapped__():
        maker.make()
    monkeypatch.setattr(bundle, "is_made", lambda: request.param == "one file")
    shell.cache_clear()
    yield
    shell.cache_clear()


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
    assert {"/static/tokens.css", "/static/app.css", bundle.entry()} <= wanted
    assert wanted - {HOME_SCREEN} <= kept.keys()


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
    for url in ("/app", bundle.entry(), *reader):
        with browser.get(url) as answer:
            allowed = "'wasm-unsafe-eval'" in answer.headers["Content-Security-Policy"]
            assert allowed == (url == "/static/app/scan-worker.js"), url
            assert "'unsafe-eval'" not in answer.headers["Content-Security-Policy"]


def test_while_offline_start_is_off_the_worker_takes_itself_off_and_the_page_says_so(
    browser: Browser, app: Flask
) -> None:
    def told() -> tuple[str, str]:
        with browser.get("/sw.js") as answer:
            assert answer.headers["Cache-Control"] == "no-cache"
            worker = answer.get_data(as_text=True)
        return worker, browser.get("/app").get_data(as_text=True)

    def switch(*, on: bool) -> None:
        with app.app_context(), transaction():
            pwa.switch(on=on)

    before = told()
    switch(on=False)
    worker, page = told()
    assert "registration.unregister()" in worker
    assert "importScripts" not in worker
    assert '<meta name="fieldsvc-offline-start" content="off">' in page
    switch(on=True)
    assert told() == before
    assert "fieldsvc-offline-start" not in before[1]


@pytest.mark.parametrize("as_one_file", ["one file"], indirect=True)
def test_the_shell_is_at_most_150_kib_as_it_is_sent_the_reader_of_codes_apart(browser: Browser) -> None:
    sent: dict[str, int] = {}
    for url in (file["url"] for file in lists(browser)["files"]):
        with browser.get(
            url, headers={"Accept-Encoding": "gzip, deflate, br"}
        ) as answer:  # what a phone's browser says
            sent[url] = len(answer.data)
    assert sum(sent.values()) <= 150 * 1024, sorted(sent.items(), key=lambda each: -each[1])


def test_what_is_sent_compressed_is_the_same_and_pages_with_a_token_are_not(browser: Browser) -> None:
    for url in (bundle.entry(), "/static/app.css", "/static/icons/sprite.svg", "/app/messages/zh-Hant.json"):
        with browser.get(url) as plain, browser.get(url, headers={"Accept-Encoding": "gzip"}) as packed:
            assert packed.headers["Content-Encoding"] == "gzip", url
            assert "Accept-Encoding" in packed.headers["Vary"]
            assert gzip.decompress(packed.data) == plain.data
            assert packed.headers["ETag"] != plain.headers["ETag"]
        tag = packed.headers["ETag"]
        with browser.get(url, headers={"Accept-Encoding": "gzip", "If-None-Match": tag}) as again:
            assert again.status_code == 304, url
    with browser.get("/login", headers={"Accept-Encoding": "gzip"}) as page:
        assert "Content-Encoding" not in page.headers
        assert "csrf_token" in page.get_data(as_text=True)


def test_a_file_made_of_other_sources_is_never_given_to_a_phone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "made-of.txt"
    monkeypatch.undo()
    monkeypatch.setattr(bundle, "MADE_OF", note)
    assert not bundle.is_made.__wrapped__()
    note.write_text(bundle.digest_of_sources() + "\n", encoding="utf-8")
    assert bundle.is_made.__wrapped__()
    monkeypatch.setattr(bundle, "digest_of_sources", lambda: "of one changed module")
    assert not bundle.is_made.__wrapped__()
