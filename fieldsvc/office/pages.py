"""The lists of the office: today, visits, hazards, notices, and checking a PDF that somebody brings in.

Each view asks services and shows; nothing is decided here. The pages of one visit, of what needs a person and of staff are in
modules of their own, on the same blueprint.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import clock
from fieldsvc.db import transaction
from fieldsvc.hazards import service as ledger
from fieldsvc.identity import access
from fieldsvc.identity import service as identity
from fieldsvc.notices import service as papers
from fieldsvc.office import (
    attention_pages,
    people_pages,
    print_pages,
    service,
    serving_pages,
    visit_pages,
    visit_view,
    words,
)
from fieldsvc.office.frame import PER_PAGE, Pager, page_number, pages, show
from fieldsvc.printing import service as printing
from fieldsvc.record import service as record

__all__ = ["attention_pages", "pages", "people_pages", "print_pages", "serving_pages", "visit_pages"]

STATES = ("planned", "started", "closed", "cancelled")
ON_A_DAY = 30
OUTCOMES = ("completed", "stopped", "no_access", "refused")


def asked(name: str) -> str:
    """A filter of the address, trimmed; empty where it is not given."""
    return request.args.get(name, "").strip()[:200]


def asked_day(name: str) -> date | None:
    """A day of the address; None where there is none that can be read."""
    try:
        return date.fromisoformat(asked(name)) if asked(name) else None
    except ValueError:
        return None


@pages.get("")
@access.needs("office")
def dashboard() -> ResponseReturnValue:
    on = asked_day("day") or words.today()
    step = timedelta(days=1)
    visits, total = record.search(planned_on=on, limit=ON_A_DAY)
    return show(
        "dashboard",
        on=on,
        before=on - step if on > date.min else on,
        after=on + step if on < date.max else on,
        day=service.day(on=on),
        visits=visits,
        total=total,
        view=visit_view,
        signer=papers.signer_standing(),
    )


@pages.get("/visits")
@access.needs("office")
def visits() -> ResponseReturnValue:
    standing, number = asked("standing"), page_number()
    given: dict[str, Any] = {
        "q": asked("q"),
        "standing": standing,
        "day": asked_day("day"),
        "technician": asked("technician"),
    }
    documents, total = record.search(
        words=given["q"],
        state=standing if standing in STATES else "",
        outcome=standing if standing in OUTCOMES else "",
        planned_on=given["day"],
        assignee_id=given["technician"],
        limit=PER_PAGE,
        offset=(number - 1) * PER_PAGE,
    )
    return show(
        "visits",
        visits=documents,
        pager=Pager(number, total, len(documents)),
        given=given,
        technicians=identity.technicians(),
        standings=STATES[:3] + OUTCOMES,
        view=visit_view,
    )


@pages.get("/hazards")
@access.needs("office")
def hazards() -> ResponseReturnValue:
    state, level, number = asked("state") or "open", asked("level"), page_number()
    overdue = asked("overdue") == "1"
    rows, total = ledger.ledger(
        state="" if state == "all" else state,
        level=int(level) if level in ("1", "2", "3") else None,
        due_before=words.today() if overdue else None,
        limit=PER_PAGE,
        offset=(number - 1) * PER_PAGE,
    )
    return show(
        "hazards",
        rows=service.with_visits(rows, key="visit"),
        pager=Pager(number, total, len(rows)),
        given={"state": state, "level": level, "overdue": overdue},
        view=visit_view,
    )


@pages.get("/notices")
@access.needs("office")
def notices() -> ResponseReturnValue:
    given, number = {"q": asked("q"), "status": asked("status"), "kind": asked("kind")}, page_number()
    rows, total = papers.search(
        words=given["q"], status=given["status"], kind=given["kind"], limit=PER_PAGE, offset=(number - 1) * PER_PAGE
    )
    return show(
        "notices",
        kinds=list(papers.KINDS),
        rows=service.with_visits(rows, key="visit_id"),
        pager=Pager(number, total, len(rows)),
        given=given,
        view=visit_view,
    )


@pages.post("/notices/<notice_id>/print")
@access.needs("office")
def print_notice(notice_id: str) -> ResponseReturnValue:
    paper = papers.get(notice_id=notice_id)
    papers.pdf(paper)
    with transaction():
        printing.note(notice_ids=[notice_id], by=access.me(), now=clock.now())
    return redirect(f"/api/v1/notices/{paper.id}.pdf", code=303)


@pages.post("/notices/<notice_id>/retry")
@access.needs("office")
def retry_notice(notice_id: str) -> ResponseReturnValue:
    with transaction():
        paper = papers.retry(notice_id=notice_id, now=clock.now())
    if request.form.get("back") == "list":
        return redirect(url_for("office.notices", status=request.form.get("status", "")), code=303)
    return redirect(url_for("office.visit", visit_id=paper.visit_id, _anchor="documents"), code=303)


@pages.get("/verify")
@access.needs("office")
def verify() -> ResponseReturnValue:
    return show("verify", verdict=None)


@pages.post("/verify")
@access.needs("office")
def judge() -> ResponseReturnValue:
    given = request.files.get("file")
    if given is None or not given.filename:
        return show("verify", verdict=None, nothing=True), 422
    verdict = papers.verify(given.read())
    paper = papers.get(notice_id=verdict.notice_id) if verdict.notice_id else None
    return show("verify", verdict=verdict, name=given.filename, paper=paper)
