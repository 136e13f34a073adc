"""A visit planned for a complaint: which kind, to whose home, and by whom it may not be made.

Decides what the form proposes: the kind of visit that settles complaints (`settles`, fieldsvc/catalog/data/jobs) in the trade of
the visit complained about, by the day on which the complaint is due. Invariant: never the person complained about.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import clock, problems
from fieldsvc.calls import service as calls
from fieldsvc.catalog.service import catalogue
from fieldsvc.db import transaction
from fieldsvc.identity import access
from fieldsvc.identity import service as identity
from fieldsvc.office import words
from fieldsvc.office.calling import calls_words
from fieldsvc.office.frame import pages, refusal
from fieldsvc.office.words import _
from fieldsvc.record import service as record
from fieldsvc.visits import service as visits


@dataclass(frozen=True)
class Offered:
    """What may be planned for a complaint: kinds as (id, name), the proposed one, the proposed day, and who may go."""

    kinds: list[tuple[str, str]]
    kind: str
    on: date
    technicians: list[Any]


def offered(row: Any) -> Offered | None:
    """What may be planned for a complaint; None where it is closed, or no home is known because it speaks of no visit."""
    if not row.visit_id or row.state == "closed":
        return None
    kinds = [one for one in catalogue().entries.visit_types if one.active]
    trade = record.document(visit_id=row.visit_id)["type"].partition(".")[0]
    settling = [one for one in kinds if one.settles and one.settles.what == "complaint"]
    proposed = next((one for one in settling if one.trade == trade), settling[0] if settling else None)
    return Offered(
        kinds=[(one.id, words.told(one.name)) for one in kinds],
        kind=proposed.id if proposed else "",
        on=max(row.due_on, words.today()),
        technicians=[one for one in identity.technicians() if one.id != row.against_id],
    )


@pages.post("/complaints/<complaint_id>/visit")
@access.needs("office")
def plan_for_complaint(complaint_id: str) -> ResponseReturnValue:
    row, form = calls.complaints.get(complaint_id=complaint_id), request.form
    what, on = offered(row), clock.day_of(form.get("on", ""))
    who, kind = form.get("technician", ""), form.get("kind", "")
    known = what is not None and kind in dict(what.kinds) and who in {"", *(one.username for one in what.technicians)}
    if not known or on is None or on < words.today():
        flash(calls_words.refused("cannot_follow") if not known else _("Choose a day from today on."), "bad")
        return redirect(url_for("office.complaint", complaint_id=complaint_id), code=303)
    customer = record.document(visit_id=row.visit_id or "")["customer"]
    wanted = {
        "type": kind,
        "customer": {"account": customer["account"] or customer["id"]},
        "planned": {"date": on.isoformat(), "from": None, "to": None},
        "assignee": who or None,
    }
    try:
        with transaction():
            (planned,) = visits.plan(visits=[wanted], now=clock.now())
    except problems.Problem as problem:
        flash(refusal(problem), "bad")
        return redirect(url_for("office.complaint", complaint_id=complaint_id), code=303)
    return redirect(url_for("planning.one", visit_id=planned["id"]), code=303)
