"""What stands in the tables of the reports: cells with their links, tables, and the figures of a period and of those beside it.

Decides how amounts are gathered and which list a figure leads to. Counts nothing itself, and makes no table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from flask import url_for

from fieldsvc.office import words
from fieldsvc.reports import service as reports
from fieldsvc.reports.service import DONE, Amounts, Span

COMPARED = ("type", "district", "found", "reading", "paper")
OF_THIS_PERIOD = ("technician", "minutes", "timed", "finder", "closed")


@dataclass(frozen=True)
class Cell:
    """A figure; `link` opens the list behind it, `unit` is written after it."""

    value: int | str | None
    link: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Table:
    """A table of a report. `head`: (column id, its words); the first cell of a row is its heading."""

    id: str
    title: str
    head: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    total: Sequence[Cell] = field(default_factory=tuple)


@dataclass(frozen=True)
class Figures:
    """What was counted in a span, in the one before, and in the same one a year earlier."""

    span: Span
    now: Amounts
    before: Amounts
    earlier: Amounts
    today: date

    def each(self) -> tuple[Amounts, Amounts, Amounts]:
        """The three, the present one first."""
        return self.now, self.before, self.earlier


def gather(span: Span, *, today: date) -> Figures:
    """Count a span and the two that it is compared with."""
    now = reports.amounts(measures=(*COMPARED, *OF_THIS_PERIOD), span=span)
    before = reports.amounts(measures=COMPARED, span=span.before)
    same = span.before == span.year_earlier
    earlier = before if same else reports.amounts(measures=COMPARED, span=span.year_earlier)
    return Figures(span, now, before, earlier, today)


def visits_in(span: Span, **more: str) -> str:
    """The address of the visits that were planned for a span."""
    return list_of("office.visits", {"from": span.first.isoformat(), "to": span.last.isoformat(), **more})


def list_of(endpoint: str, filters: Mapping[str, str]) -> str:
    """The address of a list with its filters."""
    return f"{url_for(endpoint)}?{words.query(filters)}"


def found_in(span: Span) -> dict[str, str]:
    """The filters of the hazards that were found in a span."""
    return {"found_from": span.first.isoformat(), "found_to": span.last.isoformat()}


def share(part: int, whole: int) -> int | None:
    """A share in whole percent; None of nothing."""
    return round(part * 100 / whole) if whole else None


def by_part(amounts: Mapping[tuple[str, str], int]) -> Counter[str]:
    """A measure's amounts by part, whatever the key."""
    gathered: Counter[str] = Counter()
    for (_key, part), count in amounts.items():
        gathered[part] += count
    return gathered


def by_key(amounts: Mapping[tuple[str, str], int]) -> dict[str, Counter[str]]:
    """A measure's amounts by key, then by part."""
    gathered: dict[str, Counter[str]] = {}
    for (key, part), count in amounts.items():
        gathered.setdefault(key, Counter())[part] += count
    return gathered


def meant(standings: Mapping[str, int]) -> int:
    """Visits that were meant to happen: all but the cancelled ones."""
    return sum(count for one, count in standings.items() if one != "cancelled")


def done(standings: Mapping[str, int]) -> int:
    """Visits at which the work was done, stopped for danger ones included."""
    return sum(standings.get(one, 0) for one in DONE)
