"""What an import would change: each field's old and new value, on the page, as a file and from the command line."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

from flask import Flask

from fieldsvc.imports import service
from tests.fieldsvc.imports import HOMES, counts, customers, found, home, taken, text_of
from tests.fieldsvc.test_command import fieldsvc
from tests.fieldsvc.test_import_desk import Clients, brought, matched, shown, worked

METER = [*HOMES, "整数位"]


def fields_of(app: Flask, import_id: str) -> dict[int, list[tuple[str, str, str]]]:
    """What each row changes, by line."""
    with app.app_context():
        rows = service.changed_rows(import_id=import_id, limit=1000)
        return {row.line: [(told["field"], told["old"], told["new"]) for told in row.fields] for row in rows}


def test_the_preview_shows_the_old_and_the_new_value_of_each_changed_field(app: Flask, client_as: Clients) -> None:
    taken(app, text_of(HOMES, home(1), home(2, 联系电话=""), home(3)))
    office = client_as("office")
    rows = [
        [*home(1, 户名="李四", 联系电话="13911112222"), "6"],
        [*home(2, 联系电话="13922223333", 表号="M9"), ""],
        [*home(3), ""],
        [*home(1, 户名="李四", 联系电话="13911112222", 表号="M8"), ""],
        [*home(4), ""],
        [*home(5, 表型="不知道"), ""],
    ]
    page = brought(office, text_of(METER, *rows)).location
    office.submit(page, f"{page}/check", **matched(office.get(page).text))
    worked(app)
    import_id = page.rsplit("/", 1)[1]
    assert counts(found(app, import_id)) == (1, 3, 1, 1)
    changes = {
        2: [("name", "王芳1", "李四"), ("phone", "13900000001", "13911112222"), ("digits", "5", "6")],
        3: [("phone", "", "13922223333"), ("serial", "", "M9"), ("kind", "", "diaphragm")],
        5: [("serial", "", "M8"), ("kind", "", "diaphragm")],
    }
    assert fields_of(app, import_id) == changes
    told = shown(office, page)
    assert "3 行会改动已登记的内容" in told and "电话 13900000001 13911112222" in told and "膜式表" in told
    assert customers(app)["00100001"].name == "王芳1"  # nothing is written yet

    file = list(csv.reader(StringIO(office.get(f"{page}/preview.csv").data.decode("utf-8-sig"))))
    assert file[1] == ["2", "00100001", "M000001", "户名", "王芳1", "李四", ""]
    assert file[4] == ["3", "00100002", "M9", "电话", "", "13922223333", ""]
    assert file[-1][0] == "7" and "不知道" in file[-1][-1]

    office.submit(page, f"{page}/confirm")
    worked(app)
    assert customers(app)["00100001"].name == "李四" and fields_of(app, import_id) == changes
    assert "3 行会改动已登记的内容" in shown(office, page)
    # The same file once more changes nothing.
    again = taken(app, text_of(METER, *rows))
    assert counts(again) == (0, 0, 5, 1) and fields_of(app, again.id) == {}


def test_many_changed_rows_are_shown_page_by_page_beside_the_bad_ones(app: Flask, client_as: Clients) -> None:
    taken(app, text_of(HOMES, *(home(number) for number in range(1, 61))))
    office = client_as("office")
    hostile = "<script>alert(1)</script>𠮷" + "长" * 150
    changed = [home(number, 户名=f"新名{number}" if number > 1 else hostile) for number in range(1, 61)]
    page = brought(office, text_of(HOMES, *changed, *(home(90, 户名="") for _ in range(60)))).location
    office.submit(page, f"{page}/check", **matched(office.get(page).text))
    worked(app)
    first = office.get(page).text
    assert "<script>alert(1)" not in first and "&lt;script&gt;alert(1)" in first and "新名51" not in first
    second = office.get(f"{page}?changes=2&page=2").text
    assert "新名51" in second and "新名50" not in second and "第 121 行" in second and "第 62 行" not in second
    assert 'href="?changes=2"' in first and 'href="?page=2"' in first
    for client in (client_as("inspector"),):
        assert client.get(f"{page}/preview.csv").status_code == 403


def test_the_commands_preview_says_the_same(app: Flask, tmp_path: Path) -> None:
    taken(app, text_of(HOMES, home(1), home(2)))
    settings, file = app.extensions["fieldsvc.settings"], tmp_path / "homes.csv"
    file.write_text(text_of(HOMES, home(1, 联系电话="13911112222"), home(2, 表号="M9")), encoding="utf-8")
    preview = fieldsvc("import", str(file), "--kind", "customers", "--data", str(settings.data), "--preview")
    assert preview.returncode == 0, preview.stderr
    said = "line 2: account 00100001, meter M000001: Telephone: 13900000001 → 13911112222"
    assert said in preview.stdout.splitlines()
    added = "line 3: account 00100002, meter M9: Meter number: M9 (nothing on file); "
    assert added + "Meter type: Diaphragm meter (nothing on file)" in preview.stdout
    assert "0 new, 2 changed, 0 unchanged, 0 bad; nothing was written" in preview.stdout
