"""Values that contradict each other, side by side: what each says, which one counts meanwhile, and why that one.

Decides words only; which value is shown is the merge's decision (sync/rules.py) and read from the document. Invariant: every
value of a conflict is on the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fieldsvc.office import words
from fieldsvc.office.words import _

Json = dict[str, Any]
SAYS_NOTHING = {"by", "at", "op", "photo", "image", "strokes"}


@dataclass(frozen=True)
class Side:
    """One of the contradicting values: its lines (name, value), whether it is the one shown, its author and when."""

    lines: list[tuple[str, str]]
    shown: bool
    by: str
    at: str
    photo: str
    op: str = ""
    photos: tuple[Json, ...] = ()


@dataclass(frozen=True)
class Conflict:
    """A field with several values."""

    title: str
    why: str
    sides: list[Side]
    field: str = ""


def conflicts(document: Mapping[str, Any]) -> list[Conflict]:
    """All conflicts of a visit."""
    return [_conflict(document, one["field"], one["values"]) for one in document["conflicts"]]


def _conflict(document: Mapping[str, Any], field: str, values: list[Json]) -> Conflict:
    shown = _shown_op(document, field, values)
    sides = [
        Side(
            lines=_lines(field, value),
            shown=value["op"] == shown,
            by=value["by"]["name"],
            at=value["at"],
            photo=value.get("photo") or "",
            op=value["op"],
            photos=_photos(document, field, value),
        )
        for value in values
    ]
    return Conflict(title(document, field), _why(field), sides, field)


def _photos(document: Mapping[str, Any], field: str, value: Json) -> tuple[Json, ...]:
    """What the author of a value photographed for it, oldest first."""
    kind, _slash, rest = field.partition("/")
    refs = {"checks": (rest, rest.partition("/")[2]), "hazards": (rest.partition("/")[0],)}.get(kind, ())
    found = [
        {**photo, "sha256": sha}
        for sha, photo in document["photos"].items()
        if photo.get("ref") in refs and photo["by"]["id"] == value["by"]["id"] and not photo.get("removed")
    ]
    return tuple(sorted(found, key=lambda photo: (str(photo["taken_at"]), photo["sha256"])))


def title(document: Mapping[str, Any], field: str) -> str:
    """What a field of a visit is, in words."""
    kind, _slash, rest = field.partition("/")
    first, _slash, part = rest.partition("/")
    if kind == "checks":
        return f"{words.item(first)} · {words.point(first, part)}"
    if kind == "readings":
        serials = {meter["id"]: meter["serial"] for meter in document["meters"]}
        return f"{_('Reading')} · {serials.get(first, first)}"
    if kind == "hazards":
        one = document["hazards"].get(first, {})
        return f"{words.hazard(one.get('code'), one.get('name'))} · {hazard_part(part)}"
    if kind == "customer":
        return words.customer_field(first)
    if kind == "photos":
        return _("Photo removed")
    return {
        "outcome": _("Outcome"),
        "assignee": _("Technician"),
        "start": _("Beginning of the visit"),
        "plan": _("Plan"),
        "cancelled": _("Cancelled"),
    }.get(kind, field)


def hazard_part(name: str) -> str:
    """A part of a hazard's entry."""
    return {
        "code": _("Hazard"),
        "name": _("Name"),
        "item": _("Item"),
        "level": _("Level"),
        "position": _("Position"),
        "note": _("Note"),
        "solutions": _("Remedy"),
        "due": _("Due"),
        "stop_gas": _("Gas stopped"),
        "withdrawn": _("Withdrawn"),
        "verified": _("Re-inspection"),
    }.get(name, name)


