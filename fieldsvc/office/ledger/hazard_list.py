"""The list of hazards: its columns, its filters, and what of a hazard goes into a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from flask import request

from fieldsvc.catalog.service import catalogue
from fieldsvc.hazards import service as ledger
from fieldsvc.identity import service as identity
from fieldsvc.office import telephone, words
from fieldsvc.office.ledger import hazard_words
from fieldsvc.office.ledger.hazard_lines import Line, lines
from fieldsvc.office.lists import Asked, Choice, Column, Day, List, Tick
from fieldsvc.office.visiting import visit_view
from fieldsvc.office.words import _

DAYS = ("found_from", "found_to", "closed_from", "closed_to")
"""Days that only addresses ask for: links from figures; the page shows them as one mark."""


def days_asked() -> dict[str, date]:
    """The days that the address asks for."""
    given = {name: Day(name, "").read(request.args.get(name, "").strip()) for name in DAYS}
    return {name: day for name, day in given.items() if day}


def hazards() -> List[Line]:
    """All hazards, the open ones first seen."""
    return List(
        id="hazards",
        title=_("Hazards"),
        filters=_filters(),
        columns=_columns(),
        find=_find,
    )


def items() -> dict[str, str]:
    """The items of all checklists, with their names."""
    return {one.id: words.told(one.name) for checklist in catalogue().entries.checklists for one in checklist.items}


def _filters() -> list[Any]:
    stages = [(one, hazard_words.stage(one)) for one in ledger.STAGES if one not in ("closed", "withdrawn")]
    states = [
        ("open", _("All that are open")),
        ("alert", _("Level 1, taken up by nobody")),
        *stages,
        ("closed", hazard_words.stage("closed")),
        ("withdrawn", hazard_words.stage("withdrawn")),
        ("all", _("All, the latest first")),
    ]
    return [
        Choice("state", _("State"), states, usual="open"),
        Choice("level", _("Level"), [(str(one), words.level(one)) for one in (1, 2, 3)], every=_("All levels")),
        Choice("item", _("Item"), list(items().items()), every=_("All items")),
        Choice("district", _("District"), [(one, one) for one in ledger.districts()], every=_("All districts")),
        Choice("responsible", _("Who acts"), _responsibles(), every=_("Whoever acts")),
        Choice("technician", _("Found by"), _technicians(), every=_("All technicians")),
        Choice("gas", _("Gas"), [(one, hazard_words.gas(one)) for one in ledger.GAS], every=_("Gas or not")),
        Tick("overdue", _("Overdue only")),
    ]


def _responsibles() -> list[tuple[str, str]]:
    return [(one, words.term("responsibles", one)) for one in ("company", "user", "shared")]


def _technicians() -> list[tuple[str, str]]:
    return [(one.id, one.name) for one in identity.technicians()]


def _find(asked: Asked) -> Any:
    days = days_asked()
    found: Any = ledger.find(
        ledger.Filter(
            state=asked["state"],
            level=int(asked["level"]) if asked["level"] else None,
            item=asked["item"],
            district=asked["district"],
            responsible=asked["responsible"],
            finder=asked["technician"],
            gas=asked["gas"],
            overdue_on=words.today() if asked["overdue"] else None,
            found=(days.get("found_from"), days.get("found_to")),
            closed=(days.get("closed_from"), days.get("closed_to")),
        )
    )

    def read(ids: Sequence[str]) -> dict[str, Line]:
        return {line.hazard.id: line for line in lines(found.read(ids).values())}

    return replace(found, read=read)


def _columns() -> list[Column[Line]]:
    home = _of_home
    return [
        Column("level", _("Level"), lambda line: line.hazard.level, sort="danger"),
        Column("hazard", _("Hazard"), lambda line: words.hazard(line.hazard.code, line.hazard.name)),
        Column("code", _("Code"), lambda line: line.hazard.code, file_only=True),
        Column("item", _("Item"), lambda line: words.item(line.hazard.item), file_only=True),
        Column("customer", _("Customer"), home("name")),
        Column("account", _("Account number"), home("account"), file_only=True),
        Column("phone", _("Telephone"), lambda line: telephone.in_file(line.customer.get("phone")), file_only=True),
        Column("district", _("District"), lambda line: line.hazard.district, file_only=True),
        Column("address", _("Address"), home("address")),
        Column("door", _("Door"), lambda line: visit_view.door(line.customer), file_only=True),
        Column("state", _("State"), lambda line: hazard_words.stage(line.hazard.stage)),
        Column("gas", _("Gas"), lambda line: hazard_words.gas(line.hazard.gas), file_only=True),
        Column("responsible", _("Who acts"), _who, file_only=True),
        Column("due", _("Due"), lambda line: line.hazard.due_on, sort="due"),
        Column("paper_due", _("Due by the signed notice"), lambda line: line.hazard.paper_due_on, file_only=True),
        Column("reinspection", _("Re-inspection planned"), _planned, file_only=True),
        Column("found_by", _("Found by"), lambda line: line.hazard.found_by_name, file_only=True),
        Column("found_at", _("Found on"), lambda line: line.hazard.found_at, sort="found", look="right spare"),
        Column("closed_at", _("Closed on"), lambda line: line.hazard.closed_at, sort="closed", file_only=True),
    ]


def _of_home(name: str) -> Callable[[Line], str]:
    return lambda line: str(line.customer.get(name) or "")


def _who(line: Line) -> str:
    return words.term("responsibles", line.hazard.responsible)


def _planned(line: Line) -> date | None:
    return line.planned.planned_on if line.planned else None
