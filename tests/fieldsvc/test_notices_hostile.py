"""What people type is text on a paper, whatever it looks like, and the press has nowhere to go."""

from __future__ import annotations

import copy
import io
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from flask import Flask

from fieldsvc.notices import promise
from fieldsvc.notices import service as notices
from fieldsvc.notices.making import confine
from fieldsvc.notices.making.press import Press, PressFailed
from fieldsvc.record import service as record
from tests.fieldsvc.papers import Clients, Json, PhoneOf, Plan, papers_of, record_visit

HOSTILE = (
    "<script>alert(1)</script>",
    "</td></table></body><h1>本单作废</h1>",
    '<img src="file:///etc/passwd" onerror=alert(1)>',
    '<svg onload=alert(1)><image href="http://127.0.0.1:9/x"/></svg>',
    "<style>*{display:none}</style>",
    '"><a href="http://127.0.0.1:9/">',
    "{{ 7*191 }}{% include 'x' %}",
    "';}@import url(http://127.0.0.1:9/x.css);",
    '<link rel=attachment href="file:///etc/passwd">',
    "&lt;b&gt;&#60;i&#62;",
    "<input type=text name=x value=y>",
    "url(asset:qr) asset:photo/x",
)
FIXED = re.compile(
    r"(format|kind|number|revision|replaces.*|issued_at|issued_on|languages.*|time_zone|lookup"
    r"|facts\..*\.(id|result|at|on|due|level|stop_gas|code|image|taken_at|hazard|position|sha256|outcome|user_type|purpose|closed_at)"
    r"|facts\.(photos|signatures)\.[^.]+\.(sha256|by|ref|arrived|removed|location|role)(\..*)?|facts\.hazards\.\d+\.photos.*)"
)
"""What no person types: ids, digests, dates, words of the program. Everything else is put to the test."""


@pytest.fixture
def frozen(app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients) -> dict[str, Json]:
    """What a hazard notice and an inspection report print, by kind."""
    visit, phone = plan()["id"], phone_of("inspector")
    record_visit(phone, visit, photo=False, checks=True)
    phone.sync()
    found = {}
    for kind in ("hazard", "inspection"):
        (listed,) = papers_of(client_as("office"), visit, kind)
        with app.app_context():
            found[kind] = promise.freeze(notices.get(notice_id=listed["id"]), record.document(visit_id=visit))
    return found


def poisoned(node: Any, by: Callable[[str], str], path: str = "") -> Any:
    """The same tree with every text that a person may have typed put another way."""
    if isinstance(node, dict):
        return {key: poisoned(value, by, f"{path}.{key}".lstrip(".")) for key, value in node.items()}
    if isinstance(node, list):
        return [poisoned(value, by, f"{path}.{place}") for place, value in enumerate(node)]
    return by(path) if isinstance(node, str) and not FIXED.fullmatch(path) else node


def words_of(pdf: bytes, folder: Path) -> str:
    file = folder / "page.pdf"
    file.write_bytes(pdf)
    said = subprocess.run(["pdftotext", "-raw", str(file), "-"], capture_output=True, text=True, check=True).stdout
    return re.sub(r"\s", "", said)


@pytest.fixture(scope="module")
def press() -> Iterator[Press]:
    own = Press()
    yield own
    own.close()


@pytest.mark.parametrize("kind", ["hazard", "inspection"])
def test_hostile_text_in_every_field_ends_as_text(
    kind: str, press: Press, frozen: dict[str, Json], tmp_path: Path
) -> None:
    around = {"address": "http://localhost/n/x", "demonstration": True, "certificate": HOSTILE[0]}
    plain = press.make(frozen[kind], {}, **around)
    fields: list[str] = []

    def by(path: str) -> str:
        fields.append(path)
        return f"{HOSTILE[len(fields) % len(HOSTILE)]}#{len(fields)}#"

    hostile = press.make(poisoned(copy.deepcopy(frozen[kind]), by), {}, **around)
    assert len(fields) > 40
    said, shown = words_of(hostile, tmp_path), 0
    for place, path in enumerate(fields, start=1):
        if f"#{place}#" in said:
            shown += 1
            wanted = re.sub(r"\s", "", HOSTILE[place % len(HOSTILE)])
            assert f"{wanted}#{place}#" in said.replace("-\n", ""), path
    assert shown > 12, "most fields are printed"
    assert "1337" not in said and "root:" not in said
    with pikepdf.open(io.BytesIO(hostile)) as made, pikepdf.open(io.BytesIO(plain)) as usual:
        for one in (made, usual):
            assert list(one.attachments) == ["record.json"]
            assert len(one.Root.AcroForm.Fields) == 1, "the seal is the only field"
            assert not any("/A" in note for page in one.pages for note in page.get("/Annots", [])), "no links"
            assert all(name not in one.Root for name in ("/OpenAction", "/AA")) and "/JavaScript" not in one.Root.Names
        assert _pictures(made) == _pictures(usual), "no picture came or went"
        titles = [str(one.S) for one in made.objects if isinstance(one, pikepdf.Dictionary) and one.get("/S") == "/H1"]
        assert len(titles) == 1


