"""How the office writes things: states, outcomes, kinds of entries, dates and instants, in the page's language.

Decides words only. Texts of the trade (check points, hazards, reasons) are the catalogue's; a word that the catalogue does not
know is shown as it was typed. Invariant: nothing here marks text as safe, so the templates escape all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import flask_babel
from flask import g
from flask_babel import get_locale

from fieldsvc import clock, installation
from fieldsvc.catalog import service as catalog
from fieldsvc.messages import day_written
from fieldsvc.office.names import meter_kind as meter_kind
from fieldsvc.office.names import signer as signer

Text = Mapping[str, str]

# Flask-Babel ships no types; here its two functions get theirs.
_: Callable[..., str] = flask_babel.gettext
ngettext: Callable[..., str] = flask_babel.ngettext


def language() -> str:
    """The page's language as a tag: zh-Hans, zh-Hant, en."""
    return str(get_locale()).replace("_", "-")


def company() -> dict[str, Any]:
    """The company's facts, looked up once per request: every date on a page asks for its zone."""
    if "office_company" not in g:
        g.office_company = installation.company()
    return dict(g.office_company)


def today() -> date:
    """The company's present day."""
    return clock.now().astimezone(_zone()).date()


def _zone() -> ZoneInfo:
    return ZoneInfo(company().get("time_zone", "Asia/Shanghai"))


def speak_of(visit: Mapping[str, Any]) -> None:
    """Say from now on, on this page, the trade's words as the catalogue had them when the visit was begun."""
    g.office_catalogue = catalog.of_visit(visit)


def catalogue() -> catalog.Catalogue:
    """The catalogue whose words the page says: the one in force, or that of the one visit the page is about."""
    said: catalog.Catalogue = g.get("office_catalogue") or catalog.catalogue()
    return said


def told(text: Text | str | None) -> str:
    """A text of the catalogue in the page's language; a plain text as it is."""
    if not isinstance(text, Mapping):
        return "" if text is None else str(text)
    said = text.get(language()) or text.get("zh-Hans") or next(iter(text.values()), "")
    if "%(" in said:
        facts = company()
        said = said.replace("%(company)s", told(facts.get("name"))).replace("%(hotline)s", str(facts.get("hotline")))
    return said


def day(value: date | str | None) -> str:
    """A date in words: 11月21日周六; with its year when that is not the present one."""
    if not value:
        return ""
    when = value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
    return day_written("MMMEd" if when.year == today().year else "yMMMEd", when, str(get_locale()))


def moment(value: datetime | str | None) -> str:
    """An instant on the company's clock: 2026-11-21 09:12."""
    if not value:
        return ""
    when = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return when.astimezone(_zone()).strftime("%Y-%m-%d %H:%M")


def instant(value: object) -> str:
    """An instant that a phone wrote, on the company's clock; what cannot be read as one, as it is."""
    try:
        return moment(str(value or ""))
    except (ValueError, OverflowError):
        return str(value)


def clock_time(value: datetime | str | None) -> str:
    """The time of day of an instant on the company's clock: 09:12."""
    return moment(value)[11:]


