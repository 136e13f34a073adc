"""The audit book as a list of the office: by person, object, time and kind, and as a file.

Decides which words find which objects: an id as it stands, else whatever customers and visits the search of visits finds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fieldsvc import installation
from fieldsvc.audit import service as audit
from fieldsvc.found import Found
from fieldsvc.identity import service as identity
from fieldsvc.jsontext import loads
from fieldsvc.office.lists import Asked, Choice, Column, Day, List, Search
from fieldsvc.office.words import _
from fieldsvc.privacy import words
from fieldsvc.record import service as record

MOST_VISITS = 50
"""As many visits are looked up for words; whoever means one customer types what only they have."""


def entries() -> List[audit.AuditEntry]:
    """All entries, the latest first."""
    people = sorted(identity.people().items(), key=lambda one: one[1])
    return List(
        id="audit",
        title=_("Audit"),
        filters=(
            Search("q", _("Customer, account, visit number or id")),
            Choice("person", _("Who"), people, every=_("Everybody")),
            Choice("kind", _("What was done"), words.kinds(), every=_("Everything done")),
            Choice("what", _("To what"), words.things(), every=_("Everything")),
            Day("from", _("From")),
            Day("to", _("Until")),
        ),
        columns=(
            Column("at", _("When"), lambda row: row.at, sort="at"),
            Column("person", _("Who"), lambda row: row.by_name),
            Column("kind", _("What was done"), lambda row: words.kind(row.kind)),
            Column("what", _("To what"), lambda row: words.thing(row.what)),
            Column("about", _("Which"), lambda row: row.object_id, look="grow"),
            Column("visit", _("Visit"), lambda row: row.visit_id, file_only=True),
            Column("customer", _("Customer"), lambda row: row.customer_id, file_only=True),
            Column("address", _("From address"), lambda row: row.address, look="spare"),
            Column("status", _("Answer"), lambda row: row.status, file_only=True),
            Column("route", _("Page"), lambda row: row.route, file_only=True),
            Column("detail", _("Details"), lambda row: row.detail, file_only=True),
            Column("number", _("Number"), lambda row: row.number, look="right spare"),
            Column("chain", _("Chain"), lambda row: row.chain, file_only=True),
        ),
        find=_find,
    )


def _find(asked: Asked) -> Found[audit.AuditEntry]:
    return audit.find(
        by_id=asked["person"],
        kind=asked["kind"],
        what=asked["what"],
        about=_about(asked["q"]) if asked["q"] else None,
        first=asked["from"],
        last=asked["to"],
        zone=installation.zone(),
    )


def _about(sought: str) -> set[str]:
    found = record.find(words=sought).part(limit=MOST_VISITS).rows
    return {sought, *(visit["customer"]["id"] for visit in found)}


def told(row: audit.AuditEntry) -> Mapping[str, Any]:
    """What else an entry says, readable."""
    said = loads(row.detail) if row.detail else {}
    return said if isinstance(said, dict) else {}
