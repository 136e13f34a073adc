"""One visit: everything that is known of it, and the two things that only the office may write: assign and reopen.

Decides nothing: an edit is an op like any other, and the record says what becomes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import clock, problems
from fieldsvc.db import transaction
from fieldsvc.hazards import service as ledger
from fieldsvc.identity import access
from fieldsvc.identity import service as identity
from fieldsvc.notices import service as papers
from fieldsvc.office import conflict_view, history, service, visit_view, words
from fieldsvc.office.frame import pages, refusal, show
from fieldsvc.office.words import _
from fieldsvc.printing import service as printing
from fieldsvc.record import service as record


@pages.get("/visits/<visit_id>")
@access.needs("office")
def visit(visit_id: str) -> ResponseReturnValue:
    document = record.document(visit_id=visit_id)
    entries = ledger.of_visit(visit_id=visit_id)
    owed = papers.of_visit(visit_id=visit_id)
    return show(
        "visit",
        visit=document,
        hazards=visit_view.hazards(document, entries, str(words.company()["boundary"])),
        conflicts=conflict_view.conflicts(document),
        history=[(row, *history.sentence(row, document)) for row in service.history(visit_id=visit_id)],
        bare=history.bare,
        papers=owed,
        servings=papers.serving.of_papers(owed),
        serving_rules=papers.serving,
        printings=printing.book(notice_ids=[paper.id for paper in owed]),
        technicians=identity.technicians(),
        view=visit_view,
        verified=conflict_view.verified,
    )


def _edit(visit_id: str, kind: str, data: Mapping[str, Any], done: str) -> ResponseReturnValue:
    """Write one op having seen what the form was made from, and go back to the visit with a word on what became of it."""
    base, now = request.form.get("base", ""), clock.now()
    try:
        with transaction():
            service.edit(
                author=identity.office_author(user=access.me(), now=now),
                visit_id=visit_id,
                base=int(base) if base.isascii() and base.isdigit() and len(base) < 19 else 0,
                kind=kind,
                data=data,
                now=now,
            )
        flash(done, "ok")
    except problems.Invalid as problem:
        flash(refusal(problem), "bad")
    return redirect(url_for("office.visit", visit_id=visit_id), code=303)


@pages.post("/visits/<visit_id>/assign")
@access.needs("office")
def assign(visit_id: str) -> ResponseReturnValue:
    username = request.form.get("assignee", "")
    person = identity.find_technician(username)
    if person is None:
        flash(_("Choose a technician."), "bad")
        return redirect(url_for("office.visit", visit_id=visit_id), code=303)
    return _edit(visit_id, "visit.assign", {"assignee": username}, _("Assigned to %(name)s.", name=person["name"]))


@pages.post("/visits/<visit_id>/reopen")
@access.needs("office")
def reopen(visit_id: str) -> ResponseReturnValue:
    reason = request.form.get("reason", "").strip()
    if not reason:
        flash(_("Say why the visit is opened again."), "bad")
        return redirect(url_for("office.visit", visit_id=visit_id), code=303)
    return _edit(visit_id, "visit.reopen", {"reason": reason}, _("The visit is open again."))


@pages.post("/visits/<visit_id>/note")
@access.needs("office")
def note(visit_id: str) -> ResponseReturnValue:
    text = request.form.get("text", "").strip()
    if not text:
        flash(_("Write something first."), "bad")
        return redirect(url_for("office.visit", visit_id=visit_id), code=303)
    return _edit(visit_id, "note.add", {"text": text}, _("Noted."))
