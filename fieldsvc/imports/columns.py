"""The fields that each kind of import knows, and the headings by which files call them.

Decides which column holds which field as long as nobody says otherwise: by the heading, in Chinese (either script) and English.
A heading that fits nothing is left out; it is never guessed from what stands below it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from functools import cache, lru_cache
from typing import Any

from fieldsvc.catalog.service import Catalogue, catalogue
from fieldsvc.imports import values
from fieldsvc.imports.cells import Cell, Number
from fieldsvc.imports.headings import HEADINGS, METER_KINDS
from fieldsvc.imports.values import Bad, Parse, squeezed

Json = dict[str, Any]


@dataclass(frozen=True)
class Field:
    """One thing that a row may say. `numbered`: figures that are a name, where a lost zero matters."""

    name: str
    parse: Parse
    required: bool = False
    numbered: bool = False


@cache
def _meter_kinds() -> dict[str, str]:
    return {squeezed(word): kind for kind, words in METER_KINDS.items() for word in words}


def _visit_types() -> dict[str, str]:
    return _spelled(catalogue())


@lru_cache(maxsize=4)
def _spelled(edition: Catalogue) -> dict[str, str]:
    spelled: dict[str, str] = {"安检": "gas.inspection", "入户安全检查": "gas.inspection", "复检": "gas.reinspection"}
    for one in edition.entries.visit_types:
        if one.active:
            told: Mapping[str, str] = one.name
            spelled |= {squeezed(word): one.id for word in (one.id, one.code, *told.values())}
    return spelled


_ACCOUNT = Field("account", values.number_of(40), required=True, numbered=True)
_SERIAL = Field("serial", values.number_of(60), numbered=True)
_PERSON = (Field("name", values.words(200)), Field("phone", values.number_of(40), numbered=True))
_PREMISES = (
    Field("district", values.words(100)),
    Field("address", values.words(300)),
    Field("building", values.words(40)),
    Field("unit", values.words(40)),
    Field("room", values.words(40)),
)
FIELDS: Mapping[str, tuple[Field, ...]] = {
    "customers": (
        _ACCOUNT,
        *_PERSON,
        *_PREMISES,
        _SERIAL,
        Field("kind", values.one_of(_meter_kinds)),
        Field("digits", values.count(1, 12)),
        Field("decimals", values.count(0, 6)),
    ),
    "readings": (
        _SERIAL,
        replace(_ACCOUNT, required=False),
        Field("value", values.reading, required=True),
        Field("read_at", values.instant, required=True),
    ),
    "orders": (
        _ACCOUNT,
        Field("type", values.one_of(_visit_types)),
        Field("day", values.day, required=True),
        Field("from", values.time_of_day),
        Field("to", values.time_of_day),
        Field("technician", values.words(200)),
        *_PERSON,
        *_PREMISES,
        _SERIAL,
    ),
}
KINDS = tuple(FIELDS)


def known_headings(kind: str, headings: Sequence[str]) -> int:
    """How many fields of a kind these headings name."""
    return len(matched(kind, headings))


def matched(kind: str, headings: Sequence[str]) -> dict[str, int]:
    """Which column holds which field, by the headings; of two that fit, the left one."""
    told = [squeezed(text) for text in headings]
    found: dict[str, int] = {}
    for field in FIELDS[kind]:
        spelled = [squeezed(one) for one in HEADINGS[field.name]]
        places = [place for place, text in enumerate(told) if text in spelled and place not in found.values()]
        if places:
            # The better word first: 日期 stands for the day only where there is no 计划日期.
            found[field.name] = min(places, key=lambda place: (spelled.index(told[place]), place))
    return found


def lacking(kind: str, match: Mapping[str, int]) -> list[str]:
    """The fields without which nothing of this kind can be imported, and that no column holds."""
    missing = [field.name for field in FIELDS[kind] if field.required and field.name not in match]
    if kind == "readings" and not {"serial", "account"} & set(match):
        missing.insert(0, "serial")
    return missing


def read_row(
    kind: str, match: Mapping[str, int], cells: Sequence[Cell], zone: tzinfo
) -> tuple[dict[str, str], list[Json]]:
    """What a row says, field by field; what is empty is left out. And what is wrong with it."""
    given: dict[str, str] = {}
    reasons: list[Json] = []
    for field in FIELDS[kind]:
        place = match.get(field.name)
        cell: Cell = cells[place] if place is not None and place < len(cells) else ""
        if cell == "":
            if field.required:
                reasons.append({"code": "missing", "field": field.name})
            continue
        try:
            given[field.name] = field.parse(cell, zone)
        except Bad as bad:
            reasons.append({"code": bad.code, "field": field.name, **bad.more})
    if kind == "readings" and not reasons and not {"serial", "account"} & set(given):
        reasons.append({"code": "missing", "field": "serial"})
    return given, reasons


def numbers_in(kind: str, match: Mapping[str, int], cells: Sequence[Cell]) -> dict[str, int]:
    """The fields whose figures are a name but stand in the file as a number, with how many figures it has."""
    found = {}
    for field in FIELDS[kind]:
        place = match.get(field.name)
        if field.numbered and place is not None and place < len(cells):
            cell = cells[place]
            if isinstance(cell, Number):
                found[field.name] = len(cell.text)
    return found
