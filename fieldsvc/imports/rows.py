"""A row of a file while it is judged, and what the judges of all kinds have in common.

Decides what counts as a number that has lost zeros: figures that are not on file, while the same figures with zeros before
them are. Which zeros there were is never guessed; the row is named.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from fieldsvc.customers import service as customers
from fieldsvc.imports.cells import Cell

Json = dict[str, Any]

NEW, CHANGED, UNCHANGED, BAD = "new", "changed", "unchanged", "bad"
_ZEROS = 6


@dataclass
class Row:
    """A row: the line on which it begins, what it says, what is wrong with it, what it comes to, and what it changes.

    `changes`: of what is known already, as {field, old, new}; empty for a row that is new, bad or changes nothing.
    """

    line: int
    cells: Sequence[Cell]
    given: dict[str, str]
    reasons: list[Json] = field(default_factory=list)
    status: str = ""
    more: Json = field(default_factory=dict)
    changes: list[dict[str, str]] = field(default_factory=list)

    def refuse(self, code: str, field_name: str, **more: Any) -> None:
        """Say why this row cannot be taken."""
        self.reasons.append({"code": code, "field": field_name, **more})


class Judge(Protocol):
    """One kind of import: what becomes of its rows, and how they are written."""

    def judge(self, rows: Sequence[Row], now: datetime) -> None:
        """Give every row its status, or reasons; remember what the good ones say."""

    def recall(self, row: Row) -> None:
        """Remember what a good row of an earlier batch said."""

    def write(self, rows: Sequence[Row], now: datetime) -> None:
        """Write good rows that are new or change something. Raises Invalid."""


def with_zeros(numbers: Collection[str]) -> dict[str, str]:
    """For each of these numbers the same one with zeros before it, as a key of the number."""
    digits = [one for one in numbers if one.isascii() and one.isdigit()]
    return {"0" * zeros + one: one for one in digits for zeros in range(1, _ZEROS + 1)}


def lost_zeros_of_accounts(accounts: Collection[str]) -> dict[str, str]:
    """Accounts that are not on file as they stand, and as which they are."""
    padded = with_zeros(accounts)
    return {padded[found]: found for found in customers.of_accounts(accounts=list(padded))}


def lost_zeros_of_serials(serials: Collection[str]) -> dict[str, str]:
    """Meter numbers that are not on file as they stand, and as which they are."""
    padded = with_zeros(serials)
    return {padded[found]: found for found in customers.of_serials(serials=list(padded))}
