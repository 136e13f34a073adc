"""Changes of settings in words: what was changed, from what to what, and the units beside figures.

Decides words only; a value whose declaration is gone is shown as it was kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import get_locale

from fieldsvc.office import words
from fieldsvc.office.words import _
from fieldsvc.policy import service as policy
from fieldsvc.policy.service import SettingChange, changes, company


def zones() -> list[str]:
    """The time zones to choose from: those of Asia, and the one in force."""
    return sorted(
        {"Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Macau", "UTC", company.in_force()["time_zone"]}
    )


def unit(name: str) -> str:
    """A unit beside a field."""
    return {
        "seconds": _("seconds"),
        "days": _("days"),
        "working_days": _("working days"),
        "hours": _("hours"),
        "minutes": _("minutes"),
        "months": _("months"),
        "years": _("years"),
        "metres": _("metres"),
        "percent": "%",
        "yuan": _("yuan"),
        "cubic_metres": "m³",
    }.get(name.replace(" ", "_"), name)


def section_name(fact: str) -> str:
    """What a row of the book speaks of."""
    if fact == "seal":
        return _("Seal on papers")
    if fact == "catalogue":
        return _("Checklists and hazards")
    declared = company.declared() if fact == company.NAME else policy.declared().get(fact.removeprefix("policy."))
    return words.told(declared["name"]) if declared else fact


@dataclass(frozen=True)
class Told:
    """One changed value in words; `before` and `after` are pictures where `pictures` says so."""

    field: str
    before: str
    after: str
    pictures: bool = False


def tell(row: SettingChange) -> list[Told]:
    """What a change changed, in words."""
    if row.section == "catalogue":
        return [Told(_("Edition"), str(row.old.get("edition") or "—"), str(row.new.get("edition")))]
    if row.section == "seal":
        return [Told("", row.old.get("jpeg") or "", row.new.get("jpeg") or "", pictures=True)]
    declared = (
        company.declared()
        if row.section == company.NAME
        else policy.declared().get(row.section.removeprefix("policy."), {})
    )
    fields = {field["id"]: field for field in declared.get("fields", [])}
    return [
        Told(
            words.told(fields[one]["name"]) if one in fields else one,
            in_words(fields.get(one, {}), only_other(fields.get(one, {}), row.old.get(one), value)),
            in_words(fields.get(one, {}), only_other(fields.get(one, {}), value, row.old.get(one))),
        )
        for one, value in row.new.items()
    ]


def only_other(field: Mapping[str, Any], rows: Any, others: Any) -> Any:
    """Of a table whose rows have a name of their own, those that the other side has not; any other value as it is."""
    if "unique" not in field or not isinstance(rows, list) or not isinstance(others, list):
        return rows
    return [row for row in rows if row not in others]


def both(fact: str, field: Mapping[str, Any], now: Mapping[str, Any], typed: Mapping[str, Any]) -> str:
    """A field that two people changed: what somebody kept meanwhile beside what was typed now."""
    row = changes.last_of(fact, field["id"])
    return _(
        "%(who)s changed this to “%(now)s” meanwhile; you want “%(mine)s”.",
        who=row.by_name if row else "–",
        now=in_words(field, now[field["id"]]),
        mine=in_words(field, typed[field["id"]]),
    )


def in_words(field: Mapping[str, Any], value: Any) -> str:
    """A value as it is told: choices by their names, tables row by row."""
    if value is None or value == "" or value == []:
        return "—"
    match field.get("kind"):
        case "boolean":
            return _("yes") if value else _("no")
        case "choice":
            return next((words.told(one["name"]) for one in field["choices"] if one["value"] == value), str(value))
        case "integers":
            return ", ".join(map(str, value))
        case "table":
            columns = field["columns"]
            return "\n".join(
                " · ".join(in_words(c, row.get(c["id"])) for c in columns if row.get(c["id"]) not in (None, ""))
                for row in value
            )
    beside = unit(field["unit"]) if field.get("unit") else ""
    return f"{value} {beside}".strip() if str(get_locale()) == "en" else f"{value}{beside}"
