"""The settings: what the company decides, a page a section, with who changed what and taking it back.

The office reads, an administrator changes. Decides nothing about values: sections are declared in fieldsvc/policy, the page is
made of the declaration. Invariant: every change is one row of the book; taking one back is another change.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import clock, problems
from fieldsvc.catalog import service as catalog
from fieldsvc.db import transaction
from fieldsvc.identity import access
from fieldsvc.notices import service as papers
from fieldsvc.office.company import settings_form, settings_words
from fieldsvc.office.frame import pages, show
from fieldsvc.office.words import _
from fieldsvc.policy import service as policy
from fieldsvc.policy import workdays
from fieldsvc.policy.service import changes, company

Json = dict[str, Any]

LARGEST_SEAL = 5 * 1024 * 1024


@dataclass(frozen=True)
class Section:
    """A page of settings: what is declared, where it is kept, what is in force, and how it is changed."""

    id: str
    declared: Mapping[str, Any]
    fact: str
    values: Callable[[], Json]
    decide: Callable[..., bool]

    @property
    def fields(self) -> Sequence[Mapping[str, Any]]:
        return list(self.declared["fields"])


def section_of(section_id: str) -> Section:
    """The section of an address. Raises NotFound."""
    if section_id == company.NAME:
        return Section(company.NAME, company.declared(), company.NAME, company.in_force, company.decide)
    declared = policy.declared().get(section_id)
    if declared is None:
        raise problems.NotFound()

    def decide(**given: Any) -> bool:
        return policy.decide(section_id=section_id, **given)

    return Section(section_id, declared, policy.fact_of(section_id), lambda: policy.section(section_id), decide)


@pages.get("/settings")
@access.needs("office")
def settings() -> ResponseReturnValue:
    return show(
        "settings",
        sections=[company.declared(), *policy.declared().values()],
        fact_of={company.NAME: company.NAME} | {one: policy.fact_of(one) for one in policy.declared()},
        newest=changes.newest_of_all(),
        signer=papers.signer_standing(),
        edition=catalog.editions.in_force()[0],
    )


@pages.get("/settings/certificate")
@access.needs("office")
def settings_certificate() -> ResponseReturnValue:
    return show("settings_certificate", signer=papers.signer_standing(load=True))


@pages.get("/settings/<section_id>")
@access.needs("office")
def settings_section(section_id: str) -> ResponseReturnValue:
    section = section_of(section_id)
    return page(section, settings_form.written(section.fields, section.values()), seen=changes.newest(section.fact))


def page(
    section: Section,
    shown: Mapping[str, Any],
    *,
    seen: int,
    errors: Mapping[str, str] | None = None,
    clash: bool = False,
) -> str:
    """The page of a section with its form filled in."""
    return show(
        "settings_section",
        section=section,
        shown=shown,
        seen=seen,
        errors=errors or {},
        clash=clash,
        rows=changes.history(name=section.fact, limit=20),
        tell=settings_words.tell,
        unit=settings_words.unit,
        known_years=workdays.known_years() if section.id == "calendar" else None,
        seal=papers.seal() if section.id == company.NAME else None,
        seal_rows=changes.history(name="seal", limit=10) if section.id == company.NAME else [],
        zones=settings_words.zones() if section.id == company.NAME else [],
    )


@pages.post("/settings/<section_id>")
@access.needs("admin")
def change_section(section_id: str) -> ResponseReturnValue:
    section, form = section_of(section_id), request.form
    seen = _number(form.get("seen", ""))
    more = form.get("more", "")
    shown = settings_form.sent(section.fields, form, more=more)
    if more:
        return page(section, shown, seen=seen)
    values, errors = settings_form.read(section.fields, shown)
    if errors:
        return page(section, shown, seen=seen, errors=errors), 422
    try:
        _decide(section, values, seen=seen)
    except problems.Conflict as problem:
        return _torn(section, values, shown, seen=seen, fields=problem.more.get("fields") or ()), 409
    return redirect(url_for("office.settings_section", section_id=section_id), code=303)


def _torn(section: Section, values: Json, shown: Json, *, seen: int, fields: Collection[str]) -> str:
    """The form as it was sent, with what others changed elsewhere in it, and both values of what both changed."""
    newest, now = changes.newest(section.fact), section.values()
    if not fields:
        return page(section, shown, seen=newest, clash=True)
    base = changes.as_seen(section.fact, now, seen=seen)
    of_others = settings_form.written(section.fields, {one: now[one] for one in now if values[one] == base.get(one)})
    merged = {one: of_others[one] if values[one] == base.get(one) else said for one, said in shown.items()}
    told = {field["id"]: settings_words.both(section.fact, field, now, values) for field in section.fields}
    return page(section, merged, seen=newest, errors={one: told[one] for one in fields}, clash=True)


@pages.post("/settings/<section_id>/undo/<int(max=2147483647):change_id>")
@access.needs("admin")
def undo_change(section_id: str, change_id: int) -> ResponseReturnValue:
    section = section_of(section_id)
    try:
        _decide(
            section,
            changes.get(change_id, name=section.fact).old,
            seen=_number(request.form.get("seen", "")),
            undoes=change_id,
        )
    except problems.Conflict:
        flash(_("Somebody else changed this meanwhile. Look at it again first."), "bad")
    except problems.Invalid:
        flash(_("The former value is no longer allowed, so it cannot be taken back."), "bad")
    return redirect(url_for("office.settings_section", section_id=section_id), code=303)


def _decide(section: Section, values: Mapping[str, Any], *, seen: int, undoes: int | None = None) -> None:
    with transaction():
        changed = section.decide(
            values=values, seen=seen, by_id=access.me().id, by_name=access.me().name, now=clock.now(), undoes=undoes
        )
    flash(_("Kept. It is in force now.") if changed else _("Nothing was different, so nothing was changed."), "ok")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else -1


@pages.post("/settings/company/seal")
@access.needs("admin")
def change_seal() -> ResponseReturnValue:
    given, remove = request.files.get("seal"), request.form.get("remove") == "1"
    content = given.read(LARGEST_SEAL + 1) if given and given.filename else b""
    if not remove and not 0 < len(content) <= LARGEST_SEAL:
        flash(_("Choose a PNG or JPEG file of at most 5 MB."), "bad")
        return redirect(url_for("office.settings_section", section_id="company", _anchor="seal"), code=303)
    try:
        with transaction():
            if changes.newest("seal") != _number(request.form.get("seen", "")):
                raise problems.Conflict()
            old = papers.seal()
            papers.show_seal(None if remove else content)
            if old != papers.seal():
                changes.note(
                    name="seal", old={"jpeg": old}, new={"jpeg": papers.seal()}, by_id=access.me().id,
                    by_name=access.me().name, now=clock.now(),
                )  # fmt: skip
        flash(
            _("Papers show the plain drawn seal from now on.") if remove else _("Papers show this seal from now on."),
            "ok",
        )
    except ValueError:
        flash(_("This file cannot be read as a picture. Choose a PNG or JPEG file of at most 50 megapixels."), "bad")
    except problems.Conflict:
        flash(_("Somebody else changed this meanwhile. Look at it again first."), "bad")
    return redirect(url_for("office.settings_section", section_id="company", _anchor="seal"), code=303)
