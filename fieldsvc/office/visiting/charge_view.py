"""What a visit charged, as the visit page shows it: the itemised list, what is not of the price list, and who agreed to it.

Decides words and marks; the sums and the comparison are fieldsvc.charges' own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fieldsvc.charges import service as charges
from fieldsvc.office import words

Json = dict[str, Any]


def charged(document: Mapping[str, Any]) -> Json | None:
    """Every charged line with its amount, the total and the agreement; None where nothing was charged."""
    bills = charges.bill(document)
    if not bills:
        return None
    wrong = {(one.item, one.point, one.code): one for one in charges.wrong(document)}
    agreement = document["signatures"].get("agreement") or {}
    return {
        "lines": [
            {
                "code": line.code,
                "name": words.told(line.name),
                "unit": words.told(line.unit),
                "quantity": line.quantity,
                "price": line.price,
                "amount": f"{line.amount:.2f}",
                "wrong": wrong.get((bill.item, bill.point, line.code)),
            }
            for bill in bills
            for line in bill.lines
        ],
        "total": f"{sum(bill.total for bill in bills):.2f}",
        "edition": max(bill.edition for bill in bills),
        "agreement": agreement if agreement.get("image") else None,
    }
