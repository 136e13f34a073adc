"""Printing in the office: choose papers, see what the choice means, order one file, follow it, print it, print it again.

Decides nothing of it: printing's service does. The choice stands in the address, so that it can be kept and sent to a colleague.
"""

from __future__ import annotations

from flask import flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import clock, problems
from fieldsvc.db import transaction
from fieldsvc.identity import access
from fieldsvc.identity import service as identity
from fieldsvc.notices import service as papers
from fieldsvc.office import words
from fieldsvc.office.frame import pages, show
from fieldsvc.office.visiting import visit_view
from fieldsvc.office.words import _
from fieldsvc.printing import service as printing

SHOWN = 30


def _choice() -> printing.Choice:
    """What the form asks for; without one, today's papers that were never printed."""
    given = request.values

    def said(name: str) -> str:
        return given.get(name, "").strip()[:100]

    return printing.Choice(
        kind=said("kind") if said("kind") in papers.KINDS else "",
        day=clock.day_of(said("day")) if "day" in given else words.today(),
        district=said("district"),
        building=said("building"),
        technician=said("technician"),
        fresh=said("fresh") == "1" if "asked" in given else True,
        order=said("order") if said("order") in printing.ORDERS else printing.ORDERS[0],
    )


@pages.get("/print")
@access.needs("office")
def print_desk() -> ResponseReturnValue:
    choice = _choice()
    chosen = printing.choose(choice)
    ready = sum(one.paper.status == "ready" for one in chosen or ())
    return show(
        "print",
        given=choice,
        chosen=chosen,
        shown=SHOWN,
        most=printing.MOST,
        ready=ready,
        reprints=sum(one.paper.status == "ready" and one.paper.printed_count > 0 for one in chosen or ()),
        runs=printing.latest(),
        technicians=identity.technicians(),
        kinds=list(papers.KINDS),
        orders=printing.ORDERS,
        view=visit_view,
    )


@pages.post("/print")
@access.needs("office")
def order_print() -> ResponseReturnValue:
    choice, both = _choice(), request.form.get("both_sides") == "1"
    chosen = printing.choose(choice)  # before the transaction: reading many visits must not keep other writers waiting
    try:
        with transaction():
            run = printing.order(choice=choice, chosen=chosen, both_sides=both, by=access.me(), now=clock.now())
    except problems.Conflict as problem:
        flash(_refusal(problem), "bad")
        return redirect(url_for("office.print_desk"), code=303)
    return redirect(url_for("office.print_run", run_id=run.id), code=303)


@pages.get("/print/<run_id>")
@access.needs("office")
def print_run(run_id: str) -> ResponseReturnValue:
    run = printing.find(run_id=run_id)
    pile = printing.in_pile(run)
    technician = identity.person(user_id=str(run.asked.get("technician") or ""))
    return show(
        "print_run",
        run=run,
        outdated=_refusals().get(printing.outdated(run), "") if run.status == printing.READY else "",
        pile=pile,
        left=[one for one in pile if one[0].state == "left"],
        merged=[one for one in pile if one[0].state == "merged"],
        technician=technician["name"] if technician else "",
        until=(run.finished_at + printing.KEPT) if run.finished_at else None,
        view=visit_view,
        why_left=why_left,
    )


@pages.get("/print/<run_id>.pdf")
@access.needs("office")
def print_file(run_id: str) -> ResponseReturnValue:
    run = printing.find(run_id=run_id)
    try:
        with printing.look_at(run) as path:
            answer = send_file(path, mimetype="application/pdf", download_name=f"print-{run.made_at:%Y%m%d-%H%M}.pdf")
    except problems.Conflict:
        return redirect(url_for("office.print_run", run_id=run_id), code=303)  # which says why
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@pages.post("/print/<run_id>/print")
@access.needs("office")
def note_print_run(run_id: str) -> ResponseReturnValue:
    try:
        with transaction():
            printing.note_run(run_id=run_id, by=access.me(), now=clock.now())
    except problems.Conflict as problem:
        flash(_refusal(problem), "bad")
        return redirect(url_for("office.print_run", run_id=run_id), code=303)
    return redirect(url_for("office.print_file", run_id=run_id), code=303)


@pages.post("/print/<run_id>/cancel")
@access.needs("office")
def cancel_print(run_id: str) -> ResponseReturnValue:
    with transaction():
        run = printing.cancel(run_id=run_id, now=clock.now())
    if run.status != printing.CANCELLED:
        flash(_("It had ended before it could be cancelled."), "bad")
    return redirect(url_for("office.print_run", run_id=run_id), code=303)


@pages.post("/print/<run_id>/again")
@access.needs("office")
def print_again(run_id: str) -> ResponseReturnValue:
    with transaction():
        run = printing.again(run_id=run_id, by=access.me(), now=clock.now())
    return redirect(url_for("office.print_run", run_id=run.id), code=303)


@pages.post("/print/<run_id>/retry")
@access.needs("office")
def retry_print(run_id: str) -> ResponseReturnValue:
    with transaction():
        printing.retry(run_id=run_id, now=clock.now())
    return redirect(url_for("office.print_run", run_id=run_id), code=303)


def _refusal(problem: problems.Problem) -> str:
    return str(_refusals().get(problem.code) or problem.detail or problem.title)


def _refusals() -> dict[str, str]:
    return {
        "too_many_papers": _("More than %(most)s papers fit. Choose a day, a kind or a place.", most=printing.MOST),
        "no_paper_fits": _("No paper fits this choice."),
        "not_ready": _("This print file is not there any more."),
        "printed": _("It was printed already. Make it anew to print again: the copies are then marked as reprints."),
        "replaced": _("A paper in this file has a newer revision by now. Make it anew; do not hand this one out."),
        "printed_since": _("A paper in this file was printed otherwise by now, so its mark is wrong. Make it anew."),
    }


def why_left(reason: str | None) -> str:
    """Why a paper is not in the file."""
    known = {
        "not_ready": _("It is still being made."),
        "failed": _("It could not be made."),
        "replaced": _("A newer revision has taken its place."),
        "missing": _("Its file is missing from the store."),
        "altered": _("Its file is not the one that was issued."),
        "damaged": _("Its file cannot be read."),
    }
    return known.get(reason or "", reason or "")
