"""The catalogue's editions: which is in force, which one a visit was made with, and making a new one.

Decides when a new edition is refused: its mistakes, and codes of the last one that it leaves out. An edition is made when a
company lays another overlay over the catalogue, or when the program brings other data. Invariant: the fact `catalogue` names the
edition in force, and editions are only ever added.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import defer

from fieldsvc import installation, problems
from fieldsvc.catalog import load, overlay, own_kinds
from fieldsvc.catalog.entries import Entries
from fieldsvc.catalog.models import Edition
from fieldsvc.db import db

Json = dict[str, Any]

FACT = "catalogue"
NONE = (0, "")


@cache
def shipped() -> tuple[str, Json]:
    """What the program brings: its digest, and what was read."""
    read = load.read()
    return _digest(read), read


def _digest(content: Json) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def in_force() -> tuple[int, str]:
    """The number and digest of the edition in force; 0 where none was kept, and where there is no installation to ask."""
    try:
        kept = installation.fact(FACT)
    except RuntimeError:  # outside an application
        kept = None
    return (int(kept["number"]), str(kept["digest"])) if kept else NONE


def of_start(start: Mapping[str, Any]) -> tuple[int, str]:
    """The number and digest of the edition that a visit was begun with; that of its day where its phone did not say."""
    known = _known()
    said = start.get("catalog")
    for number, digest, _made_at in known:
        if number == said:
            return number, digest
    began = datetime.fromisoformat(start["at"])
    earlier = [(number, digest) for number, digest, made_at in known if made_at <= began]
    return earlier[-1] if earlier else known[0][:2] if known else NONE


def _known() -> list[tuple[int, str, datetime]]:
    """Number, digest and birth of every edition, looked up once per session."""
    known: list[tuple[int, str, datetime]] = db.session().info.setdefault("catalogue editions", [])
    if not known:
        asked = select(Edition.number, Edition.digest, Edition.made_at).order_by(Edition.number)
        known.extend((number, digest, made_at) for number, digest, made_at in db.session.execute(asked))
    return known


def entries_of(number: int) -> Entries:
    """The entries of an edition. Raises KeyError for one that there never was."""
    row = db.session.get(Edition, number)
    if row is None:
        raise KeyError(number)
    return load.check(row.content)


def listed(*, limit: int = 50) -> Sequence[Edition]:
    """The editions, newest first, without their contents."""
    asked = select(Edition).options(defer(Edition.content, raiseload=True)).order_by(Edition.number.desc()).limit(limit)
    return db.session.scalars(asked).all()


def get(number: int) -> Edition:
    """One edition. Raises NotFound."""
    row = db.session.get(Edition, number)
    if row is None:
        raise problems.NotFound()
    return row


def propose(text: str) -> tuple[Json, Json]:
    """What the catalogue would be with this overlay, and what that changes. Raises CatalogueError naming all mistakes."""
    content = overlay.lay(shipped()[1], overlay.parse(text))
    load.check(content)
    number = in_force()[0]
    before = get(number).content if number else shipped()[1]
    lost = sorted(
        _codes(before)[0].keys() - _codes(content)[0].keys() | _codes(before)[1].keys() - _codes(content)[1].keys()
    )
    if number and (gone := own_kinds.left_out(get(number).overlay, text)):
        raise load.CatalogueError(gone)
    if lost:
        left_out = [
            f"overlay: {code}: was in the last edition; switch it off instead of leaving it out" for code in lost
        ]
        raise load.CatalogueError(left_out)
    return content, differences(before, content)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Json:
    """What differs between two editions: codes that are new, switched off and switched on again."""
    old, new = _codes(before), _codes(after)
    off = [code for kind in (0, 1) for code, is_off in new[kind].items() if is_off and not old[kind].get(code)]
    return {
        "points": [code for code in new[0] if code not in old[0]],
        "hazards": [code for code in new[1] if code not in old[1]],
        "off": off,
        "on": [code for kind in (0, 1) for code, is_off in new[kind].items() if old[kind].get(code) and not is_off],
        "kinds": [kind for kind, entry in _kinds(after).items() if _kinds(before).get(kind) != entry],
        "program": False,
    }


def _codes(content: Mapping[str, Any]) -> tuple[dict[str, bool], dict[str, bool]]:
    checklists = content["checks.yaml"]["checklists"]
    points = {p["id"]: bool(p.get("off")) for one in checklists for item in one["items"] for p in item["points"]}
    return points, {one["code"]: bool(one.get("off")) for one in content["hazards.yaml"]["hazards"]}


def _kinds(content: Mapping[str, Any]) -> Json:
    """The kinds of visit by id, each with its list."""
    jobs = [content[name] for name in load.JOBS if name in content]
    lists = {one["id"]: one for file in jobs for one in file["checklists"]}
    return {one["id"]: [one, lists.get(one["id"])] for file in jobs for one in file["visit_types"]}


def make(*, text: str, seen: int, by_id: str | None, by_name: str, now: datetime) -> Edition | None:
    """Make the edition with this overlay and put it in force; None where nothing differs.

    Raises CatalogueError, and Conflict where another edition came into force since `seen`.
    """
    installation.forget(FACT)
    if in_force()[0] != seen:
        raise problems.Conflict("another edition came into force meanwhile", code="changed_meanwhile")
    content, changed = propose(text)
    if seen and get(seen).content == content:
        return None
    return _keep(text, content, changed, by_id=by_id, by_name=by_name, now=now)


def take_in_program(*, now: datetime) -> Edition | None:
    """Make an edition where the program brings other data than the last one was made of; None where it does not.

    Where the company's overlay does not fit the new data, the edition in force stays: the page of the catalogue says so.
    """
    number, digest = in_force()[0], shipped()[0]
    last = get(number) if number else None
    if last is not None and last.shipped == digest:
        return None
    text = last.overlay if last else ""
    try:
        content, changed = propose(text)
    except load.CatalogueError:
        return None
    return _keep(text, content, {**changed, "program": True}, by_id=None, by_name="", now=now)


def _keep(text: str, content: Json, changed: Json, *, by_id: str | None, by_name: str, now: datetime) -> Edition:
    number = 1 + int(db.session.scalar(select(func.max(Edition.number))) or 0)
    edition = Edition(
        number=number, made_at=now, by_id=by_id, by_name=by_name[:200], shipped=shipped()[0], overlay=text,
        content=content, digest=_digest(content), changes=changed,
    )  # fmt: skip
    db.session.add(edition)
    db.session.flush()
    db.session().info.pop("catalogue editions", None)
    installation.keep(name=FACT, value={"number": number, "digest": edition.digest})
    return edition
