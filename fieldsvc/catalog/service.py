"""Answers about the catalogue: a hazard, a check point, who must act, what may be printed, the phone's document.

Decides who acts and pays (the position and the company's boundary, never a person's choice) and which legal basis a paper
may carry. There are editions (editions.py): `catalogue()` is the one in force, `of_visit` the one that a visit was made with.
Invariant: an edition is read and checked once per process, then unchanging.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypedDict

from fieldsvc import installation
from fieldsvc.catalog import document, editions, own_kinds
from fieldsvc.catalog.declared import clocks_of, rules_of
from fieldsvc.catalog.entries import (
    BOUNDARIES,
    LANGUAGES,
    POSITIONS,
    TRADES,
    Checklist,
    Entries,
    Hazard,
    Level,
    Point,
    Source,
    Term,
    VisitType,
)
from fieldsvc.catalog.kept import Clock, Rule
from fieldsvc.catalog.load import CatalogueError, check, load
from fieldsvc.catalog.overlay import LARGEST as LARGEST_OVERLAY
from fieldsvc.catalog.overlay import switched as switched_overlay
from fieldsvc.charges import service as charges
from fieldsvc.policy import service as policy

__all__ = [
    "BOUNDARIES",
    "LANGUAGES",
    "LARGEST_OVERLAY",
    "POSITIONS",
    "TRADES",
    "Catalogue",
    "CatalogueError",
    "Checklist",
    "Clock",
    "Hazard",
    "Level",
    "Point",
    "Published",
    "Responsible",
    "Term",
    "VisitType",
    "catalogue",
    "edition",
    "editions",
    "of_content",
    "of_visit",
    "own_kinds",
    "published",
    "switched_overlay",
]  # fmt: skip

COMPANY_FACTS = (
    "name",
    "hotline",
    "complaint_phone",
    "licence",
    "boundary",
    "org",
    "public_url",
    "demonstration",
    "time_zone",
    "trades",
    "heating",
)
READING_RULES = ("jump_percent", "jump_more", "low_percent", "low_less", "most_per_hour")
"""What of the policy section `readings` a phone needs at the dial; what the office looks at is the office's."""
ELECTRIC = "electric"
NO_PRICES: Mapping[str, Any] = {"edition": 0, "lines": []}
_PAYS = {"company": "company", "user": "user", "shared": "contract"}
# The first position that is the customer's, by boundary.
_CUSTOMERS_FROM = {"meter": "after_meter_fixed", "appliance_valve": "after_appliance_valve"}
MOST_CACHED = 16
_cache: dict[tuple[int, str], Catalogue] = {}


class Responsible(TypedDict):
    """Who has to act (`who`: company, user, shared) and who pays (`pays`: company, user, contract)."""

    who: str
    pays: str


@dataclass(frozen=True)
class Published:
    """The catalogue document as it is sent: canonical bytes, and the SHA-256 of them."""

    body: bytes
    etag: str

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Published:
        """Write a document down."""
        body = document.canonical(content)
        return cls(body=body, etag=hashlib.sha256(body).hexdigest())


