"""A visit beside the list and the rules that it was gone through by: what the declared rules ask of it.

Decides which point owes an answer, and to which rule. Pure but for `seen_of`, which asks the catalogue's edition of the visit and
the charges. Invariant: only the document says what was captured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from fieldsvc.catalog import service as catalog
from fieldsvc.catalog.service import LANGUAGES
from fieldsvc.charges import service as charges
from fieldsvc.policy import service as policy

Json = Mapping[str, Any]
OLD, NEW = "", "/new"
"""What follows a meter's id in the `ref` of its photos: the meter on file, and the one that an exchange puts in its place."""


@dataclass(frozen=True)
class Point:
    """What of a check point the rules ask: `photo` as the catalogue has it, `hazard`: a failure is one."""

    id: str
    name: Json
    item: str
    required: bool
    photo: str
    hazard: bool


@dataclass(frozen=True)
class Seen:
    """A visit with the list and the rules of its kind. `wrong_prices`: points that charge what the list does not say; `vendors`:
    names that nobody names to a customer, bare.

    `words`: the name of each rule, and what it says, as its edition has them.
    """

    document: Json
    rules: Sequence[Json]
    points: Sequence[Point] = ()
    words: Json = field(default_factory=dict)
    steps: Sequence[str] = ()
    talk: Sequence[str] = ()
    inspects: bool = True
    unordered: bool = False
    wrong_prices: frozenset[str] = field(default_factory=frozenset)
    vendors: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def checks(self) -> dict[str, Json]:
        """Every answer, by point."""
        return {point: check for points in self.document["checks"].values() for point, check in points.items()}

    @cached_property
    def photos(self) -> list[Json]:
        """Those that were not removed."""
        return [one for one in self.document["photos"].values() if not one.get("removed")]

    @cached_property
    def hazards(self) -> dict[str, Json]:
        """Those that were not withdrawn."""
        return {id_: one for id_, one in self.document["hazards"].items() if not one.get("withdrawn")}

    def name_of(self, where: str) -> Json:
        """What a place is called: a point by its name, a meter by its number in every language; else nothing."""
        named = next((point.name for point in self.points if point.id == where), None)
        serial = next((str(meter["serial"]) for meter in self.meters if meter["id"] == where), "")
        return named or dict.fromkeys(LANGUAGES, serial)

    @property
    def meters(self) -> list[Json]:
        return list(self.document["meters"])

    def reading(self, meter: Json) -> Json:
        found: Json = self.document["readings"].get(meter["id"]) or {}
        return found

    def declared(self, rule_id: str) -> list[Json]:
        return [rule for rule in self.rules if rule["id"] == rule_id]

    def is_pictured(self, point: str) -> bool:
        return any((one["purpose"], one.get("ref")) == ("check", point) for one in self.photos)

    def dials(self, meter: Json, which: str) -> list[Json]:
        """The photos of a meter; one that names none is of the first meter on file."""
        wanted, first = str(meter["id"]) + which, self.meters[0]["id"]
        return [one for one in self.photos if one["purpose"] == "meter" and (one.get("ref") or first) == wanted]

    def said(self, point: str) -> str:
        check = self.checks.get(point, {})
        return "" if check.get("result") == "na" else bare(check.get("note"))

    def given(self, point: str) -> bool:
        return bool(self.checks.get(point, {}).get("result", "na") != "na")


def bare(text: Any) -> str:
    """A number or a name, to be compared: without spaces and case."""
    return "".join(str(text or "").split()).lower()


def asks_for(seen: Seen, point: Point) -> str:
    """The rule that wants an answer at a point; empty where it may stay open."""
    if any(point.id in rule["points"] for rule in seen.declared("evacuate_first")):
        return "evacuate_first"
    for rule in seen.declared("safety_check"):
        named = rule.get("points")
        if point.id in named if named is not None else point.required and (seen.inspects or point.item == "safety"):
            return "safety_check"
    if is_wanted_now(seen, point.id):
        return "required_when"
    return "no_blank" if point.required and seen.declared("no_blank") else ""


def is_wanted_now(seen: Seen, point: str) -> bool:
    """Say whether a choice that was made asks for this point."""
    return any(
        point in rule["then"] and seen.checks.get(rule["point"], {}).get("value") == rule["value"]
        for rule in seen.declared("required_when")
    )


def seen_of(document: Json, rows: Sequence[Json], *, office: frozenset[str]) -> Seen:
    """A visit as its own edition of the catalogue sees it; `rows` is its log, `office` the devices of the office."""
    edition = catalog.of_visit(document)
    kind = edition.kind(document["type"])
    checklist = edition.checklist_of(document["checklist"])
    items = checklist.items if checklist else ()
    inspects = checklist.inspects if checklist else True
    return Seen(
        document=document,
        rules=edition.rules_of(document["type"]),
        points=[
            Point(one.id, one.name, item.id, one.required, one.photo, inspects or bool(one.hazards))
            for item in items
            for one in item.points
            if not (kind and kind.asks) or one.id in kind.asks
        ],
        words={one.id: (one.name, one.say) for one in edition.entries.rules},
        steps=kind.steps if kind else (),
        talk=[one.id for one in edition.entries.terms["talk"] if kind and (not one.trades or kind.trade in one.trades)],
        inspects=inspects,
        unordered=_is_unordered(rows, office),
        wrong_prices=frozenset(one.point for one in charges.wrong(document)),
        vendors=frozenset(map(bare, str(policy.value("doubts", "vendor_names")).split())),
    )


def _is_unordered(rows: Sequence[Json], office: frozenset[str]) -> bool:
    """Opened by a phone, and nobody in the office has planned or given it to anybody since."""
    ordered = any(row["op"]["kind"] in ("visit.assign", "visit.plan") and row["device"] in office for row in rows)
    return any(row["op"]["kind"] == "visit.create" for row in rows) and not ordered
