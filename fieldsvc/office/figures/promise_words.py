"""What promises are called, and how much time they give.

Decides words, and which list is behind a promise's figures. The clocks of kinds of visit have theirs in the catalogue, so that
a kind that is added brings its own.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import url_for

from fieldsvc.catalog.service import catalogue
from fieldsvc.office import words
from fieldsvc.office.words import _
from fieldsvc.policy import service as policy
from fieldsvc.promises import service as clocks
from fieldsvc.reports import service as reports


def held(kept: bool | None) -> str:
    """Whether a promise was kept; None while it still may be."""
    return _("Still open") if kept is None else _("Kept") if kept else _("Broken")


def clock_name(name: str) -> str:
    """What the clock of a kind of visit is called."""
    running = catalogue().clock(name)
    return words.told(running.name) if running else name


def clock_value(one: reports.Promise) -> str:
    """How much time the clock of a kind of visit gives, to homes in town."""
    running = catalogue().clock(one.id)
    unit = clocks.value_of(running)[1] if running else ""
    if unit == "working_days":
        return words.ngettext("%(num)s working day", "%(num)s working days", one.value)
    if unit == "hours":
        return words.ngettext("%(num)s hour", "%(num)s hours", one.value)
    if unit == "minutes":
        return words.ngettext("%(num)s minute", "%(num)s minutes", one.value)
    return words.ngettext("%(num)s day", "%(num)s days", one.value)


def promise_name(name: str) -> str:
    """What was promised."""
    return {
        "booked": _("Booked inspection: at the door in time"),
        "repair": _("Repair: at the door in time"),
        "window": _("At the door within the agreed window"),
        "complaint": _("Complaint closed in time"),
        "opinion": _("Opinion answered in time"),
        "suspension": _("Planned suspension told in time"),
        "restoration": _("Supply restored in time after it"),
        "hotline": words.ngettext(
            "Hotline answered within %(num)s ring",
            "Hotline answered within %(num)s rings",
            policy.value("promises", "rings"),
        ),
    }.get(name) or clock_name(name)


def promise_value(one: reports.Promise) -> str:
    """How much time was promised."""
    return {
        "booked": words.ngettext("%(num)s working day", "%(num)s working days", one.value),
        "repair": words.ngettext("%(num)s hour", "%(num)s hours", one.value),
        "window": words.ngettext("%(num)s minute of grace", "%(num)s minutes of grace", one.value),
        "complaint": words.ngettext("%(num)s working day", "%(num)s working days", one.value),
        "opinion": words.ngettext("%(num)s working day", "%(num)s working days", one.value),
        "hotline": words.ngettext("%(num)s ring", "%(num)s rings", one.value),
        "suspension": words.ngettext("%(num)s hour", "%(num)s hours", one.value),
        "restoration": words.ngettext("%(num)s hour", "%(num)s hours", one.value),
    }.get(one.id) or clock_value(one)


def list_behind(name: str, *, first: date, last: date) -> str:
    """The address of the list that a promise's figures of some days are counted from."""
    days: dict[str, Any] = {"from": first.isoformat(), "to": last.isoformat()}
    if name in ("complaint", "opinion"):
        kind = "opinion" if name == "opinion" else None
        return url_for("office.complaints", state="all", kind=kind, **days)
    if name == "hotline":
        return url_for("office.complaints", state="all", way="phone")
    if name in ("suspension", "restoration"):
        return url_for("office.suspensions", **days)
    kinds = [one.id for one in catalogue().entries.visit_types if name in one.clocks]
    known = {"booked": "gas.booked", "repair": "gas.repair"}.get(name) or (kinds[0] if len(kinds) == 1 else None)
    return url_for("office.visits", type=known, **days)