def since(value: datetime | str | None) -> str:
    """How long ago something was, roughly."""
    if not value:
        return ""
    when = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    minutes = int((clock.now() - when).total_seconds() // 60)
    if minutes < 2:
        return _("just now")
    if minutes < 60:
        return ngettext("%(num)s minute ago", "%(num)s minutes ago", minutes)
    if minutes < 48 * 60:
        return ngettext("%(num)s hour ago", "%(num)s hours ago", minutes // 60)
    return ngettext("%(num)s day ago", "%(num)s days ago", minutes // (24 * 60))


def days_left(due: date | str) -> str:
    """How a due date stands to today, in words."""
    when = due if isinstance(due, date) else date.fromisoformat(due)
    left = (when - today()).days
    if left < 0:
        return ngettext("%(num)s day overdue", "%(num)s days overdue", -left)
    return _("due today") if left == 0 else ngettext("%(num)s day left", "%(num)s days left", left)


def query(values: Mapping[str, str]) -> str:
    """An address's query; what is empty is left out."""
    return urlencode({name: value for name, value in values.items() if value})


def term(vocabulary: str, word: str | None) -> str:
    """The catalogue's name of a word in the page's language, or the word as it was typed."""
    if not word:
        return ""
    try:
        return told(catalogue().term(vocabulary, word).name)
    except KeyError:
        return word


def any_term(word: str | None, *vocabularies: str) -> str:
    """The name of a word that may come from one of several vocabularies, or the word as it was typed."""
    for vocabulary in vocabularies:
        found = term(vocabulary, word)
        if found != (word or ""):
            return found
    return word or ""


def visit_type(type_id: str) -> str:
    """The name of a kind of visit."""
    try:
        return told(catalogue().visit_type(type_id).name)
    except KeyError:
        return type_id


def item(item_id: str | None) -> str:
    """The name of one of the seven items."""
    for checklist in catalogue().entries.checklists:
        for one in checklist.items:
            if one.id == item_id:
                return told(one.name)
    return item_id or ""


def point(item_id: str, point_id: str) -> str:
    """The name of a check point."""
    try:
        return told(catalogue().point(item_id, point_id).name)
    except KeyError:
        return point_id


def hazard(code: str | None, name: str | None) -> str:
    """The name of a hazard: the catalogue's, or the technician's own words."""
    try:
        return told(catalogue().hazard(code or "").name)
    except KeyError:
        return name or code or ""


def level(number: int | None) -> str:
    """A hazard level as it is written on a chip: its number and its word."""
    graded = {1: _("Level 1, major"), 2: _("Level 2, serious"), 3: _("Level 3, minor")}
    return graded.get(number or 0, _("Level not known"))


def state(name: str) -> str:
    """A visit's state."""
    return {
        "planned": _("To do"),
        "started": _("Under way"),
        "closed": _("Closed"),
        "cancelled": _("Cancelled"),
    }.get(name, name)


REASON_GONE = "reason_gone"
"""Why a visit that planned itself is cancelled: see fieldsvc.planning."""


def cancel_reason(text: str) -> str:
    """Why a visit was cancelled: as it was typed, or why it cancelled itself."""
    return _("its reason has disappeared") if text == REASON_GONE else text


def outcome(name: str | None) -> str:
    """How a visit ended."""
    return {
        "completed": _("Completed"),
        "stopped": _("Stopped for danger"),
        "no_access": _("No access"),
        "refused": _("Entry refused"),
    }.get(name or "", name or "")


def standing(document: Mapping[str, Any]) -> tuple[str, str]:
    """A visit's state and outcome as one word, and the name of its tone."""
    ended = document["outcome"]["outcome"] if document["state"] == "closed" and document["outcome"] else ""
    return (outcome(ended), ended) if ended else (state(document["state"]), document["state"])


def notice_kind(kind: str) -> str:
    """What a paper is."""
    return {
        "stop_gas": _("Stop-gas notice"),
        "hazard": _("Hazard notice"),
        "refusal": _("Refusal record"),
        "reinspection": _("Re-inspection record"),
        "restoration": _("Gas restoration record"),
        "stop_supply": _("Notice of a supply cut"),
        "restore_supply": _("Record of restored supply"),
        "inspection": _("Inspection report"),
        "sheet": _("Work sheet"),
        "gas_on": _("Gas-on certificate"),
        "payment": _("Payment slip"),
        "exchange": _("Meter-exchange sheet"),
        "no_access": _("No-access card"),
    }.get(kind, kind)


def paper_path(stands: str) -> str:
    """How far a paper that needs ink has come."""
    return {
        "to_make": _("Being prepared"),
        "to_print": _("To be printed and served on paper"),
        "to_serve": _("Printed; to be served on paper"),
        "to_scan": _("Served; the signed paper is still to be scanned"),
        "served": _("Served; the signed paper is kept"),
    }.get(stands, stands)


def serving_way(way: str) -> str:
    """How a paper was served."""
    return {
        "hand": _("Handed over"),
        "posted": _("Left at the door"),
        "mail": _("Registered letter"),
    }.get(way, way)


def notice_status(status: str) -> str:
    """How a paper stands."""
    return {"pending": _("Being prepared"), "ready": _("Ready"), "failed": _("Failed")}.get(status, status)


def hazard_state(name: str) -> str:
    """How a hazard stands in the ledger."""
    return {"open": _("Not yet fixed"), "closed": _("Closed as fixed"), "withdrawn": _("Withdrawn")}.get(name, name)


def role(name: str) -> str:
    """A role of a member of staff."""
    return {"technician": _("Technician"), "office": _("Office"), "admin": _("Administrator")}.get(name, name)


def purpose(name: str) -> str:
    """What a photo is for."""
    return {
        "check": _("Check point"),
        "hazard": _("Hazard"),
        "meter": _("Meter dial"),
        "door": _("Front door"),
        "refusal": _("Refusal"),
        "other": _("Other"),
    }.get(name, name)


def customer_field(name: str) -> str:
    """A field of a customer's data."""
    return {
        "account": _("Account"),
        "name": _("Name"),
        "phone": _("Phone"),
        "district": _("District"),
        "address": _("Address"),
        "building": _("Building"),
        "unit": _("Unit"),
        "room": _("Room"),
    }.get(name, name)


def status(name: str) -> str:
    """What became of an entry."""
    return {
        "applied": _("Written"),
        "conflict": _("Written, contradicts another"),
        "duplicate": _("Already known"),
        "quarantined": _("Needs a person"),
        "dismissed": _("Dismissed"),
    }.get(name, name)


def quarantine(code: str | None) -> str:
    """Why an entry could not be applied."""
    return {
        "unknown_kind": _("This server does not know this kind of entry; the phone is newer."),
        "invalid_data": _("What the entry says cannot be read as an entry of its kind."),
        "unknown_visit": _("The server does not know this visit."),
        "not_assigned": _("The visit belongs to another technician."),
        "visit_closed": _("The visit was already closed, and the phone knew it."),
        "device_revoked": _("The phone was revoked before it sent this."),
        **second_person(),
    }.get(code or "", code or "")


def second_person() -> dict[str, str]:
    """Why somebody else must write what makes a hazard look less dangerous."""
    return {
        "finder_lowers": _("Somebody else must do this than who found it."),
        "supervisor": _("Only an administrator may do this; the settings of the ledger say so."),
    }


def problem(code: str) -> str:
    """A refusal in words; empty where there are none for its code."""
    return {
        "cannot_release": _("This entry cannot be applied. Dismiss it with a reason."),
        "visit_closed": _("The visit is closed. Reopen it first."),
        "invalid_data": _("This cannot be written: something in it does not fit the visit."),
        "not_found": _("It is no longer there. Somebody else may have settled it."),
        "not_failed": _("Only a notice that failed can be tried again."),
        "not_ready": _("This notice is still being prepared."),
        "invalid": "",
        **second_person(),
    }.get(code, "")
