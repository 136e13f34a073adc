"""What every answer carries, and how a problem is said.

Decides the cross-site rule for programs, what is compressed, and the one handler that turns a Problem (or any HTTP error)
into a problem document for programs and a page for people. The headers are headers.py's.
Invariant: a 5xx never tells an exception's text.
"""

from __future__ import annotations

import errno
import logging
from pathlib import Path

from flask import Flask, Response, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_compress import Compress
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, IntegrityError, InternalError, OperationalError
from werkzeug.exceptions import HTTPException

from fieldsvc import headers, problems, shown
from fieldsvc.identity import access

PACKAGE = Path(__file__).resolve().parent
SAFE = {"GET", "HEAD", "OPTIONS"}
# No page of HTML: how small one gets beside what somebody else put into it would tell of the token that it holds.
COMPRESSED = ["application/json", "application/manifest+json", "image/svg+xml", "text/css", "text/javascript"]
COMPRESSION = {
    "COMPRESS_MIMETYPES": COMPRESSED,
    "COMPRESS_ALGORITHM": ["br", "gzip"],
    "COMPRESS_BR_LEVEL": 5,  # takes no longer than gzip, and makes the app's shell six percent smaller; 4 makes it larger
    "COMPRESS_REGISTER": False,
}

DISK_FULL, READ_ONLY = "53100", "25006"
"""PostgreSQL's words for it, as SQLSTATE."""

AGAIN_SECONDS = 60
"""How long whoever got a 503 leaves us alone, where nothing else was said."""

log = logging.getLogger(__name__)


def init_app(app: Flask, *, https: bool) -> None:
    """Put the rules of this module on an application, and the headers of every answer."""
    headers.init_app(app, https=https)
    app.jinja_env.finalize = shown.calm
    app.before_request(check_characters)
    app.before_request(check_header)
    app.register_error_handler(problems.Problem, _problem)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(IntegrityError, _integrity_error)
    app.register_error_handler(OperationalError, _storage_error)
    app.register_error_handler(InternalError, _storage_error)
    app.register_error_handler(OSError, _storage_error)
    app.register_error_handler(Exception, _unexpected)
    app.config.from_mapping(COMPRESSION)
    compress = Compress()
    compress.init_app(app)

    @app.after_request
    def compressed(response: Response) -> Response:
        if response.status_code == 503:
            response.headers.setdefault("Retry-After", str(AGAIN_SECONDS))
        return compress.after_request(response) if _compressible(response) else response


def _compressible(response: Response) -> bool:
    if response.status_code != 200:
        return False
    if request.path.startswith("/api/") and response.headers.get("ETag"):
        return False  # programs compare it with what a sync names; compressed, it would be another
    if response.is_streamed and response.mimetype in COMPRESSED:
        response.direct_passthrough = False
        response.make_sequence()  # a file that is compressed piece by piece is not closed at the end
    return True


def check_characters() -> None:
    """Refuse an address with NUL, a character that no text has and that PostgreSQL cannot be asked about."""
    if "\0" in request.path:
        raise problems.NotFound()
    if b"%00" in request.query_string or b"\0" in request.query_string:
        raise problems.BadRequest("the address has a character that no text has")


def check_header() -> None:
    """Refuse an unsafe call of the API without the header that a cross-site form cannot send."""
    if request.path.startswith("/api/") and request.method not in SAFE and request.headers.get("X-Fieldsvc") != "1":
        raise problems.Forbidden(
            "send the header X-Fieldsvc: 1", code="csrf", title="The call may come from another site"
        )


def _for_program() -> bool:
    return request.path.startswith(("/api/", "/metrics", "/healthz", "/readyz"))


def _problem(problem: problems.Problem) -> ResponseReturnValue:
    g.problem = problem
    if not _for_program():
        if isinstance(problem, problems.Owing):
            return access.to_what_is_owed(problem.what)
        if isinstance(problem, problems.LoginRequired) and request.method in SAFE:
            return access.to_login()
        return render_template("problem.html", problem=problem), _status_for_pages(problem.status)
    response = jsonify(problem.document())
    response.status_code = problem.status
    response.mimetype = "application/problem+json"
    return response


def _status_for_pages(status: int) -> int:
    return 422 if status == 460 else status


_CODES = {
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_many_attempts",
}


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    code = "csrf" if isinstance(error, CSRFError) else _CODES.get(error.code, "malformed")
    problem = problems.Problem(error.description or "", code=code, title=error.name)
    problem.status = error.code
    return _problem(problem)


def _storage_error(error: OSError | OperationalError | InternalError) -> ResponseReturnValue:
    cause = error.orig if isinstance(error, DBAPIError) else error
    words, state = str(cause), getattr(cause, "sqlstate", None)
    if state == DISK_FULL or getattr(cause, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "disk is full" in words:
        log.error("the disk is full: %s", cause)
        return _problem(
            problems.Unavailable("the server's disk is full; nothing was lost, try again later", code="server_full")
        )
    if state == READ_ONLY or getattr(cause, "errno", None) == errno.EROFS or "readonly database" in words:
        log.error("the store can only be read: %s", cause)
        return _problem(
            problems.Unavailable("the server can only be read just now; nothing was lost", code="server_read_only")
        )
    if isinstance(error, OperationalError):
        log.error("the database does not take this now: %s", cause)
        return _problem(problems.Unavailable("the database cannot be written just now; try again later"))
    return _unexpected(error)


def _integrity_error(error: IntegrityError) -> ResponseReturnValue:
    # Every other constraint is checked before writing; only a uniqueness can still be lost to somebody at the same moment.
    if "unique" in str(error.orig).lower():
        return _problem(
            problems.Conflict("somebody wrote the same at the same moment; try again", code="written_at_once")
        )
    return _unexpected(error)


def _unexpected(error: Exception) -> ResponseReturnValue:
    # The rule and not the path: what stood in it may be somebody's.
    log.exception("unexpected error in %s %s", request.method, request.url_rule, exc_info=error)
    return _problem(problems.Problem())
