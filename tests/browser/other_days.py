"""Days that pass in minutes, and a company that lives them: an installation without a demonstration, its staff, their phones.

Decides how a server and the phones of a test go by one clock that can be put on, and what a technician writes at a door. The
phones send what they write to the real endpoint. Invariant: nothing of the server is replaced but what its clock says.

    python -m tests.browser.other_days CLOCK COMMAND…      `fieldsvc COMMAND…` with the clock that the file CLOCK tells
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import httpx
import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, FilePayload, Page, expect

from fieldsvc import clock, setup
from fieldsvc.cli import main
from fieldsvc.cli_options import settings_of
from fieldsvc.db import db, transaction
from fieldsvc.identity import service as identity
from tests.fieldsvc.conftest import PASSWORD, STAFF
from tests.fieldsvc.imports import HOMES, Cell, book_of, home, text_of
from tests.fieldsvc.papers import picture, strokes
from tests.fieldsvc.phone import Phone

Json = dict[str, Any]

ZONE = ZoneInfo("Asia/Shanghai")
HOMES_OF_A_BUILDING = 20


class Calendar:
    """The one clock of a server, of the phones and of the test."""

    def __init__(self, file: Path, now: str):
        self.file = file
        self.it_is(now)

    def it_is(self, now: str) -> None:
        """Put the clock on to a time of the company's, such as 2026-06-29T08:30; from there on it goes by itself."""
        ahead = datetime.fromisoformat(now).replace(tzinfo=ZONE) - datetime.now(UTC)
        fresh = self.file.with_suffix(".new")
        fresh.write_text(repr(ahead.total_seconds()), encoding="utf-8")
        fresh.replace(self.file)

    def go_by(self, patch: pytest.MonkeyPatch) -> None:
        """Let this process go by it too."""
        patch.setattr(clock, "now", lambda: told_by(self.file))

    def command(self) -> list[str]:
        """The `fieldsvc` command that goes by this clock."""
        return [sys.executable, "-m", "tests.browser.other_days", str(self.file)]


def told_by(file: Path) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=float(file.read_text(encoding="utf-8")))


def found_company(data: Path) -> None:
    """What `fieldsvc init` and `fieldsvc user add` do; by the clock of this process."""
    setup.prepare_folder(data)
    app = setup.install(settings_of(data))
    with app.app_context():
        with transaction():
            for username, (role, name) in STAFF.items():
                identity.add_user(
                    username=username, password=PASSWORD, name=name, roles=[role], locale="zh-Hans", now=clock.now()
                )
        db.engine.dispose()


class Answer:
    """What the server answered, as `Phone` reads it."""

    def __init__(self, answer: httpx.Response):
        self.status_code, self.text = answer.status_code, answer.text
        self.json = answer.json() if answer.headers.get("Content-Type", "").endswith("json") else None


class Wire:
    """The network between one person's phones and the server."""

    def __init__(self, url: str, username: str):
        at_once = httpx.Limits(max_keepalive_connections=0)  # nobody hangs up at the end of the test
        self.http = httpx.Client(
            base_url=url, headers={"X-Fieldsvc": "1"}, trust_env=False, timeout=120, limits=at_once
        )
        self.username = username
        self.log_in()

    def log_in(self) -> None:
        """What a session of yesterday asks for."""
        who = {"username": self.username, "password": PASSWORD}
        assert self.post("/api/v1/login", json=who).status_code == 200

    def post(self, path: str, *, json: Json | None = None, headers: Json | None = None) -> Answer:
        return Answer(self.http.post(path, json=json, headers=headers))

    def patch(self, path: str, *, data: bytes, headers: Json) -> Answer:
        return Answer(self.http.patch(path, content=data, headers=headers))


def phone_of(wire: Wire) -> Phone:
    """A new phone of a technician, which has pulled."""
    phone = Phone(cast(FlaskClient, wire))  # it posts as a test client does
    phone.sync()
    return phone


@contextmanager
def desk_of(browser: Browser, url: str) -> Iterator[Page]:
    """A clerk's browser; an error of a script or the page's policy fails the test."""
    context = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900}, locale="zh-CN")
    page, errors = context.new_page(), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
    yield page
    context.close()
    assert errors == []


def come_to_the_desk(page: Page) -> None:
    """Log in, as every morning."""
    page.context.clear_cookies()
    page.goto("/office")
    page.get_by_label("用户名").fill("office")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("navigation", name="办公室")).to_be_visible()


# What the company brings with it


def customers_of_the_company() -> FilePayload:
    """500 homes and four bad rows, as a spreadsheet program in China saves them."""
    homes = [
        home(n, 小区="南明区" if n <= 250 else "云岩区", 楼栋=str((n - 1) // HOMES_OF_A_BUILDING + 1))
        for n in range(1, 501)
    ]
    bad = [home(501, 户号="1.2E+10"), home(502, 户名="=cmd()"), home(503, 户号=""), home(504, 表型="沙漏")]
    return {"name": "用户档案.csv", "mimeType": "text/csv", "buffer": text_of(HOMES, *homes, *bad).encode("gb18030")}


def readings_of_may() -> FilePayload:
    """What the meters of the first building showed in May."""
    rows: list[list[Cell]] = [[f"M{n:06d}", "01200.000", date(2026, 5, 28)] for n in range(1, HOMES_OF_A_BUILDING + 1)]
    return {
        "name": "五月抄表.xlsx",
        "mimeType": "application/octet-stream",
        "buffer": book_of(("表号", "读数", "抄表日期"), *rows),
    }


# What is done at the doors


def begin(phone: Phone, account: str) -> Json:
    """Go to a home on this phone's list."""
    visit = next(one for one in phone.visits.values() if one["customer"]["account"] == account)
    phone.op(visit["id"], "visit.start")
    return visit


def photograph(phone: Phone, visit: Json, ref: str, colour: str) -> None:
    sha = phone.upload(picture(colour), "image/jpeg")
    phone.op(visit["id"], "photo.add", sha256=sha, purpose="hazard", ref=ref, taken_at=clock.rfc3339(clock.now()))


def end(phone: Phone, visit: Json, *, technician: str, rating: int | None = 5) -> None:
    """Let both sign, the customer only where a rating is given, and close."""
    number = int(visit["customer"]["account"])
    if rating is None:
        phone.op(visit["id"], "sign.refuse", role="customer", reason="不认可隐患等级", witness="社区网格员周敏")
    else:
        image, line = phone.upload(strokes(number)), [[number, 2], [3, number]]
        phone.op(visit["id"], "sign", role="customer", name="王芳", strokes=line, image=image, rating=rating)
    image = phone.upload(strokes(number + 50))
    phone.op(visit["id"], "sign", role="technician", name=technician, strokes=[[5, number], [9, 9]], image=image)
    phone.op(visit["id"], "visit.close", outcome="completed")


def read_meter(phone: Phone, visit: Json, value: str, colour: str) -> None:
    sha = phone.upload(picture(colour, (640, 480)), "image/jpeg")
    phone.op(visit["id"], "reading.set", meter=visit["meters"][0]["id"], value=value, running=True, photo=sha)


if __name__ == "__main__":
    file = Path(sys.argv[1])
    clock.now = lambda: told_by(file)
    main(sys.argv[2:])
