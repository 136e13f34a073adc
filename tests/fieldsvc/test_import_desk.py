"""How a file is imported: at the office's pages, by the office alone, and by the command."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from flask import Flask

from fieldsvc.imports import service, work
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.imports import HOMES, counts, customers, found, home, stored, text_of
from tests.fieldsvc.test_command import fieldsvc

Clients = Callable[[str], Browser]


def brought(client: Browser, content: str | bytes, kind: str = "customers", name: str = "用户档案.csv") -> Any:
    raw = content.encode("gb18030") if isinstance(content, str) else content
    return client.submit("/office/imports", "/office/imports", kind=kind, file=(BytesIO(raw), name))


def worked(app: Flask) -> None:
    with app.app_context():
        work.work_due()


def shown(client: Browser, page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get(page).text))


def matched(page: str) -> dict[str, str]:
    """The selects of the page's form as a browser would send them."""
    selects = re.findall(r'<select name="(column-\d+)".*?</select>', page, flags=re.DOTALL)
    parts = re.findall(r'<select name="column-\d+".*?</select>', page, flags=re.DOTALL)
    chosen = [re.search(r'<option value="([^"]*)" selected', part) for part in parts]
    return {name: choice[1] if choice else "" for name, choice in zip(selects, chosen, strict=True)}


def test_a_clerk_brings_a_file_sees_what_it_would_do_and_confirms(app: Flask, client_as: Clients) -> None:
    office, before = client_as("office"), stored(app)
    file = text_of([*HOMES[:2], "备注", *HOMES[3:]], home(1), home(2, 户号="1.2E+10"), home(3, 户名="=cmd()"), home(4))
    answer = brought(office, file)
    assert answer.status_code == 303, answer.text
    page, columns = answer.location, matched(office.get(answer.location).text)
    assert (columns["column-0"], columns["column-2"], columns["column-8"]) == ("account", "", "serial")

    twice = office.submit(page, f"{page}/check", **(columns | {"column-2": "name"}))
    assert twice.status_code == 422 and "有两列对应到同一项" in twice.text
    lacking = office.submit(page, f"{page}/check", **(columns | {"column-0": ""}))
    assert lacking.status_code == 422 and "还缺少对应的列：户号" in lacking.text
    assert office.submit(page, f"{page}/check", **(columns | {"column-2": "phone"})).status_code == 303
    assert "0 / 4 行" in shown(office, page) and 'data-live="1"' in office.get(page).text
    worked(app)
    told = shown(office, page)
    assert "新增 2" in told and "问题行 2" in told and "尚未写入任何内容" in told
    assert "第 3 行 户号：被表格软件变成了科学计数法" in told and "第 4 行 户名：是公式" in told
    assert stored(app) == before

    assert office.submit(page, f"{page}/confirm").status_code == 303
    worked(app)
    assert "没有问题的行已导入；问题行退回给您" in shown(office, page)
    assert sorted(customers(app)) == ["00100001", "00100004"] and customers(app)["00100001"].phone == "13900000001"
    assert "新增 2，变更 0，未变 0" in shown(office, "/office/imports") and "陈静" in shown(office, "/office/imports")
    import_id = page.rsplit("/", 1)[1]
    with app.app_context():
        assert not service.file_of(import_id).exists()


