"""A visit document → the facts that a paper prints, with the catalogue's words beside them, frozen.

Decides what of a visit a paper speaks of: its live hazards, severest first, the pictures that belong to them, the signatures
as they were given. The phone number is masked here already, so that the frozen record may travel with the paper. Invariant:
plain JSON without floats, so that its canonical bytes have one digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fieldsvc.catalog.service import Catalogue
from fieldsvc.jsontext import canonical
from fieldsvc.notices.wording import Text, masked_phone, moment, same

Json = dict[str, Any]
FORMAT = 1
CARD = "no_access"
MAX_PHOTOS = 24
WORST_FIRST = ("fail", "not_accessible", "pass_note", "pass", "na")
_SUFFIXES = (("building", "栋"), ("unit", "单元"), ("room", "室"))


def digest(value: Mapping[str, Any]) -> str:
    """The SHA-256 of the canonical bytes, as hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


def live_hazards(document: Mapping[str, Any]) -> list[Json]:
    """The hazards a notice must name: known in level and date, not withdrawn; severest and most urgent first."""
    known = [one for one in document["hazards"].values() if one["level"] and one["due"] and not one["withdrawn"]]
    return sorted(known, key=lambda one: (one["level"], one["due"], one["at"], one["id"]))


def facts(
    document: Mapping[str, Any],
    *,
    kind: str,
    catalogue: Catalogue,
    company: Mapping[str, Any],
    staff: Mapping[str, str],
    calls: Sequence[str] = (),
) -> Json:
    """Everything of a visit that a paper prints. `staff`: work numbers by user id; `calls`: when nobody opened, oldest first."""
    zone = ZoneInfo(company.get("time_zone", "Asia/Shanghai"))
    if kind == CARD:
        return _card_facts(document, catalogue, staff, calls, zone)
    hazards = live_hazards(document)
    photos, left_out = _photos(document, {one["id"] for one in hazards})
    return {
        "visit": _visit(document, catalogue, zone),
        "customer": _customer(document),
        "meters": [_meter(meter, document["readings"].get(meter["id"]), catalogue) for meter in document["meters"]],
        "items": _items(document, catalogue, with_points=kind == "inspection"),
        "hazards": [
            _hazard(line, one, photos, catalogue, str(company["boundary"])) for line, one in enumerate(hazards, start=1)
        ],
        "withdrawn": [_withdrawn(one, catalogue) for one in document["hazards"].values() if one["withdrawn"]],
        "photos": {sha: {"taken_at": one["taken_at"], "purpose": one["purpose"]} for sha, one in photos.items()},
        "more_photos": left_out,
        "signatures": {role: _signature(role, one, catalogue, staff) for role, one in document["signatures"].items()},
        "general_basis": catalogue.printable_basis(None),
        "call": None,
        "talk": sum(1 for term in catalogue.entries.terms["talk"] if term.id in document["steps"]),
    }


def _card_facts(
    document: Mapping[str, Any], catalogue: Catalogue, staff: Mapping[str, str], calls: Sequence[str], zone: ZoneInfo
) -> Json:
    """What hangs at a door, for anybody to read, and travels in the file: nothing of who lives there or what they have, nor
    why nobody opened; that a home is empty, or a child alone, is no stranger's business."""
    outcome = document["outcome"]
    return {
        "visit": {**_visit(document, catalogue, zone), "reason": ""},
        "customer": {**_customer(document), "name": "", "phone": ""},
        **{empty: [] for empty in ("meters", "items", "hazards", "withdrawn", "general_basis")},
        **{empty: {} for empty in ("photos", "signatures")},
        **dict.fromkeys(("more_photos", "talk"), 0),
        "call": {
            "calls": [moment(at, zone) for at in calls],
            "by": {"name": outcome["by"]["name"], "work_no": staff.get(outcome["by"]["id"], "")},
            "next_at": outcome.get("next_at"),
        },
    }


def pictures(document: Mapping[str, Any], *, kind: str) -> set[str]:
    """The digests of the images that a paper of a visit shows: its photos and the signatures. A card shows none."""
    if kind == CARD:
        return set()
    photos, _ = _photos(document, {one["id"] for one in live_hazards(document)})
    return {*photos, *(one["image"] for one in document["signatures"].values() if one.get("image"))}


