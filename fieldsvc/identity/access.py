"""Who may come in: whose session a request is, and the rule of every route.

Roles build on each other: an admin may all that the office may. Every view is decorated with `needs(...)` or `public`; a
structural test fails for one that is neither. Logging in is `fieldsvc.identity.entrance`. Invariant: a session that has ended
opens nothing, and whoever owes something first (a password of their own, a second factor) gets nowhere else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user, logout_user
from sqlalchemy.exc import OperationalError

from fieldsvc import clock, problems
from fieldsvc.db import transaction
from fieldsvc.identity import accounts, cookie, service, sessions
from fieldsvc.identity.models import LoginSession, User

P = ParamSpec("P")
R = TypeVar("R", bound=ResponseReturnValue)

_INCLUDES = {"technician": {"technician"}, "office": {"office"}, "admin": {"admin", "office"}}
_OWED_AT = {"password": "account.password", "second": "account.second"}

log = logging.getLogger(__name__)


def load(uniquifier: str) -> User | None:
    """The member of staff whose session the request's cookie is; None where it has ended."""
    if "token" in session:
        found = sessions.find(token=str(session["token"]), uniquifier=str(uniquifier))
    else:
        found = sessions.of_a_former_release(uniquifier=str(uniquifier), now=clock.now())
    if found is None:
        g.session_ended = "older" if "token" not in session else "revoked"
        return None
    user, held = found
    roles = accounts.roles_of(user)
    ended = sessions.why_ended(held, roles=roles, now=clock.now())
    if not ended and cookie.came_under_its_former_name() and roles != ["technician"]:
        ended = "older"
    if ended or not user.active:
        g.session_ended = ended or "revoked"
        return None
    g.login_session = held
    return user


def me() -> User:
    """The logged-in member of staff. Raises LoginRequired."""
    if not current_user.is_authenticated:
        raise problems.LoginRequired()
    user: User = current_user._get_current_object()
    return user


def present_session() -> LoginSession:
    """The session of the request of somebody who is logged in."""
    me()
    held: LoginSession = g.login_session
    return held


def may(*roles: str) -> bool:
    """Say whether the present user has one of these roles, or one that includes it."""
    if not current_user.is_authenticated:
        return False
    held = set().union(*(_INCLUDES[role] for role in accounts.roles_of(me())))
    return bool(held & set(roles))


def is_office() -> bool:
    """Say whether the present user works in the office."""
    return may("office")


def uses_phone(device_id: str) -> None:
    """Remember which phone this session is used on: when that phone is revoked, the session reads nothing any more."""
    if session.get("phone") != device_id:
        session["phone"] = device_id


def is_on_lost_phone() -> bool:
    """Say whether the phone that this session is used on has been revoked."""
    phone = service.device(device_id=session["phone"]) if "phone" in session else None
    return phone is not None and phone.revoked_at is not None


def needs(*roles: str, owing: bool = False, lost_phone_too: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let only logged-in staff in; with roles, only those who have one of them; with `owing`, those too who owe something first.

    A revoked phone is let in only where it hands over what it holds, and is told nothing of anybody (`lost_phone_too`).
    Raises LoginRequired, Owing, Forbidden or DeviceRevoked.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            first = accounts.owed(me())
            if first and not owing:
                raise problems.Owing(first)
            if roles and not may(*roles):
                raise problems.Forbidden()
            if not lost_phone_too and is_on_lost_phone():
                raise problems.DeviceRevoked()
            _note_seen()
            return view(*args, **kwargs)

        guarded.access = roles or ("any",)  # type: ignore[attr-defined]
        return guarded

    return decorate


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a view as open to anybody."""
    view.access = ("public",)  # type: ignore[attr-defined]
    return view


def log_out() -> None:
    """End the present session."""
    if current_user.is_authenticated:
        held = present_session()
        with transaction():
            sessions.end(session_id=held.id, user_id=held.user_id, why="left", now=clock.now())
    forget_session()


def forget_session() -> None:
    """Take out of the browser's cookie what a session left there."""
    logout_user()
    for name in ("token", "proved_at", "half_way", "challenge", "new_secret", "phone"):
        session.pop(name, None)


def to_login() -> ResponseReturnValue:
    """Send a browser to the log-in page, and back here afterwards; the page says why a session has ended."""
    why = g.get("session_ended") or None
    if why:
        forget_session()
    return redirect(url_for("identity_pages.login", next=request.full_path.rstrip("?"), why=why))


def to_what_is_owed(what: str) -> ResponseReturnValue:
    """Send a browser to what must be done before anything else, and back here afterwards."""
    back = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else "/"
    return redirect(url_for(_OWED_AT[what], next=back), code=303)


def _note_seen() -> None:
    held, now = present_session(), clock.now()
    if now - held.seen_at < sessions.SEEN_EVERY:
        return
    try:
        with transaction():
            sessions.note_seen(session_id=held.id, now=now)
    except OperationalError:
        log.warning("when a session was seen could not be written down")  # a full disk must not keep anybody out
