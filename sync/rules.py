"""The safety table: of several live values of a field, which is shown, and whether several are a conflict.

A dumb table on purpose: nothing here computes, so that a safety officer can read it. What is not in it shows the latest
`at`, then the greatest op id. Why: docs/adr/0001-multi-value-merge.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sync.fields import Value
from sync.ops import CHECK_RESULTS, OUTCOMES, STOP_GAS

REOPENED = None
"""The data of an outcome that the office has taken back."""


def _worst_check(data: Any) -> int:
    return CHECK_RESULTS.index(data["result"])


def _severest_level(data: Any) -> int:
    return int(data)


def _earliest_day(data: Any) -> str:
    return str(data)


def _widest_stop(data: Any) -> int:
    return STOP_GAS.index(data)


def _not_withdrawn(data: Any) -> int:
    return 0 if data is None else 1


def _not_fixed(data: Any) -> int:
    return 0 if data["result"] == "not_fixed" else 1


def _not_cancelled(data: Any) -> int:
    return 0 if data is None else 1


def _outcome(data: Any) -> int:
    # An outcome taken back beside one given blindly: open is the safer reading, somebody looks again.
    return -1 if data is REOPENED else OUTCOMES.index(data["outcome"])


_CHECK: Callable[[Any], Any] = _worst_check
_HAZARD: dict[str, Callable[[Any], Any]] = {
    "level": _severest_level,
    "due": _earliest_day,
    "stop_gas": _widest_stop,
    "withdrawn": _not_withdrawn,
    "verified": _not_fixed,
}

_VISIT: dict[str, Callable[[Any], Any]] = {"outcome": _outcome, "cancelled": _not_cancelled}

ADDITIVE = ("steps/", "photos/", "notes/", "signatures/")
"""Ticks, photos, notes and signatures only ever add up: several values of these are no conflict."""


AGREEABLE = ("plan", "assignee")
"""What of a plan may be said twice: the same day, the same person. What was seen at the door is a finding each time."""


def only_adds_up(field: str) -> bool:
    """Say whether several values of a field stand beside each other without contradicting."""
    if field.startswith("photos/") and field.endswith("/removed"):
        return False
    return field.startswith(ADDITIVE) or field in ("customer/confirmed", "slip")


def contradict(field: str, live: Sequence[Value]) -> bool:
    """Say whether the live values of a field contradict each other, so that a person must look.

    Of plans, one that was made twice is one plan, and two that move a visit agree that it is not cancelled.
    """
    if len(live) < 2 or only_adds_up(field):
        return False
    if field == "cancelled":
        return len({value["data"] is None for value in live}) > 1
    if field in AGREEABLE:
        return any(value["data"] != live[0]["data"] for value in live)
    return True


def danger(field: str) -> Callable[[Any], Any] | None:
    """The rank of a field's data, most dangerous first; None where the latest is shown."""
    if field.startswith("checks/"):
        return _CHECK
    if field.startswith("hazards/"):
        return _HAZARD.get(field.rsplit("/", 1)[1])
    return _VISIT.get(field)


def shown(field: str, live: Sequence[Value]) -> Value:
    """Choose the value that is shown among the live ones; the choice does not depend on their order."""
    if len(live) == 1:
        return live[0]
    latest_first = sorted(live, key=lambda v: (instant(v["at"]), v["op"]), reverse=True)
    rank = danger(field)
    return latest_first[0] if rank is None else min(latest_first, key=lambda v: rank(v["data"]))


def instant(at: str) -> float:
    """An RFC 3339 instant as seconds, for comparing instants written with different offsets."""
    return datetime.fromisoformat(at).timestamp()