def essence(document: Mapping[str, Any]) -> str:
    """A digest of what people wrote that papers print; new words in the catalogue do not change it."""
    photos, _ = _photos(document, {one["id"] for one in live_hazards(document)})
    spoken = {
        "customer": _customer(document),
        "readings": {key: [one.get("value"), one.get("unreadable")] for key, one in document["readings"].items()},
        "checks": {
            item: {point: [one["result"], one.get("value"), one.get("instrument")] for point, one in points.items()}
            for item, points in document["checks"].items()
        },
        "hazards": {key: {**one, "by": None} for key, one in document["hazards"].items()},
        "photos": sorted(photos),
        "signatures": {role: {**one, "strokes": None, "others": None} for role, one in document["signatures"].items()},
        "outcome": [(document["outcome"] or {}).get(part) for part in ("outcome", "reason")] + _appointment(document),
        "start": (document["start"] or {}).get("at"),
    }
    return digest(spoken)


def _appointment(document: Mapping[str, Any]) -> list[str]:
    agreed = (document["outcome"] or {}).get("next_at")
    return [agreed] if agreed else []


def same_or(catalogue: Catalogue, vocabulary: str, word: str | None) -> Text:
    """The catalogue's name of a word, or the word as it was typed."""
    try:
        return dict(catalogue.term(vocabulary, word or "").name)
    except KeyError:
        return same(word or "")


def _visit(document: Mapping[str, Any], catalogue: Catalogue, zone: ZoneInfo) -> Json:
    outcome = document["outcome"]
    began = (document["start"] or outcome)["at"]
    try:
        name = dict(catalogue.visit_type(document["type"]).name)
    except KeyError:
        name = same(document["type"])
    return {
        "id": document["id"],
        "number": document["number"],
        "type": name,
        "outcome": outcome["outcome"],
        "reason": outcome.get("reason") or "",
        "at": began,
        "closed_at": outcome["at"],
        "on": datetime.fromisoformat(outcome["at"]).astimezone(zone).date().isoformat(),
        "technician": (document["assignee"] or {}).get("name", ""),
    }


def _customer(document: Mapping[str, Any]) -> Json:
    on_file = document["customer"]
    rooms = "".join(
        f"{on_file[part]}{suffix if str(on_file[part]).isdigit() else ''}"
        for part, suffix in _SUFFIXES
        if on_file.get(part)
    )
    street = f"{on_file.get('district') or ''}{on_file.get('address') or ''}"
    return {
        "account": on_file["account"],
        "name": on_file["name"],
        "phone": masked_phone(on_file.get("phone") or ""),
        "address": f"{street} {rooms}".strip(),
        "user_type": "residential" if document["checklist"].endswith(".residential") else "commercial",
    }


def _meter(meter: Mapping[str, Any], reading: Mapping[str, Any] | None, catalogue: Catalogue) -> Json:
    unreadable = reading.get("unreadable") if reading else None
    return {
        "serial": meter["serial"],
        "value": (reading or {}).get("value"),
        "last": (meter.get("last") or {}).get("value"),
        "unreadable": same_or(catalogue, "unreadable_reasons", unreadable) if unreadable else None,
    }


def _items(document: Mapping[str, Any], catalogue: Catalogue, *, with_points: bool) -> list[Json]:
    rows = []
    for item in catalogue.checklist(document["checklist"]).items:
        given = document["checks"].get(item.id, {})
        results = {one["result"] for one in given.values()}
        row: Json = {
            "id": item.id,
            "name": dict(item.name),
            "result": next((r for r in WORST_FIRST if r in results), ""),
        }
        if with_points:
            row["points"] = [
                {
                    "id": point.id,
                    "name": dict(point.name),
                    "result": given[point.id]["result"],
                    "value": _value(point, given[point.id].get("value")),
                    "unit": same_or(catalogue, "units", point.measure.unit if point.measure else ""),
                    "note": given[point.id].get("note") or "",
                    "instrument": given[point.id].get("instrument") or "",
                }
                for point in item.points
                if point.id in given
            ]
        rows.append(row)
    return rows


def _value(point: Any, value: str | None) -> Text:
    for choice in point.choices:
        if choice.value == value:
            return dict(choice.name)
    return same(value or "")


