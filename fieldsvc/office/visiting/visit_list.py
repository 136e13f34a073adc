"""The list of visits: its columns, its filters, and what of a visit goes into a file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from flask import request

from fieldsvc.catalog.service import catalogue
from fieldsvc.identity import service as identity
from fieldsvc.office import telephone, words
from fieldsvc.office.lists import Asked, Choice, Column, Day, List, Search
from fieldsvc.office.visiting import visit_view
from fieldsvc.office.words import _
from fieldsvc.record import service as record

Json = dict[str, Any]

STATES = ("planned", "started", "closed", "cancelled")
OUTCOMES = ("completed", "stopped", "no_access", "refused")


def visits() -> List[Json]:
    """All visits, the newest day first."""
    people = [(one.id, one.name) for one in identity.technicians()]
    standings = [(one, words.outcome(words.state(one))) for one in (*STATES, *OUTCOMES)]
    return List(
        id="visits",
        title=_("Visits"),
        filters=(
            Search("q", _("Name, address, account, meter or number")),
            Choice("standing", _("State"), standings, every=_("All states")),
            Day("day", _("Day")),
            Choice("technician", _("Technician"), people, every=_("All technicians")),
            *_of_reports(),
        ),
        columns=_columns(),
        find=_find,
    )


def _of_reports() -> list[Any]:
    """What the figures of reports are filtered by; shown only where an address asks for it."""
    kinds = [(one.id, words.told(one.name)) for one in catalogue().entries.visit_types]
    offered = (
        Day("from", _("From")),
        Day("to", _("Until")),
        Choice("type", _("Kind of visit"), kinds, every=_("All kinds")),
    )
    return [one for one in offered if request.args.get(one.id)]


def _find(asked: Asked) -> Any:
    standing = asked["standing"]
    return record.find(
        words=asked["q"],
        state=standing if standing in STATES else "",
        outcome=standing if standing in OUTCOMES else "",
        planned_on=asked["day"],
        assignee_id=asked["technician"],
        planned_from=asked.get("from"),
        planned_to=asked.get("to"),
        type=asked.get("type", ""),
    )


def _columns() -> list[Column[Json]]:
    of = _of_customer
    return [
        Column("day", _("Day"), _day, sort="day"),
        Column("from", _("Time"), lambda visit: (visit["planned"] or {}).get("from"), file_only=True),
        Column("customer", _("Customer"), of("name")),
        Column("account", _("Account number"), of("account"), file_only=True),
        Column(
            "phone", _("Telephone"), lambda visit: telephone.in_file(visit["customer"].get("phone")), file_only=True
        ),
        Column("district", _("District"), of("district"), file_only=True),
        Column("address", _("Address"), of("address")),
        Column("door", _("Building, unit, room"), lambda visit: visit_view.door(visit["customer"]), file_only=True),
        Column("technician", _("Technician"), lambda visit: (visit["assignee"] or {}).get("name")),
        Column("state", _("State"), lambda visit: words.standing(visit)[0]),
        Column("look_at", _("Look at"), _marks),
        Column("type", _("Kind of visit"), lambda visit: words.visit_type(visit["type"]), file_only=True),
        Column("closed_at", _("Closed at"), _closed_at, file_only=True),
        Column("meters", _("Meters"), lambda visit: " ".join(one["serial"] for one in visit["meters"]), file_only=True),
        Column("number", _("Number"), lambda visit: visit["number"], sort="number", look="right spare"),
    ]


def _of_customer(name: str) -> Callable[[Json], str]:
    return lambda visit: str(visit["customer"].get(name) or "")


def _day(visit: Json) -> date | None:
    return date.fromisoformat(visit["planned"]["date"]) if visit["planned"] else None


def _closed_at(visit: Json) -> datetime | None:
    return datetime.fromisoformat(visit["outcome"]["at"]) if visit["outcome"] else None


def _marks(visit: Json) -> str:
    """The worst open hazard in words; the screen shows more."""
    level = visit_view.worst_level(visit)
    return words.level(level) if level else ""
