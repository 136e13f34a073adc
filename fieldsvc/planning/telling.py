"""What planning says, in the page's language: refusals, places, why a visit planned itself, how campaigns stand.

Decides words only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fieldsvc.office import words
from fieldsvc.office.words import _, cancel_reason, day, ngettext, today
from fieldsvc.planning.campaigns import MOST_PLACES

__all__ = [
    "_",
    "campaign_state",
    "cancel_reason",
    "day",
    "door",
    "follow_up_kind",
    "follow_up_state",
    "kind",
    "ngettext",
    "place",
    "refused",
    "today",
    "visit_title",
    "why",
    "wrong",
]  # fmt: skip


def refused(code: str) -> str:
    """Why a visit was not moved."""
    return (
        {
            "visit_is_closed": _("Closed meanwhile: a closed visit is not moved."),
            "visit_is_cancelled": _("Cancelled meanwhile: bring it back first."),
            "visit_is_begun": _("Begun at the door: what was begun is not cancelled."),
            "visit_has_changed": _(
                "The visit has changed meanwhile. Look at what holds now; the form keeps what you wanted."
            ),
            "changed_meanwhile": _("Moved by somebody else meanwhile, and left as it is."),
            "visit_not_cancelled": _("It was not cancelled, or somebody has brought it back."),
        }.get(code)
        or words.problem(code)
        or _("This could not be planned. Look at the page again.")
    )


def wrong(code: str) -> str:
    """What is wrong with a campaign that somebody asks for."""
    return {
        "places": _("Choose at least one district, street or building."),
        "too_many_places": _("That is more places than one campaign takes: choose %(num)s at most.", num=MOST_PLACES),
        "past": _("The first day has passed."),
        "ends_before": _("The last day comes before the first."),
        "technicians": _("Choose at least one technician."),
        "per_day": _("A number of homes a day is missing, or too large."),
        "no_working_day": _("There is no working day between the two days."),
        "changed": _("This is not what the last preview showed. Look at what it would do now, then plan it."),
    }.get(code, _("This could not be planned. Look at the page again."))


def kind(name: str) -> str:
    """Homes or businesses."""
    return {"home": _("Homes"), "business": _("Businesses")}.get(name, _("Homes and businesses"))


def place(district: str, address: str | None = None, building: str | None = None) -> str:
    """A place of the town in one line."""
    parts = [district or _("without a district")]
    if address is not None:
        parts.append(address or _("without an address"))
    if building is not None:
        parts.append(_("building %(name)s", name=building) if building else _("without a building"))
    return " · ".join(parts)


def door(customer: Mapping[str, Any]) -> str:
    """Building, unit and room as they stand on the door."""
    return "-".join(str(customer.get(part)) for part in ("building", "unit", "room") if customer.get(part))


def campaign_state(name: str) -> str:
    """How a campaign stands."""
    return {
        "working": _("being planned"),
        "done": _("planned"),
        "stopped": _("stopped"),
        "failed": _("failed"),
    }.get(name, name)


def follow_up_kind(name: str) -> str:
    """What planned itself."""
    return {"reinspection": _("Re-inspection"), "repeat": _("Repeat after no access")}.get(name, name)


def follow_up_state(name: str) -> str:
    """How a visit that planned itself stands."""
    return {
        "ahead": _("planned"),
        "kept": _("visited"),
        "dismissed": _("cancelled by the office"),
        "withdrawn": _("withdrawn: its reason has disappeared"),
        "given_up": _("a person decides"),
    }.get(name, name)


def why(parts: list[dict[str, Any]]) -> list[str]:
    """Why a visit planned itself, a line for each reason."""
    return [_reason(part) for part in parts]


def _reason(part: Mapping[str, Any]) -> str:
    if part["kind"] == "hazard":
        name = words.hazard(part.get("code"), part.get("name"))
        return _("%(hazard)s, level %(level)s, due %(day)s", hazard=name, level=part["level"], day=day(part["due"]))
    if part["kind"] == "unseen":
        return _("not accessible: %(point)s", point=words.point(part["item"], part["point"]))
    reason = words.any_term(part.get("reason"), "no_access_reasons", "entry_refusal_reasons")
    calls = ngettext("%(num)s call in vain", "%(num)s calls in vain", part["calls"])
    return " · ".join(one for one in (calls, reason, _("on the agreed day") if part.get("asked") else "") if one)


def visit_title(visit: Mapping[str, Any]) -> str:
    """A visit's name for screen readers: who, and where."""
    return " ".join(one for one in (visit["customer"]["name"], door(visit["customer"])) if one)
