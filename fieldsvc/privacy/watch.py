"""The one place where a request is written into the audit book: after the view, before the answer leaves.

Decides which answers are worth an entry (`looks` says what each route shows) and who is named. What takes data away, and what
shows a hidden number, is not answered when the book cannot be written; a page is, because a full disk must not hide a danger
from the office, and the log says so. Phones' pushes are not in here: the op log is their record.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask_security import current_user
from sqlalchemy.exc import OperationalError

from fieldsvc import clock, problems
from fieldsvc.audit import service as audit
from fieldsvc.db import transaction
from fieldsvc.identity import service as identity
from fieldsvc.privacy import whose
from fieldsvc.privacy.looks import LOOKS, Look

log = logging.getLogger(__name__)

ONCE_SECONDS = 600
MOST_REMEMBERED = 20_000
FILES = ("csv", "xlsx")
NO_ANSWER_WITHOUT = ("exported", "shown")
NUMBER = "number"
"""What an address asks for when a telephone number is to be shown whole: see office.telephone."""

_PLACE = ("page", "after", "before", "sort", "as")

_seen: OrderedDict[tuple[str, ...], float] = OrderedDict()
_seen_lock = Lock()


def init_app(app: Flask) -> None:
    """Watch an application's requests."""

    @app.before_request
    def who_leaves() -> None:
        look = LOOKS.get(request.endpoint or "")
        if look is not None and look.kind == "left" and current_user.is_authenticated:
            g.audit_by = (current_user.id, current_user.name)

    @app.after_request
    def written_down(response: Response) -> Response:
        look = LOOKS.get(request.endpoint or "")
        return response if look is None else _write(look, response)


def _write(look: Look, response: Response) -> Response:
    by = g.get("audit_by") or ((current_user.id, current_user.name) if current_user.is_authenticated else ("", ""))
    kind = _kind(look, response.status_code, known=bool(by[0]))
    if kind in ("saw", "listed", "sought") and request.args.get(NUMBER):
        kind = "shown"
    if not kind or (look.once and kind == look.kind and _just_now(look, by[0])):
        return response
    try:
        with transaction():
            _entry(look, kind, by, response)
    except (OperationalError, OSError) as error:
        log.error("the audit book could not be written for %s: %s", request.endpoint, type(error).__name__)
        if kind in NO_ANSWER_WITHOUT:
            refusal = problems.Unavailable("the audit book cannot be written just now; try again later")
            return current_app.make_response(current_app.handle_user_exception(refusal))
    return response


def _kind(look: Look, status: int, *, known: bool) -> str:
    """What sort of entry an answer is worth; empty for none."""
    if look.kind == "entered":
        if status >= 400:
            return "refused"
        return "entered" if known else ""  # the second factor is still to come
    if look.kind == "left":
        return "left" if known else ""
    if status in (403, 404) and known and (look.arg or status == 403):
        return "refused"
    if look.kind == "public":
        return "public" if status == 200 else ""
    if not known or status >= 400 or (status in (301, 302, 307, 308) and look.kind != "changed"):
        return ""
    if look.kind == "listed":
        return "exported" if _file_asked() else ("sought" if _asked() else "listed")
    return look.kind


def _file_asked() -> bool:
    return any(name.endswith("as") and value in FILES for name, value in request.args.items())


def _asked() -> dict[str, str]:
    """What a list was asked for, without where one is in it."""
    given = request.args.items()
    return {name[:40]: value[:200] for name, value in list(given)[:30] if value and name not in _PLACE}


def _just_now(look: Look, by_id: str) -> bool:
    """Whether the same person had the same thing a moment ago, from this process; remembers it for the next time."""
    key = (by_id or request.remote_addr or "", look.what, _object(look), request.method)
    now = time.monotonic()
    with _seen_lock:
        before = _seen.pop(key, None)
        _seen[key] = now if before is None or now - before > ONCE_SECONDS else before
        while len(_seen) > MOST_REMEMBERED:
            _seen.popitem(last=False)
    return before is not None and now - before <= ONCE_SECONDS


def _object(look: Look) -> str:
    return str((request.view_args or {}).get(look.arg, "")) if look.arg else ""


def _entry(look: Look, kind: str, by: tuple[str, str], response: Response) -> None:
    object_id, detail = _object(look), _detail(look, kind)
    if look.kind == "entered" and kind == "refused":
        object_id = _account()
    owner = whose.of(look.whose, object_id)
    if kind == "shown":
        object_id = object_id or request.args[NUMBER]
        owner = owner if owner.customer_id else whose.of("customer", request.args[NUMBER])
    audit.looked_up(
        kind=kind,
        what="telephone" if kind == "shown" else look.what,
        object_id=object_id,
        visit_id=owner.visit_id,
        customer_id=owner.customer_id,
        by_id=by[0],
        by_name=by[1],
        address=request.remote_addr or "",
        route=request.endpoint or "",
        status=response.status_code,
        detail=detail,
        now=clock.now(),
    )


def _account() -> str:
    """The account that a wrong password was tried on; nothing for one that there is not, which may be a password."""
    typed: Any = request.get_json(silent=True) if request.is_json else request.form
    name = typed.get("username", "") if isinstance(typed, Mapping) else ""
    found = identity.find(username=name[:80]) if isinstance(name, str) and "\0" not in name else None
    return found.username if found else ""


def _detail(look: Look, kind: str) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if look.kind == "listed":
        said["asked"] = _asked()
        if kind == "exported":
            said["file"] = next(v for n, v in request.args.items() if n.endswith("as") and v in FILES)
    elif look.kind == "exported":
        said["asked"] = _asked()
    elif look.kind == "changed" and request.form:
        # What was changed to stands in the op log or in a book of its own; here only which fields a form had.
        said["fields"] = sorted({name[:60] for name in request.form if name != "csrf_token"})[:40]
    return {name: value for name, value in said.items() if value}
