"""What a visit owes, when it is promised, and what becomes of a promise."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from fieldsvc import clock
from fieldsvc.db import db, transaction
from fieldsvc.notices import desk, promise
from fieldsvc.notices import service as notices
from fieldsvc.notices import work as notices_work
from fieldsvc.notices.making.press import Press, PressFailed, press
from fieldsvc.notices.models import Notice
from fieldsvc.notices.signature import signing
from fieldsvc.notices.work import MAX_ATTEMPTS
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.edits import edit
from tests.fieldsvc.papers import Clients, Json, PhoneOf, Plan, hazard, papers_of, pdf_of, picture, record_visit, work
from tests.fieldsvc.phone import Phone


def rows(app: Flask, kind: str = "hazard") -> list[Notice]:
    with app.app_context():
        return list(db.session.scalars(select(Notice).where(Notice.kind == kind).order_by(Notice.revision)))


Recorded = tuple[str, Phone, Json]


@pytest.fixture
def recorded(plan: Plan, phone_of: PhoneOf) -> Recorded:
    """A visit that is done and sent, its phone and the one hazard that it found."""
    visit, phone = plan()["id"], phone_of("inspector")
    (found,) = record_visit(phone, visit)
    phone.sync()
    return visit, phone, found


def test_a_closed_visit_with_a_hazard_promises_a_notice_with_its_ops(recorded: Recorded, client_as: Clients) -> None:
    visit, phone, _found = recorded
    (notice,) = papers_of(client_as("office"), visit)
    assert (notice["status"], notice["revision"]) == ("pending", 1)
    assert notice["number"].startswith("YH-GY01-")
    assert phone.sync()["visits"] == [] or phone.visits[visit]["notices"], "the phone hears of it in the same answer"


def test_a_promise_becomes_a_signed_file_that_only_readers_of_the_visit_get(
    app: Flask, recorded: Recorded, client_as: Clients, browser: Browser
) -> None:
    visit, _phone, _found = recorded
    work(app)
    (notice,) = papers_of(client_as("office"), visit)
    assert notice["status"] == "ready"
    for reader in ("inspector", "office"):
        answer = client_as(reader).get(f"/api/v1/notices/{notice['id']}.pdf")
        assert answer.mimetype == "application/pdf" and answer.data.startswith(b"%PDF-")
        assert f"{notice['number']}-r1.pdf" in answer.headers["Content-Disposition"]
    assert client_as("colleague").get(f"/api/v1/notices/{notice['id']}.pdf").status_code == 404
    assert client_as("colleague").get(f"/api/v1/notices/{notice['id']}").status_code == 404
    assert browser.get(f"/api/v1/notices/{notice['id']}.pdf").status_code == 401


def test_a_visit_without_hazards_owes_a_report_and_no_notice(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    visit, phone = plan()["id"], phone_of("inspector")
    record_visit(phone, visit, hazards=[], checks=True)
    phone.sync()
    work(app)
    assert papers_of(client_as("office"), visit) == []
    (report,) = papers_of(client_as("office"), visit, "inspection")
    assert report["status"] == "ready" and report["number"].startswith("AJ-GY01-")


def test_an_open_visit_owes_nothing(app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients) -> None:
    visit, phone = plan()["id"], phone_of("inspector")
    phone.op(visit, "hazard.add", **hazard())
    phone.sync()
    assert papers_of(client_as("office"), visit) == []


def test_numbers_run_without_gaps_or_repeats(app: Flask, plan: Plan, phone_of: PhoneOf) -> None:
    visits, phone = [plan()["id"] for _ in range(3)], phone_of("inspector")
    for visit in visits:
        record_visit(phone, visit, photo=False)
    phone.sync()
    assert sorted(paper.number[-5:] for paper in rows(app)) == ["00001", "00002", "00003"]


def test_a_paper_waits_for_its_photos_and_then_goes_out_at_once(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    visit, phone = plan()["id"], phone_of("inspector")
    late = picture("green")
    found = hazard()
    record_visit(phone, visit, hazards=[found], photo=False)
    phone.op(
        visit,
        "photo.add",
        sha256=sha_of(late),
        purpose="hazard",
        ref=found["hazard"],
        taken_at="2026-11-21T09:00:00+08:00",
    )
    phone.log[-2:] = swapped(phone.log[-2:])
    phone.sync()
    work(app)
    assert [one["status"] for one in papers_of(client_as("office"), visit)] == ["pending"]
    phone.upload(late, "image/jpeg")
    work(app)
    (notice,) = papers_of(client_as("office"), visit)
    assert notice["status"] == "ready" and b"/Image" in pdf_of(client_as("office"), notice)


def test_after_the_wait_a_paper_goes_out_saying_what_is_missing(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients, later: Any
) -> None:
    visit, phone = plan()["id"], phone_of("inspector")
    found = hazard()
    record_visit(phone, visit, hazards=[found], photo=False)
    phone.op(
        visit, "photo.add", sha256="0" * 64, purpose="hazard", ref=found["hazard"], taken_at="2026-11-21T09:00:00+08:00"
    )
    phone.log[-2:] = swapped(phone.log[-2:])
    phone.sync()
    later(minutes=11)
    work(app)
    (notice,) = papers_of(client_as("office"), visit)
    assert "照片尚未传回" in words_of(pdf_of(client_as("office"), notice))


def test_a_change_after_issue_makes_a_revision_and_leaves_the_issued_file_alone(
    app: Flask, recorded: Recorded, client_as: Clients
) -> None:
    visit, _phone, found = recorded
    office = client_as("office")
    work(app)
    (first,) = papers_of(office, visit)
    issued = pdf_of(office, first)
    edit(office, visit, "hazard.set", hazard=found["hazard"], field="level", value=1)
    work(app)
    former, second = papers_of(office, visit)
    assert (second["number"], second["revision"], second["status"]) == (first["number"], 2, "ready")
    assert pdf_of(office, former) == issued
    said = words_of(pdf_of(office, second))
    assert "本版取代第 1 版" in said and "级别由二级改为一级" in said and "签名之后记录另有变动" in said
    described = office.get(f"/api/v1/notices/{first['id']}").json
    assert described["replaced_by"] == second["id"]


def test_a_change_before_issue_refreshes_the_pending_paper(app: Flask, recorded: Recorded, client_as: Clients) -> None:
    visit, _phone, found = recorded
    office = client_as("office")
    edit(office, visit, "hazard.set", hazard=found["hazard"], field="note", value="复核：两处龟裂")
    (paper,) = rows(app)
    assert paper.revision == 1 and paper.snapshot is None
    work(app)
    (paper,) = rows(app)
    assert paper.revision == 1 and "复核：两处龟裂" in paper.snapshot


def test_a_note_by_the_office_makes_no_revision(app: Flask, recorded: Recorded, client_as: Clients) -> None:
    visit, _phone, _found = recorded
    office = client_as("office")
    work(app)
    edit(office, visit, "note.add", text="已电话回访")
    assert [one["revision"] for one in papers_of(office, visit)] == [1]


def test_withdrawing_every_hazard_issues_a_withdrawal(app: Flask, recorded: Recorded, client_as: Clients) -> None:
    visit, _phone, found = recorded
    office = client_as("office")
    work(app)
    edit(client_as("admin"), visit, "hazard.withdraw", hazard=found["hazard"], reason="复核为误判")
    work(app)
    assert "已全部撤销" in words_of(pdf_of(office, papers_of(office, visit)[-1]))


def test_a_hazard_withdrawn_before_issue_leaves_a_void_number(
    app: Flask, recorded: Recorded, client_as: Clients
) -> None:
    visit, _phone, found = recorded
    office = client_as("office")
    edit(client_as("admin"), visit, "hazard.withdraw", hazard=found["hazard"], reason="误判")
    assert papers_of(office, visit) == [] and [paper.status for paper in rows(app)] == ["void"]


def test_a_reopened_visit_holds_its_pending_paper_until_it_is_closed_again(
    app: Flask, recorded: Recorded, client_as: Clients
) -> None:
    visit, phone, _found = recorded
    office = client_as("office")
    edit(office, visit, "visit.reopen", reason="补录")
    work(app)
    assert [one["status"] for one in papers_of(office, visit)] == ["pending"]
    phone.sync()
    phone.op(visit, "visit.close", outcome="completed")
    phone.sync()
    work(app)
    assert [(one["status"], one["revision"]) for one in papers_of(office, visit)] == [("ready", 1)]


def test_one_bad_paper_holds_up_nobody_and_is_given_up_with_a_reason(
    app: Flask,
    plan: Plan,
    phone_of: PhoneOf,
    client_as: Clients,
    later: Any,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad, good, phone = plan()["id"], plan()["id"], phone_of("inspector")
    record_visit(phone, bad, photo=False)
    phone.sync()
    record_visit(phone, good, photo=False)
    phone.sync()
    freeze = promise.freeze
    broken = {"broken": True}
    monkeypatch.setattr(promise, "freeze", lambda paper, of: broken if paper.visit_id == bad else freeze(paper, of))
    for _ in range(MAX_ATTEMPTS + 1):
        work(app)
        later(hours=2)
    assert [one["status"] for one in papers_of(client_as("office"), good)] == ["ready"]
    (failed,) = papers_of(client_as("office"), bad)
    assert failed["status"] == "failed"
    assert "could not be made" in client_as("office").get(f"/api/v1/notices/{failed['id']}").json["error"]
    assert client_as("office").get(f"/api/v1/notices/{failed['id']}.pdf").json["code"] == "not_ready"
    assert len(caplog.records) >= MAX_ATTEMPTS


@pytest.mark.parametrize("step", ["make", "sign", "keep", "_issue"])
def test_work_cut_off_at_any_step_is_done_again(
    step: str,
    app: Flask,
    plan: Plan,
    phone_of: PhoneOf,
    client_as: Clients,
    later: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A kill is an exception that nobody catches: what was on disk stays, what was not committed is gone."""
    visit, phone = plan()["id"], phone_of("inspector")
    record_visit(phone, visit, photo=False)
    phone.sync()
    owner = {"make": press, "sign": signing, "keep": desk, "_issue": notices_work}[step]

    def killed(*_: Any, **__: Any) -> None:
        raise SystemExit(9)

    with monkeypatch.context() as patch:
        patch.setattr(owner, step, killed)
        with pytest.raises(SystemExit):
            work(app)
    later(minutes=2)
    work(app)
    (notice,) = papers_of(client_as("office"), visit)
    assert notice["status"] == "ready"
    with app.app_context():
        paper = notices.get(notice_id=notice["id"])
        assert notices.is_intact(paper)
        assert [file.name for file in desk.desk().folder.glob(f"{paper.id}*")] == [paper.file]


