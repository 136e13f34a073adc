"""Settling what needs a person: contradictions, stale signatures, corrections of customer data, doubts.

Every decision is an op of the office (one write path, one history). Decides nothing: which op settles a contradiction is
`fieldsvc.office.attention.settling`, what follows from one is decided by the followers of the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import clock, problems
from fieldsvc.customers import service as customers
from fieldsvc.db import transaction
from fieldsvc.doubts import service as doubts
from fieldsvc.identity import access
from fieldsvc.identity import service as identity
from fieldsvc.office import service, words
from fieldsvc.office.attention import conflict_view, doubt_words, settling
from fieldsvc.office.attention.attention_pages import back, who_of
from fieldsvc.office.frame import PER_PAGE, pages, refusal, refuse, show
from fieldsvc.office.visiting import history, visit_view
from fieldsvc.office.words import _, ngettext
from fieldsvc.office.writing import seen, write
from fieldsvc.record import service as record
from fieldsvc.visits import service as visits

Json = dict[str, Any]
MOST_AT_ONCE = 200


def _gone() -> ResponseReturnValue:
    flash(_("It is no longer there. Somebody else may have settled it."), "bad")
    return redirect(url_for("office.attention"), code=303)


# ── contradictions ────────────────────────────────────────────────────────


@pages.get("/attention/conflict/<visit_id>")
@access.needs("office")
def conflict(visit_id: str) -> ResponseReturnValue:
    document = record.document(visit_id=visit_id)
    if not document["conflicts"]:
        return _gone()
    return show(
        "attention_conflict",
        visit=document,
        conflicts=conflict_view.conflicts(document),
        own=who_of("conflict", visit_id),
        view=visit_view,
    )


@pages.post("/attention/conflict/<visit_id>")
@access.needs("office")
def settle_conflict(visit_id: str) -> ResponseReturnValue:
    base, field, op = seen(), request.form.get("field", ""), request.form.get("op", "")
    document = record.document(visit_id=visit_id)
    written = settling.settled(document, field=field, op=op)
    if written is None or document["version"] != base:
        flash(_("The visit has changed meanwhile. Look again, then choose."), "bad")
        return redirect(url_for("office.conflict", visit_id=visit_id), code=303)
    try:
        with transaction():
            write(visit_id, *written)
        flash(_("Settled. Both values stay in the history."), "ok")
    except problems.Invalid as problem:
        flash(refusal(problem), "bad")
    left = record.document(visit_id=visit_id)["conflicts"]
    if left:
        return redirect(url_for("office.conflict", visit_id=visit_id), code=303)
    return redirect(url_for("office.attention", kind="conflict"), code=303)


# ── stale signatures ──────────────────────────────────────────────────────


@pages.get("/attention/signature/<visit_id>/<role>")
@access.needs("office")
def stale_signature(visit_id: str, role: str) -> ResponseReturnValue:
    document = record.document(visit_id=visit_id)
    waiting = doubts.signatures.get(visit_id=visit_id, role=role)
    if waiting is None or role not in document["signatures"]:
        return _gone()
    rows = service.history(visit_id=visit_id)
    later = doubts.signatures.unseen(rows, waiting.op_id)
    return show(
        "attention_signature",
        visit=document,
        role=role,
        signature=document["signatures"][role],
        waiting=waiting,
        since=[(row, *history.sentence(row, document)) for row in later],
        technicians=identity.technicians(),
        own=who_of("signature", f"{visit_id}/{role}"),
        view=visit_view,
    )


@pages.post("/attention/signature/<visit_id>/<role>")
@access.needs("office")
def settle_signature(visit_id: str, role: str) -> ResponseReturnValue:
    here = url_for("office.stale_signature", visit_id=visit_id, role=role)
    reason = request.form.get("reason", "").strip()[:1000]
    plans = request.form.get("action") == "resign"
    if not reason and not plans:
        refuse(_("Give a reason; it is kept with the entry."), at="reason")
        return redirect(here, code=303)
    try:
        with transaction():
            # Not before: of two people at this form the second finds it settled, and plans no second visit.
            waiting = doubts.signatures.get(visit_id=visit_id, role=role)
            if waiting is None:
                return _gone()
            if plans:
                planned = _plan_again(
                    visit_id, day=request.form.get("day", ""), assignee=request.form.get("assignee", "")
                )
                reason = _("Signed anew at visit %(number)s", number=planned["number"])
            data = {"signature": waiting.op_id, "role": role, "reason": reason}
            write(visit_id, "signature.accept", data)
        flash(reason if plans else _("Accepted as it is, with your reason."), "ok")
    except problems.Invalid as problem:
        refuse(refusal(problem), at={"no_day": "day", "same_person": "assignee"}.get(problem.code, ""))
        return redirect(here, code=303)
    return redirect(url_for("office.attention", kind="signature"), code=303)


def _plan_again(visit_id: str, *, day: str, assignee: str, not_by: str | None = None) -> Json:
    """Plan another visit to the same home. Raises Invalid for a day or a person that will not do. In the transaction."""
    on = clock.day_of(day)
    if on is None:
        raise problems.Invalid(_("Choose a day."), code="no_day")
    if on < words.today():
        raise problems.Invalid(_("Choose a day that is not past."), code="no_day")
    person = identity.find_technician(assignee) if assignee else None
    if not_by is not None and person is not None and person["id"] == not_by:
        raise problems.Invalid(_("Somebody else has to look again."), code="same_person")
    document = record.document(visit_id=visit_id)
    customer = customers.get(customer_id=document["customer"]["id"])
    if customer is None:
        raise problems.Invalid("the customer is not on file")
    wanted = {
        "type": "gas.inspection",
        "customer": {"account": customer.account},
        "planned": {"date": on.isoformat(), "from": None, "to": None},
        "assignee": person["username"] if person else None,
    }
    (planned,) = visits.plan(visits=[wanted], now=clock.now())
    return planned


# ── corrections of customer data ──────────────────────────────────────────


@pages.get("/attention/corrections")
@access.needs("office")
def correction_list() -> ResponseReturnValue:
    field = request.args.get("field", "")
    rows = customers.corrections.waiting(limit=PER_PAGE, field=field)
    return show(
        "attention_corrections",
        rows=service.with_visits(rows, key="visit_id"),
        waits=customers.corrections.count(most=10_000, field=field),
        field=field,
        settled=customers.corrections.settled(limit=20),
        one=None,
        view=visit_view,
    )


@pages.get("/attention/correction/<correction_id>")
@access.needs("office")
def correction(correction_id: str) -> ResponseReturnValue:
    found = customers.corrections.some(ids=[correction_id]).get(correction_id)
    if found is None or found.settled_at is not None:
        return _gone()
    return show(
        "attention_corrections",
        rows=service.with_visits([found], key="visit_id"),
        waits=1,
        field="",
        settled=[],
        one=found,
        own=who_of("correction", correction_id),
        view=visit_view,
    )


@pages.post("/attention/corrections")
@access.needs("office")
def settle_corrections() -> ResponseReturnValue:
    approve, reason = request.form.get("action") == "approve", request.form.get("reason", "").strip()[:1000]
    chosen = customers.corrections.some(ids=request.form.getlist("correction")[:MOST_AT_ONCE])
    waiting = [one for one in chosen.values() if one.settled_at is None]
    if not waiting:
        flash(_("Choose at least one that still waits."), "bad")
        return back()
    if not approve and not reason:
        refuse(_("Say why; the reason is kept and shown."), at="reason")
        return back()
    too_long = [one for one in waiting if approve and len(one.new) > customers.corrections.longest(one.field)]
    if too_long:
        names = _(", ").join(words.customer_field(one.field) for one in too_long)
        flash(_("Too long for the customer file: %(fields)s. Reject it with a reason.", fields=names), "bad")
        return back()
    with transaction():
        for one in waiting:
            data = {"correction": one.id, "approve": approve, **({"reason": reason} if reason else {})}
            write(one.visit_id, "correction.settle", data, base=record.document(visit_id=one.visit_id)["version"])
    done = ngettext("%(num)s correction approved.", "%(num)s corrections approved.", len(waiting))
    kept = ngettext("%(num)s correction rejected.", "%(num)s corrections rejected.", len(waiting))
    flash(done if approve else kept, "ok")
    return back()


# ── marks of a visit done for show ────────────────────────────────────────


@pages.get("/attention/doubt/<doubt_id>")
@access.needs("office")
def doubt(doubt_id: str) -> ResponseReturnValue:
    return _doubt(doubt_id)


def _doubt(doubt_id: str, *, given: Mapping[str, str] | None = None, wrong: str = "") -> str:
    found = doubts.get(doubt_id=doubt_id)
    pieces = doubt_words.pieces(found)
    return show(
        "attention_doubt",
        doubt=found,
        pieces=pieces,
        visit=record.document(visit_id=found.visit_id),
        others=record.documents(ids={one.visit for one in pieces if one.visit}),
        person=identity.people().get(found.user_id or "", ""),
        beside=[one for one in doubts.of_visit(visit_id=found.visit_id) if one.id != found.id],
        recheck=record.documents(ids={found.recheck_id} if found.recheck_id else set()).get(found.recheck_id or ""),
        technicians=[one for one in identity.technicians() if one.id != found.user_id],
        soon=words.today() + timedelta(days=1),
        own=who_of("doubt", doubt_id),
        given=given or {},
        wrong=wrong,
        said=doubt_words,
        view=visit_view,
    )


@pages.post("/attention/doubt/<doubt_id>")
@access.needs("office")
def settle_doubt(doubt_id: str) -> ResponseReturnValue:
    form, verdict = request.form, request.form.get("verdict", "")
    note = form.get("note", "").strip()[:2000]
    if verdict not in doubts.VERDICTS or (verdict == "talk" and not note):
        return _doubt(doubt_id, given=form, wrong=_("Say in a few words what came out.")), 422
    data: Json = {"doubt": doubt_id, "verdict": verdict, **({"note": note} if note else {})}
    try:
        with transaction():
            found = _as_seen(doubt_id)
            data["evidence"] = found.evidence
            if verdict == "redo":
                day, assignee = form.get("day", ""), form.get("assignee", "")
                planned = _plan_again(found.visit_id, day=day, assignee=assignee, not_by=found.user_id)
                data["recheck"] = planned["id"]
            write(found.visit_id, "doubt.settle", data)
    except problems.Conflict:
        told = _("The doubt has changed meanwhile, or somebody else has settled it. Look again, then choose.")
        return _doubt(doubt_id, given=form, wrong=told), 409
    except problems.Invalid as problem:
        return _doubt(doubt_id, given=form, wrong=refusal(problem)), 422
    flash(_("Settled: %(verdict)s.", verdict=doubt_words.verdict(verdict)), "ok")
    if doubts.get(doubt_id=doubt_id).is_open:
        flash(_("Something new has come since it was settled."), "bad")
        return redirect(url_for("office.doubt", doubt_id=doubt_id), code=303)
    return redirect(url_for("office.attention", kind="doubt"), code=303)


def _as_seen(doubt_id: str) -> doubts.Doubtful:
    """The doubt with only the evidence that stood on the page. Raises Conflict when it was settled since. In the transaction."""
    found, form = doubts.get(doubt_id=doubt_id), request.form
    seen = [piece for piece in found.evidence if piece in form.getlist("evidence")]
    settled = found.settled_at.isoformat() if found.settled_at else ""
    if not found.is_open or not seen or form.get("settled", "") != settled:
        raise problems.Conflict("this doubt has changed", code="doubt_has_changed")
    return replace(found, evidence=seen)
