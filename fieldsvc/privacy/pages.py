"""The administrators' pages about people's data: the audit book, what is kept how long, and one person's data.

Decides nothing: what goes and what stays is `retention` and `person`. Every page and every button is for administrators only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import clock, installation, problems
from fieldsvc.customers import service as customers
from fieldsvc.db import transaction
from fieldsvc.identity import access
from fieldsvc.office import lists
from fieldsvc.office.frame import refusal, show
from fieldsvc.office.words import _
from fieldsvc.policy import service as policy
from fieldsvc.privacy import audit_list, export, person, retention, words
from fieldsvc.record import service as record

pages = Blueprint("privacy", __name__, url_prefix="/office/privacy")

MOST_FOUND = 20


@pages.get("/audit")
@access.needs("admin")
def audit_list_page() -> ResponseReturnValue:
    return lists.answer(audit_list.entries(), "audit", at="audit", told=audit_list.told, audit_words=words)


@pages.get("/retention")
@access.needs("admin")
def retention_page() -> ResponseReturnValue:
    automatic = policy.value("retention", "automatic")
    ripe = retention.look(today=installation.today())
    return show("retention", at="retention", ripe=ripe, automatic=automatic, privacy_words=words)


@pages.get("/people")
@access.needs("admin")
def people_page() -> ResponseReturnValue:
    sought = request.args.get("q", "").strip()[:200]
    found = record.find(words=sought).part(limit=MOST_FOUND).rows if sought else []
    homes = {visit["customer"]["id"]: visit["customer"] for visit in found}
    waiting = person.all_waiting()
    names = customers.of_ids(ids=[row.customer_id for row in waiting])
    return show("persons", at="people", q=sought, homes=list(homes.values()), waiting=waiting, names=names)


@pages.get("/customers/<customer_id>")
@access.needs("admin")
def customer(customer_id: str) -> ResponseReturnValue:
    found = customers.get(customer_id=customer_id)
    if found is None:
        raise problems.NotFound("there is no such customer")
    ids = record.ids_of_customer(customer_id=customer_id)
    made = person.plan(customer_id=customer_id, moved_out=True, today=installation.today())
    return show(
        "person",
        at="people",
        customer=found,
        visits=record.documents(ids=ids),
        plan=made,
        asked=person.of_customer(customer_id=customer_id),
        privacy_words=words,
    )


@pages.post("/customers/<customer_id>/file")
@access.needs("admin")
def take_person(customer_id: str) -> ResponseReturnValue:
    made = export.of_customer(customer_id=customer_id)
    name = f"person-{clock.now().astimezone(installation.zone()):%Y%m%d-%H%M}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return Response(_poured(made), mimetype="application/zip", headers=headers)


def _poured(made: IO[bytes]) -> Iterator[bytes]:
    with made:
        while part := made.read(64 * 1024):
            yield part


@pages.post("/customers/<customer_id>/erasures")
@access.needs("admin")
def ask_erasure(customer_id: str) -> ResponseReturnValue:
    me = access.me()
    try:
        with transaction():
            person.ask(
                customer_id=customer_id,
                moved_out=request.form.get("moved_out") == "1",
                reason=request.form.get("reason", ""),
                by_id=me.id,
                by_name=me.name,
                now=clock.now(),
            )
        flash(_("Asked for. Another administrator must agree."), "ok")
    except (problems.Invalid, problems.Conflict) as problem:
        flash(_said(problem), "bad")
    return redirect(url_for("privacy.customer", customer_id=customer_id), code=303)


@pages.post("/erasures/<erasure_id>")
@access.needs("admin")
def settle_erasure(erasure_id: str) -> ResponseReturnValue:
    me, agree = access.me(), request.form.get("agree") == "1"
    try:
        with transaction():
            row = person.settle(
                erasure_id=erasure_id,
                agree=agree,
                by_id=me.id,
                by_name=me.name,
                today=installation.today(),
                now=clock.now(),
            )
        flash(_("Erased what may go.") if agree else _("Not erased."), "ok")
    except problems.Conflict as problem:
        flash(_said(problem), "bad")
        return redirect(url_for("privacy.people_page"), code=303)
    return redirect(url_for("privacy.customer", customer_id=row.customer_id), code=303)


def _said(problem: problems.Problem) -> str:
    own = {
        "second_person": _("Somebody else than who asked for it must agree."),
        "erasure_waits": _("An erasure waits for a second administrator already."),
        "settled_already": _("This was settled already."),
        "invalid": _("Say why the data are to be erased."),
    }
    return own.get(problem.code) or refusal(problem)