def _hazard(line: int, one: Mapping[str, Any], photos: Mapping[str, Any], catalogue: Catalogue, boundary: str) -> Json:
    try:
        entry = catalogue.hazard(one["code"])
    except KeyError:
        entry = None
    position = one["position"] or "after_appliance_valve"
    duty = catalogue.responsible(entry.code if entry else None, position, boundary)
    basis = catalogue.printable_basis(entry.code if entry else None)
    return {
        "id": one["id"],
        "line": line,
        "code": one["code"] or "",
        "name": dict(entry.name) if entry else same(one["name"] or one["code"] or ""),
        "item": _item_name(one["item"], catalogue),
        "level": one["level"],
        "position": dict(catalogue.term("positions", position).name),
        "note": one["note"] or "",
        "harm": dict(entry.harm) if entry else None,
        "solutions": _solutions(one["solutions"] or [], entry.solutions if entry else ()),
        "due": one["due"],
        "stop_gas": one["stop_gas"] or "none",
        "stop_gas_words": dict(catalogue.term("stop_gas", one["stop_gas"] or "none").meaning or {}),
        "responsible": {
            **duty,
            "name": dict(catalogue.term("responsibles", duty["who"]).name),
            "words": dict(catalogue.term("responsibles", duty["who"]).meaning or {}),
        },
        "basis": [] if basis == catalogue.printable_basis(None) else basis,
        "verified": one["verified"] and {"result": one["verified"]["result"], "at": one["verified"]["at"]},
        "photos": [sha for sha, photo in photos.items() if photo["hazard"] == one["id"]],
    }


def _item_name(item_id: str | None, catalogue: Catalogue) -> Text:
    for checklist in catalogue.entries.checklists:
        for item in checklist.items:
            if item.id == item_id:
                return dict(item.name)
    return same(item_id or "")


def _solutions(chosen: Iterable[int | str], known: tuple[Mapping[str, str], ...]) -> list[Text]:
    said = [
        dict(known[one]) if isinstance(one, int) and one < len(known) else same(one)
        for one in chosen
        if isinstance(one, str) or one < len(known)
    ]
    return said or [dict(one) for one in known[:2]]


def _withdrawn(one: Mapping[str, Any], catalogue: Catalogue) -> Json:
    try:
        name: Text = dict(catalogue.hazard(one["code"]).name)
    except KeyError:
        name = same(one["name"] or one["code"] or "")
    return {"id": one["id"], "name": name, "reason": one["withdrawn"].get("reason") or ""}


def _photos(document: Mapping[str, Any], hazards: set[str]) -> tuple[dict[str, Json], int]:
    """The pictures to print, oldest first, each with the hazard it shows (or None); and how many more there are."""
    refused = bool(document["signatures"].get("customer", {}).get("refused"))
    lone = next(iter(hazards)) if len(hazards) == 1 else None
    found = []
    for sha, photo in document["photos"].items():
        shows = photo.get("ref") if photo.get("ref") in hazards else lone if photo["purpose"] == "hazard" else None
        if not photo.get("removed") and (
            shows or photo["purpose"] == "hazard" or (refused and photo["purpose"] == "refusal")
        ):
            found.append((photo["taken_at"], sha, {**photo, "hazard": shows}))
    found.sort(key=lambda one: one[:2])
    return {sha: photo for _, sha, photo in found[:MAX_PHOTOS]}, max(len(found) - MAX_PHOTOS, 0)


def _signature(role: str, given: Mapping[str, Any], catalogue: Catalogue, staff: Mapping[str, str]) -> Json:
    if given.get("refused"):
        reason = same_or(catalogue, "refusal_reasons", given["reason"])
        return {
            "refused": True,
            "reason": reason,
            "witness": given.get("witness") or "",
            "at": given["at"],
            "image": None,
        }
    relation = given.get("relation")
    vocabulary = "witness_relations" if role == "witness" else "relations"
    return {
        "name": given["name"],
        "relation": same_or(catalogue, vocabulary, relation) if relation else None,
        "work_no": staff.get(given["by"]["id"], "") if role == "technician" else "",
        "image": given["image"],
        "opinion": given.get("opinion") or "",
        "stale": bool(given.get("stale")),
        "at": given["at"],
    }
