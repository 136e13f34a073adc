"""Money from text: what a line of charges comes to, and what they come to together.

Decides rounding: each line is rounded half up to the cent, and the total is the sum of what stands in the lines, so that a
customer who adds them up finds the same. Pure; figures are text or Decimals, never floats. The phone counts in the same way
(static/app/charges.js), and both are held to the same vectors (tests/js/charge-vectors.json).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal, localcontext

CENT = Decimal("0.01")
ROOM = 60
"""Digits enough for the largest figures that an entry can carry."""


def amount(quantity: str, price: str) -> Decimal:
    """What so much of something comes to."""
    with localcontext(prec=ROOM):
        return (Decimal(quantity) * Decimal(price)).quantize(CENT, rounding=ROUND_HALF_UP)


def total(lines: Iterable[Mapping[str, str]]) -> Decimal:
    """What lines of charges come to together."""
    with localcontext(prec=ROOM):
        return sum((amount(line["quantity"], line["price"]) for line in lines), start=Decimal("0.00"))
