"""Tariffs as the company keeps them (policy section `tariffs`): tiers by trade and kind of customer, each from a day on.

Decides which prices hold on a day for a meter, and where a period is split. Invariant: rows that do not make a tariff (tiers
that do not ascend to one without limit) price nothing; a day before the first tariff has no price.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from fieldsvc.policy import service as policy
from fieldsvc.readings import price
from fieldsvc.readings.price import Tier

Json = dict[str, Any]
BY_DAYS = "by_days"
GAS = "gas"
FIELDS = {GAS: "prices", "water": "water_prices", "power": "power_prices"}
"""The trades whose use is metered, and the table of each one's prices."""
_TRADE_OF_METER = {"water": "water", "electric": "power"}


def trade_of(meter_kind: str | None) -> str:
    """The trade whose prices hold for a kind of meter."""
    return _TRADE_OF_METER.get(meter_kind or "", GAS)


@dataclass(frozen=True)
class Tariff:
    """The tiers of one kind of customer from a day on."""

    since: date
    tiers: list[Tier]


@dataclass(frozen=True)
class Tariffs:
    """Everything that decides a price of gas. `by_kind`: tariffs by kind of customer, oldest first; `others`: other trades'."""

    by_kind: Mapping[str, list[Tariff]] = field(default_factory=dict)
    cycle_start: tuple[int, int] = (1, 1)
    change_by_days: bool = True
    cycle_by_days: bool = False
    wrong: tuple[tuple[str, str], ...] = ()
    """(kind, day) of rows that make no tariff."""
    others: Mapping[str, Tariffs] = field(default_factory=dict)

    def of_trade(self, trade: str) -> Tariffs:
        """What decides the prices of a trade; without any where the company has set none."""
        return self if trade == GAS else self.others.get(trade, Tariffs())

    @property
    def priced(self) -> bool:
        """Whether any trade has a price."""
        return any(self.of_trade(trade).by_kind for trade in FIELDS)

    @property
    def all_wrong(self) -> list[tuple[str, str, str]]:
        """(trade, kind, day) of rows of any trade that make no tariff."""
        return [(trade, *row) for trade in FIELDS for row in self.of_trade(trade).wrong]

    def of(self, kind: str, on: date) -> Tariff | None:
        """The tariff of a kind of customer on a day."""
        return next((one for one in reversed(self.by_kind.get(kind, [])) if one.since <= on), None)

    def cycle(self, on: date) -> date:
        """The day on which the year of tiers began that a day belongs to."""
        month, day = self.cycle_start
        this_year = date(on.year, month, day)
        return this_year if this_year <= on else date(on.year - 1, month, day)

    def cuts(self, kind: str, since: date, until: date) -> list[date]:
        """The days within a period at which it is split, in order: a price begins, or a year of tiers."""
        found = set()
        if self.change_by_days:
            found |= {one.since for one in self.by_kind.get(kind, [])}
        if self.cycle_by_days:
            begins = self.cycle(until)
            while begins > since:
                found.add(begins)
                begins = self.cycle(begins - timedelta(days=1))
        return sorted(day for day in found if since < day < until)


def in_force() -> Tariffs:
    """The tariffs that the company has set."""
    return read(policy.section("tariffs"))


def read(section: Mapping[str, Any]) -> Tariffs:
    """Tariffs as a section holds them; one from before there were several trades holds those of gas."""
    others = {trade: _of_trade(section, name) for trade, name in FIELDS.items() if trade != GAS and section.get(name)}
    return replace(_of_trade(section, FIELDS[GAS]), others=others)


def _of_trade(section: Mapping[str, Any], name: str) -> Tariffs:
    rows: dict[tuple[str, str], list[Mapping[str, str]]] = {}
    for row in section[name]:
        rows.setdefault((row["kind"], row["from"]), []).append(row)
    by_kind: dict[str, list[Tariff]] = {}
    wrong = []
    for (kind, since), given in sorted(rows.items()):
        try:
            tiers = price.tiers([{"upto": one["upto"].strip() or None, "price": one["price"]} for one in given])
            by_kind.setdefault(kind, []).append(Tariff(date.fromisoformat(since), tiers))
        except (ValueError, ArithmeticError):
            wrong.append((kind, since))
    return Tariffs(
        by_kind,
        _month_and_day(section["cycle_start"]),
        section["price_change"] == BY_DAYS,
        section["cycle_split"] == BY_DAYS,
        tuple(wrong),
    )


def _month_and_day(text: str) -> tuple[int, int]:
    try:
        begins = date.fromisoformat(f"2001-{text}")  # not a leap year: every year has this day
    except ValueError:
        return 1, 1
    return begins.month, begins.day


def terms() -> Json:
    """How and until when one pays, as papers print it; nothing that the company has not said."""
    section = policy.section("tariffs")
    return {"pay_days": section["pay_days"] or None, "ways": [dict(way) for way in section["ways"]]}