def test_a_paper_refreshed_while_it_was_rendered_is_rendered_again(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit, phone, office = plan()["id"], phone_of("inspector"), client_as("office")
    (found,) = record_visit(phone, visit, photo=False)
    phone.sync()
    true_make, seen = press.make, []

    def slow(snapshot: Any, *rest: Any, **more: Any) -> bytes:
        if not seen:
            edit(office, visit, "hazard.set", hazard=found["hazard"], field="note", value="渲染时改动")
        seen.append(snapshot)
        return true_make(snapshot, *rest, **more)

    monkeypatch.setattr(press, "make", slow)
    work(app)
    (notice,) = papers_of(office, visit)
    assert notice["status"] == "ready" and notice["revision"] == 1
    assert "渲染时改动" in words_of(pdf_of(office, notice))


def test_the_office_can_have_a_failed_paper_tried_again(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    visit, phone = plan()["id"], phone_of("inspector")
    record_visit(phone, visit, photo=False)
    phone.sync()
    (paper,) = rows(app)
    with app.app_context(), transaction():
        db.session.get_one(Notice, paper.id).status = "failed"
    with app.app_context():
        with transaction():
            notices.retry(notice_id=paper.id, now=clock.now())
        while notices.make_next():
            pass
    assert [one["status"] for one in papers_of(client_as("office"), visit)] == ["ready"]


def test_a_page_that_takes_too_long_is_stopped_and_the_next_one_is_made() -> None:
    own = Press()
    try:
        with pytest.raises(TimeoutError):
            own.make({"kind": "hazard"}, {}, address="", demonstration=True, certificate="", seconds=0.01)
        with pytest.raises(PressFailed, match="KeyError"):
            own.make({"kind": "hazard"}, {}, address="", demonstration=True, certificate="")
    finally:
        own.close()


def test_a_press_that_dies_is_replaced() -> None:
    own = Press()
    try:
        for _ in range(2):
            with pytest.raises(PressFailed, match="KeyError"):
                own.make({}, {}, address="", demonstration=True, certificate="")
            assert own._process is not None
            own._process.kill()
            own._process.wait()
    finally:
        own.close()


def sha_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def swapped(pair: list[Json]) -> list[Json]:
    """The last two entries in the other order: the photo before the close, as phones write them."""
    first, second = pair
    first["seq"], second["seq"] = second["seq"], first["seq"]
    return [second, first]


def words_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).replace("\n", "")
