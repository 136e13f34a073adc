"""The files of print runs: what becomes of one on a full disk, when papers change under it, when two make it, and with time."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from fieldsvc import clock
from fieldsvc.db import db, transaction
from fieldsvc.notices import service as notices
from fieldsvc.notices.models import Notice
from fieldsvc.printing import folder, merge, whole
from fieldsvc.printing import service as printing
from fieldsvc.printing import work as printing_work
from fieldsvc.printing.models import Printing
from tests.fieldsvc.papers import Clients, PhoneOf, Plan, work
from tests.fieldsvc.test_printing import called_in_vain, file_of, ordered, pages_of, press_print


def try_on_a_full_disk(app: Flask, monkeypatch: pytest.MonkeyPatch, now: list[datetime]) -> None:
    """Let a run fail as often as it is tried, five minutes apart."""
    with monkeypatch.context() as patch:
        patch.setattr(whole, "join", lambda *_, **__: (_ for _ in ()).throw(OSError("No space left on device")))
        for _ in range(printing_work.MAX_ATTEMPTS + 2):
            press_print(app)
            now[0] += timedelta(minutes=5)


def test_a_run_that_cannot_be_made_says_so_and_is_tried_again_on_demand(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = client_as("office")
    called_in_vain(plan, phone_of("inspector"), {"account": "E-1"})
    work(app)
    run, now = ordered(office), [clock.now()]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    try_on_a_full_disk(app, monkeypatch, now)
    page = f"/office/print/{run}"
    assert "No space left on device" in office.get(page).text
    assert office.submit(page, f"{page}/retry").status_code == 303
    press_print(app)
    assert len(pages_of(file_of(office, run))) == 1


def test_what_was_made_before_its_files_were_removed_is_made_from_the_start(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing_work, "A_PART", 1)
    office = client_as("office")
    called_in_vain(plan, phone_of("inspector"), {"account": "H-1"}, {"account": "H-2", "room": "9"})
    work(app)
    run, now = ordered(office), [clock.now()]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    try_on_a_full_disk(app, monkeypatch, now)
    now[0] += timedelta(days=8)
    with app.app_context():
        printing.work_due()
        assert printing.find(run_id=run).dropped_at is not None
    page = f"/office/print/{run}"
    assert office.submit(page, f"{page}/retry").status_code == 303
    press_print(app)
    assert len(pages_of(file_of(office, run))) == 2
    assert "文件已删除" not in office.get(page).text
    assert office.submit(page, f"{page}/print").location == f"{page}.pdf"


def test_a_file_is_handed_out_once_and_only_while_its_marks_are_true(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    office = client_as("office")
    called_in_vain(plan, phone_of("inspector"), {"account": "J-1"})
    work(app)
    run, other = ordered(office), ordered(office)
    press_print(app)
    pages = f"/office/print/{run}", f"/office/print/{other}"
    form = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', office.get(pages[0]).text))
    assert office.submit(pages[0], f"{pages[0]}/print").location == f"{pages[0]}.pdf"
    assert file_of(office, run), "the printing that is in the book can be opened"
    for page, why in zip(pages, ("已经打印过", "已另行打印"), strict=True):
        assert office.post(f"{page}/print", data=form).location == page
        assert why in office.get(page).text
    assert office.get(f"{pages[1]}.pdf").location == pages[1]
    with app.app_context():
        assert [one.run_id for one in db.session.scalars(select(Printing))] == [run]
    anew = office.submit(pages[1], f"{pages[1]}/again").location
    press_print(app)
    assert office.submit(anew, f"{anew}/print").location == f"{anew}.pdf"


def test_a_file_with_a_paper_that_was_replaced_since_is_not_handed_out(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    office = client_as("office")
    (visit,) = called_in_vain(plan, phone_of("inspector"), {"account": "K-1"})
    work(app)
    run = ordered(office)
    press_print(app)
    page = f"/office/print/{run}"
    form = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', office.get(page).text))
    with app.app_context(), transaction():
        (old,) = notices.of_visit(visit_id=visit)
        values = {column.name: getattr(old, column.name) for column in Notice.__table__.columns}
        newer = {"id": clock.new_id(), "revision": 2, "replaces_id": old.id, "status": "pending", "held": True}
        db.session.add(Notice(**{**values, **newer}))
    assert office.post(f"{page}/print", data=form).location == page
    assert office.get(f"{page}.pdf").location == page
    shown = office.get(page).text
    assert "已出新版" in shown and "重新生成" in shown and f"{page}/again" in shown
    with app.app_context():
        assert db.session.scalars(select(Printing)).all() == []


def test_a_worker_that_comes_late_leaves_what_another_made(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, write = client_as("office"), merge.Part.write
    called_in_vain(plan, phone_of("inspector"), {"account": "L-1"})
    work(app)
    run = ordered(office)
    now, targets = [clock.now()], list[Path]()
    monkeypatch.setattr(clock, "now", lambda: now[0])

    def late(part: merge.Part, target: Path) -> None:
        targets.append(target)
        if len(targets) == 1:
            db.session.commit()
            now[0] += timedelta(minutes=3)  # this one's claim is over, and another does all the work
            press_print(app)
        write(part, target)

    monkeypatch.setattr(merge.Part, "write", late)
    press_print(app)
    with app.app_context():
        assert [one.name for one in folder.whole(run).parent.glob(f"{run}*")] == [f"{run}.pdf"]
    assert len(pages_of(file_of(office, run))) == 1
    assert len(set(targets)) == 2, "each writes a file of its own"


def test_a_print_file_is_removed_after_a_week_and_its_row_stays(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = client_as("office")
    called_in_vain(plan, phone_of("inspector"), {"account": "G-1"})
    work(app)
    run = ordered(office)
    press_print(app)
    then = clock.now() + timedelta(days=8)
    monkeypatch.setattr(clock, "now", lambda: then)
    with app.app_context():
        printing.work_due()
        assert printing.find(run_id=run).dropped_at is not None and not folder.whole(run).exists()
    assert office.get(f"/office/print/{run}.pdf").status_code == 404
    assert "文件已删除" in office.get(f"/office/print/{run}").text
