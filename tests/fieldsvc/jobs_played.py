"""Plays a job at the door for the tests, by what its kind declares: steps, points, photos, readings, who signs.

Nothing here knows one kind from another. `but` gives other answers at some points, as a technician who finds something does.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import pikepdf

from fieldsvc import clock
from fieldsvc.catalog.entries import Checklist, Point, VisitType
from fieldsvc.catalog.load import load
from tests.fieldsvc.papers import Json, picture, strokes
from tests.fieldsvc.phone import Phone

ENTRIES = load()
KINDS = {one.id: one for one in ENTRIES.visit_types}
LISTS = {one.id: one for one in ENTRIES.checklists}
SIGNERS = {"customer": "欧阳𠮷", "witness": "龙阿妹", "technician": "王小明"}
SAID = "𠮷 <b>made</b>"


def checklist_of(kind: VisitType) -> Checklist:
    """The list that a kind is gone through by."""
    return LISTS[str(kind.checklist)]


def answer(point: Point) -> Json:
    """What a technician says at a point where all is well."""
    if point.kind == "text":
        return {"result": "pass", "note": f"{SAID} {point.id}"}
    if point.kind == "choice":
        return {"result": point.choices[0].result, "value": point.choices[0].value}
    if point.measure is not None:
        return {"result": "pass", "value": str(point.measure.limit.value)}
    return {"result": "pass"}


def photograph(phone: Phone, visit: str, **about: Any) -> str:
    """A photo of its own: no two of a test are alike."""
    sha = phone.upload(picture("navy", (640 + len(phone.log), 480)), "image/jpeg")
    phone.op(visit, "photo.add", sha256=sha, taken_at=clock.rfc3339(clock.now()), **about)
    return sha


def play(
    phone: Phone,
    visit: str,
    *,
    but: Mapping[str, Json | None] | None = None,
    before_signing: Callable[[], object] | None = None,
    names: Mapping[str, str] = SIGNERS,
) -> Json:
    """Do the whole visit and send it; gives the visit as the phone then knows it."""
    document = phone.visits[visit]
    kind = KINDS[document["type"]]
    phone.op(visit, "visit.start")
    if "customer" in kind.steps:
        phone.op(visit, "customer.confirm")
    _items(phone, visit, kind, but or {})
    if "meter" in kind.steps:
        _readings(phone, visit, kind, document)
    for term in ENTRIES.terms["talk"] if "talk" in kind.steps else ():
        phone.op(visit, "step.tick", step=term.id)
    if before_signing:
        before_signing()
    if "sign" in kind.steps:
        sign(phone, visit, kind, names)
    phone.op(visit, "visit.close", outcome="completed")
    sent = phone.sync()["results"]
    assert all(one["status"] == "applied" for one in sent), [one for one in sent if one["status"] != "applied"]
    phone.sync()
    return phone.visits[visit]


def _items(phone: Phone, visit: str, kind: VisitType, but: Mapping[str, Json | None]) -> None:
    for item in checklist_of(kind).items:
        for point in item.points:
            said = but.get(point.id, answer(point))
            if said is None:
                continue
            phone.op(visit, "check.set", item=item.id, point=point.id, **said)
            if point.photo == "always" and said["result"] != "na":
                photograph(phone, visit, purpose="check", ref=point.id)


def _readings(phone: Phone, visit: str, kind: VisitType, document: Json) -> None:
    for meter in document["meters"]:
        dial = photograph(phone, visit, purpose="meter", ref=meter["id"])
        if kind.meter == "exchange":
            dial = photograph(phone, visit, purpose="meter", ref=f"{meter['id']}/new")
        changed = {"serial": "N-2026-7", "final": "01250.000", "initial": "00000.000"}
        read: Json = {"exchange": changed, "value": "00002.000"} if kind.meter == "exchange" else {"value": "01250.000"}
        phone.op(visit, "reading.set", meter=meter["id"], running=True, photo=dial, **read)


def sign(phone: Phone, visit: str, kind: VisitType, names: Mapping[str, str] = SIGNERS) -> None:
    """Everybody signs whom the kind names, each with lines of their own."""
    for number, signer in enumerate(kind.signs, start=1):
        image = phone.upload(strokes(len(phone.log) + number))
        lines = [[number, step, step * number] for step in range(12)]
        extra = {"relation": "self"} if signer.role == "customer" else {}
        phone.op(visit, "sign", role=signer.role, name=names[signer.role], strokes=lines, image=image, **extra)


def title_of(pdf: bytes) -> str:
    """The title that a paper bears."""
    with pikepdf.open(io.BytesIO(pdf)) as file:
        return str(file.docinfo.get("/Title", ""))
