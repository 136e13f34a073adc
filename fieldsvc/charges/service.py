"""The company's price list in its editions, and what a visit charged by it.

The list is the policy section `prices`; its edition is the number of its newest change in the book, so that every edition can be
read again. Decides which lines phones may charge (those with a price), and what of a visit's charges is not of the list that its
phone had. Knows no HTTP, writes nothing. Invariant: what a phone wrote is never corrected here; it is only told apart.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from fieldsvc import installation
from fieldsvc.charges.sums import amount, total
from fieldsvc.policy import service as policy

__all__ = [
    "Bill",
    "Billed",
    "Line",
    "Wrong",
    "amount",
    "bill",
    "charged",
    "edition_of",
    "list_of",
    "price_list",
    "total",
    "wrong",
]

Json = dict[str, Any]
SECTION = "prices"
MOST_CACHED = 8
_lists: dict[str, Json] = {}


@dataclass(frozen=True)
class Line:
    """One line of the price list; the price is text, and empty where the company has set none."""

    code: str
    trade: str
    name: Mapping[str, str]
    unit: Mapping[str, str]
    price: str


@dataclass(frozen=True)
class Billed:
    """A charged line with its words; `name` is the code where the list does not know it."""

    code: str
    name: Mapping[str, str]
    unit: Mapping[str, str]
    quantity: str
    price: str
    amount: Decimal


@dataclass(frozen=True)
class Bill:
    """What one answer charges."""

    item: str
    point: str
    edition: int
    lines: tuple[Billed, ...]
    total: Decimal


@dataclass(frozen=True)
class Wrong:
    """A charged line that is not of the list: `unknown` code or another `price`, with the list's price."""

    item: str
    point: str
    code: str
    why: str
    price: str
    of_list: str


@cache
def _units() -> Mapping[str, Mapping[str, str]]:
    (table,) = (field for field in policy.declared()[SECTION]["fields"] if field["id"] == "lines")
    (unit,) = (column for column in table["columns"] if column["id"] == "unit")
    return {choice["value"]: choice["name"] for choice in unit["choices"]}


def _line(row: Mapping[str, str]) -> Line:
    name = {language: row[language] or row["zh-Hans"] for language in ("zh-Hans", "zh-Hant", "en")}
    return Line(row["code"], row["trade"], name, _units()[row["unit"]], row["price"])


def price_list() -> Json:
    """The list as phones get it: its edition, and the lines that have a price. Read anew only where it was changed."""
    key = json.dumps(installation.fact(policy.fact_of(SECTION)), sort_keys=True)
    found = _lists.get(key)
    if found is None:
        if len(_lists) >= MOST_CACHED:
            _lists.clear()
        lines = [_line(row) for row in policy.section(SECTION)["lines"] if row["price"]]
        told = [
            {"code": one.code, "trade": one.trade, "name": dict(one.name), "unit": dict(one.unit), "price": one.price}
            for one in lines
        ]
        found = {"edition": policy.changes.newest(policy.fact_of(SECTION)), "lines": told}
        _lists[key] = found
    return found


def edition_of(number: int) -> Mapping[str, Line]:
    """The list as it stood in an edition, by code; lines without a price too."""
    values = policy.changes.as_seen(policy.fact_of(SECTION), policy.section(SECTION), seen=number)
    return {row["code"]: _line(row) for row in values["lines"]}


def list_of(number: int) -> Mapping[str, str]:
    """The prices of an edition, by code."""
    return {code: line.price for code, line in edition_of(number).items()}


def charged(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """The answers of a visit that charge something: item, point and answer."""
    for item, points in document["checks"].items():
        for point, check in points.items():
            if check.get("lines"):
                yield item, point, check


def bill(document: Mapping[str, Any]) -> list[Bill]:
    """What a visit charges, with the words of the list that its phone had."""
    bills = []
    for item, point, check in charged(document):
        known = edition_of(int(check.get("list") or 0))
        lines = tuple(_billed(one, known.get(one["code"])) for one in check["lines"])
        bills.append(Bill(item, point, int(check.get("list") or 0), lines, total(check["lines"])))
    return bills


def _billed(one: Mapping[str, str], line: Line | None) -> Billed:
    unknown = dict.fromkeys(("zh-Hans", "zh-Hant", "en"), one["code"])
    nothing = dict.fromkeys(unknown, "")
    return Billed(
        code=one["code"],
        name=line.name if line else unknown,
        unit=line.unit if line else nothing,
        quantity=one["quantity"],
        price=one["price"],
        amount=amount(one["quantity"], one["price"]),
    )


def wrong(document: Mapping[str, Any]) -> list[Wrong]:
    """The charged lines that are not of the list: a code that it does not have, or a price that is not its own."""
    found = []
    for item, point, check in charged(document):
        prices = list_of(int(check.get("list") or 0))
        for one in check["lines"]:
            of_list = prices.get(one["code"], "")
            if not of_list:
                found.append(Wrong(item, point, one["code"], "unknown", one["price"], ""))
            elif Decimal(of_list) != Decimal(one["price"]):
                found.append(Wrong(item, point, one["code"], "price", one["price"], of_list))
    return found
