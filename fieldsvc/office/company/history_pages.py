"""Who changed what: the book of all sections as one list.

Decides what can be asked of it and how a change is told in a file, in one cell; what a change is called is settings_words'.
Invariant: a picture is told of, never written into a file.
"""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue

from fieldsvc.found import Found
from fieldsvc.identity import access
from fieldsvc.office import lists
from fieldsvc.office.company import settings_words
from fieldsvc.office.frame import pages
from fieldsvc.office.lists import Asked, Choice, Column, Day, List
from fieldsvc.office.words import _
from fieldsvc.policy import service as policy
from fieldsvc.policy.service import SettingChange, changes, company

OTHERS = ("seal", "catalogue")
"""Facts in the book that have no declared section."""
NOBODY = "-"
"""How the address writes the command line, which has no name."""


def _list() -> List[SettingChange]:
    facts = [company.NAME, *(policy.fact_of(one) for one in policy.declared()), *OTHERS]
    sections = [(fact, settings_words.section_name(fact)) for fact in facts]
    people = [(name or NOBODY, _author(name)) for name in changes.authors()]

    def find(asked: Asked) -> Found[SettingChange]:
        by = "" if asked["by"] == NOBODY else asked["by"] or None
        return changes.found(name=asked["section"], by_name=by, first=asked["from"], last=asked["to"])

    return List(
        id="settings-history",
        title=_("Who changed what"),
        filters=(
            Choice("section", _("Settings"), sections, every=_("All settings")),
            Choice("by", _("Who"), people, every=_("Everybody")),
            Day("from", _("From")),
            Day("to", _("Until")),
        ),
        columns=(
            Column("at", _("When"), lambda row: row.at, sort="at"),
            Column("section", _("Settings"), lambda row: settings_words.section_name(row.section), sort="section"),
            Column("change", _("What"), _change, look="grow"),
            Column("by", _("Who"), lambda row: _author(row.by_name), sort="by"),
            Column("undoes", _("Taken back"), lambda row: row.undoes is not None, file_only=True),
        ),
        find=find,
    )


def _author(name: str) -> str:
    return name or _("the command line")


def _change(row: SettingChange) -> str:
    """All that a change changed, a line a field."""
    return "\n".join(
        f"{_picture(one.before)} → {_picture(one.after)}"
        if one.pictures
        else f"{one.field}: {one.before} → {one.after}"
        for one in settings_words.tell(row)
    )


def _picture(jpeg: str) -> str:
    return _("a picture") if jpeg else _("drawn seal")


def _page_of(fact: str) -> str:
    """The address of the page on which a fact is changed; empty for one that no longer has any."""
    if fact == "catalogue":
        return url_for("office.settings_catalogue")
    if fact in (company.NAME, "seal"):
        return url_for("office.settings_section", section_id=company.NAME, _anchor="seal" if fact == "seal" else None)
    section = fact.removeprefix("policy.")
    return url_for("office.settings_section", section_id=section) if section in policy.declared() else ""


@pages.get("/settings/history")
@access.needs("office")
def settings_history() -> ResponseReturnValue:
    words = {"tell": settings_words.tell, "section_name": settings_words.section_name, "page_of": _page_of}
    return lists.answer(_list(), "settings_history", author=_author, **words)
