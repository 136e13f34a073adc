"""How much gas was used between two readings, and what it costs by tiers.

Pure arithmetic (domain: meter.md sections 3 and 4): decimals only, whole black digits unless the caller says otherwise, half-up
to a hundredth once per bill. Knows no meter, no customer and no date. Invariant: what cannot be right gives None, never a guess.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ROLLS_OVER_FROM = Decimal("0.9")


@dataclass(frozen=True)
class Tier:
    """A part of a year's use and its price: up to and with `upto` (None: without end)."""

    upto: Decimal | None
    price: Decimal


@dataclass(frozen=True)
class Share:
    """What of a period falls into one tier. `amount` is exact, not rounded."""

    tier: int
    volume: Decimal
    price: Decimal

    @property
    def amount(self) -> Decimal:
        """Volume times price."""
        return self.volume * self.price


def used(previous: str, current: str, *, digits: int, most: Decimal, decimals: int = 0) -> Decimal | None:
    """The use between two readings in charged digits; None where it cannot be: backwards, or more than `most`.

    `most` is the greatest use that is possible in the time: what would be more was no rollover, or was misread.
    """
    unit = Decimal(1).scaleb(-decimals)
    before, now = (Decimal(one).quantize(unit, rounding=ROUND_FLOOR) for one in (previous, current))
    if now >= before:
        return now - before if now - before <= most else None
    whole = Decimal(10) ** digits
    over = now - before + whole
    return over if before >= ROLLS_OVER_FROM * whole and over <= most else None


def tiers(given: Sequence[Mapping[str, str | None]]) -> list[Tier]:
    """The tiers of a tariff as it is written down; raises ValueError where they do not ascend to an end that is open."""
    read = [
        Tier(None if one.get("upto") is None else Decimal(str(one["upto"])), Decimal(str(one["price"])))
        for one in given
    ]
    limits = [one.upto for one in read[:-1]]
    bounds = [limit for limit in limits if limit is not None]
    if not read or len(bounds) != len(limits) or bounds != sorted(set(bounds)) or read[-1].upto is not None:
        raise ValueError("tiers must ascend, and the last has no limit")
    return read


def split(before: Decimal, volume: Decimal, by: Sequence[Tier]) -> list[Share]:
    """Lay a period's use over the tiers, behind what was used in the cycle before."""
    shares, at, end = [], before, before + volume
    for number, tier in enumerate(by, start=1):
        top = end if tier.upto is None else min(tier.upto, end)
        if top > at:
            shares.append(Share(number, top - at, tier.price))
            at = top
    return shares


def total(shares: Sequence[Share]) -> Decimal:
    """What a bill comes to: rounded half up, once."""
    return sum((one.amount for one in shares), Decimal(0)).quantize(CENT, rounding=ROUND_HALF_UP)
