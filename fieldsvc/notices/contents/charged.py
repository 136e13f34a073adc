"""What a job charged, as its sheet prints it: the itemised list with amounts, the total in figures and capitals.

The prices are those that the customer signed for: they stand in the record, and the words come from the edition of the price list
that the phone had. Invariant: the total is the sum of the amounts that stand above it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from fieldsvc.charges import service as charges
from fieldsvc.notices.contents.capitals import LIMIT, capitals

Json = dict[str, Any]


def facts(document: Mapping[str, Any]) -> Json | None:
    """Every charged line and what they come to; None where nothing was charged."""
    bills = charges.bill(document)
    if not bills:
        return None
    lines = [
        {
            "code": line.code,
            "name": dict(line.name),
            "unit": dict(line.unit),
            "quantity": line.quantity,
            "price": line.price,
            "amount": f"{line.amount:.2f}",
        }
        for bill in bills
        for line in bill.lines
    ]
    return {"lines": lines, "total": f"{sum((bill.total for bill in bills), start=Decimal('0.00')):.2f}"}


def view(charged: Mapping[str, Any] | None) -> Json | None:
    """The list with its total in capitals, as far as an amount can be written so."""
    if charged is None:
        return None
    total = Decimal(charged["total"])
    return {**charged, "capitals": capitals(total) if total < LIMIT else ""}
