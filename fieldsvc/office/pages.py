"""The lists of the office: today, visits, hazards, notices, and checking a PDF that somebody brings in.

Each view asks services and shows; nothing is decided here. The pages of one visit, of what needs a person and of staff are in
modules of their own, on the same blueprint.
"""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import clock
from fieldsvc.db import transaction
from fieldsvc.identity import access
from fieldsvc.notices import service as papers
from fieldsvc.office import lists, telephone
from fieldsvc.office.attention import attention_pages, settle_pages
from fieldsvc.office.calling import calls_pages, complaint_pages
from fieldsvc.office.company import catalogue_pages, history_pages, kinds_pages, people_pages, settings_pages
from fieldsvc.office.figures import dashboard_pages, report_pages, suspension_pages
from fieldsvc.office.frame import pages, show
from fieldsvc.office.ledger import hazard_pages, supervise_pages
from fieldsvc.office.metering import billing_pages, reading_pages, slip_pages
from fieldsvc.office.papers import notice_list, print_pages, serving_pages
from fieldsvc.office.visiting import visit_list, visit_pages, visit_view
from fieldsvc.printing import service as printing

__all__ = [
    "attention_pages",
    "billing_pages",
    "calls_pages",
    "catalogue_pages",
    "complaint_pages",
    "dashboard_pages",
    "hazard_pages",
    "history_pages",
    "kinds_pages",
    "pages",
    "people_pages",
    "print_pages",
    "reading_pages",
    "report_pages",
    "serving_pages",
    "settings_pages",
    "settle_pages",
    "slip_pages",
    "supervise_pages",
    "suspension_pages",
    "telephone",
    "visit_pages",
]


@pages.get("/visits")
@access.needs("office")
def visits() -> ResponseReturnValue:
    return lists.answer(visit_list.visits(), "visits", view=visit_view)


@pages.get("/notices")
@access.needs("office")
def notices() -> ResponseReturnValue:
    return lists.answer(notice_list.notices(), "notices", view=visit_view, rules=papers.serving)


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
