"""Answers about the catalogue: a hazard, a check point, who must act, what may be printed, the phone's document.

Decides who acts and pays (the position and the company's boundary, never a person's choice) and which legal basis a paper
may carry. Knows nothing of visits: it is the same for all of them. Invariant: read and checked once per process, then
unchanging. Why data and not tables: docs/adr on the catalogue; a company's own settings come with the company's facts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypedDict

from fieldsvc import installation
from fieldsvc.catalog import document
from fieldsvc.catalog.entries import (
    BOUNDARIES,
    POSITIONS,
    Checklist,
    Entries,
    Hazard,
    Level,
    Point,
    Source,
    Term,
    VisitType,
)
from fieldsvc.catalog.load import load

__all__ = [
    "BOUNDARIES", "POSITIONS", "Catalogue", "Checklist", "Hazard", "Level", "Point", "Published", "Responsible", "Term",
    "VisitType", "catalogue", "published",
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
)
_PAYS = {"company": "company", "user": "user", "shared": "contract"}
# The first position that is the customer's, by boundary.
_CUSTOMERS_FROM = {"meter": "after_meter_fixed", "appliance_valve": "after_appliance_valve"}
_cache: Catalogue | None = None


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
    """The catalogue, read and checked."""

    def __init__(self, *, entries: Entries):
        self.entries = entries
        self._published: tuple[str, Published] | None = None

    @cached_property
    def _hazards(self) -> dict[str, Hazard]:
        return {hazard.code: hazard for hazard in self.entries.hazards}

    @cached_property
    def _points(self) -> dict[tuple[str, str], Point]:
        lists = self.entries.checklists
        return {(item.id, point.id): point for one in lists for item in one.items for point in item.points}

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

    def term(self, vocabulary: str, term_id: str) -> Term:
        """Give a word of a vocabulary (a list of texts.yaml, such as `positions`); raises KeyError."""
        return {term.id: term for term in self.entries.terms[vocabulary]}[term_id]

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

    def document(self, company: Mapping[str, Any]) -> dict[str, Any]:
        """Give the catalogue document for this company's facts; only those meant for phones are taken."""
        facts = {name: company[name] for name in COMPANY_FACTS if name in company}
        sides = {position: self._side(position, facts["boundary"]) for position in POSITIONS}
        return document.build(entries=self.entries, company=facts, responsibility=sides)

    def published(self, company: Mapping[str, Any]) -> Published:
        """Give the document's canonical bytes and their entity tag; made once for the same facts."""
        facts = json.dumps(dict(company), sort_keys=True, default=str)
        if self._published is None or self._published[0] != facts:
            self._published = (facts, Published.of(self.document(company)))
        return self._published[1]

    def etag(self, company: Mapping[str, Any]) -> str:
        """Give the document's entity tag: the SHA-256 of its canonical bytes."""
        return self.published(company).etag


def catalogue() -> Catalogue:
    """Give the installation's catalogue, read at the first call; raises load.CatalogueError if its data are wrong."""
    global _cache
    if _cache is None:
        _cache = Catalogue(entries=load())
    return _cache


def published() -> Published:
    """Give this installation's catalogue document as phones get it, with the tag that sync answers carry."""
    return catalogue().published(installation.company())