def _pictures(pdf: pikepdf.Pdf) -> int:
    return sum(
        isinstance(one, pikepdf.Stream) and one.get("/Subtype") == "/Image" for one in pdf.objects if one is not None
    )


FENCED = """
import sys
from fieldsvc.notices.making import confine
confine.limit(memory=600_000_000, seconds=20)
confine.fence()
try:
    exec(sys.argv[1])
except BaseException as error:
    print(type(error).__name__, error)
else:
    print("done")
"""


@pytest.mark.parametrize(
    ("deed", "end"),
    [
        ("import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')", "may not urllib.Request"),
        ("import socket; socket.create_connection(('127.0.0.1', 9))", "may not socket"),
        ("import subprocess; subprocess.run(['true'])", "may not subprocess.Popen"),
        ("import os; os.system('true')", "may not os.system"),
        ("import os; os.fork()", "may not os.fork"),
        ("open('/tmp/fieldsvc-fenced', 'w')", "may not open"),
        ("import os; os.open('/tmp/fieldsvc-fenced', os.O_CREAT | os.O_WRONLY)", "may not open"),
        ("import os; os.unlink('/etc/hostname')", "may not os.remove"),
        ("b'x' * 2_000_000_000", "MemoryError"),
        ("print(1)", "done"),
    ],
)
def test_a_fenced_process_can_do_its_work_and_nothing_else(deed: str, end: str) -> None:
    words = [sys.executable, "-P", "-c", FENCED, deed]
    done = subprocess.run(words, env=confine.environment(), capture_output=True, text=True, check=True)
    assert end in done.stdout


def test_the_press_is_fenced_bounded_and_told_no_secret(
    press: Press, frozen: dict[str, Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELDSVC_SIGNING_SECRET", "a passphrase")
    own = Press()
    try:
        own.make(frozen["inspection"], {}, address="x", demonstration=True, certificate="")
        assert own._process is not None
        place = Path(f"/proc/{own._process.pid}")
        limits = place.joinpath("limits").read_text()
        assert re.search(r"Max address space +1610612736 +1610612736", limits)
        assert re.search(r"Max file size +0 +0", limits) and re.search(r"Max core file size +0 +0", limits)
        assert b"FIELDSVC" not in place.joinpath("environ").read_bytes()
    finally:
        own.close()


def test_a_page_that_wants_too_much_memory_ends_the_press_and_not_the_next_page(
    frozen: dict[str, Json], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A picture of a few hundred kilobytes that would unfold to gigabytes, and a limit that it cannot reach."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("L", (60_000, 60_000)).save(out, "PNG")
    bomb = copy.deepcopy(frozen["hazard"])
    sha = "b" * 64
    bomb["facts"]["photos"] = {
        sha: {"purpose": "hazard", "taken_at": None, "hazard": bomb["facts"]["hazards"][0]["id"]}
    }
    bomb["facts"]["hazards"][0]["photos"] = [sha]
    own = Press()
    try:
        around = {"address": "x", "demonstration": True, "certificate": ""}
        said = words_of(own.make(bomb, {sha: out.getvalue()}, **around), tmp_path)
        assert "照片尚未传回" in said, "a picture that cannot be printed is said to be missing"
        with pytest.raises(PressFailed):
            own.make({}, {}, **around)
        assert own.make(frozen["inspection"], {}, **around).startswith(b"%PDF-")
    finally:
        own.close()


assert shutil.which("pdftotext"), "poppler-utils is missing: run `make setup-tests`"
