"""The pages behind a QR code, in plain HTML that any phone shows, also without script and inside another app.

Decides headers (nothing is kept or passed on) and forms; what may be said comes from the service. Every page is public.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from fieldsvc import clock, installation, problems
from fieldsvc.db import transaction
from fieldsvc.identity import access
from fieldsvc.lookup import service
from fieldsvc.messages import LOCALES
from fieldsvc.notices import service as notices

MOST_BYTES = 16 * 1024 * 1024
"""Of a PDF that anybody may have checked; ours are under one."""

pages = Blueprint("lookup_pages", __name__, url_prefix="/n")


@pages.after_request
def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@pages.get("/<lookup>")
@access.public
def standing(lookup: str) -> ResponseReturnValue:
    found = service.standing(lookup=lookup, today=installation.today())
    if found is None:
        return _unknown()
    return _page("lookup/standing.html", 200, seen=found, lookup=lookup, is_on_paper=notices.serving.is_by_hand)


@pages.route("/<lookup>.pdf", methods=["GET", "POST"])
@access.public
def pdf(lookup: str) -> ResponseReturnValue:
    given = request.form if request.method == "POST" else request.args
    digits, notice_id = given.get("phone4", "").strip(), given.get("notice", "")
    if request.method == "GET" and "phone4" not in given:
        known = service.standing(lookup=lookup, today=installation.today())
        return _question(lookup, notice_id, 403) if known else _unknown()
    try:
        with transaction():
            paper = service.paper_for(
                lookup=lookup, notice_id=notice_id, digits=digits, address=request.remote_addr or "", now=clock.now()
            )
    except problems.NotFound:
        return _unknown()
    except problems.TooMany as problem:
        return _question(lookup, notice_id, 429, trouble=problem.code)
    except problems.Conflict as problem:
        return _question(lookup, notice_id, 409, trouble=problem.code)
    if paper is None:
        return _question(lookup, notice_id, 403, trouble="wrong")
    return Response(notices.pdf(paper), headers=notices.pdf_headers(paper))


@pages.post("/<lookup>/check")
@access.public
def check(lookup: str) -> ResponseReturnValue:
    request.max_content_length = MOST_BYTES
    if service.standing(lookup=lookup, today=installation.today()) is None:
        return _unknown()
    given = request.files.get("file")
    if given is None or not given.filename:
        return _page("lookup/check.html", 422, lookup=lookup, trouble="nothing", verdict=None)
    try:
        with transaction():
            begun = service.begin_check(address=request.remote_addr or "", now=clock.now())
        verdict, here = service.judged(pdf=given.read(), lookup=lookup)
    except problems.TooMany as problem:
        return _page("lookup/check.html", 429, lookup=lookup, trouble=problem.code, verdict=None)
    if verdict.genuine:
        with transaction():
            service.take_back(check=begun)
    return _page("lookup/check.html", 200, lookup=lookup, trouble="", verdict=verdict, here=here)


def _unknown() -> Response:
    with transaction():
        too_many = service.guesses_on(address=request.remote_addr or "", now=clock.now())
    page = _page("lookup/unknown.html", 429 if too_many else 404, too_many=too_many)
    if too_many:
        page.headers["Retry-After"] = str(int(service.WINDOW.total_seconds()))
    return page


def _question(lookup: str, notice_id: str, status: int, trouble: str = "") -> Response:
    return _page("lookup/phone.html", status, lookup=lookup, notice_id=notice_id, trouble=trouble)


def _page(template: str, status: int, **values: Any) -> Response:
    locale = str(get_locale() or "zh_Hans").replace("_", "-")
    text = render_template(
        template,
        lang=locale if locale in LOCALES else "zh-Hans",
        languages=LOCALES,
        company=installation.company(),
        demonstration=notices.is_demonstration(),
        day=notices.day,
        **values,
    )
    return make_response(text, status)
