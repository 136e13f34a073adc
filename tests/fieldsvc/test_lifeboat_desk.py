"""How a lifeboat is handed in: at the office's page, by the office alone, and by the command."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from fieldsvc.lifeboat import service
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.lifeboats import lifeboat, stored, worked
from tests.fieldsvc.phone import Phone
from tests.fieldsvc.test_blobs import picture
from tests.fieldsvc.test_command import fieldsvc

pytestmark = pytest.mark.both_databases

Json = dict[str, Any]
Plan = Callable[..., Json]
Phones = Callable[[str], Phone]
Clients = Callable[[str], Browser]


def brought(client: Browser, content: bytes, name: str = "D01.lifeboat") -> Any:
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/office/lifeboat").text)
    assert token
    return client.post("/office/lifeboat", data={"csrf_token": token[1], "file": (BytesIO(content), name)})


def test_the_office_brings_a_file_in_and_who_did_it_stays_written(
    app: Flask, plan: Plan, phone_of: Phones, client_as: Clients
) -> None:
    visit, phone, office = plan()["id"], phone_of("inspector"), client_as("office")
    worked(phone, visit)
    answer = brought(office, lifeboat(phone, photos=[picture(colour="cyan")]))
    assert answer.status_code == 303, answer.text
    page = office.get(answer.location).text
    assert "文件中的内容已全部接收" in page and "王小明" in page and "已接收 3 条记录" in page
    assert "已接收 1 张图片" in page
    listed_page = client_as("admin").get("/office/lifeboat").text
    assert "陈静" in listed_page and "已接收 3 条记录" in listed_page
    with app.app_context():
        (row,) = service.latest()
        assert (row.by_name, row.came_to["phones"][0]["taken"]) == ("陈静", 3)


def test_the_office_is_told_in_words_why_a_file_is_refused(
    app: Flask, plan: Plan, phone_of: Phones, client_as: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, office = phone_of("inspector"), client_as("office")
    worked(phone, plan()["id"])
    content, before = lifeboat(phone), stored(app)
    for wrong, words in [
        (picture(), "这不是应急备份文件"),
        (content[:-5], "文件被截断或改动"),
        (content + b"x", "文件被截断或改动"),
    ]:
        answer = brought(office, wrong)
        assert answer.status_code == 422 and words in answer.text and "未存入任何内容" in answer.text
    assert "请先选择文件" in office.submit("/office/lifeboat", "/office/lifeboat").text
    monkeypatch.setattr("fieldsvc.lifeboat.pages.LARGEST", 10)
    monkeypatch.setattr("fieldsvc.lifeboat.pages.FORM_AROUND", 10)
    answer = brought(office, content)
    assert answer.status_code == 413 and "256 MiB" in answer.text
    assert stored(app) == before


def test_only_the_office_and_with_its_own_form_brings_files_in(
    app: Flask, plan: Plan, phone_of: Phones, client_as: Clients, browser: Browser
) -> None:
    phone = phone_of("inspector")
    worked(phone, plan()["id"])
    content, before = lifeboat(phone), stored(app)
    given = {"file": (BytesIO(content), "D01.lifeboat")}
    assert client_as("office").post("/office/lifeboat", data=given).status_code == 400
    for client in (client_as("inspector"), browser):
        assert client.get("/office/lifeboat").status_code in (302, 403)
        answer = client.post("/office/lifeboat", data={"file": (BytesIO(content), "D01.lifeboat")})
        assert answer.status_code in (401, 403)
    assert stored(app) == before


def test_the_command_takes_a_file_in_and_says_what_came_of_it(
    app: Flask, database: str, plan: Plan, phone_of: Phones, tmp_path: Path
) -> None:
    settings = app.extensions["fieldsvc.settings"]
    visit, phone, file = plan()["id"], phone_of("inspector"), tmp_path / "D01.lifeboat"
    worked(phone, visit)
    file.write_bytes(lifeboat(phone, photos=[picture(colour="lime")]))
    words = ("import-lifeboat", str(file), "--data", str(settings.data))
    env = {"FIELDSVC_DATABASE_URL": settings.database_url}
    first, second = fieldsvc(*words, **env), fieldsvc(*words, **env)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert "3 taken in, 0 already held" in first.stdout and "Photos: 1 taken in" in first.stdout
    assert "0 taken in, 3 already held" in second.stdout
    file.write_bytes(file.read_bytes()[:-1])
    cut = fieldsvc(*words, **env)
    assert cut.returncode == 1 and "cut or changed" in cut.stderr and "nothing was stored" in cut.stderr
    assert phone.sync()["acked_seq"] == 3