class Catalogue:
    """An edition of the catalogue, read and checked; `number` is 0 where none was kept."""

    def __init__(self, *, entries: Entries, number: int = 0):
        self.entries = entries
        self.number = number
        self._published: tuple[str, Mapping[str, Any] | None, Published] | None = None

    @cached_property
    def _hazards(self) -> dict[str, Hazard]:
        return {hazard.code: hazard for hazard in self.entries.hazards}

    @cached_property
    def _points(self) -> dict[tuple[str, str], Point]:
        lists = self.entries.checklists
        return {(item.id, point.id): point for one in lists for item in one.items for point in item.points}

    @cached_property
    def _active(self) -> Entries:
        return self.entries.active()

    @cached_property
    def company(self) -> dict[str, Any]:
        """The demonstration company that a fresh installation starts with."""
        return dict(self.entries.company)

    def hazard(self, code: str) -> Hazard:
        """Give the hazard with this code; raises KeyError."""
        return self._hazards[code]

    def point(self, item: str, point: str) -> Point:
        """Give a check point of an item; raises KeyError."""
        return self._points[item, point]

    def checklist(self, checklist_id: str) -> Checklist:
        """Give a checklist; raises KeyError."""
        return {one.id: one for one in self.entries.checklists}[checklist_id]

    def level(self, number: int) -> Level:
        """Give a grade of danger: 1, 2 or 3; raises KeyError."""
        return {level.level: level for level in self.entries.levels}[number]

    def visit_type(self, type_id: str) -> VisitType:
        """Give a kind of visit; raises KeyError."""
        return {one.id: one for one in self.entries.visit_types}[type_id]

    def kind(self, type_id: str) -> VisitType | None:
        """Give a kind of visit; None for one that this edition does not know."""
        return next((one for one in self.entries.visit_types if one.id == type_id), None)

    def checklist_of(self, checklist_id: str | None) -> Checklist | None:
        """Give a checklist without what is switched off; None for one that this edition does not know."""
        return next((one for one in self._active.checklists if one.id == checklist_id), None)

    def rules_of(self, type_id: str) -> list[dict[str, Any]]:
        """Give the rules that a kind of visit keeps, with their parameters; none for a kind that is not known."""
        kind = self.kind(type_id)
        return rules_of(self._active, kind) if kind else []

    def clocks_of(self, type_id: str) -> list[Clock]:
        """Give the clocks that a kind of visit runs; none for a kind that is not known."""
        kind = self.kind(type_id)
        return clocks_of(self.entries, kind) if kind else []

    def clock(self, clock_id: str) -> Clock | None:
        """Give a clock; None for one that this edition does not know."""
        return next((one for one in self.entries.clocks if one.id == clock_id), None)

    def rule(self, rule_id: str) -> Rule:
        """Give the words of a rule; raises KeyError."""
        return {one.id: one for one in self.entries.rules}[rule_id]

    def term(self, vocabulary: str, term_id: str) -> Term:
        """Give a word of a vocabulary (a list of texts.yaml, such as `positions`); raises KeyError."""
        return {term.id: term for term in self.entries.terms[vocabulary]}[term_id]

    @staticmethod
    def meter_unit(kind: str | None) -> str:
        """What a kind of meter counts."""
        return "kWh" if kind == ELECTRIC else "m³"

    def responsible(self, code: str | None, position: str, boundary: str) -> Responsible:
        """Say who must act and who pays for a hazard at a position; `code` is None for one in free text.

        A hazard that only one side can have caused or can cure is that side's wherever it lies; for the others the
        position decides: the company up to its boundary, free of charge, and the customer beyond.
        """
        if position not in POSITIONS or boundary not in BOUNDARIES:
            raise ValueError(f"unknown position or boundary: {position}, {boundary}")
        who = self.hazard(code).responsible if code else "by_boundary"
        if who == "by_boundary":
            who = self._side(position, boundary)
        return {"who": who, "pays": _PAYS[who]}

    @staticmethod
    def _side(position: str, boundary: str) -> str:
        if position in ("before_meter", "meter"):
            return "company"
        if position == "after_appliance_valve":
            return "user"
        if boundary == "contract":
            return "shared"
        beyond = POSITIONS.index(position) >= POSITIONS.index(_CUSTOMERS_FROM[boundary])
        return "user" if beyond else "company"

    def printable_basis(self, code: str | None) -> list[str]:
        """Give the legal basis of a hazard as it may stand on a document, in Chinese; the general one where it has none."""
        sources = self.hazard(code).sources if code else ()
        return self._cited(sources) or self._cited(self.entries.general)

    def _cited(self, sources: tuple[Source, ...]) -> list[str]:
        printable = {status.id for status in self.entries.statuses if status.print}
        cites = {work.ref: work.cite for work in self.entries.works}
        by_work: dict[str, list[str]] = {}
        for source in sources:
            if source.status in printable:
                clauses = by_work.setdefault(source.ref, [])
                clauses.extend(clause for clause in source.clauses if clause not in clauses)
        return [cites[ref] + "、".join(clauses) for ref, clauses in by_work.items()]

    def document(
        self,
        company: Mapping[str, Any],
        readings: Mapping[str, Any] | None = None,
        prices: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Give the catalogue document for this company's facts; only those meant for phones are taken.

        `readings`: the company's section of the policy; the trade's defaults where none is given. `prices`: its price list.
        """
        facts = {name: company[name] for name in COMPANY_FACTS if name in company}
        sides = {position: self._side(position, facts["boundary"]) for position in POSITIONS}
        held = policy.defaults("readings") if readings is None else readings
        rules = {name: held[name] for name in READING_RULES}
        return document.build(
            entries=self.entries, company=facts, responsibility=sides, readings=rules,
            prices=prices or NO_PRICES, edition=self.number,
        )  # fmt: skip

    def published(
        self,
        company: Mapping[str, Any],
        readings: Mapping[str, Any] | None = None,
        prices: Mapping[str, Any] | None = None,
    ) -> Published:
        """Give the document's canonical bytes and their entity tag; made once for the same facts."""
        held = {name: readings[name] for name in READING_RULES} if readings else {}
        facts = json.dumps([dict(company), held], sort_keys=True, default=str)
        known = self._published
        # The list is the same object as long as it says the same.
        if known is None or known[0] != facts or known[1] is not prices:
            self._published = known = (facts, prices, Published.of(self.document(company, readings, prices)))
        return known[2]

    def etag(self, company: Mapping[str, Any]) -> str:
        """Give the document's entity tag: the SHA-256 of its canonical bytes."""
        return self.published(company).etag


def catalogue() -> Catalogue:
    """Give the edition in force, read at the first call; raises load.CatalogueError if its data are wrong."""
    return _edition(*editions.in_force())


def of_visit(visit: Mapping[str, Any]) -> Catalogue:
    """Give the edition that a visit was made with: what its phone said as it began, else the one in force then."""
    start = visit.get("start")
    return _edition(*editions.of_start(start)) if start else catalogue()


def edition(number: int) -> Catalogue:
    """Give an edition by its number. Raises NotFound."""
    return _edition(number, editions.get(number).digest)


def of_content(content: Mapping[str, Any]) -> Catalogue:
    """Give a catalogue that is only proposed. Raises load.CatalogueError."""
    return Catalogue(entries=check(content))


def _edition(number: int, digest: str) -> Catalogue:
    found = _cache.get((number, digest))
    if found is None:
        if len(_cache) >= MOST_CACHED:
            _cache.clear()
        found = Catalogue(entries=editions.entries_of(number) if number else load(), number=number)
        _cache[number, digest] = found
    return found


def published() -> Published:
    """Give this installation's catalogue document as phones get it, with the tag that sync answers carry."""
    trades = [trade for trade, has in policy.section("trades").items() if has]
    company = {**installation.company(), "trades": trades, "heating": policy.section("heating")}
    return catalogue().published(company, policy.section("readings"), charges.price_list())
