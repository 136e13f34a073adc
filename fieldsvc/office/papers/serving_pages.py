"""The paper path: write down that a notice was handed over, attach the paper that came back signed, and show it again.

Decides nothing: the rules are in notices. A scan is sent as a file to keep, never shown inside our own pages, because anybody may
have made it.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from datetime import date

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import clock, problems
from fieldsvc.db import end_reading, transaction
from fieldsvc.identity import access
from fieldsvc.notices import service as papers
from fieldsvc.office.frame import pages, refusal
from fieldsvc.office.words import _


def _back(visit_id: str) -> ResponseReturnValue:
    return redirect(url_for("office.visit", visit_id=visit_id, _anchor="documents"), code=303)


@pages.post("/notices/<notice_id>/serve")
@access.needs("office")
def serve(notice_id: str) -> ResponseReturnValue:
    paper, form, now = papers.get(notice_id=notice_id), request.form, clock.now()
    try:
        with _scan_of(paper) as scan, transaction():
            row = papers.serving.note(
                paper=paper,
                way=form.get("way", ""),
                served_on=_day(form.get("served_on", "")),
                served_by=form.get("served_by", ""),
                received_by=form.get("received_by", ""),
                tracking=form.get("tracking", ""),
                author=access.me().name,
                now=now,
            )
            if scan:
                papers.serving.attach(serving=row, scan=scan, now=now)
        if scan:
            flash(_("The signed paper is kept."), "ok")
        flash(_("The handing over is written down."), "ok")
    except problems.Problem as problem:
        flash(_said(problem), "bad")
    return _back(paper.visit_id)


@pages.post("/servings/<serving_id>/scan")
@access.needs("office")
def attach_scan(serving_id: str) -> ResponseReturnValue:
    row = papers.serving.get(serving_id=serving_id)
    paper = papers.get(notice_id=row.notice_id)
    try:
        with _scan_of(paper) as scan:
            if scan is None:
                flash(_("Choose the photo or the PDF of the signed paper."), "bad")
            else:
                with transaction():
                    papers.serving.attach(serving=row, scan=scan, now=clock.now())
                flash(_("The signed paper is kept."), "ok")
    except problems.Problem as problem:
        flash(_said(problem), "bad")
    return _back(paper.visit_id)


@pages.get("/servings/<serving_id>/scan")
@access.needs("office")
def scan(serving_id: str) -> ResponseReturnValue:
    row = papers.serving.get(serving_id=serving_id)
    content = papers.serving.scan(row)
    headers = {
        "Content-Type": row.file_type or "application/octet-stream",
        "Content-Disposition": f'attachment; filename="{row.file}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return Response(content, headers=headers)


def _day(text: str) -> date:
    return clock.day_of(text) or date.max  # a day to come is refused like one that cannot be read


def _scan_of(paper: papers.Notice) -> AbstractContextManager[papers.serving.Scan | None]:
    """The scan that came with the form, judged and stored before any transaction; None where none came."""
    given = request.files.get("scan")
    if given is None or not given.filename:
        return nullcontext()
    end_reading()  # judging a file may take long
    return papers.serving.taken_in(paper=paper, content=given.read(papers.serving.LARGEST + 1))


def _said(problem: problems.Problem) -> str:
    missing = {
        "way": _("how it was served"),
        "served_on": _("on which day, not before the paper was issued and not one to come"),
        "served_by": _("two different persons who brought it, with a comma between"),
        "received_by": _("who signed for it"),
        "tracking": _("the number of the registered letter"),
    }
    fields = [said for name, said in missing.items() if name in (problem.more.get("errors") or {})]
    if fields:
        return _("Still needed: %(fields)s.", fields=_(", ").join(fields))
    return {
        "not_an_image": _("Only a photo or a PDF of the signed paper is taken."),
        "not_a_scan": _("This is no scan of a signed paper: an electronic signature is not enough for this notice."),
        "scanned": _("A signed paper is kept already. Write down a new handing over instead."),
        "too_large": _("The file is too large: 20 MB at most."),
    }.get(problem.code, refusal(problem))
