"""A phone that dies in mid-write: empty battery, a system short of memory, a fall. What the screen showed as set is kept.

A real Chromium on a profile of its own is killed with SIGKILL while quick hands tick, judge and photograph without a network.
bench/app_kills.py does the same two hundred times.
"""

from __future__ import annotations

from pathlib import Path

import httpx
from playwright.sync_api import Playwright

from tests.browser.conftest import Installation
from tests.browser.killed_phone import KilledPhone

KILLS = 8


def test_a_phone_killed_in_mid_write_keeps_every_tap_it_had_shown_as_set__lesson_13(
    playwright: Playwright, installation: Installation, tmp_path: Path
) -> None:
    phone = KilledPhone(playwright, installation.url, tmp_path / "profile", seed=13)
    phone.log_in()
    for _kill in range(KILLS):
        phone.work_until_killed()
    disk = phone.send_everything()

    assert phone.tally.faults == (0, 0, 0), phone.tally
    assert phone.tally.kills == KILLS
    assert phone.tally.confirmed >= KILLS, "the hands were quick enough for the kills to mean something"
    assert all(row["acked"] for row in disk["log"])
    assert on_the_server(installation, disk["log"]) == sorted(row["id"] for row in disk["log"])


def on_the_server(installation: Installation, log: list[dict[str, str]]) -> list[str]:
    """The ids of this phone's entries as the office finds them in the visits' histories."""
    own = {row["id"] for row in log}
    with httpx.Client(base_url=installation.url, headers={"X-Fieldsvc": "1"}) as office:
        assert office.post("/api/v1/login", json={"username": "office", "password": "demo"}).is_success
        histories = [office.get(f"/api/v1/visits/{visit}/ops").json()["ops"] for visit in {row["visit"] for row in log}]
    return sorted(row["op"]["id"] for history in histories for row in history if row["op"]["id"] in own)
