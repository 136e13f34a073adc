"""What happens around every form of the office: it counts once, and what was typed into a refused one comes back.

A refusal is what a view flashes as "bad" before it redirects, or a problem that it raises. The page on which the form stood is
then made once more, as a request of its own inside this one, and the form in it is filled in as it was sent. A session that has
ended costs the log-in, not the text. Decides nothing of what is refused. Invariant: a page is given back only to a request that
came from our own pages.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html import escape
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Response, after_this_request, current_app, flash, g, render_template, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from fieldsvc import clock, problems
from fieldsvc.db import at_first_write, db, end_reading
from fieldsvc.forms import service as forms
from fieldsvc.identity import access
from fieldsvc.jsontext import dumps, loads
from fieldsvc.office import words
from fieldsvc.office.words import _

OURS = frozenset({"office", "planning", "imports"})
"""The blueprints whose forms are looked after; the lifeboat's carries megabytes and says itself what became of them."""

LOG_IN = frozenset({"identity_pages.log_in", "identity_pages.prove_second", "identity_pages.prove_passkey"})
"""The steps of logging in; what was typed is handed from one to the next in their forms."""

LARGEST = 1024 * 1024
"""More than this is not carried through a log-in."""


def refuse(why: str, at: str = "") -> None:
    """Say why a form is refused, at the field that is wrong. The view then redirects to where the form stands."""
    flash(why, "bad")
    g.refused_at = at


# ── it counts once ────────────────────────────────────────────────────────


def before() -> None:
    """Have the first thing that a form writes be the mark that it was sent."""
    g.told_before = list(session.get("_flashes") or [])
    if request.method != "POST" or request.blueprint not in OURS or not request.form.get("once"):
        return
    who = access.me().id if access.is_office() else ""  # looked up now, so that no other writing takes the mark
    fields = [one for one in request.form.items(multi=True) if one[0] not in ("csrf_token", "stood")]
    fields += [(name, str(file.filename)) for name, file in request.files.items(multi=True)]
    digest = forms.digest(form_id=who + request.form["once"][:80], address=request.full_path, fields=fields)

    def mark() -> None:
        try:
            forms.mark(digest=digest, now=clock.now())
        except forms.Repeated:
            g.repeated = True
            raise

    at_first_write(mark)
    after_this_request(_let_go)


def _let_go(response: Response) -> Response:
    """A view that wrote nothing leaves its mark to nobody: what is written of the request afterwards is not the form's work."""
    db.session().info.pop("at_first_write", None)
    return response


# ── it comes back ─────────────────────────────────────────────────────────


def after(response: Response) -> Response:
    """Give back what was typed into a form that was refused."""
    if request.method != "POST" or not _from_here():
        return response
    if request.endpoint in LOG_IN:
        return _after_log_in(response)
    if request.blueprint not in OURS:
        return response
    if g.get("repeated"):
        return _repeated(response)
    problem = g.get("problem")
    if problem is not None and (problem.status == 401 or (problem.code == "csrf" and not _is_known())):
        return _log_in_first(response)
    why = _why(response, problem)
    if not why:
        return response
    sent = forms.Sent(request.full_path, request.form.to_dict(flat=False), why, g.get("refused_at", ""))
    given = _given_back(sent, list(_stood(response.location or "")))
    if given is None:
        return response
    _tell_only_before()
    return _answer(response, given, response.status_code if problem is not None else 422)


def _is_known() -> bool:
    try:
        return bool(access.me().id)
    except problems.LoginRequired:
        return False


def _from_here() -> bool:
    """Say whether one of our own pages sent it: a page elsewhere is given nothing to fill in and to have sent by a click."""
    origin, site = request.headers.get("Origin", ""), request.headers.get("Sec-Fetch-Site", "same-origin")
    return site == "same-origin" and (not origin or urlsplit(origin).netloc == request.host)


def _why(response: Response, problem: problems.Problem | None) -> str:
    """Why it was refused, in words; empty where it was not, or only in part."""
    if problem is not None:
        return _said(problem)
    told = (session.get("_flashes") or [])[len(g.get("told_before", ())) :]
    if response.status_code not in (302, 303) or any(kind != "bad" for kind, _text in told):
        return ""
    return " ".join(str(text) for _kind, text in told)


def _said(problem: problems.Problem) -> str:
    if problem.code == "csrf":
        return _("The page had been open too long. Nothing of this is lost: look at it once more and send it again.")
    if problem.status >= 500:
        return _("The server cannot do this just now. Nothing of this is lost: send it again in a minute.")
    if problem.code == "written_at_once":
        return _("Somebody wrote the same at the same moment. Look at it again first.")
    return words.problem(problem.code) or _("This was refused, and nothing is changed: %(why)s", why=problem.title)


def _tell_only_before() -> None:
    """What this request said is said on the page it answers with; what came before still waits for its page."""
    session["_flashes"] = g.get("told_before", [])


