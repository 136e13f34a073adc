"""What one visit, and one hazard, counts as.

Decides the day a visit belongs to (the one it was planned for), what is measured of it, and what of that goes into which tally.
Pure: a visit's row and the company's zone in, facts out, parts out. Invariant: the parts follow from the facts alone, and the
facts from the row alone, so that whoever counts, in whatever order, counts the same. A change of what is counted raises `RULES`.

Measures, each as (measure, day, key, part): `type`, `technician`, `district` (how visits stand; part: state or outcome),
`minutes` and `timed` (time at the door, and of how many visits; key: technician), `found` and `closed` (hazards; key: item,
part: level), `finder` (hazards found; key: technician, part: level), `reading` (meters of done visits; key: verdict, part:
technician), `paper` (papers in force; key: kind, part: status), `booked` (booked inspections, on the day they were asked for;
key: the day somebody came), `repair` (likewise; key: hours until somebody came), `window` (key: minutes after the agreed time).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from fieldsvc.duty.service import INSPECTIONS

Json = dict[str, Any]
Part = tuple[str, date, str, str]

RULES = 1
DONE = ("completed", "stopped")
BOOKED, REPAIR = "gas.booked", "gas.repair"
LONGEST_MINUTES, LONGEST_HOURS, LATEST = 24 * 60, 999, 240
NOBODY = ""


class VisitFacts(NamedTuple):
    """What a visit counts as. Days as ISO text; `came`: the day somebody was at the door, empty while nobody was."""

    day: str
    type: str
    standing: str
    technician: str
    district: str
    minutes: int | None
    readings: Mapping[str, int]
    papers: Mapping[str, str]
    asked: str
    came: str
    hours: int | None
    late: int | None


class HazardFacts(NamedTuple):
    """What a hazard counts as: the days on which it was found and closed, empty where it is not counted or not closed."""

    found: str
    closed: str
    item: str
    level: int
    finder: str


def of_visit(
    document: Mapping[str, Any], *, planned_on: date | None, created_at: datetime, changed_at: datetime, zone: ZoneInfo
) -> VisitFacts:
    """What a visit counts as, from its row."""
    outcome = document["outcome"] if document["state"] == "closed" else None
    standing = str(outcome["outcome"]) if outcome else str(document["state"])
    came = _instant(document["start"] or outcome, changed_at)
    asked = created_at.astimezone(zone).date()
    return VisitFacts(
        day=(planned_on or asked).isoformat(),
        type=document["type"],
        standing=standing,
        technician=document["assignee"]["id"] if document["assignee"] else NOBODY,
        district=str(document["customer"].get("district") or "")[:200],
        minutes=_minutes(document["start"], outcome) if standing in DONE else None,
        readings=_readings(document) if standing in DONE else {},
        papers=_papers(document["notices"]),
        asked=asked.isoformat(),
        came=came.astimezone(zone).date().isoformat() if came else "",
        hours=None if came is None else _hours(created_at, came),
        late=_late(document["planned"], came, zone),
    )


def inspected_on(document: Mapping[str, Any], *, changed_at: datetime, zone: ZoneInfo) -> date | None:
    """The day on which a visit fulfilled its customer's duty; None where it did not."""
    done = document["state"] == "closed" and document["outcome"] and document["outcome"]["outcome"] == "completed"
    if not done or document["type"] not in INSPECTIONS:
        return None
    at = _instant(document["outcome"], changed_at)
    return at.astimezone(zone).date() if at else None


def of_hazard(entry: Mapping[str, Any], *, zone: ZoneInfo) -> HazardFacts:
    """What a hazard counts as, from its entry in the ledger; a withdrawn one counts as nothing."""
    found = _day(entry["found_at"], zone) if entry["state"] != "withdrawn" else ""
    closed = _day(entry["closed_at"], zone) if found and entry["state"] == "closed" and entry["closed_at"] else ""
    return HazardFacts(found=found, closed=closed, item=entry["item"], level=entry["level"], finder=entry["found_by"])