def test_bad_rows_come_back_as_a_file_that_no_spreadsheet_takes_for_formulas(app: Flask, client_as: Clients) -> None:
    office = client_as("office")
    rows = [home(1, 户名="=HYPERLINK(1)"), home(2, 户名="", 地址="@SUM(1)", 联系电话="+8613900000001", 房号="-5")]
    page = brought(office, text_of(HOMES, *rows)).location
    office.submit(page, f"{page}/check", **matched(office.get(page).text))
    worked(app)
    answer = office.get(f"{page}/bad.csv")
    assert "attachment" in answer.headers["Content-Disposition"] and answer.data.startswith(b"\xef\xbb\xbf")
    head, first, second = csv.reader(StringIO(answer.data.decode("utf-8-sig")))
    assert head == [*HOMES, "行号", "未导入的原因"]
    assert first[1] == "'=HYPERLINK(1)" and first[-2:] == ["2", "户名：是公式，请改为数值或文字"]
    assert (second[2], second[4], second[7]) == ("'+8613900000001", "'@SUM(1)", "'-5")
    # Put right in the file that came back, they are taken as they were.
    second[1] = "李四"
    page = brought(office, text_of(head, second)).location
    office.submit(page, f"{page}/check", **matched(office.get(page).text))
    worked(app)
    office.submit(page, f"{page}/confirm")
    worked(app)
    one = customers(app)["00100002"]
    assert (one.name, one.phone, one.address, one.room) == ("李四", "+8613900000001", "@SUM(1)", "-5")


def test_a_refused_file_is_told_in_words_and_an_import_can_be_given_up(app: Flask, client_as: Clients) -> None:
    office = client_as("office")
    for content, words in [(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1xx", "旧版 Excel 文件"), (b"", "文件中没有数据")]:
        answer = brought(office, content)
        assert answer.status_code == 422 and words in answer.text and "未存入任何内容" in answer.text
    assert "请先选择文件" in office.submit("/office/imports", "/office/imports", kind="readings").text
    page = brought(office, text_of(HOMES, home(1))).location
    assert office.submit(page, f"{page}/cancel").status_code == 303
    assert "已放弃，未写入任何内容" in shown(office, page)
    assert office.get("/office/imports/nothing").status_code == 404
    with app.app_context():
        assert list((app.extensions["fieldsvc.settings"].data / "imports").iterdir()) == []


def test_only_the_office_sees_and_brings_files(app: Flask, client_as: Clients, browser: Browser) -> None:
    office = client_as("office")
    page = brought(office, text_of(HOMES, home(1))).location
    assert office.post(f"{page}/check").status_code == 400  # without the page's own form
    for client in (client_as("inspector"), browser):
        for address in ("/office/imports", page, f"{page}/bad.csv"):
            assert client.get(address).status_code in (302, 403)
        for step in ("check", "confirm", "cancel", "rematch"):
            assert client.post(f"{page}/{step}").status_code in (400, 401, 403)
    assert found(app, page.rsplit("/", 1)[1]).state == "matching"


def test_the_command_imports_the_same_way_and_names_bad_rows(app: Flask, tmp_path: Path) -> None:
    settings, file = app.extensions["fieldsvc.settings"], tmp_path / "homes.csv"
    file.write_bytes(text_of(HOMES, home(1), home(2, 户号="1.2E+10")).encode("gb18030"))
    words, before = ("import", str(file), "--kind", "customers", "--data", str(settings.data)), stored(app)
    preview = fieldsvc(*words, "--preview")
    assert preview.returncode == 1 and "1 new, 0 changed, 0 unchanged, 1 bad; nothing was written" in preview.stdout
    assert "line 3: Account number was shortened to a power of ten" in preview.stderr
    assert stored(app) == before and list((settings.data / "imports").iterdir()) == []
    first = fieldsvc(*words)
    assert first.returncode == 1 and "1 new, 0 changed, 0 unchanged, 1 bad" in first.stdout and "line 3" in first.stderr
    file.write_bytes(text_of(HOMES, home(1)).encode("utf-16"))
    second = fieldsvc(*words)
    assert (second.returncode, second.stderr) == (0, "") and "0 new, 0 changed, 1 unchanged, 0 bad" in second.stdout
    file.write_text("甲,乙\n1,2\n", encoding="utf-8")
    strange = fieldsvc(*words)
    assert strange.returncode == 1 and "no column for: Account number" in strange.stderr
    with app.app_context():
        rows, total = service.latest()
        assert (total, [counts(row) for row in rows]) == (2, [(0, 0, 1, 0), (1, 0, 0, 1)])