def _repeated(response: Response) -> Response:
    _tell_only_before()
    flash(_("This was sent twice. It is done, and only once."), "ok")
    response.status_code, response.location = 303, next(_stood(response.location or ""), "/office")
    response.set_data(b"")
    return response


def _stood(location: str) -> Iterator[str]:
    """The pages on which the form may have stood, the likeliest first."""
    named = (request.form.get("stood", ""), request.referrer or "", location)
    for address in dict.fromkeys(_local(one) for one in named):
        if address and _is_page(address):
            yield address


def _local(address: str) -> str:
    parts = urlsplit(address)
    if parts.netloc not in ("", request.host) or not parts.path.startswith("/office"):
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _is_page(address: str) -> bool:
    try:
        current_app.url_map.bind(request.host).match(urlsplit(address).path, method="GET")
    except (HTTPException, RequestRedirect):
        return False
    return True


def _given_back(sent: forms.Sent, pages: list[str]) -> str | None:
    end_reading()
    for address in pages:
        page = _made(address)
        given = forms.filled(page, sent, hidden={"stood": address}) if page else None
        if given is not None:
            return given
    return _beside(sent, pages)


def _beside(sent: forms.Sent, pages: list[str]) -> str | None:
    """The form is not on the page any more: the page, and what was typed as text above it, so that it can be copied."""
    texts = forms.typed(sent.fields)
    page = next(filter(None, map(_made, pages)), "") if texts else ""
    before, main, rest = page.partition("<main")
    tag, close, inside = rest.partition(">")
    if not main or not close:
        return None
    told = render_template("office/given_back.html", why=sent.why, texts=texts)
    return f"{before}{main}{tag}{close}{told}{inside}"


def _made(address: str) -> str:
    """A page of ours as the person sees it now; empty where there is none. A request of its own, with this one's session."""
    generate_csrf()  # in this session, so that the page made in its name carries the token that this answer keeps
    app: Any = current_app._get_current_object()  # type: ignore[attr-defined]
    keeper: SecureCookieSessionInterface = app.session_interface
    signer = keeper.get_signing_serializer(app)
    kept = {name: value for name, value in session.items() if name != "_flashes"}
    cookies = {**request.cookies, app.config["SESSION_COOKIE_NAME"]: signer.dumps(kept) if signer else ""}
    path, _sign, query = address.partition("?")
    environ = {name: value for name, value in request.environ.items() if not name.startswith(("werkzeug.", "flask."))}
    environ |= {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_LENGTH": "0",
        "CONTENT_TYPE": "",
        "wsgi.input": io.BytesIO(),
        "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "HTTP_ACCEPT": "text/html",
    }
    with app.app_context(), app.request_context(environ):
        answer: Response = app.full_dispatch_request()
        shown = answer.status_code == 200 and answer.mimetype == "text/html"
        return answer.get_data(as_text=True) if shown else ""


def _answer(response: Response, page: str, status: int) -> Response:
    """The same answer, whose headers stand already, with another page."""
    response.set_data(page)
    response.status_code, response.mimetype = status, "text/html"
    response.headers.pop("Location", None)
    response.headers["Cache-Control"] = "no-store"
    return response


# ── through a log-in ──────────────────────────────────────────────────────


def _log_in_first(response: Response) -> Response:
    page = next(_stood(""), "")
    kept = dumps([request.full_path.rstrip("?"), request.form.to_dict(flat=False)])
    if not page or len(kept) > LARGEST:
        return response
    login = _made(f"/login?next={quote(page)}")
    told = render_template("office/given_back_later.html", kept=kept)
    shown = re.sub(r'(<form\b[^>]*action="/login[^>]*>)', lambda form: form[1] + told, login)
    return _answer(response, shown, response.status_code) if login else response


def _on_to_the_next_step(response: Response, kept: str) -> Response:
    """The page that asks for more, with what was typed in its forms."""
    location = urlsplit(response.location or "")
    step = _made(f"{location.path}?{location.query}") if response.location else response.get_data(as_text=True)
    hidden = f'<input type="hidden" name="kept" value="{escape(kept)}">'
    held = re.sub(r'(<form\b[^>]*method="post"[^>]*>)', lambda form: form[1] + hidden, step)
    return _answer(response, held, response.status_code if not response.location else 200) if step else response


def _after_log_in(response: Response) -> Response:
    kept = request.form.get("kept", "")
    if not kept or response.mimetype != "text/html":
        return response
    if not access.is_office():
        return _on_to_the_next_step(response, kept)
    try:
        address, fields = loads(kept)
        why = _("You are logged in again. This has not been sent yet: look at it once more and send it.")
        sent = forms.Sent(str(address), {str(name): [str(one) for one in given] for name, given in fields.items()}, why)
    except (ValueError, TypeError, AttributeError):
        return response
    given = _given_back(sent, [page for page in [_local(response.location or "")] if page and _is_page(page)])
    return response if given is None else _answer(response, given, 200)
