"""Complaints: taking one in, the list with its clock, and one complaint with everything that happened to it.

Decides nothing: what may follow what is fieldsvc/calls' to say. Invariant: what was typed comes back where it could not be kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import clock, problems
from fieldsvc.calls import service as calls
from fieldsvc.db import transaction
from fieldsvc.identity import access
from fieldsvc.identity import service as identity
from fieldsvc.office import lists, words
from fieldsvc.office.calling import calls_words, complaint_visits
from fieldsvc.office.frame import pages, show
from fieldsvc.office.lists import Choice, Column, Day, List, Search, Tick
from fieldsvc.office.words import _
from fieldsvc.policy import service as policy
from fieldsvc.record import service as record

LONGEST = {"name": 200, "phone": 40, "address": 300, "about": 4000}


def _unkeepable(text: str) -> str:
    """What is wrong with a text that no database keeps; empty where nothing is."""
    return _("There is a character in this that cannot be kept. Type it anew.") if "\0" in text else ""


def _complaints(names: Mapping[str, str]) -> List[Any]:
    states = [
        ("unsettled", _("Not closed")),
        *((one, calls_words.state(one)) for one in ("open", "answered", "closed")),
    ]
    return List(
        id="complaints",
        title=_("Complaints"),
        filters=(
            Search("q", _("Number, name, address, words")),
            Choice("state", _("State"), [*states, ("all", _("All"))], usual="unsettled"),
            Choice(
                "kind",
                _("What it is"),
                [(one, calls_words.complaint_kind(one)) for one in calls.complaints.KINDS],
                every=_("All kinds"),
            ),
            Choice(
                "topic",
                _("What it is about"),
                [(one, calls_words.topic(one)) for one in calls.complaints.topics()],
                every=_("All topics"),
            ),
            Tick("overdue", _("Overdue only")),
            *_of_figures(),
        ),
        columns=(
            Column("due", _("Due"), lambda row: row.due_on, sort="due"),
            Column("number", _("Number"), lambda row: row.number, sort="number"),
            Column("name", _("Who complained"), lambda row: row.name, sort="name"),
            Column("kind", _("What it is"), lambda row: calls_words.complaint_kind(row.kind), file_only=True),
            Column("topic", _("What it is about"), lambda row: calls_words.topic(row.topic)),
            Column("about", _("About"), lambda row: row.about),
            Column("owner", _("Owner"), lambda row: names.get(row.owner_id, "")),
            Column("state", _("State"), lambda row: calls_words.state(row.state)),
            Column("received", _("Complaint taken in"), lambda row: row.received_at, file_only=True),
            Column("closed", _("Closed"), lambda row: row.closed_on, file_only=True),
        ),
        find=lambda asked: calls.complaints.find(
            words=asked["q"],
            way=asked.get("way", ""),
            due_from=asked.get("from"),
            due_to=asked.get("to"),
            state="" if asked["state"] == "all" or asked["overdue"] else asked["state"],
            kind=asked["kind"],
            topic=asked["topic"],
            overdue_on=words.today() if asked["overdue"] else None,
        ),
    )


def _of_figures() -> list[Any]:
    """What the figures of promises are filtered by; shown only where an address asks for it."""
    ways = [(one, calls_words.way(one)) for one in calls.complaints.WAYS]
    offered = (
        Day("from", _("Due from")),
        Day("to", _("Due until")),
        Choice("way", _("How it came"), ways, every=_("All ways")),
    )
    return [one for one in offered if request.args.get(one.id)]


@pages.get("/complaints")
@access.needs("office")
def complaints() -> ResponseReturnValue:
    names = identity.people()
    return lists.answer(_complaints(names), "complaints", call_words=calls_words, names=names)


@pages.get("/complaints/new")
@access.needs("office")
def new_complaint() -> ResponseReturnValue:
    given: dict[str, str] = {}
    if visit_id := request.args.get("visit", "")[:36]:
        document = record.document(visit_id=visit_id)
        customer = document["customer"]
        given = {
            "visit": visit_id,
            "name": customer["name"],
            "phone": customer.get("phone") or "",
            "address": " ".join(
                str(customer[part])
                for part in ("district", "address", "building", "unit", "room")
                if customer.get(part)
            ),
            "against": (document["assignee"] or {}).get("id", ""),
        }
    return _form(given, {})


def _form(given: Mapping[str, str], errors: Mapping[str, str]) -> str:
    staff = [user for user in identity.staff() if user.active]
    return show(
        "complaint_new",
        given=given,
        errors=errors,
        staff=staff,
        owners=[user for user in staff if {"office", "admin"} & set(identity.role_names(user))],
        ways=calls.complaints.WAYS,
        topics=[(one, calls_words.topic(one)) for one in calls.complaints.topics()],
        most_rings=calls.complaints.MOST_RINGS,
        call_words=calls_words,
        kinds=[
            (kind, calls_words.complaint_kind(kind), policy.value("promises", within))
            for kind, within in calls.complaints.KINDS.items()
            if kind in ("complaint", "opinion") or policy.value("trades", "power")
        ],
    )


def _number(typed: str) -> int | None:
    """A figure as it was typed; None where nothing was, and no figure that could be kept where it is none."""
    said = typed.strip()
    return None if not said else int(said) if said.isascii() and said.isdigit() and len(said) < 7 else -1


@pages.post("/complaints")
@access.needs("office")
def receive_complaint() -> ResponseReturnValue:
    form = request.form
    known = {user.id for user in identity.staff()}
    given: dict[str, Any] = {name: form.get(name, "").strip()[:most] for name, most in LONGEST.items()}
    given |= {"way": form.get("way", ""), "kind": form.get("kind") or "complaint"}
    given |= {"topic": form.get("topic", ""), "rings": _number(form.get("rings", ""))}
    given |= {"against_id": form.get("against") if form.get("against") in known else None}
    owner = form.get("owner", "") if form.get("owner") in known else ""
    if unkeepable := {name: said for name in LONGEST if (said := _unkeepable(given[name]))}:
        return _form(form, unkeepable), 422
    try:
        if "\0" in form.get("visit", ""):
            raise problems.NotFound()
        if form.get("visit"):
            given["visit_id"] = record.document(visit_id=form["visit"][:36])["id"]
        with transaction():
            made = calls.complaints.receive(
                given=given, owner_id=owner, by_id=access.me().id, by_name=access.me().name, now=clock.now()
            )
    except problems.Invalid as problem:
        wrong = {
            "name": _("Who complained is needed."),
            "about": _("Write down what it is about."),
            "way": _("Choose one of the list."),
            "kind": _("Choose one of the list."),
            "topic": _("Choose one of the list."),
            "rings": _("Choose one of the list."),
            "owner": calls_words.refused("owner"),
        }
        return _form(form, {name: wrong[name] for name in problem.more["errors"]}), 422
    flash(
        _(
            "Complaint %(number)s is taken in. It is to be closed by %(day)s.",
            number=made.number,
            day=words.day(made.due_on),
        ),
        "ok",
    )
    return redirect(url_for("office.complaint", complaint_id=made.id), code=303)


@pages.get("/complaints/<complaint_id>")
@access.needs("office")
def complaint(complaint_id: str) -> ResponseReturnValue:
    return _page(complaint_id)


def _page(complaint_id: str, given: Mapping[str, str] | None = None, wrong: str = "") -> str:
    row = calls.complaints.get(complaint_id=complaint_id)
    staff = [user for user in identity.staff() if user.active and user.id != row.against_id]
    return show(
        "complaint",
        row=row,
        entries=calls.complaints.entries(complaint_id=complaint_id),
        names=identity.people(),
        owners=[user for user in staff if {"office", "admin"} & set(identity.role_names(user))],
        given=given or {},
        wrong=wrong,
        call_words=calls_words,
        visit=complaint_visits.offered(row),
    )


@pages.post("/complaints/<complaint_id>")
@access.needs("office")
def add_to_complaint(complaint_id: str) -> ResponseReturnValue:
    form, seen = request.form, request.form.get("seen", "")
    owner = form.get("owner", "")
    if said := _unkeepable(form.get("words", "")):
        return _page(complaint_id, form, said), 422
    try:
        with transaction():
            calls.complaints.add(
                complaint_id=complaint_id,
                event=form.get("event", ""),
                words=form.get("words", "")[: LONGEST["about"]],
                seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 7 else -1,
                owner_id=owner if owner in {user.id for user in identity.staff()} else "",
                by_id=access.me().id,
                by_name=access.me().name,
                now=clock.now(),
            )
    except (problems.Invalid, problems.Conflict) as problem:
        return _page(complaint_id, form, calls_words.refused(problem.code)), problem.status
    flash(_("Noted."), "ok")
    return redirect(url_for("office.complaint", complaint_id=complaint_id), code=303)
