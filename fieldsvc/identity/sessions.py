"""Sessions: which log-ins live, where they were made, and ending them.

A browser holds a random token in its signed cookie; the table holds its digest. Decides how long a session lives, by role
(policy section `login`): until it was not seen for a while, and in any case until a longest age; of several roles the
strictest counts. Invariant: a session that has ended, by whatever hand, never lives again.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from fieldsvc import clock, installation
from fieldsvc.db import db
from fieldsvc.identity.models import AccountEvent, LoginSession, User
from fieldsvc.policy import service as policy

SEEN_EVERY = timedelta(minutes=10)
"""As often it is written down that a session was seen: not with every tap."""
SHOWN = 50
SINCE = "sessions_since"
"""The fact that says since when sessions stand in the table (migration 0018)."""
FORMER_LIVES = timedelta(days=30)


@dataclass(frozen=True)
class Life:
    """How long a session lives after it was last seen, and after its beginning."""

    idle: timedelta
    longest: timedelta


def life(roles: Sequence[str]) -> Life:
    """How long a session of somebody with these roles lives."""
    rules = policy.section("login")
    idle = min(rules[f"{role}_idle_hours"] for role in roles)
    longest = min(rules[f"{role}_longest_hours"] for role in roles)
    return Life(timedelta(hours=idle), timedelta(hours=longest))


def begin(*, user: User, address: str, agent: str, proved_by: str, now: datetime) -> str:
    """Begin a session; gives the token that its browser holds."""
    token = secrets.token_urlsafe(32)
    db.session.add(
        LoginSession(
            id=clock.new_id(), token=_digest(token), user_id=user.id, begun_at=now, seen_at=now, ended_at=None,
            ended_why=None, address=_text(address)[:64], agent=_text(agent)[:300], proved_by=proved_by,
        )
    )  # fmt: skip
    return token


def find(*, token: str, uniquifier: str) -> tuple[User, LoginSession] | None:
    """Whose session a token is, whether it lives or not. One query, which reads the rules of the log-in too."""
    fact = installation.Fact
    found = db.session.execute(
        select(User, LoginSession, fact)
        .join(LoginSession, LoginSession.user_id == User.id)
        .outerjoin(fact, fact.name == policy.fact_of("login"))
        .where(LoginSession.token == _digest(token), User.fs_uniquifier == uniquifier)
    ).first()
    if found is None:
        return None
    user, session, rules = found
    installation.remember(name=policy.fact_of("login"), value=rules and rules.value)
    return user, session


def of_a_former_release(*, uniquifier: str, now: datetime) -> tuple[User, LoginSession] | None:
    """A technician's log-in from before sessions were kept in a table: an update of the server stops no phone in a visit.

    It lives on for a while, unless something was done about the account since. Others log in anew.
    """
    since = datetime.fromisoformat(installation.fact(SINCE) or "1970-01-01T00:00:00+00:00")
    if now >= since + FORMER_LIVES:
        return None
    user = db.session.scalar(select(User).where(User.fs_uniquifier == uniquifier))
    if user is None or {role.name for role in user.roles} != {"technician"}:
        return None
    touched = select(AccountEvent.id).where(AccountEvent.user_id == user.id, AccountEvent.at >= since).limit(1)
    if db.session.scalar(touched) is not None:
        return None
    return user, LoginSession(id="", token="", user_id=user.id, begun_at=since, seen_at=now, ended_at=None)


def why_ended(session: LoginSession, *, roles: Sequence[str], now: datetime) -> str:
    """Why a session lives no more: `revoked`, `password`, `left` or `expired`; empty where it lives."""
    if session.ended_at is not None:
        return session.ended_why or "revoked"
    lasts = life(roles)
    return "expired" if now >= session.seen_at + lasts.idle or now >= session.begun_at + lasts.longest else ""


def note_seen(*, session_id: str, now: datetime) -> None:
    """Write down that a session was seen."""
    db.session.execute(update(LoginSession).where(LoginSession.id == session_id).values(seen_at=now))


def living(*, user: User, roles: Sequence[str], now: datetime) -> list[LoginSession]:
    """The sessions of somebody that live, those seen last first."""
    lasts = life(roles)
    query = select(LoginSession).where(
        LoginSession.user_id == user.id,
        LoginSession.ended_at.is_(None),
        LoginSession.seen_at > now - lasts.idle,
        LoginSession.begun_at > now - lasts.longest,
    )
    return list(db.session.scalars(query.order_by(LoginSession.seen_at.desc()).limit(SHOWN)))


def end(*, session_id: str, user_id: str, why: str, now: datetime) -> bool:
    """End one session of somebody; False where there is none that lives."""
    return _end(LoginSession.id == session_id, user_id=user_id, why=why, now=now) > 0


def end_all(*, user_id: str, why: str, now: datetime, but: str = "") -> int:
    """End every session of somebody, but for one; gives how many."""
    return _end(LoginSession.id != but, user_id=user_id, why=why, now=now)


def _end(which: object, *, user_id: str, why: str, now: datetime) -> int:
    query = update(LoginSession).where(LoginSession.user_id == user_id, LoginSession.ended_at.is_(None), which)  # type: ignore[arg-type]
    return int(getattr(db.session.execute(query.values(ended_at=now, ended_why=why)), "rowcount", 0))


def _digest(token: str) -> str:
    return hashlib.sha256(_text(token).encode()).hexdigest()


def _text(given: str) -> str:
    return given.encode("utf-8", "replace").decode().replace("\0", "")
