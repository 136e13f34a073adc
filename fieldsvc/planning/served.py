"""Whether a visit that cuts a supply off is planned for a day on which its notice is old enough.

Decides from the rule `served_ahead` of its kind, of several the one with the most days, and from what the office wrote down
of the handing over. It only warns: what the cut rests on is said at the door. Source: domain.md 1.5, E3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from fieldsvc.catalog import service as catalog
from fieldsvc.notices import service as papers
from fieldsvc.record import service as record

NOTICE = "stop_supply"


@dataclass(frozen=True)
class Early:
    """A cut before its time: the notice that was served, empty where none was, and the first day on which it may be made."""

    days: int
    number: str = ""
    served_on: date | None = None
    first: date | None = None


def too_early(visit: Mapping[str, Any]) -> Early | None:
    """What is wrong with the day that a visit is planned for; None where nothing is."""
    ahead = [int(rule["days"]) for rule in catalog.catalogue().rules_of(visit["type"]) if rule["id"] == "served_ahead"]
    if not ahead or not visit["planned"] or visit["state"] not in ("planned", "started"):
        return None
    ids = record.ids_of_customer(customer_id=visit["customer"]["id"])
    served = papers.serving.last_served(visit_ids=ids, kind=NOTICE)
    if served is None:
        return Early(max(ahead))
    number, served_on = served
    first = served_on + timedelta(days=max(ahead))
    return Early(max(ahead), number, served_on, first) if date.fromisoformat(visit["planned"]["date"]) < first else None
