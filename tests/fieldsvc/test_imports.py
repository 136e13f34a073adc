"""Imports: what is read from files as they really come, what is refused and why, and that nothing is written twice."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from fieldsvc import clock, installation
from fieldsvc.db import db, transaction
from fieldsvc.imports import service, work
from fieldsvc.imports.models import CHECKED, DONE, FAILED
from fieldsvc.imports.refusal import Refused
from fieldsvc.readings.models import Reading
from fieldsvc.record import service as record
from tests.fieldsvc.imports import (
    HOMES,
    bad,
    book_of,
    brought,
    checked,
    counts,
    customers,
    found,
    home,
    stored,
    taken,
    text_of,
    with_part,
)  # fmt: skip

both_databases = pytest.mark.both_databases
Json = dict[str, Any]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_text_is_read_in_the_encodings_and_with_the_separators_that_companies_use(
    app: Flask, encoding: str, delimiter: str
) -> None:
    text = text_of(["客户档案表"], HOMES, home(1, 户名="镕𠮷"), delimiter=delimiter)
    row = taken(app, text.encode(encoding))
    assert (row.state, counts(row)) == (DONE, (1, 0, 0, 0))
    one = customers(app)["00100001"]
    assert (one.name, one.district, one.address, one.room) == ("镕𠮷", "南明区", "遵义路 12 号", "1")
    assert [(meter.serial, meter.kind, meter.digits) for meter in one.meters] == [("M000001", "diaphragm", 5)]


@both_databases
def test_the_same_file_twice_changes_nothing_the_second_time(app: Flask) -> None:
    rows = [HOMES, *(home(number) for number in range(1, 603))]
    first, before = taken(app, text_of(*rows)), stored(app)
    assert (counts(first), before) == ((602, 0, 0, 0), (602, 602, 0, 0))
    second = taken(app, text_of(*rows))
    assert (counts(second), stored(app)) == ((0, 0, 602, 0), before)
    rows[5] = home(5, 联系电话="13911112222", 房号="")
    third = taken(app, text_of(*rows))
    assert counts(third) == (0, 1, 601, 0)
    assert (customers(app)["00100005"].phone, customers(app)["00100005"].room) == ("13911112222", "5")


@both_databases
def test_a_preview_counts_and_names_every_bad_row_and_writes_nothing(app: Flask) -> None:
    taken(app, text_of(HOMES, home(1), home(2)))
    before = stored(app)
    import_id = checked(
        app,
        text_of(
            HOMES,
            home(1),
            home(2, 户名="王二"),
            home(3),
            home(4, 户号="1.2E+10"),
            home(5, 户号="100001"),
            home(6, 表号="M000001"),
            home(7, 户名="=1+1", 楼栋="3-Feb"),
            home(3, 表号="M000033", 户名="别人"),
            home(8, 户名="", 表型="怪表"),
            home(9, 户名="锟斤拷"),
        ),
    )
    row = found(app, import_id)
    assert (row.state, counts(row), stored(app)) == (CHECKED, (1, 1, 1, 7), before)
    assert bad(app, import_id) == {
        5: [("account", "scientific")],
        6: [("account", "zeros_lost")],
        7: [("serial", "contradicts"), ("serial", "serial_taken")],
        8: [("name", "formula"), ("building", "made_a_date")],
        9: [("name", "contradicts")],
        10: [("kind", "not_known")],
        11: [("name", "damaged")],
    }


def test_a_second_meter_of_an_account_stands_on_a_row_of_its_own(app: Flask) -> None:
    row = taken(
        app, text_of(HOMES, home(1), ["00100001", *[""] * 7, "M9", "IC卡表"], ["00100001", *[""] * 7, "M9", "远传表"])
    )
    assert counts(row) == (1, 1, 0, 1) and bad(app, row) == {4: [("kind", "contradicts")]}
    assert [(m.serial, m.kind) for m in customers(app)["00100001"].meters] == [
        ("M000001", "diaphragm"),
        ("M9", "ic_card"),
    ]


def test_what_excel_made_of_figures_is_restored_or_refused(app: Flask) -> None:
    row = taken(
        app,
        book_of(
            ["户号", "户名", "电话", "楼栋", "表号"],
            [12345, "甲", 13900000001, 3, 100200300400],
            [123, "乙", None, None, None],  # its format shows eight figures
            [6222021234567890123, "丙", None, None, None],
            [1.5, "丁", None, None, None],
            ["A1", "戊", None, datetime(2026, 3, 2), None],  # noqa: DTZ001 - as a workbook holds it
            ["A2", "=B2", None, None, None],
            ["'0012", "己", "+8613900000001", None, None],
            formats={"A3": "00000000"},
        ),
    )
    known = customers(app)
    assert sorted(known) == ["00000123", "0012", "12345"]
    assert (known["12345"].phone, known["12345"].building, known["12345"].meters[0].serial) == (
        "13900000001", "3", "100200300400",
    )  # fmt: skip
    assert known["0012"].phone == "+8613900000001"
    assert bad(app, row) == {
        4: [("account", "long_number")],
        5: [("account", "decimal")],
        6: [("building", "made_a_date")],
        7: [("name", "formula")],
    }


def test_numbers_in_a_column_of_accounts_are_told_in_the_preview(app: Flask) -> None:
    row = found(app, checked(app, book_of(["户号", "户名"], [12345, "甲"], [1234567, "乙"], ["00123", "丙"])))
    assert row.notes == {"account": {"count": 2, "shortest": 5, "longest": 7}}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        ("户号,户名\n".encode(), "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "old_workbook"),
        (b"PK\x03\x04" + b"x" * 600, "broken_workbook"),
        ("户号,户名\n1,".encode() + b"\x81\xff\n", "encoding"),
        ("户号,户名\n1,甲\n".encode("utf-16-le"), "not_text"),
        ('户号,户名\n1,"甲\n'.encode() + b"x" * 200_000, "quotes"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_not_kept(app: Flask, content: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        brought(app, content)
    assert refused.value.code == code
    assert list((app.extensions["fieldsvc.settings"].data / "imports").iterdir()) == []


def test_a_workbook_made_to_harm_is_not_opened(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    book = book_of(HOMES, home(1))
    bomb = with_part(book, "xl/worksheets/sheet1.xml", b" " * 30_000_000)
    entities = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'
    other = BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("word/document.xml", "x")
    for content, code in [(bomb, "bomb"), (other.getvalue(), "not_a_workbook"), (book[:-200], "broken_workbook"),
                          (with_part(book, "xl/worksheets/sheet1.xml", entities), "broken_workbook"),
                          (with_part(book, "xl/workbook.xml", b"<workbook>"), "broken_workbook")]:  # fmt: skip
        with pytest.raises(Refused) as refused:
            brought(app, content)
        assert refused.value.code == code
    monkeypatch.setattr("fieldsvc.imports.files.LARGEST", 50)
    with pytest.raises(Refused) as refused:
        brought(app, book)
    assert refused.value.code == "too_large"


def test_a_workbook_that_breaks_off_or_never_ends_is_refused_before_anything_is_written(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [[*row] for row in (HOMES, *(home(number) for number in range(1, 40)))]
    with zipfile.ZipFile(BytesIO(book_of(*rows))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    cut = with_part(book_of(*rows), "xl/worksheets/sheet1.xml", sheet[: len(sheet) * 2 // 3])
    row = found(app, checked(app, cut))
    assert (row.state, (row.error or {})["code"], stored(app)[0]) == (FAILED, "broken_workbook", 0)
    monkeypatch.setattr("fieldsvc.imports.files.MOST_ROWS", 30)
    row = found(app, checked(app, book_of(*rows)))
    assert (row.state, (row.error or {})["code"], stored(app)[0]) == (FAILED, "too_many_rows", 0)
    with pytest.raises(Refused):
        brought(app, text_of(*[[str(cell) for cell in one] for one in rows]))


@both_databases
def test_readings_are_kept_once_per_meter_and_instant_and_never_overwritten(app: Flask) -> None:
    taken(app, text_of(HOMES, home(1), home(2), ["00100002", *[""] * 7, "M22", ""]))
    file = text_of(
        ["表号", "户号", "本次止码", "抄表日期"],
        ["M000001", "", "01234.567", "2026-10-20"],
        ["M000001", "00100001", "1240", "2026年11月1日 9:30"],
        ["", "00100001", "1250", "20261102"],
        ["", "00100002", "1", "2026-10-20"],
        ["M000001", "00100002", "2", "2026-10-21"],
        ["M77", "", "3", "2026-10-21"],
        ["M000002", "", "123456", "2026-10-21"],
        ["M000002", "", "-4", "2026-10-21"],
        ["M000002", "", "5", "11/12/2026"],
        ["M000002", "", "6", "2999-01-01"],
        ["M000001", "", "1234.567", "2026/10/20"],
        ["M000001", "", "1235", "2026/10/20"],
    )
    row = taken(app, file, "readings")
    assert counts(row) == (3, 0, 1, 8)
    assert bad(app, row) == {
        5: [("account", "several_meters")],
        6: [("serial", "serial_taken")],
        7: [("serial", "not_on_file")],
        8: [("value", "beyond_the_dial")],
        9: [("value", "not_a_reading")],
        10: [("read_at", "not_a_day")],
        11: [("read_at", "not_a_day")],
        13: [("value", "contradicts")],
    }
    with app.app_context():
        kept = db.session.scalars(select(Reading).order_by(Reading.read_at)).all()
        assert [(one.value, one.source, clock.rfc3339(one.read_at)) for one in kept] == [
            ("01234.567", "import", "2026-10-19T16:00:00.000Z"),
            ("1240", "import", "2026-11-01T01:30:00.000Z"),
            ("1250", "import", "2026-11-01T16:00:00.000Z"),
        ]
    assert counts(taken(app, file, "readings")) == (0, 0, 4, 8)
    other = taken(app, text_of(["表号", "读数", "日期"], ["M000001", "9", "2026-10-20"]), "readings")
    assert bad(app, other) == {2: [("value", "another_reading")]} and stored(app)[2] == 3


@both_databases
def test_work_orders_are_planned_once_and_reach_the_technician(app: Flask) -> None:
    taken(app, text_of(HOMES, home(1), home(2)))
    with app.app_context():
        today = installation.today()
    on, gone = (today + timedelta(days=1)).isoformat(), (today - timedelta(days=1)).isoformat()
    head = ["户号", "户名", "地址", "表号", "工单类型", "计划日期", "开始时间", "结束时间", "安检员"]
    file = text_of(
        head,
        ["00100001", "王芳1", "", "M000001", "入户安检", on, "9:00", "11:00", "王小明"],
        ["00100002", "", "", "", "抄表", on, "", "", "inspector"],
        ["N1", "新户", "新街 1 号", "MN1", "", on, "", "", ""],
        ["N1", "", "", "", "", on, "", "", ""],
        ["00100001", "别人", "", "", "抄表", on, "", "", ""],
        ["00100001", "", "", "", "抄表", gone, "", "", ""],
        ["00100001", "", "", "", "抄表", on, "11:00", "9:00", "没有的人"],
        ["N9", "", "", "", "", on, "", "", ""],
        ["00100001", "", "", "M000002", "抄表", on, "", "", ""],
        ["00100001", "", "", "", "入户安检", on, "14:00", "", ""],
    )
    row = taken(app, file, "orders")
    assert counts(row) == (3, 0, 1, 6)
    assert bad(app, row) == {
        6: [("name", "contradicts"), ("name", "another_name")],
        7: [("day", "past")],
        8: [("to", "ends_before"), ("technician", "no_technician")],
        9: [("account", "account_without_name")],
        10: [("serial", "serial_taken")],
        11: [("from", "contradicts")],
    }
    with app.app_context():
        documents, total = record.search(planned_on=date.fromisoformat(on))
        assert total == 3
        first = next(one for one in documents if one["customer"]["account"] == "00100001")
        assert (first["assignee"]["name"], first["planned"]["from"], first["type"]) == (
            "王小明", "09:00", "gas.inspection",
        )  # fmt: skip
        assert [meter["serial"] for meter in first["meters"]] == ["M000001"]
    before = stored(app)
    assert counts(taken(app, file, "orders"))[0] == 0 and stored(app) == before


@both_databases
def test_a_killed_import_goes_on_where_it_was(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(work.BATCH, "customers", 10)
    monkeypatch.setattr(work, "STEP_SECONDS", 0.0)
    rows = [HOMES, *(home(number) for number in range(1, 36)), home(36, 户号=""), home(3, 户名="别人")]
    import_id = brought(app, text_of(*rows))
    with app.app_context():
        with transaction():
            service.check(import_id=import_id, match=service.find(import_id=import_id).match, now=clock.now())
        states = []
        for _ in range(40):
            work.step()
            # As after a kill: another process, which knows nothing, once nobody holds the import any more.
            work._let_go(import_id)
            monkeypatch.setattr(work, "_me", f"{len(states)}")
            with transaction():
                row = service.find(import_id=import_id)
                row.held_until = clock.now() - timedelta(seconds=1)
                states.append((row.state, row.done, row.new))
                if row.state == CHECKED:
                    service.confirm(import_id=import_id, now=clock.now())
            if row.state == DONE:
                break
    assert ("checking", 20, 20) in states and ("writing", 30, 30) in states
    row = found(app, import_id)
    assert (row.state, counts(row), stored(app)[:2]) == (DONE, (35, 0, 0, 2), (35, 35))
    assert sorted(bad(app, row)) == [37, 38]
    with app.app_context():
        assert not service.file_of(import_id).exists()


def test_an_import_that_somebody_else_works_on_is_left_alone(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    import_id = brought(app, text_of(HOMES, home(1)))
    with app.app_context():
        with transaction():
            work.hold(service.check(import_id=import_id, match={"account": 0, "name": 1}, now=clock.now()))
        monkeypatch.setattr(work, "_me", "somebody else")
        assert work.step() is False
        work.run(import_id=import_id)
        assert (found(app, import_id).state, found(app, import_id).done) == ("checking", 0)


def test_a_row_that_is_refused_while_it_is_written_is_named_and_the_others_are_taken(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = checked(app, text_of(HOMES, home(1), home(2), home(3)))
    real = work.Customers.judge

    def blind(self: Any, rows: Any, now: datetime) -> None:
        real(self, rows, now)
        for row in rows:
            row.given["serial"] = "M000001"  # as if somebody took the meter between the look and the writing

    monkeypatch.setattr(work.Customers, "judge", blind)
    with app.app_context():
        with transaction():
            service.confirm(import_id=import_id, now=clock.now())
        work.work_due()
    row = found(app, import_id)
    assert (counts(row), sorted(customers(app))) == ((1, 0, 0, 2), ["00100001"])
    assert bad(app, row) == {3: [("", "refused")], 4: [("", "refused")]}


def test_what_nobody_confirms_is_given_up_and_bad_rows_are_forgotten(app: Flask) -> None:
    waiting, ended = checked(app, text_of(HOMES, home(1))), taken(app, text_of(HOMES, home(1, 户名="")))
    with app.app_context():
        for days, state, rows in [(6, CHECKED, 1), (8, "cancelled", 1), (31, "cancelled", 0)]:
            with transaction():
                service.tidy(now=clock.now() + timedelta(days=days))
            assert service.find(import_id=waiting).state == state
            assert len(bad(app, ended)) == rows
        assert not service.file_of(waiting).exists()


def test_columns_are_matched_by_their_headings_in_any_spelling(app: Flask) -> None:
    heads = ["用户编号（必填）", " 用户 姓名*", "Phone No.", "Meter_No", "備註", "地址:"]
    row = found(app, brought(app, text_of(heads, ["1", "甲", "2", "3", "4", "5"])))
    assert row.match == {"account": 0, "name": 1, "serial": 3, "address": 5}
