"""The order in which papers lie in the pile: as the technician walks, or by address.

The twin of static/app/ui/route_order.js, which orders the technician's day on the phone: by day, in the office's order, by the
agreed time, and as a person walks where times are the same or none. Figures in an address count as figures, 9 before 10. Texts
are compared as browsers compare them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

ORDERS = ("route", "address")
_PARTS = ("address", "building", "unit", "room")


def key(document: Mapping[str, Any], *, order: str) -> tuple[Any, ...]:
    """What a visit is sorted by; visits of nobody come after everybody's."""
    walk = walk_of(document["customer"])
    if order == "address":
        return _text(document["customer"].get("district") or ""), walk, _text(document["id"])
    planned, assignee = document["planned"] or {}, document.get("assignee") or {}
    who = (not assignee, _text(assignee.get("name", "")), _text(assignee.get("id", "")))
    return (*who, *on_the_phone(document, planned), walk, _text(document["id"]))


def on_the_phone(document: Mapping[str, Any], planned: Mapping[str, Any]) -> tuple[bytes, bool, int, bytes]:
    """Day, place in the office's order (those without one last) and agreed time, as the phone reads them."""
    day = planned.get("date") or str((document.get("start") or {}).get("at", ""))[:10]
    order = planned.get("order")
    return _text(day), order is None, order or 0, _text(planned.get("from") or "")


def walk_of(customer: Mapping[str, Any]) -> bytes:
    """The way a person walks: street, building, unit, floor by floor."""
    steps = [re.sub(r"[0-9]+", lambda figure: figure[0].zfill(6), str(customer.get(part) or "")) for part in _PARTS]
    return _text("\n".join(steps))


def _text(words: str) -> bytes:
    """A text so that it sorts by UTF-16 units, as in a browser."""
    return words.encode("utf-16-be", "surrogatepass")
