"""What a home needs next, read from its visits' documents and the hazard ledger; writes nothing.

Decides which reasons for a visit stand now and by when it should be made: nobody opened and nobody has got in since; a hazard
that must be seen again is still there; a point could not be looked at and has not been since. Invariant: the answer depends on
what is known, not on the order in which it became known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from fieldsvc import installation
from fieldsvc.catalog.service import catalogue
from fieldsvc.duty.service import INSPECTIONS
from fieldsvc.hazards import service as hazards
from fieldsvc.policy import workdays

Json = dict[str, Any]

REINSPECTION_TYPE = "gas.reinspection"
BY, AFTER, EXACT = "by", "after", "exact"


@dataclass(frozen=True)
class Need:
    """One visit that a home needs. `how` says how its day goes by `basis`: on it or before, on it or after, or just then."""

    visit_type: str
    why: list[Json]
    basis: date
    how: str
    technician: str = ""
    other_person: bool = False
    cause: str = ""
    calls: int = 0
    begins: str | None = None


def family(visit_type: str) -> tuple[str, ...]:
    """The kinds of visit of which any one does: a booked inspection is an inspection."""
    return INSPECTIONS if visit_type in INSPECTIONS else (visit_type,)


def _closed(visits: Iterable[Json]) -> list[Json]:
    """The closed visits, the one that ended last first."""
    ended = [one for one in visits if one["state"] == "closed" and one["outcome"]]
    return sorted(ended, key=lambda one: (datetime.fromisoformat(one["outcome"]["at"]), one["id"]), reverse=True)


def _day_of(visit: Mapping[str, Any]) -> date:
    return datetime.fromisoformat(visit["outcome"]["at"]).astimezone(installation.zone()).date()


def _technician(visit: Mapping[str, Any] | None) -> str:
    return str(visit["assignee"]["id"]) if visit and visit["assignee"] else ""


def repeats(visits: Sequence[Json], rules: Mapping[str, Any]) -> list[Need]:
    """A repeat for each family of visits whose last one found nobody at home."""
    found: dict[tuple[str, ...], list[Json]] = {}
    for one in _closed(visits):
        found.setdefault(family(one["type"]), []).append(one)
    return [_repeat(ended, rules) for ended in found.values() if ended[0]["outcome"]["outcome"] == "no_access"]


def _repeat(ended: Sequence[Json], rules: Mapping[str, Any]) -> Need:
    last, calls = ended[0], 0
    for one in ended:
        if one["outcome"]["outcome"] != "no_access":
            break
        calls += 1
    outcome = last["outcome"]
    day, begins = _asked_for(outcome.get("next_at"))
    why = {
        "of": last["id"],
        "kind": "no_access",
        "reason": outcome.get("reason") or "",
        "calls": calls,
        "asked": day is not None,
    }
    return Need(
        visit_type=last["type"],
        why=[why],
        basis=day or workdays.add_working_days(_day_of(last), rules["repeat_days"]),
        how=EXACT if day else AFTER,
        technician=_technician(last),
        cause=last["id"],
        calls=calls,
        begins=begins,
    )


def _asked_for(next_at: str | None) -> tuple[date | None, str | None]:
    """The day, and the time where one was said, at which somebody wants us to come again."""
    if not next_at:
        return None, None
    if len(next_at) <= 10:
        return date.fromisoformat(next_at), None
    at = datetime.fromisoformat(next_at).astimezone(installation.zone())
    return at.date(), at.strftime("%H:%M")


def reinspection(visits: Sequence[Json], customer_id: str, rules: Mapping[str, Any]) -> Need | None:
    """One visit for all hazards of a home that must be seen again and all points that could not be seen; None for none."""
    ended = _closed(visits)
    looked = next(
        (
            _day_of(one)
            for one in ended
            if one["type"] == REINSPECTION_TYPE and one["outcome"]["outcome"] == "completed"
        ),
        None,
    )
    open_ones = _hazards(visits, customer_id)
    points, seen_in = _unseen(ended)
    candidates = [_hazard_day(one, looked, rules) for one in open_ones]
    if points and seen_in:
        candidates.append((workdays.add_working_days(_day_of(seen_in), rules["unseen_days"]), AFTER))
    if not candidates:
        return None
    basis, how = min(candidates)
    by_id = {one["id"]: one for one in visits}
    found_in = next((by_id[one["visit"]] for one in open_ones if one["visit"] in by_id), seen_in)
    return Need(
        visit_type=REINSPECTION_TYPE,
        why=[_why(one) for one in open_ones] + points,
        basis=basis,
        how=how,
        technician=_technician(found_in),
        other_person=any(one["level"] == 1 for one in open_ones),
    )


def _hazards(visits: Sequence[Json], customer_id: str) -> list[Json]:
    """The open hazards that must be seen again; those of a visit that is still going on are for that visit first."""
    going_on = {one["id"] for one in visits if one["state"] in ("planned", "started")}
    found = hazards.of_customer(customer_id=customer_id)
    return [one for one in found if one["visit"] not in going_on and not one["fixed"] and _must_be_seen(one["code"])]


def _must_be_seen(code: str | None) -> bool:
    try:
        return catalogue().hazard(code or "").reinspect == "required"
    except KeyError:
        return True


def _hazard_day(hazard: Mapping[str, Any], looked: date | None, rules: Mapping[str, Any]) -> tuple[date, str]:
    due = date.fromisoformat(hazard["due"])
    if looked is not None and due <= looked:  # seen again and still there: it is not left until somebody asks
        return workdays.add_working_days(looked, rules["reinspect_again_days"]), AFTER
    return due, BY


def _why(hazard: Mapping[str, Any]) -> Json:
    return {
        "kind": "hazard",
        "of": hazard["id"],
        **{name: hazard[name] for name in ("code", "name", "level", "due", "visit")},
    }


def _unseen(ended: Sequence[Json]) -> tuple[list[Json], Json | None]:
    """The points that could not be looked at and have not been since, and the visit that said so last."""
    results: dict[tuple[str, str], tuple[str, Json]] = {}
    for visit in reversed(ended):
        if visit["outcome"]["outcome"] in ("completed", "stopped"):
            for item, points in visit["checks"].items():
                for point, check in points.items():
                    results[item, point] = check["result"], visit
    open_ones = {key: visit for key, (result, visit) in results.items() if result == "not_accessible"}
    listed = [
        {"kind": "unseen", "of": f"{item}/{point}", "item": item, "point": point} for item, point in sorted(open_ones)
    ]
    last = max(open_ones.values(), key=lambda one: datetime.fromisoformat(one["outcome"]["at"]), default=None)
    return listed, last
