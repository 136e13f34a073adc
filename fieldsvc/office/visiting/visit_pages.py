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
from fieldsvc.office import service, words
from fieldsvc.office.attention import conflict_view
from fieldsvc.office.frame import pages, refusal, refuse, show
from fieldsvc.office.visiting import charge_view, earlier, history, history_view, visit_view
from fieldsvc.office.words import _
from fieldsvc.office.writing import write
from fieldsvc.printing import service as printing
from fieldsvc.promises import service as promises
from fieldsvc.record import service as record


@pages.get("/visits/<visit_id>")
@access.needs("office")
def visit(visit_id: str) -> ResponseReturnValue:
    document = record.document(visit_id=visit_id)
    words.speak_of(document)
    entries = ledger.of_visit(visit_id=visit_id)
    owed = papers.of_visit(visit_id=visit_id)
    log = history_view.entries(service.history(visit_id=visit_id), document)
    group = request.args.get("entries", "")
    return show(
        "visit",
        visit=document,
        hazards=visit_view.hazards(document, entries, str(words.company()["boundary"])),
        charged=charge_view.charged(document),
        removed=promises.removed.of_visit(visit_id=visit_id),
        now=clock.now(),
        conflicts=conflict_view.conflicts(document),
        history=history_view.of_group(log, group),
        history_whole=len(log),
        history_groups=history_view.counts(log),
        history_group=group if group in history_view.group_names() else "",
        place=earlier.places(document),
        pairs=earlier.pairs(document),
        bare=history.bare,
        papers=owed,
        may_order_slip=papers.slips.may_be_ordered(document),
        servings=papers.serving.of_papers(owed),
        serving_rules=papers.serving,
        printings=printing.book(notice_ids=[paper.id for paper in owed]),
        technicians=identity.technicians(),
        view=visit_view,
        verified=conflict_view.verified,
    )


def _edit(visit_id: str, kind: str, data: Mapping[str, Any], done: str) -> ResponseReturnValue:
    """Write one op having seen what the form was made from, and go back to the visit with a word on what became of it."""
    try:
        with transaction():
            write(visit_id, kind, data)
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
        refuse(_("Choose a technician."), at="assignee")
        return redirect(url_for("office.visit", visit_id=visit_id), code=303)
    return _edit(visit_id, "visit.assign", {"assignee": username}, _("Assigned to %(name)s.", name=person["name"]))


@pages.post("/visits/<visit_id>/reopen")
@access.needs("office")
def reopen(visit_id: str) -> ResponseReturnValue:
    reason = request.form.get("reason", "").strip()
    if not reason:
        refuse(_("Say why the visit is opened again."), at="reason")
        return redirect(url_for("office.visit", visit_id=visit_id), code=303)
    if record.document(visit_id=visit_id)["state"] != "closed":
        refuse(_("The visit is open already."))
        return redirect(url_for("office.visit", visit_id=visit_id), code=303)
    return _edit(visit_id, "visit.reopen", {"reason": reason}, _("The visit is open again."))


@pages.post("/visits/<visit_id>/slip")
@access.needs("office")
def order_slip(visit_id: str) -> ResponseReturnValue:
    return _edit(visit_id, "slip.order", {}, _("The payment slip is being made."))


@pages.post("/visits/<visit_id>/given-out")
@access.needs("office")
def give_out(visit_id: str) -> ResponseReturnValue:
    """The meter that was taken off leaves the store: where to stands in the visit's history."""
    where = request.form.get("where", "").strip()
    if not where:
        refuse(_("Say where the meter went."), at="where")
        return redirect(url_for("office.visit", visit_id=visit_id), code=303)
    try:
        with transaction():
            promises.removed.give_out(visit_id=visit_id, now=clock.now())
            write(visit_id, "note.add", {"text": _("Removed meter given out: %(where)s", where=where)})
        flash(_("Noted."), "ok")
    except problems.Invalid as problem:
        flash(refusal(problem), "bad")
    return redirect(url_for("office.visit", visit_id=visit_id, _anchor="removed"), code=303)


@pages.post("/visits/<visit_id>/note")
@access.needs("office")
def note(visit_id: str) -> ResponseReturnValue:
    text = request.form.get("text", "").strip()
    if not text:
        refuse(_("Write something first."), at="text")
        return redirect(url_for("office.visit", visit_id=visit_id), code=303)
    return _edit(visit_id, "note.add", {"text": text}, _("Noted."))
