"""Never lost: a real worker killed with SIGKILL at every point of making a paper, and one bad paper among many."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from fieldsvc import clock
from fieldsvc.db import db
from fieldsvc.notices import desk, promise
from fieldsvc.notices import service as notices
from fieldsvc.notices.models import Notice
from fieldsvc.notices.work import MAX_ATTEMPTS, PAUSES
from tests.fieldsvc import deadly_papers
from tests.fieldsvc.papers import Clients, PhoneOf, Plan, papers_of, record_visit, work

KILLED = -9


@contextmanager
def workers(data: Path) -> Iterator[Callable[[str, int], int]]:
    """Have a worker live and perhaps die: `live("after-sign", 2)` gives how it ended."""
    command = [sys.executable, "-m", "tests.fieldsvc.deadly_papers", str(data)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdin is not None and parent.stdout is not None
        assert parent.stdout.readline() == "born\n"

        def live(point: str, minutes: int) -> int:
            assert parent.stdin is not None and parent.stdout is not None
            parent.stdin.write(f"{point} {minutes}\n")
            parent.stdin.flush()
            return int(parent.stdout.readline())

        yield live
        parent.stdin.close()


def test_a_worker_killed_at_any_point_loses_no_paper_and_makes_none_twice(
    app: Flask, tmp_path: Path, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    office, phone = client_as("office"), phone_of("inspector")
    with workers(tmp_path / "data") as live:
        for minutes, point in enumerate(deadly_papers.POINTS):
            visit = plan()["id"]
            record_visit(phone, visit, photo=False)
            phone.sync()
            (promised,) = papers_of(office, visit)
            assert live(point, 3 * minutes) == KILLED, f"nobody died at {point}"
            (stands,) = papers_of(office, visit)
            assert stands["status"] == ("ready" if point == "after-ready" else "pending"), point
            assert live("none", 3 * minutes + 2) == 0
            (issued,) = papers_of(office, visit)
            assert issued == {**promised, "status": "ready"}, point
            with app.app_context():
                paper = db.session.get_one(Notice, issued["id"])
                assert notices.is_intact(paper), point
                left = {file.name for file in desk.desk().folder.glob(f"{paper.id}*")}
                assert left == {paper.file}, point
                db.session.rollback()


def test_a_paper_that_ends_the_program_each_time_is_given_up_and_the_others_are_made(
    app: Flask, tmp_path: Path, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    office, phone, visit = client_as("office"), phone_of("inspector"), plan()["id"]
    record_visit(phone, visit, photo=False)
    phone.sync()
    with workers(tmp_path / "data") as live:
        for minutes in range(MAX_ATTEMPTS):
            assert live("after-claim", 2 * minutes) == KILLED
        assert live("none", 2 * MAX_ATTEMPTS) == 0
    (paper,) = papers_of(office, visit)
    assert paper["status"] == "failed"
    assert "ended the program each time" in office.get("/office/notices?status=failed").text


def test_one_paper_that_always_fails_among_twenty_holds_up_nobody_and_comes_before_the_office_with_its_reason(
    app: Flask,
    plan: Plan,
    phone_of: PhoneOf,
    client_as: Clients,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.CRITICAL)
    office, phone = client_as("office"), phone_of("inspector")
    visits = [plan()["id"] for _ in range(20)]
    for visit in visits:
        phone.op(visit, "visit.start")
        phone.op(visit, "visit.close", outcome="no_access")
    phone.sync()
    bad, freeze, tries, now = visits[3], promise.freeze, list[timedelta](), clock.now()
    begun, moment = now, [now]
    monkeypatch.setattr(clock, "now", lambda: moment[0])

    def fail_one(paper: Notice, document: Any) -> Any:
        if paper.visit_id == bad:
            tries.append(moment[0] - begun)
            raise OSError(28, "No space left on device")
        return freeze(paper, document)

    def statuses() -> list[str]:
        with app.app_context():
            found = db.session.execute(select(Notice.visit_id, Notice.status)).all()
        return sorted({status for visit, status in found if visit != bad})

    with monkeypatch.context() as patch:
        patch.setattr(promise, "freeze", fail_one)
        work(app)
        assert statuses() == ["ready"], "in one go, whatever became of the bad one"
        shown = office.get("/office/notices?status=pending").text
        assert "No space left on device" in shown, "the office sees why while it is still being tried"
        for pause in PAUSES:
            moment[0] += pause / 2
            work(app)
            moment[0] += pause
            work(app)
    assert len(tries) == MAX_ATTEMPTS and tries == sorted(tries)
    (failed,) = papers_of(office, bad, "no_access")
    page = "/office/notices?status=failed"
    assert failed["status"] == "failed" and "No space left on device" in office.get(page).text
    assert 'class="count urgent">1<' in office.get(page).text, "the side column counts it"
    answer = office.submit(page, f"/office/notices/{failed['id']}/retry")
    assert (answer.status_code, answer.location) == (303, "/office/notices?status=failed")
    work(app)
    assert papers_of(office, bad, "no_access") == [{**failed, "status": "ready"}]
