"""Many papers as one file: which, in which order, what is left out and why, who printed, and what a stop costs."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pikepdf
import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from fieldsvc import clock
from fieldsvc import db as database
from fieldsvc.db import db, transaction
from fieldsvc.notices import desk
from fieldsvc.notices import service as notices
from fieldsvc.notices.models import Notice
from fieldsvc.printing import folder, merge, whole
from fieldsvc.printing import service as printing
from fieldsvc.printing import work as printing_work
from fieldsvc.printing.models import Printing, PrintRun
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.papers import Clients, PhoneOf, Plan, papers_of, pdf_of, record_visit, work

CHOICE = {
    "asked": "1",
    "kind": "",
    "day": "",
    "technician": "",
    "district": "",
    "building": "",
    "order": "route",
    "fresh": "1",
}


def called_in_vain(plan: Plan, phone: Any, *homes: dict[str, Any]) -> list[str]:
    """Visits at which nobody opened: each owes a card of one page, made in a moment."""
    visits = [plan(**home)["id"] for home in homes]
    for visit in visits:
        phone.op(visit, "visit.start")
        phone.op(visit, "visit.close", outcome="no_access")
    phone.sync()
    return visits


def press_print(app: Flask) -> None:
    """Do what the worker does until no step of a print run is due."""
    with app.app_context():
        while printing.step():
            pass


def ordered(office: Browser, **choice: str) -> str:
    """Order a run through the office's form; gives its id."""
    asked = {**CHOICE, **choice}
    page = "/office/print?" + "&".join(f"{name}={value}" for name, value in asked.items())
    answer = office.submit(page, "/office/print", **asked)
    assert answer.status_code == 303, answer.text
    return str(answer.location.rsplit("/", 1)[1])


def file_of(office: Browser, run: str) -> bytes:
    with office.get(f"/office/print/{run}.pdf") as answer:
        assert answer.status_code == 200, answer.text
        return bytes(answer.data)


def pages_of(content: bytes) -> list[str]:
    return ["".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages]


