"""The strip of a paper for belt printers: one page of HTML, for whoever may read the visit. No script is needed.

Decides headers only: the page's size stands in a style of its own, which the policy lets through by a word made for this answer.
"""

from __future__ import annotations

import secrets

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from fieldsvc import headers, problems
from fieldsvc.identity import access
from fieldsvc.notices import service as notices
from fieldsvc.printing import receipt
from fieldsvc.record import service as record

pages = Blueprint("printing", __name__, url_prefix="/papers")


@pages.get("/<notice_id>/receipt")
@access.needs()
def strip(notice_id: str) -> ResponseReturnValue:
    paper = notices.get(notice_id=notice_id)
    if not record.may_read(user_id=access.me().id, office=access.is_office(), visit_id=paper.visit_id):
        raise problems.NotFound("there is no such notice")
    wanted = request.args.get("width", "58")
    made = receipt.strip(paper, width=int(wanted) if wanted in ("58", "80") else 0)
    once = secrets.token_urlsafe(12)
    page = Response(render_template("printing/receipt.html", strip=made, paper=paper, once=once, widths=receipt.WIDTHS))
    page.headers["Content-Security-Policy"] = headers.page_policy(style=once)
    page.headers["Cache-Control"] = "private, no-store"
    return page
