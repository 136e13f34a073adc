"""Whoever guesses codes finds nothing and is soon sent away; whoever holds a paper is answered, on a very old phone too."""

from __future__ import annotations

import re
import secrets
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from fieldsvc.assets import STATIC
from fieldsvc.db import db
from fieldsvc.lookup import service as lookup
from fieldsvc.lookup.models import WrongGuess
from fieldsvc.record import service as record
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.papers import PhoneOf, Plan, record_visit, work

GUESSES, VISITS = 10**6, 10**9
MOST_BYTES = 50 * 1024


@pytest.mark.both_databases
def test_a_million_guesses_among_a_billion_visits_hit_nothing(app: Flask, plan: Plan) -> None:
    codes = {plan()["lookup"] for _ in range(8)}
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", code) for code in codes) and len(codes) == 8, "128 bits each"
    assert GUESSES * VISITS / 2**128 < 1e-22
    with app.app_context():
        assert not any(record.by_lookup(lookup=secrets.token_urlsafe(16)) for _ in range(500))
        near = [code[:-2] + end for code in codes for end in ("AA", "zz", "--")]
        assert not any(record.by_lookup(lookup=one) for one in near if one not in codes)


@pytest.mark.both_databases
def test_whoever_guesses_is_sent_away_and_a_neighbour_with_a_paper_is_answered(
    app: Flask, plan: Plan, browser: Browser
) -> None:
    genuine = plan()["lookup"]
    guessed = [browser.get(f"/n/{secrets.token_urlsafe(16)}") for _ in range(lookup.UNKNOWN_PER_ADDRESS + 20)]
    assert [answer.status_code for answer in guessed] == [404] * lookup.UNKNOWN_PER_ADDRESS + [429] * 20
    assert guessed[-1].headers["Retry-After"] == "900" and "一刻钟" in guessed[-1].text
    assert browser.get(f"/n/{genuine}").status_code == 200, "the same address, a genuine code"
    asked = browser.get(f"/n/{genuine}.pdf", query_string={"phone4": "0000"})
    assert asked.status_code == 403, "nor is the PDF locked"
    assert browser.get("/n/wrong", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 404, "another address"
    with app.app_context():
        written = select(func.count()).select_from(WrongGuess).where(WrongGuess.address == "127.0.0.1")
        assert (db.session.scalar(written) or 0) <= lookup.UNKNOWN_PER_ADDRESS + 1, "guessing on writes nothing more"


SINCE_79 = {
    ":is(": 88, ":where(": 88, ":has(": 105, ":focus-visible": 86, ":not(.a, .b)": 88, "inset:": 87, "inset-": 87,
    "aspect-ratio": 88, "clamp(": 79, "max(": 79, "min(": 79, "dvh": 108, "svh": 108, "color-mix(": 111, "oklch(": 111,
    "light-dark(": 123, "accent-color": 93, "@layer": 99, "@container": 105, "@property": 85, "::marker": 86,
    "content-visibility": 85, "margin-inline": 87, "padding-inline": 87, "margin-block": 87, "padding-block": 87,
    "overflow: clip": 90, "text-wrap": 114, "translate:": 104, "rotate:": 104, "scale:": 104, "subgrid": 117,
    "text-underline-offset": 87, "appearance: none": 84, "scrollbar-gutter": 94, "forced-color-adjust": 89,
    "@starting-style": 117, "interpolate-size": 129, "field-sizing": 123, "image-set(": 113, "prefers-contrast": 96,
    "revert": 84, "row-gap": 84, "column-gap": 84, " gap:": 84,
}  # fmt: skip
"""What style sheets may say today, and the Chrome that was the first to understand it (gap: in a flex box)."""

HTML_SINCE_79 = {
    "<search": 118, " popover": 114, " inert": 102, "<selectlist": 999, "image/avif": 85, " fetchpriority": 101,
    " blocking=": 105, " command=": 135, "<permission": 999, "<fencedframe": 999, " shadowrootmode": 111,
    "<selectedcontent": 135, "<script": 0,
}  # fmt: skip
"""What pages may hold today, and the Chrome that was the first to understand it; a script in none."""


@pytest.mark.parametrize("sheet", ["lookup.css", "tokens.css"])
def test_the_public_page_is_painted_by_a_browser_as_old_as_chrome_78(sheet: str) -> None:
    css = re.sub(r"/\*.*?\*/", "", (STATIC / sheet).read_text(encoding="utf-8"), flags=re.DOTALL)
    assert [(word, since) for word, since in SINCE_79.items() if word in css] == []
    assert not re.search(r"[{;]\s*&", css), "nothing nested"


@pytest.fixture
def issued(app: Flask, plan: Plan, phone_of: PhoneOf) -> Any:
    """A visit with an issued notice."""
    visit, phone = plan(), phone_of("inspector")
    record_visit(phone, visit["id"], photo=False)
    phone.sync()
    work(app)
    return visit


def _weight(browser: Browser, address: str) -> int:
    with browser.get(address) as answer:
        assert answer.status_code == 200, address
        return len(answer.data)


def test_the_public_page_weighs_fifty_kibibytes_at_most_and_needs_no_script(browser: Browser, issued: Any) -> None:
    for address in (f"/n/{issued['lookup']}", f"/n/{issued['lookup']}.pdf", "/n/nobody"):
        for language in ("zh-Hans", "zh-Hant", "en"):
            page = browser.get(address, query_string={"lang": language})
            loaded = set(re.findall(r'(?:<link rel="(?:stylesheet|icon)"[^>]*href|<img[^>]*src)="(/[^"]+)"', page.text))
            assert "/static/lookup.css" in loaded
            assert [word for word in HTML_SINCE_79 if word in page.text] == []
            assert not re.search(r'src="https?:|@import', page.text)
            weight = len(page.data) + sum(_weight(browser, one) for one in loaded)
            assert weight <= MOST_BYTES, (address, language, weight)