def test_many_papers_come_as_one_file_in_the_order_in_which_they_are_walked(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    phone, office = phone_of("inspector"), client_as("office")
    doors = [("10", "2", "101"), ("9", "1", "1204"), ("9", "1", "203"), ("9", "2", "101")]
    called_in_vain(
        plan,
        phone,
        *({"account": f"A-{place}", "building": b, "unit": u, "room": r} for place, (b, u, r) in enumerate(doors)),
    )
    work(app)
    run = ordered(office)
    press_print(app)
    content = file_of(office, run)
    seen = [re.search(r"A-(\d)", page)[1] for page in pages_of(content)]  # type: ignore[index]
    assert seen == ["2", "1", "3", "0"]
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert "副本" in str(pdf.docinfo["/Title"]) and "copy for the printer" in str(pdf.docinfo["/Subject"])
        assert "/AcroForm" not in pdf.Root and len(pdf.attachments) == 0
        assert b"/ByteRange" not in content, "nothing in a copy looks like a signature"
        assert pdf.check_pdf_syntax() == [] and len(pdf.pages) == 4
        with pdf.open_outline() as outline:
            assert [str(one.title)[:3] for one in outline.root] == ["ZY-"] * 4


def test_what_is_not_ready_has_failed_or_was_altered_is_named_and_the_originals_stay_as_they_were(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    phone, office = phone_of("inspector"), client_as("office")
    homes = [{"account": f"B-{place}", "room": f"{place}01"} for place in range(4)]
    visits = called_in_vain(plan, phone, *homes)
    work(app)
    good, altered, failed, pending = (papers_of(office, visit, "no_access")[0] for visit in visits)
    with app.app_context():
        with transaction():
            for paper, status in ((failed, "failed"), (pending, "pending")):
                row = db.session.get_one(Notice, paper["id"])
                row.status, row.error, row.held = status, "the disk is full", True
        path = desk.desk().folder / str(notices.get(notice_id=altered["id"]).file)
        path.write_bytes(path.read_bytes() + b"%")
    issued = pdf_of(office, good)
    run = ordered(office)
    press_print(app)
    page = office.get(f"/office/print/{run}").text
    assert len(pages_of(file_of(office, run))) == 1
    for paper, why in ((altered, "不是当初签发的那一份"), (failed, "未能生成"), (pending, "还在生成")):
        assert re.search(rf"{paper['number']}.*?{why}", page, re.DOTALL), (paper, why)
    assert pdf_of(office, good) == issued


def test_printing_is_in_the_book_and_what_is_printed_again_bears_a_mark(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    phone, office = phone_of("inspector"), client_as("office")
    visits = called_in_vain(plan, phone, {"account": "C-1"}, {"account": "C-2"})
    work(app)
    first, second = (papers_of(office, visit, "no_access")[0] for visit in visits)
    assert office.submit(f"/office/visits/{visits[0]}", f"/office/notices/{first['id']}/print").status_code == 303
    run = ordered(office, fresh="")
    press_print(app)
    page = f"/office/print/{run}"
    assert [b"/Reprint" in one for one in contents_of(file_of(office, run))] == [True, False]
    assert office.get(f"/api/v1/notices/{second['id']}").json["printed_count"] == 0, "made is not yet printed"
    assert office.submit(page, f"{page}/print").location == f"{page}.pdf"
    with app.app_context():
        book = printing.book(notice_ids=[first["id"], second["id"]])
        told = {key: [(one.by_name, one.times, one.run_id) for one in entries] for key, entries in book.items()}
    assert told == {first["id"]: [("陈静", 1, None), ("陈静", 2, run)], second["id"]: [("陈静", 1, run)]}
    assert "没有符合" in office.get("/office/print?asked=1&day=&fresh=1").text, "nothing is left that was never printed"
    again = office.submit(page, f"{page}/again").location.rsplit("/", 1)[1]
    press_print(app)
    assert [b"/Reprint" in one for one in contents_of(file_of(office, again))] == [True, True]
    assert "第 3 次打印" in office.get(f"/office/print/{again}").text


def contents_of(content: bytes) -> list[bytes]:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return [b"".join(one.read_bytes() for one in _streams(page)) for page in pdf.pages]


def _streams(page: pikepdf.Page) -> list[Any]:
    contents = page.obj.Contents
    return list(contents) if isinstance(contents, pikepdf.Array) else [contents]


def test_a_run_cut_off_anywhere_goes_on_where_it_was_and_a_cancelled_one_leaves_nothing(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing_work, "A_PART", 2)
    phone, office = phone_of("inspector"), client_as("office")
    called_in_vain(plan, phone, *({"account": f"D-{place}"} for place in range(5)))
    work(app)
    run, start = ordered(office), clock.now()
    steps, past = 0, [start]
    monkeypatch.setattr(clock, "now", lambda: past[0])

    def killed(*_: Any, **__: Any) -> None:
        raise SystemExit(9)

    with app.app_context():
        for owner, step in ((merge.Part, "write"), (printing_work, "_count"), (whole, "join"), (folder, "drop")):
            while True:
                with monkeypatch.context() as patch:
                    patch.setattr(owner, step, killed)
                    try:
                        assert printing.step()
                        steps += 1
                        continue
                    except SystemExit:
                        db.session.rollback()
                        break
            past[0] += timedelta(minutes=3)
            if step in ("write", "_count"):
                assert printing.step()
        while printing.step():
            pass
        done = printing.find(run_id=run)
        assert (done.status, done.merged, done.done) == ("ready", 5, 5)
    assert len(pages_of(file_of(office, run))) == 5
    other = ordered(office)
    with app.app_context():
        assert printing.step()
        assert list(folder.whole(other).parent.glob(f"{other}*"))
    assert office.submit(f"/office/print/{other}", f"/office/print/{other}/cancel").status_code == 303
    with app.app_context():
        assert not printing.step() and not list(folder.whole(other).parent.glob(f"{other}*"))
    assert "已取消" in office.get(f"/office/print/{other}").text


def test_papers_are_chosen_before_the_turn_to_write_and_counted_after_every_filter(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, choose = client_as("office"), printing.choose
    called_in_vain(plan, phone_of("inspector"), *({"account": f"M-{n}", "building": str(n)} for n in range(4)))
    work(app)
    monkeypatch.setattr(printing, "MOST", 1)
    monkeypatch.setattr(printing, "AT_ONCE", 1)

    def watched(choice: printing.Choice) -> Any:
        assert not database._first_in_line.locked()
        return choose(choice)

    monkeypatch.setattr(printing, "choose", watched)
    assert "超过 1 份" in office.get("/office/print?asked=1&day=&fresh=1").text
    for building in "0123":
        run = ordered(office, building=building)
        press_print(app)
        assert [f"M-{building}" in one for one in pages_of(file_of(office, run))] == [True]


def test_filters_choose_by_kind_day_place_and_technician_and_each_paper_can_begin_a_new_sheet(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    phone, other, office = phone_of("inspector"), phone_of("colleague"), client_as("office")
    (mine,) = called_in_vain(plan, phone, {"account": "F-1", "building": "7", "address": "中华北路 9 号"})
    (hers,) = called_in_vain(plan, other, {"account": "F-2", "building": "8", "assignee": "colleague"})
    third = plan(account="F-3", building="8")["id"]
    record_visit(phone, third, photo=False)
    phone.sync()
    work(app)

    def found(**choice: str) -> set[str]:
        page = office.get("/office/print?" + "&".join(f"{k}={v}" for k, v in {**CHOICE, **choice}.items())).text
        return {visit for visit in (mine, hers, third) if visit in page}

    with app.app_context():
        colleague = db.session.execute(db.text("SELECT id FROM users WHERE username = 'colleague'")).scalar_one()
    assert found() == {mine, hers, third}
    assert found(kind="hazard") == {third}
    assert found(building="8") == {hers, third}
    assert found(district="中华") == {mine}
    assert found(technician=colleague) == {hers}
    assert found(day="2020-01-01") == set()
    run = ordered(office, building="8", both_sides="1")
    press_print(app)
    with app.app_context():
        starts = [row.first_page for row, *_ in printing.in_pile(printing.find(run_id=run)) if row.state == "merged"]
    assert all(start is not None and start % 2 == 0 for start in starts) and len(starts) == 2


def test_print_pages_are_the_offices_alone(app: Flask, client_as: Clients, browser: Browser) -> None:
    for address in ("/office/print", "/office/print/x", "/office/print/x.pdf"):
        assert client_as("inspector").get(address).status_code == 403
        assert browser.get(address).status_code in (302, 401)
    with app.app_context():
        assert db.session.scalars(select(PrintRun)).all() == [] == db.session.scalars(select(Printing)).all()
