"""Rubbish in an address and in a form: every page of the office answers it clearly, none falls over.

Which arguments a page reads is watched, not listed: an argument that somebody adds tomorrow is asked for with rubbish too. The
forms are those that the pages really show.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any, ClassVar

import pytest
from flask import Request
from werkzeug.datastructures import ImmutableMultiDict

from tests.fieldsvc import access_cells as cells
from tests.fieldsvc.access_world import World, token_of

RUBBISH = ("9999-12-31", "²", "0001-01-01", "'\"><script>𠮷\u202e")
OFFICE = re.compile(r"/office\b")
LONG = "x" * 200_000
NOT_TYPED = {"hidden", "submit", "button", "file"}


class Watched(ImmutableMultiDict[str, str]):
    """What came with a request, noting what is asked of it."""

    asked: ClassVar[set[str]] = set()

    def get(self, key: Any, *rest: Any, **more: Any) -> Any:
        Watched.asked.add(key)
        return super().get(key, *rest, **more)

    def getlist(self, key: Any, *rest: Any, **more: Any) -> Any:
        Watched.asked.add(key)
        return super().getlist(key, *rest, **more)

    def __contains__(self, key: object) -> bool:
        Watched.asked.add(str(key))
        return super().__contains__(key)


class Watching(Request):
    parameter_storage_class = Watched


def pages(world: World) -> Iterator[str]:
    """The address of every page of the office, about something that there is."""
    for cell, row in cells.cells():
        if cell.method == "GET" and cell.role == "admin" and cell.whose == "own" and OFFICE.match(cell.rule):
            yield cells.address(world, cell, row)


def test_no_page_falls_over_what_stands_in_its_address(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.app, "request_class", Watching)
    browser, wrong, read = world.browsers["admin"], [], 0
    for page in pages(world):
        Watched.asked.clear()
        browser.get(page).close()
        arguments = sorted(Watched.asked - {"csrf_token", "once", "lang"})
        read += len(arguments)
        for turn in range(len(RUBBISH) if arguments else 0):
            asked = {name: RUBBISH[(turn + at) % len(RUBBISH)] for at, name in enumerate(arguments)}
            answer = browser.get(page.partition("?")[0], query_string=asked)
            if answer.status_code >= 500:
                wrong.append(f"{answer.status_code} {page} {asked}")
            answer.close()
        answer = browser.get(page.partition("?")[0], query_string=dict.fromkeys(arguments or ["page"], "\0"))
        assert answer.status_code == 400, page
    assert wrong == [] and read > 60


def forms_of(page: str) -> Iterator[tuple[str, dict[str, str], list[str]]]:
    """The forms of a page: where each goes, what it would send as it stands, and which fields somebody types into."""
    for form in re.findall(r'<form\b[^>]*method="post".*?</form>', page, flags=re.DOTALL):
        action = re.search(r'action="([^"]*)"', form)
        sent: dict[str, str] = {}
        typed: list[str] = []
        for tag, attributes in re.findall(r"<(input|textarea|select|button)\b([^>]*)>", form):
            given = {name: unescape(value) for name, value in re.findall(r'([a-z-]+)="([^"]*)"', attributes)}
            name, kind = given.get("name", ""), given.get("type", "text")
            if not name or kind == "file" or (kind in ("checkbox", "radio") and name in sent):
                continue
            sent[name] = sent.get(name) or given.get("value", "")
            if tag != "button" and kind not in NOT_TYPED:
                typed.append(name)
        for name, first in re.findall(r'<select\b[^>]*name="([^"]+)".*?<option value="([^"]+)"', form, flags=re.DOTALL):
            sent[name] = unescape(first)
        if action and action[1] not in ("/logout", "/office/language"):
            yield unescape(action[1]), {name: value or "好" for name, value in sent.items()}, typed


def forms(world: World) -> dict[tuple[str, str], tuple[str, dict[str, str], list[str]]]:
    """Every form that the office's pages show, each kind once: by the view that takes it and what its hidden fields name."""
    found: dict[tuple[str, str], tuple[str, dict[str, str], list[str]]] = {}
    adapter = world.app.url_map.bind("localhost")
    for page in pages(world):
        answer = world.browsers["admin"].get(page)
        if answer.mimetype == "text/html" and answer.status_code == 200:
            for action, sent, typed in forms_of(answer.text):
                view = str(adapter.match(action.partition("?")[0], method="POST")[0])
                found.setdefault((view, sent.get("event", "")), (action, sent, typed))
        answer.close()
    return found


def test_no_form_falls_over_what_is_typed_into_it(world: World) -> None:
    found, wrong = forms(world), []
    assert len(found) > 40, sorted(found)
    browser = world.browsers["admin"]
    for (view, _event), (action, sent, typed) in found.items():
        world.restore()
        silent = [name for name in sent if name not in typed and name not in ("csrf_token", "once")]
        tries = [{name: "\0"} for name in dict.fromkeys(typed)] + [
            dict.fromkeys(silent, "\0"),
            dict.fromkeys(typed, LONG),
        ]
        for rubbish in tries:
            answer = browser.post(action, data={**sent, "csrf_token": token_of(world, "admin"), **rubbish})
            if answer.status_code >= 500:
                said = {name: text[:10] for name, text in rubbish.items()}
                wrong.append(f"{answer.status_code} {view}: {said!r}")
            answer.close()
    world.restore()
    assert wrong == []
