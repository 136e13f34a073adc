"""Asking every cell of the matrix: each route with each method, by each role, about what is theirs, another's, and nobody's.

What is asked for stands in `access.yaml`, what there is in `access_world.py`. A cell in which something may change is asked of
the store as it was made. Invariant: nothing is judged here; `ask_all` gives every answer, and the tests judge.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from flask import Flask

from tests.fieldsvc.access_world import NAMES, UNKNOWN, World, token_of

Json = dict[str, Any]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ROLES = ("anonymous", "technician", "revoked", "office", "admin")
OWN_VISIT_OF = {"technician": "inspector", "revoked": "leaver"}
TABLE: Json = yaml.safe_load(Path(__file__).with_name("access.yaml").read_text(encoding="utf-8"))
SAFE = ("GET", "HEAD")
LET_IN = {200, 201, 204, 302, 303, 400, 409, 413, 415, 422}
"""What a form gets that was let in; what it then says to an empty one is tested where the form is."""
NOTHING_THERE = {303, 400, 404, 409, 422}
FILES = {
    "{picture}": ("scan.png", b"\x89PNG\r\n\x1a\n"),
    "{nonsense}": ("file.bin", b"nonsense"),
}


@dataclass(frozen=True)
class Cell:
    """One question: who asks for what, about whose."""

    method: str
    rule: str
    role: str
    whose: str

    def __str__(self) -> str:
        return f"{self.role:10} {self.method:6} {self.rule} ({self.whose})"


@dataclass(frozen=True)
class Answer:
    """What came back; `body` is the text, of whatever kind the file is."""

    status: int
    headers: Any
    body: bytes


def routes_of(app: Flask) -> set[tuple[str, str]]:
    """Every (method, rule) that the application knows; HEAD and OPTIONS only where a route was written for them alone."""
    known: set[tuple[str, str]] = set()
    for rule in app.url_map.iter_rules():
        methods = set(rule.methods or ()) - {"OPTIONS"}
        known |= {(method, rule.rule) for method in methods - ({"HEAD"} if methods != {"HEAD"} else set())}
    return known


def declared() -> dict[tuple[str, str], Json]:
    """The table: (method, rule) → its row, with the words of `who` it refers to."""
    rows: dict[tuple[str, str], Json] = {}
    for who, said in TABLE["routes"].items():
        for line, row in said.items():
            method, _, rule = line.partition(" ")
            assert (method, rule) not in rows, f"{line} stands twice in access.yaml"
            rows[(method, rule)] = {"who": who, **(row or {})}
    return rows


def cells() -> Iterator[tuple[Cell, Json]]:
    """Every cell of the table; a route that names nothing has one column, `own`."""
    for (method, rule), row in declared().items():
        for role in ROLES:
            for whose in ("own", "other", "unknown") if "about" in row else ("own",):
                yield Cell(method, rule, role, whose), row


def expected(cell: Cell, row: Json) -> set[int]:
    """The statuses that the table allows for a cell."""
    said = TABLE["who"][row["who"]][cell.role]
    word = said.get(cell.whose, said["own"]) if isinstance(said, dict) else said
    if word == "login":
        return {302} if cell.method == "GET" and not cell.rule.startswith("/api/") else {401}
    if word == "barred":
        return {403}
    if cell.whose == "unknown" and "none" in row:
        return {int(row["none"])}
    if word == "none" or cell.whose == "unknown":
        return {404} if cell.method in SAFE else NOTHING_THERE
    gives = row.get("gives", {})
    told = gives.get(cell.role, gives.get("else")) if isinstance(gives, dict) else gives
    if told:
        return {int(told)}
    return {200} if cell.method in SAFE else LET_IN


def address(world: World, cell: Cell, row: Json) -> str:
    """The address of a cell, its names filled with what is there."""
    there = world.objects.get(row.get("about", ""), {})
    own = OWN_VISIT_OF.get(cell.role, "inspector")
    whose = {"own": own, "other": "colleague", "unknown": ""}[cell.whose]
    names = there.get(whose) or there.get("own") or there.get("inspector") or {}
    if cell.whose == "unknown":
        names = {**names, **{name: _nothing(name) for name in list(names)[-1:]}}
    fixed = {"path:filename": "office.css", "path:_anything": "visit/x", "locale": "en", "section_id": "duty"}
    names = {**fixed, "table_id": "work", **names}
    filled = re.sub(r"<(?:uuid:|int\([^)]*\):)?([^>]+)>", lambda found: str(names[found[1]]), cell.rule)
    query = row.get("query", "")
    return filled + (f"?{query}" if query else "")


def _nothing(name: str) -> str:
    if name == "sha256":
        return "f" * 64
    return {"change_id": "987654", "lookup": "A" * 22, "role": "nobody", "period_id": "1999-01"}.get(name, UNKNOWN)


def ask(world: World, cell: Cell, row: Json) -> Answer:
    """Send one question for real."""
    browser = world.browsers[cell.role]
    sends: Json = {"headers": dict(row.get("headers", {}))}
    if "json" in row or (cell.rule.startswith("/api/") and "body" not in row and cell.method in ("POST", "PATCH")):
        sends["json"] = row.get("json", {})
    elif cell.method not in SAFE:
        given = row.get("form", {})
        form = {name: _file(value) for name, value in given.items()}
        sends["data"] = row["body"].encode() if "body" in row else {**form, "csrf_token": token_of(world, cell.role)}
    session = browser.get_cookie("fieldsvc")
    answer = browser.open(address(world, cell, row), method=cell.method, **sends)
    body = answer.get_data()
    answer.close()
    if session and browser.get_cookie("fieldsvc") != session:
        browser.set_cookie("fieldsvc", session.value)
    return Answer(answer.status_code, answer.headers, body)


def _file(value: Any) -> Any:
    if value in FILES:
        name, content = FILES[value]
        return io.BytesIO(content), name
    return value


def ask_all(world: World) -> dict[Cell, tuple[Json, Answer]]:
    """Ask every cell, and put the store back after whatever may have written."""
    told: dict[Cell, tuple[Json, Answer]] = {}
    for cell, row in cells():
        told[cell] = (row, ask(world, cell, row))
        if cell.method not in SAFE and told[cell][1].status not in (401, 403, 404, 405):
            world.restore()
    return told


def leaks(world: World, cell: Cell, answer: Answer) -> list[str]:
    """The words of other people's homes that an answer carries and this role must never see."""
    own = {"technician": {"inspector"}, "revoked": {"leaver"}, "anonymous": set()}.get(cell.role, set(NAMES))
    secrets = {word for username in NAMES if username not in own for word in world.secrets_of(username)}
    text = answer.body.decode("utf-8", "replace")
    return sorted(word for word in secrets if word in text)
