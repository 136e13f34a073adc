"""What is looked for among the prints, and what was found. Pure: no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from fieldsvc.doubts import prints

PRINTS = "doubts.prints"
"""The number that grows whenever prints change (fieldsvc.numbers)."""

Pictures = Mapping[str, prints.Print | None]


class Outdated(Exception):
    """What was searched before the transaction is no longer so."""


class Sought(NamedTuple):
    """A print whose like is looked for."""

    visit_id: str
    kind: str
    ref: str
    bands: tuple[int | None, ...]
    fine: str


class Near(NamedTuple):
    """A print of another visit."""

    visit_id: str
    ref: str
    customer_id: str
    at: datetime
    fine: str


Alike = Mapping[Sought, Sequence[tuple[int, Near]]]
"""The like of every print, with their distance, nearest first."""
