"""Telephone numbers in the office: masked, until somebody asks for one, and that is written down.

Decides when a number is shown whole: on a page whose address asks for this very one (`?number=…`, an entry *shown* in the audit
book, see `fieldsvc.privacy.watch`); in a file for administrators. Where two numbers must be compared (contradictions,
corrections) both are shown, and opening such a page is an entry itself.
"""

from __future__ import annotations

from flask import request
from werkzeug.urls import iri_to_uri

from fieldsvc.identity import access
from fieldsvc.notices import service as papers
from fieldsvc.office import words
from fieldsvc.office.frame import pages

ASKED = "number"


@pages.app_template_filter("masked")
def masked(number: str | None) -> str:
    """A number whose middle cannot be read."""
    return papers.masked_phone(number or "")


@pages.app_template_test("asked_for")
def is_asked_for(owner_id: str) -> bool:
    """Whether this page was asked to show the number of this customer or complaint."""
    return bool(owner_id) and request.args.get(ASKED) == owner_id


@pages.app_template_filter("asking")
def asking(owner_id: str) -> str:
    """The address of this page with that number shown."""
    kept = {name: value for name, value in request.args.items() if name != ASKED}
    return iri_to_uri("?" + words.query({**kept, ASKED: owner_id}))


def in_file(number: str | None) -> str:
    """A number as a file holds it for who takes it away."""
    return (number or "") if access.may("admin") else masked(number)
