"""Files that nobody should send, at every place that takes a file: refused in words, never a 5xx, and cheaply."""

from __future__ import annotations

import gzip
import hashlib
import io
import resource
from typing import Any

import pytest

from fieldsvc.sheets import csv_lines, harmless, xlsx_file
from tests.fieldsvc import hostile_files as hostile
from tests.fieldsvc.access_world import World, planned, token_of
from tests.fieldsvc.phone import Phone
from tests.fieldsvc.test_blobs import announce, piece

MOST_MORE = 200 * 1024  # KiB that the process may grow by


def form(world: World, address: str, name: str, content: bytes, **more: str) -> Any:
    said = {"csrf_token": token_of(world, "admin"), **more}
    return world.browsers["admin"].post(address, data={**said, name: (io.BytesIO(content), f"x.{name}")})


def places(world: World) -> dict[str, tuple[str, str, dict[str, str]]]:
    """Every form that takes a file: where, under which name, with what else."""
    lookup, serving = world.visits["inspector"]["lookup"], world.objects["serving"]["own"]["serving_id"]
    return {
        "a scan": (f"/office/servings/{serving}/scan", "scan", {}),
        "the seal": ("/office/settings/company/seal", "seal", {"seen": "0"}),
        "customers": ("/office/imports", "file", {"kind": "customers"}),
        "the company's points": ("/office/settings/catalogue/preview", "file", {}),
        "a paper to verify": ("/office/verify", "file", {}),
        "a stranger's paper": (f"/n/{lookup}/check", "file", {}),
        "a lifeboat": ("/office/lifeboat", "file", {}),
    }


@pytest.fixture(autouse=True)
def cheaply(world: World) -> Any:
    """Whatever comes, the process grows little and the store is put back."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    world.restore()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_MORE


@pytest.mark.parametrize("name", list(hostile.images()))
def test_what_is_no_whole_image_is_no_photo(world: World, name: str) -> None:
    content, phone = hostile.images()[name], world.browsers["technician"]
    answer = piece(phone, announce(phone, content).headers["Location"], 0, content)
    assert (answer.status_code, answer.json["code"]) == (422, "not_an_image")
    digest = hashlib.sha256(content).hexdigest()
    assert world.browsers["admin"].get(f"/api/v1/blobs/{digest}").status_code == 404
    assert not list(world.data.glob(f"blobs/**/{digest}")), "nothing of it is kept"


@pytest.mark.parametrize("name", list(hostile.two_at_once()))
def test_an_image_that_is_something_else_too_is_served_as_an_image_and_bare_outside(world: World, name: str) -> None:
    content, phone = hostile.two_at_once()[name], Phone(world.browsers["technician"])
    sha, visit = phone.upload(content), planned(world, "inspector", "戊")
    phone.op(visit["id"], "photo.add", sha256=sha, purpose="meter", taken_at="2026-11-22T09:00:00Z")
    assert [one["status"] for one in phone.sync()["results"]] == ["applied"]
    for role in ("admin", "technician"):
        shown = world.browsers[role].get(f"/api/v1/blobs/{sha}")
        assert shown.status_code == 200
        assert (shown.mimetype, shown.headers["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert shown.data.endswith(b"\xff\xd9"), "what hung on behind is gone"


def test_no_form_that_takes_a_file_falls_over_one(world: World) -> None:
    wrong = []
    for place, (address, field, more) in places(world).items():
        images = hostile.images() if place in ("a scan", "the seal") else {}
        for name, content in {**images, **hostile.documents()}.items():
            answer = form(world, address, field, content, **more)
            if not 200 <= answer.status_code < 500:
                wrong.append(f"{place}: {name}: {answer.status_code}")
            assert "/etc/" not in answer.text and "root:" not in answer.text and "Traceback" not in answer.text
    assert wrong == []


@pytest.mark.parametrize("address", ["/api/v1/sync", "/api/v1/devices", "/api/v1/visits", "/api/v1/login"])
def test_a_body_that_unpacks_to_more_than_is_read_is_refused_while_it_is_unpacked(world: World, address: str) -> None:
    packed = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    for bomb in (gzip.compress(bytes(30_000_000), 9), gzip.compress(gzip.compress(bytes(30_000_000), 9) * 3)):
        answer = world.browsers["admin"].post(address, data=bomb, headers=packed)
        assert answer.status_code in (400, 413), answer.text
    for broken in (b"\x1f\x8b", gzip.compress(b"{}")[:-4], gzip.compress(b"{}") + b"x", b"{}"):
        answer = world.browsers["admin"].post(address, data=broken, headers=packed)
        assert 400 <= answer.status_code < 500, answer.text


FORMULAS = ("=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1", "=cmd|' /C calc'!A0")


@pytest.mark.parametrize("text", FORMULAS)
def test_what_begins_like_a_formula_is_none_in_any_export(text: str) -> None:
    from zoneinfo import ZoneInfo

    import openpyxl

    zone, head = ZoneInfo("Asia/Shanghai"), [["name"]]
    assert harmless(text).startswith("'")
    (line,) = "".join(csv_lines([], [[text]], zone=zone)).lstrip("\ufeff").split("\r\n", 1)[:1]
    assert not line.lstrip('"').startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    with xlsx_file(head, [[text]], zone=zone, title="x") as file:
        cell = openpyxl.load_workbook(file).active["A2"]  # type: ignore[index]
        assert cell.data_type == "s"
