"""A visit document → the facts that papers share, with the catalogue's words beside them, frozen.

Decides what of a visit a paper speaks of: its live hazards, severest first, the pictures that belong to them, the signatures
as they were given. The phone number is masked here already, so that the frozen record may travel with the paper. What only one
kind of paper prints is in that kind's module. Invariant: plain JSON without floats, so that its canonical bytes have one digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from fieldsvc.notices.contents.source import Source
from fieldsvc.notices.contents.wording import Text, masked_phone, same

if TYPE_CHECKING:
    from fieldsvc.catalog.service import Catalogue

Json = dict[str, Any]
FORMAT = 1
MAX_PHOTOS = 24
WORST_FIRST = ("fail", "not_accessible", "pass_note", "pass", "na")
GAS_STOPPED = ("now_all", "now_appliance")
RESULT_MARKS = {"pass": "✓", "pass_note": "✓", "fail": "×", "na": "—", "not_accessible": "○", "": " "}
_SUFFIXES = (("building", "栋"), ("unit", "单元"), ("room", "室"))


def bare(source: Source) -> Json:
    """The facts that every paper has, all of them empty but for the visit and where it was."""
    return {
        "visit": visit(source),
        "customer": _household(source),
        **{empty: [] for empty in ("meters", "items", "hazards", "withdrawn", "general_basis")},
        **{empty: {} for empty in ("photos", "signatures")},
        **dict.fromkeys(("more_photos", "talk"), 0),
        "call": None,
    }


def _household(source: Source) -> Json:
    """Who lives here; what kind of customer it is, an inspection's list says, and the home's file where the list is a job's."""
    here, document = customer(source.document), source.document
    return {**here, "user_type": source.archive.kind()} if document["checklist"] == document["type"] else here


def cancelled(source: Source) -> Json:
    """The facts of a revision that only says that the former one holds no longer."""
    return {**bare(source), "cancelled": True}


def facts(source: Source, *, with_points: bool) -> Json:
    """What was seen at a visit: its items, hazards with their pictures, meters and signatures."""
    document, catalogue = source.document, source.catalogue
    found = live_hazards(document)
    shown, left_out = photos(document, {one["id"] for one in found})
    return {
        **bare(source),
        "meters": [_meter(meter, document["readings"].get(meter["id"]), catalogue) for meter in document["meters"]],
        "items": _items(document, catalogue, with_points=with_points),
        "hazards": [
            hazard(line, one, shown, catalogue, str(source.company["boundary"]))
            for line, one in enumerate(found, start=1)
        ],
        "withdrawn": [_withdrawn(one, catalogue) for one in document["hazards"].values() if one["withdrawn"]],
        "photos": taken(shown),
        "more_photos": left_out,
        "signatures": signatures(source, *document["signatures"]),
        "general_basis": catalogue.printable_basis(None),
        "talk": sum(1 for term in catalogue.entries.terms["talk"] if term.id in document["steps"]),
    }


def taken(shown: Mapping[str, Mapping[str, Any]]) -> Json:
    """Pictures as a snapshot keeps them."""
    return {sha: {"taken_at": one["taken_at"], "purpose": one["purpose"]} for sha, one in shown.items()}


def signatures(source: Source, *roles: str) -> Json:
    """The signatures of these roles, as they were given."""
    given = source.document["signatures"]
    return {role: _signature(role, given[role], source.catalogue, source.staff) for role in roles if role in given}


def live_hazards(document: Mapping[str, Any]) -> list[Json]:
    """The hazards a notice must name: known in level and date, not withdrawn; severest and most urgent first."""
    known = [one for one in document["hazards"].values() if one["level"] and one["due"] and not one["withdrawn"]]
    return sorted(known, key=lambda one: (one["level"], one["due"], one["at"], one["id"]))


def same_or(catalogue: Catalogue, vocabulary: str, word: str | None) -> Text:
    """The catalogue's name of a word, or the word as it was typed."""
    try:
        return dict(catalogue.term(vocabulary, word or "").name)
    except KeyError:
        return same(word or "")


def visit(source: Source) -> Json:
    """The visit: its number, kind, outcome, and when it was."""
    document, zone = source.document, source.zone
    outcome = document["outcome"]
    began = (document["start"] or outcome)["at"]
    try:
        name = dict(source.catalogue.visit_type(document["type"]).name)
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
        "on": day_of(outcome["at"], zone),
        "technician": (document["assignee"] or {}).get("name", ""),
        **({"is_job": True} if document["checklist"] == document["type"] else {}),
    }


def day_of(at: str, zone: ZoneInfo) -> str:
    """The company's day of an instant."""
    return datetime.fromisoformat(at).astimezone(zone).date().isoformat()


def customer(document: Mapping[str, Any]) -> Json:
    """The household: account, name, phone with its middle hidden, address."""
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
        # The figure is of the meter on the wall, which need not be the one on file.
        "serial": ((reading or {}).get("exchange") or {}).get("serial") or meter["serial"],
        "value": (reading or {}).get("value"),
        "unit": catalogue.meter_unit(meter.get("kind")),
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
            row["points"] = [judged(point, given[point.id], catalogue) for point in item.points if point.id in given]
        rows.append(row)
    return rows


def judged(point: Any, check: Mapping[str, Any], catalogue: Catalogue) -> Json:
    """A check point with its result and what was measured."""
    return {
        "id": point.id,
        "name": dict(point.name),
        "result": check["result"],
        "value": _value(point, check.get("value")),
        "unit": same_or(catalogue, "units", point.measure.unit if point.measure else ""),
        "note": check.get("note") or "",
        "instrument": check.get("instrument") or "",
    }


def _value(point: Any, value: str | None) -> Text:
    for choice in point.choices:
        if choice.value == value:
            return dict(choice.name)
    return same(value or "")


def hazard(line: int, one: Mapping[str, Any], photos: Mapping[str, Any], catalogue: Catalogue, boundary: str) -> Json:
    """A hazard as papers name it, with what can happen, what to do, by when, and who acts and pays."""
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
        "item": item_name(one["item"], catalogue),
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


def item_name(item_id: str | None, catalogue: Catalogue) -> Text:
    """The name of one of the seven items."""
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


def photos(document: Mapping[str, Any], hazards: set[str]) -> tuple[dict[str, Json], int]:
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
