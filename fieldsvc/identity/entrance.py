"""Logging in: the password, the second factor, the passkey, and the session that they begin.

Decides in which order they are asked and what is counted against guessing. Between password and second factor nobody is logged
in: the browser holds a signed note of whose password was right, for ten minutes. Invariant: a wrong log-in is answered alike,
and takes as long, whether the account exists or not.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, request, session
from flask_security import login_user

from fieldsvc import clock, problems
from fieldsvc.db import db, transaction
from fieldsvc.identity import access, accounts, factors, guessing, passkeys, service, sessions
from fieldsvc.identity.models import User
from fieldsvc.settings import Settings

HALF_WAY = timedelta(minutes=10)
"""How long somebody may take over the second factor, or a browser over a passkey."""
FRESH = timedelta(minutes=15)
"""For so long after proving who one is, one may change how one logs in without proving it again."""


def log_in(*, username: str, password: str, code: str = "") -> User:
    """Log a program in, in one call. Raises BadCredentials, TooMany, SecondFactor or Owing."""
    user, attempt = check_password(username=username, password=password)
    first = accounts.owed(user)
    if first or (user.second_since is not None and not code):
        forgive(attempt)
        raise problems.Owing(first) if first else problems.SecondFactor()
    by = "password"
    if user.second_since is not None:
        forgive(attempt)
        by, attempt = check_second(user=user, code=code)
    enter(user=user, proved_by=by, attempt=attempt)
    return user


def check_password(*, username: str, password: str) -> tuple[User, int]:
    """Whose password this is, and the number of the attempt. Raises BadCredentials or TooMany."""
    attempt = _attempt(username)
    user = service.check_password(username=username, password=password)
    if user is None:
        raise problems.BadCredentials()
    return user, attempt


def check_second(*, user: User, code: str) -> tuple[str, int]:
    """By what a second factor is right, and the number of the attempt. Raises BadSecond or TooMany."""
    attempt = _attempt(user.username)
    with transaction():
        db.session.refresh(user)
        by = factors.prove(user=user, code=code, now=clock.now())
        if by == "recovery":
            accounts.note(user=user, what="code_used", by=user, address=address(), now=clock.now())
    if not by:
        raise problems.BadSecond()
    return by, attempt


def forgive(attempt: int) -> None:
    """Take an attempt back that was right."""
    with transaction():
        guessing.forgive(attempt)


def enter(*, user: User, proved_by: str, attempt: int) -> None:
    """Begin a session in this browser."""
    with transaction():
        guessing.forgive(attempt)
        token = sessions.begin(
            user=user,
            address=address(),
            agent=request.headers.get("User-Agent", ""),
            proved_by=proved_by,
            now=clock.now(),
        )
    access.forget_session()
    login_user(user, remember=False, authn_via=[proved_by])
    session["token"] = token
    note_proved()
    # A phone ends its browser whenever it needs the memory; what is captured must still be sent without asking again.
    session.permanent = "technician" in service.role_names(user)


def address() -> str:
    """Where the request comes from."""
    return request.remote_addr or ""


def here(target: str) -> str:
    """A target on this site only: an address that leads elsewhere is replaced by the home of the user's role."""
    parts = urlsplit(target.replace("\\", "/"))
    if target.startswith("/") and not target.startswith("//") and not parts.netloc and not parts.scheme:
        return target
    return "/office" if access.is_office() else "/app"


def public_url() -> str:
    """The address people open."""
    settings: Settings = current_app.extensions["fieldsvc.settings"]
    return settings.public_url


def read_answer() -> dict[str, Any]:
    """What a browser's passkey answered; empty where it cannot be read."""
    try:
        answer = json.loads(request.form.get("answer", "")[:100_000])
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def confirm(*, password: str) -> None:
    """Prove by the password that it is still the same person. Raises BadCredentials or TooMany."""
    user = access.me()
    owner, attempt = check_password(username=user.username, password=password)
    forgive(attempt)
    if owner.id == user.id:
        note_proved()


def note_proved() -> None:
    """Remember that whoever sits here has just proved who they are."""
    session["proved_at"] = _stamp(clock.now())


def is_fresh() -> bool:
    """Say whether whoever sits here proved who they are a short while ago."""
    return _within(session.get("proved_at"), FRESH)


def go_half_way(*, user: User) -> None:
    """Note in the browser whose password was right."""
    session["half_way"] = {"user": user.id, "password": _mark(user), "at": _stamp(clock.now())}


def half_way() -> User | None:
    """Whose password was right in this browser a moment ago; None where it must be given again."""
    noted: dict[str, Any] = session.get("half_way") or {}
    if not _within(noted.get("at"), HALF_WAY):
        return None
    user = service.member(user_id=noted["user"])
    return user if user is not None and user.active and _mark(user) == noted["password"] else None


def secret_to_set_up() -> str:
    """The secret that this browser is setting up an app with: the same one until that is done, though the page is loaded anew."""
    if "new_secret" not in session:
        session["new_secret"] = factors.new_secret()
    return str(session["new_secret"])


def note_challenge(challenge: str) -> None:
    """Remember what this browser's passkey must answer."""
    session["challenge"] = {"text": challenge, "at": _stamp(clock.now())}


def take_challenge() -> str:
    """What this browser's passkey must answer, once; empty where nothing was asked or it is too long ago."""
    noted: dict[str, Any] = session.pop("challenge", None) or {}
    return str(noted["text"]) if _within(noted.get("at"), HALF_WAY) else ""


def check_passkey(*, answer: dict[str, Any], public_url: str, user: User | None) -> tuple[User, int]:
    """Whose passkey answered, and the number of the attempt. Raises BadSecond or TooMany."""
    attempt, challenge = _attempt(user.username if user else ""), take_challenge()
    with transaction():
        owner = challenge and passkeys.prove(
            answer=answer, challenge=challenge, public_url=public_url, now=clock.now(), user=user
        )
    if not owner:
        raise problems.BadSecond()
    return owner, attempt


def _attempt(username: str) -> int:
    with transaction():
        return guessing.begin(username=username, address=address(), now=clock.now())


def _mark(user: User) -> str:
    return hashlib.sha256(user.password.encode()).hexdigest()[:16]


def _stamp(instant: datetime) -> int:
    return int(instant.timestamp())


def _within(stamp: Any, limit: timedelta) -> bool:
    return isinstance(stamp, int) and 0 <= _stamp(clock.now()) - stamp < limit.total_seconds()