def _shown_op(document: Mapping[str, Any], field: str, values: list[Json]) -> str:
    """The op whose value the document shows."""
    kind, _slash, rest = field.partition("/")
    first, _slash, part = rest.partition("/")
    place: Any = None
    if kind == "checks":
        place = document["checks"].get(first, {}).get(part)
    elif kind == "readings":
        place = document["readings"].get(first)
    elif kind in ("outcome", "start"):
        place = document[kind]
    elif kind == "hazards":
        return _shown_of_hazard(document, first, part, values)
    elif kind == "customer":
        return _same(values, document["customer"].get(first))
    elif kind == "assignee" and document["assignee"]:
        return next((one["op"] for one in values if one.get("id") == document["assignee"]["id"]), "")
    if isinstance(place, Mapping):
        return str(place["op"])
    return next((one["op"] for one in values if "value" in one and one["value"] is None), "")


def _shown_of_hazard(document: Mapping[str, Any], hazard: str, part: str, values: list[Json]) -> str:
    one = document["hazards"].get(hazard) or {"verified": document["verifications"].get(hazard)}
    place = one.get(part)
    if part == "withdrawn" and place is None:
        # Not withdrawn counts: the edit that the withdrawal had not seen keeps the hazard alive.
        return next((value["op"] for value in values if "reason" not in value), "")
    return str(place["op"]) if isinstance(place, Mapping) else _same(values, place)


def _same(values: list[Json], shown: Any) -> str:
    return next((one["op"] for one in values if one.get("value") == shown), "")


def _why(field: str) -> str:
    """Why the shown value counts until somebody settles it."""
    part = field.rsplit("/", 1)[-1]
    if field.startswith("checks/"):
        return _("The worse result counts until somebody settles it.")
    if field.startswith("hazards/"):
        rules = {
            "level": _("The more dangerous level counts until somebody settles it."),
            "due": _("The earlier date counts until somebody settles it."),
            "stop_gas": _("The wider stop counts until somebody settles it."),
            "withdrawn": _("The hazard stays as long as anybody has worked on it without knowing of the withdrawal."),
            "verified": _("Not fixed counts until somebody settles it."),
        }
        if part in rules:
            return rules[part]
    if field == "outcome":
        return _("The graver outcome counts until somebody settles it.")
    return _("The later one counts until somebody settles it.")


def _lines(field: str, value: Json) -> list[tuple[str, str]]:
    """What one value says, as (name, text) pairs; the same names stand on the same line of every side."""
    if "value" in value and value["value"] is None:
        return [("", _("Not cancelled") if field == "cancelled" else _("Reopened"))]
    part = field.rsplit("/", 1)[-1]
    return [
        (_name(name), _text(name, said, part))
        for name, said in value.items()
        if name not in SAYS_NOTHING and said not in (None, "")
    ]


def _name(member: str) -> str:
    return {
        "result": _("Result"),
        "value": _("Value"),
        "note": _("Note"),
        "reason": _("Reason"),
        "instrument": _("Instrument"),
        "running": _("Running"),
        "unreadable": _("Not readable"),
        "outcome": _("Outcome"),
        "next_at": _("Next visit on"),
        "name": _("Name"),
        "id": _("Number"),
    }.get(member, member)


def _text(member: str, said: Any, part: str) -> str:
    if isinstance(said, bool):
        return _("Yes") if said else _("No")
    if member == "result":
        return words.term("results", said) if said != "fixed" and said != "not_fixed" else verified(said)
    if member == "value" and part in ("level", "stop_gas", "position", "due"):
        return hazard_value(part, said)
    vocabularies = {"unreadable": "unreadable_reasons", "instrument": "instruments"}
    if member in vocabularies:
        return words.term(vocabularies[member], str(said))
    return words.outcome(said) if member == "outcome" else str(said)


def verified(result: str) -> str:
    """What a re-inspection found."""
    return _("Fixed") if result == "fixed" else _("Not fixed")


def hazard_value(part: str, said: Any) -> str:
    """One value of a hazard's entry in words."""
    if part == "level":
        return _("Level %(level)s", level=said)
    if part == "stop_gas":
        return words.term("stop_gas", str(said))
    if part == "position":
        return words.term("positions", str(said))
    return words.day(said) if part == "due" else str(said)
