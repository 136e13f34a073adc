"""Who may come in: the log-in that pages and phones share, and the rule of every route.

Roles build on each other: an admin may all that the office may. Every view is decorated with `needs(...)` or `public`; a
structural test fails for one that is neither. Invariant: the answer to a wrong log-in is the same whether the account exists.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user, login_user, logout_user

from fieldsvc import clock, problems
from fieldsvc.db import transaction
from fieldsvc.identity import service
from fieldsvc.identity.models import User

P = ParamSpec("P")
R = TypeVar("R", bound=ResponseReturnValue)

_INCLUDES = {"technician": {"technician"}, "office": {"office"}, "admin": {"admin", "office"}}


def me() -> User:
    """The logged-in member of staff. Raises LoginRequired."""
    if not current_user.is_authenticated:
        raise problems.LoginRequired()
    user: User = current_user._get_current_object()
    return user


def may(*roles: str) -> bool:
    """Say whether the present user has one of these roles, or one that includes it."""
    if not current_user.is_authenticated:
        return False
    held = set().union(*(_INCLUDES[role] for role in service.role_names(me())))
    return bool(held & set(roles))


def is_office() -> bool:
    """Say whether the present user works in the office."""
    return may("office")


def needs(*roles: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let only logged-in staff in; with roles, only those who have one of them. Raises LoginRequired or Forbidden."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            me()
            if roles and not may(*roles):
                raise problems.Forbidden()
            return view(*args, **kwargs)

        guarded.access = roles or ("any",)  # type: ignore[attr-defined]
        return guarded

    return decorate


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a view as open to anybody."""
    view.access = ("public",)  # type: ignore[attr-defined]
    return view


def log_in(*, username: str, password: str) -> User:
    """Log somebody in. Raises BadCredentials or TooMany."""
    now, address = clock.now(), request.remote_addr or ""
    if service.too_many_failures(username=username, address=address, now=now):
        raise problems.TooMany("wait a quarter of an hour, then try again")
    user = service.check_password(username=username, password=password)
    if user is None:
        with transaction():
            service.note_failure(username=username, address=address, now=now)
        raise problems.BadCredentials()
    login_user(user, remember=False, authn_via=["password"])
    # A phone ends its browser whenever it needs the memory; what is captured must still be sent without asking again.
    session.permanent = "technician" in service.role_names(user)
    return user


def log_out() -> None:
    """End the present session."""
    logout_user()


def to_login() -> ResponseReturnValue:
    """Send a browser to the log-in page, and back here afterwards."""
    return redirect(url_for("identity_pages.login", next=request.full_path.rstrip("?")))
