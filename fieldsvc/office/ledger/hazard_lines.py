"""Hazards with their homes, as lists show them, and the alerts that stand on top of every page.

Decides nothing; puts beside a hazard what other capabilities know of its home. Invariant: two queries however many hazards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fieldsvc import clock
from fieldsvc.hazards import service as ledger
from fieldsvc.record import service as record

Json = dict[str, Any]

REINSPECTION = "gas.reinspection"
MOST_ALERTS = 3


@dataclass(frozen=True)
class Line:
    """A hazard with its home, and the next re-inspection that is planned there. `version`: of the visit that found it."""

    hazard: ledger.Hazard
    customer: Json
    planned: record.OpenVisit | None
    version: int


@dataclass(frozen=True)
class Alerts:
    """The level 1 hazards that nobody has taken up: some of them with their homes, and how many more there are."""

    lines: Sequence[Line]
    more: int = 0
    minutes: int = 0

    def is_late(self, line: Line) -> bool:
        """Whether it waits for somebody longer than the company allows."""
        return (clock.now() - line.hazard.arrived_at).total_seconds() > self.minutes * 60


def lines(rows: Iterable[ledger.Hazard]) -> list[Line]:
    """Hazards with their homes."""
    listed = list(rows)
    documents = record.documents(ids={row.visit_id for row in listed})
    planned = record.open_visits(customer_ids={row.customer_id for row in listed}, types=(REINSPECTION,))
    return [_line(row, documents.get(row.visit_id), planned[row.customer_id]) for row in listed]


def _line(row: ledger.Hazard, document: Json | None, planned: Sequence[record.OpenVisit]) -> Line:
    known = document or {"customer": {}, "version": 0}
    return Line(row, known["customer"], planned[0] if planned else None, known["version"])


def alerts() -> Alerts:
    """What stands on top of every page of the office."""
    rows = ledger.alerts(limit=MOST_ALERTS)
    if not rows:
        return Alerts(())
    more = ledger.count_alerts(most=100) - len(rows) if len(rows) == MOST_ALERTS else 0
    return Alerts(lines(rows), more, ledger.rules().alert_minutes)