def parts_of_visit(facts: VisitFacts) -> Counter[Part]:
    """What a visit adds to the tallies."""
    day = date.fromisoformat(facts.day)
    parts: Counter[Part] = Counter()
    for measure, key in (("type", facts.type), ("technician", facts.technician), ("district", facts.district)):
        parts[measure, day, key, facts.standing] += 1
    if facts.minutes is not None:
        parts["minutes", day, facts.technician, ""] += facts.minutes
        parts["timed", day, facts.technician, ""] += 1
    for verdict, count in facts.readings.items():
        parts["reading", day, verdict, facts.technician] += count
    for kind, status in facts.papers.items():
        parts["paper", day, kind, status] += 1
    if facts.standing != "cancelled":
        _promise_parts(facts, day, parts)
    return parts


def _promise_parts(facts: VisitFacts, day: date, parts: Counter[Part]) -> None:
    asked = date.fromisoformat(facts.asked)
    if facts.type == BOOKED:
        parts["booked", asked, facts.came, ""] += 1
    elif facts.type == REPAIR:
        parts["repair", asked, "" if facts.hours is None else str(facts.hours), ""] += 1
    if facts.late is not None:
        parts["window", day, str(facts.late), ""] += 1


def parts_of_hazard(facts: HazardFacts) -> Counter[Part]:
    """What a hazard adds to the tallies."""
    told = (
        ("found", facts.found, facts.item),
        ("closed", facts.closed, facts.item),
        ("finder", facts.found, facts.finder),
    )
    return Counter({(name, date.fromisoformat(day), key, str(facts.level)): 1 for name, day, key in told if day})


def _day(instant: str, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(instant).astimezone(zone).date().isoformat()


def _instant(one: Mapping[str, Any] | None, latest: datetime) -> datetime | None:
    # A phone's clock may be ahead: nothing happened later than the server heard of it.
    return min(datetime.fromisoformat(one["at"]), latest) if one else None


def _minutes(start: Mapping[str, Any] | None, outcome: Mapping[str, Any] | None) -> int | None:
    """How long somebody was at the door, by the phone's own clock; None where it cannot have been so."""
    if not start or not outcome:
        return None
    spent = datetime.fromisoformat(outcome["at"]) - datetime.fromisoformat(start["at"])
    minutes = int(spent.total_seconds() // 60)
    return minutes if 0 <= minutes <= LONGEST_MINUTES else None


def _hours(created_at: datetime, came: datetime) -> int:
    """Hours from order to arrival, counted up: 24 hours and one minute are 25."""
    seconds = max(0, int((came - created_at).total_seconds()))
    return min(-(-seconds // 3600), LONGEST_HOURS)


def _late(planned: Mapping[str, Any] | None, came: datetime | None, zone: ZoneInfo) -> int | None:
    """Minutes after the end of the agreed window, counted up in fives; None where none was agreed or nobody came."""
    if came is None or not planned or not planned.get("to"):
        return None
    try:
        until = datetime.fromisoformat(f"{planned['date']}T{planned['to']}").replace(tzinfo=zone)
    except ValueError:
        return None
    minutes = max(0, int((came - until).total_seconds()) // 60)
    return min(-(-minutes // 5) * 5, LATEST)


def _readings(document: Mapping[str, Any]) -> Counter[str]:
    """How the visit's meters were read: read, exchanged, unreadable or missing."""
    return Counter(_verdict(document["readings"].get(meter["id"])) for meter in document["meters"])


def _verdict(reading: Mapping[str, Any] | None) -> str:
    if reading is None:
        return "missing"
    if not reading.get("value"):
        return "unreadable"
    return "read" if reading.get("exchange") is None else "exchanged"


def _papers(listed: list[Json]) -> dict[str, str]:
    """How the paper of each kind that is in force stands."""
    newest: dict[str, Json] = {}
    for one in listed:
        if one["kind"] not in newest or one["revision"] > newest[one["kind"]]["revision"]:
            newest[one["kind"]] = one
    return {kind: str(one["status"]) for kind, one in newest.items()}
