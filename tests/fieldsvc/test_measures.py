"""The figures for whatever watches the server: right, bounded, of all processes together, and not for everybody."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from fieldsvc import clock, measures
from fieldsvc.backup import service as backups
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.phone import Phone

Json = dict[str, Any]
Values = dict[tuple[str, str], float]


@pytest.fixture
def figures(browser: Browser) -> Callable[[], Values]:
    """What `/metrics` says: (name, labels as text) → value."""

    def ask() -> Values:
        answer = browser.get("/metrics")
        assert answer.status_code == 200, answer.text
        return {
            (sample.name, ",".join(sample.labels[label] for label in sorted(sample.labels))): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }

    return ask


def test_entries_and_requests_are_counted_as_they_come_in(
    plan: Callable[..., Json], phone_of: Callable[[str], Phone], figures: Callable[[], Values]
) -> None:
    visit, phone = plan()["id"], phone_of("inspector")
    before = figures()
    for text in ("one", "two", "three"):
        phone.op(visit, "note.add", text=text)
    phone.send()
    phone.sync()
    phone.op(clock.new_id(), "note.add", text="of no visit")
    phone.sync()
    now = figures()

    def more(name: str, labels: str) -> float:
        return now.get((name, labels), 0) - before.get((name, labels), 0)

    assert more("fieldsvc_sync_entries_total", "applied") == 3
    assert more("fieldsvc_sync_entries_total", "duplicate") == 3
    assert more("fieldsvc_sync_entries_total", "quarantined") == 1
    assert more("fieldsvc_request_seconds_count", "POST,sync_api,2xx") == 3
    assert now["fieldsvc_quarantined_ops", ""] == 1


def test_refused_log_ins_are_counted(browser: Browser, figures: Callable[[], Values]) -> None:
    before = figures().get(("fieldsvc_login_failures_total", "wrong"), 0)
    for name in ("office", "nobody"):
        browser.post("/api/v1/login", json={"username": name, "password": "wrong"})
    assert figures()["fieldsvc_login_failures_total", "wrong"] == before + 2


def test_what_waits_is_told_by_kind_with_its_age_and_what_was_made_with_its_time(
    app: Flask, owed: str, figures: Callable[[], Values], later: Any
) -> None:
    later(minutes=11)
    waiting = figures()
    assert waiting["fieldsvc_queue_length", "paper.hazard"] == 1
    assert waiting["fieldsvc_queue_oldest_seconds", "paper.hazard"] >= 660
    assert waiting["fieldsvc_queue_length", "paper.no_access"] == 0
    assert waiting["fieldsvc_notices", "pending"] >= 1


def test_silent_phones_disk_certificate_and_backup_are_told(
    app: Flask, phone_of: Callable[[str], Phone], figures: Callable[[], Values], later: Any, tmp_path: Path
) -> None:
    phone_of("inspector")
    first = figures()
    assert (first["fieldsvc_phones_silent", ""], first["fieldsvc_last_backup_seconds", ""]) == (0, 0)
    assert first["fieldsvc_disk_free_bytes", ""] > 0
    assert 1700 < first["fieldsvc_signer_days_left", ""] <= 1825
    with app.app_context():
        made = backups.make(settings=app.extensions["fieldsvc.settings"], root=tmp_path / "b", now=clock.now())
        assert backups.note(made=made, now=clock.now())
    later(days=4)
    then = figures()
    assert then["fieldsvc_phones_silent", ""] == 1
    assert then["fieldsvc_last_backup_age_seconds", ""] == pytest.approx(timedelta(days=4).total_seconds(), abs=60)


def test_no_label_comes_from_what_somebody_sent(browser: Browser, figures: Callable[[], Values]) -> None:
    browser.open("/zebulon/zebulon", method="ZEBULON")
    browser.get("/api/v1/visits/zebulon")
    browser.post("/api/v1/login", json={"username": "zebulon", "password": "x"})
    told = figures()
    assert "zebulon" not in str(told).lower()
    assert told["fieldsvc_request_seconds_count", "other,none,4xx"] >= 1


def test_figures_are_for_this_machine_or_for_who_shows_the_token(app: Flask, browser: Browser) -> None:
    assert browser.get("/metrics").status_code == 200
    assert browser.get("/metrics", environ_base={"REMOTE_ADDR": "10.1.2.3"}).status_code == 403
    assert browser.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403
    settings = app.extensions["fieldsvc.settings"]
    app.extensions["fieldsvc.settings"] = replace(settings, metrics_token="a token of the tests")
    assert browser.get("/metrics").status_code == 403
    for shown, status in (("Bearer wrong", 403), ("Bearer a token of the tests", 200), ("Bearer \xff", 403)):
        there = browser.get("/metrics", headers={"Authorization": shown}, environ_base={"REMOTE_ADDR": "10.1.2.3"})
        assert there.status_code == status, shown


COUNTING = """
import sys
from pathlib import Path
from fieldsvc import measures
measures.begin(Path(sys.argv[1]))
measures.entries(statuses=["applied"] * int(sys.argv[2]))
print("counted", flush=True)
if sys.argv[2] == "3":
    from prometheus_client import generate_latest
    print(generate_latest(measures.counted()).decode(), flush=True)
sys.stdin.read()
"""


def test_processes_of_one_machine_are_told_as_one_and_forgotten_when_all_have_ended(tmp_path: Path) -> None:
    def counts(number: int) -> subprocess.Popen[str]:
        words = [sys.executable, "-c", COUNTING, str(tmp_path), str(number)]
        started = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert started.stdout is not None
        assert started.stdout.readline() == "counted\n"
        return started

    def ended(process: subprocess.Popen[str]) -> str:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.close()
        said = process.stdout.read()  # not `communicate`, which passes by what `readline` has read ahead
        process.wait(60)
        process.stdout.close()
        return said

    def total(process: subprocess.Popen[str]) -> float:
        said = ended(process)
        found = re.search(r'^fieldsvc_sync_entries_total\{status="applied"\} (\S+)$', said, re.MULTILINE)
        assert found is not None, said
        return float(found[1])

    one, other = counts(4), counts(3)
    assert total(other) == 7
    assert total(third := counts(3)) == 10 and third.returncode == 0  # what ended is still told while one lives
    ended(one)
    assert total(counts(3)) == 3
    assert measures.FOLDER
