"""What needs a person: entries that could not be applied, and visits whose values contradict each other.

Decides nothing: a person releases or dismisses with a reason, the record does it.
"""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import clock, problems
from fieldsvc.db import transaction
from fieldsvc.identity import access
from fieldsvc.office import conflict_view, history, service, visit_view
from fieldsvc.office.frame import pages, refusal, show
from fieldsvc.office.words import _
from fieldsvc.record import service as record


@pages.get("/quarantine")
@access.needs("office")
def attention() -> ResponseReturnValue:
    held = service.held()
    known = record.documents(ids={str(row["op"].get("visit")) for row in held})
    return show(
        "attention",
        held=[
            (
                row,
                *history.sentence(row, known.get(str(row["op"].get("visit")))),
                known.get(str(row["op"].get("visit"))),
            )
            for row in held
        ],
        torn=[(document, conflict_view.conflicts(document)) for document in record.torn()],
        bare=history.bare,
        view=visit_view,
    )


@pages.post("/quarantine/<op_id>")
@access.needs("office")
def settle(op_id: str) -> ResponseReturnValue:
    action, reason = request.form.get("action", ""), request.form.get("reason", "").strip()
    if action not in ("release", "dismiss") or not reason:
        flash(_("Give a reason; it is kept with the entry."), "bad")
        return redirect(url_for("office.attention"), code=303)
    try:
        with transaction():
            record.settle(op_id=op_id, action=action, reason=reason[:1000], user_id=access.me().id, now=clock.now())
        flash(_("The entry is applied.") if action == "release" else _("The entry is dismissed, and kept."), "ok")
    except (problems.NotFound, problems.Conflict) as problem:
        flash(refusal(problem), "bad")
    return redirect(url_for("office.attention"), code=303)
