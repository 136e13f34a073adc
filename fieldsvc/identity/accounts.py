"""What happens to somebody's account: passwords, a second factor taken away, sessions ended; and the book of it.

Decides what a person must do before anything else (`owed`), and that a change of the password ends their other sessions.
Invariant: whatever changes how somebody logs in leaves a row in the book, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select

from fieldsvc.db import db
from fieldsvc.identity import factors, passwords, sessions
from fieldsvc.identity.models import AccountEvent, User
from fieldsvc.policy import service as policy

SHOWN = 30


def roles_of(user: User) -> list[str]:
    """The roles of a member of staff."""
    return sorted(role.name for role in user.roles)


def owed(user: User) -> str:
    """What somebody must do before anything else: `password`, `second`; empty for nothing."""
    if user.password_given:
        return "password"
    return "second" if user.second_since is None and factors.is_needed(roles_of(user)) else ""


def first_password_ends(user: User) -> datetime | None:
    """Until when a password that somebody else chose is good; None for one of their own.

    A first password lies on slips and in messages: what nobody has used by then opens nothing any more.
    """
    if not user.password_given:
        return None
    given = select(func.max(AccountEvent.at)).where(
        AccountEvent.user_id == user.id, AccountEvent.what == "password_given"
    )
    since: datetime = db.session.scalar(given) or user.created_at
    return since + timedelta(days=policy.value("login", "given_days"))


def note(*, user: User, what: str, by: User | None, address: str, now: datetime) -> None:
    """Write a row of the book; nobody stands for the command line."""
    by_id, by_name = (by.id, by.name) if by else (None, "")
    db.session.add(AccountEvent(user_id=user.id, at=now, what=what, by_id=by_id, by_name=by_name, address=address[:64]))


def events(*, user_id: str) -> Sequence[AccountEvent]:
    """What happened to an account, newest first."""
    query = select(AccountEvent).where(AccountEvent.user_id == user_id).order_by(AccountEvent.id.desc())
    return db.session.scalars(query.limit(SHOWN)).all()


def change_password(*, user: User, password: str, session_id: str, address: str, now: datetime) -> None:
    """Give oneself another password, which ends every other session of one's own. Raises Invalid."""
    passwords.check(password, username=user.username, name=user.name, roles=roles_of(user))
    user.password, user.password_given = passwords.hashed(password), False
    sessions.end_all(user_id=user.id, why="password", now=now, but=session_id)
    note(user=user, what="password_changed", by=user, address=address, now=now)


def give_password(
    *, user: User, password: str, by: User | None, address: str, now: datetime, for_good: bool = False
) -> None:
    """Give somebody a password, which ends all their sessions; they must change it, unless it is their own. Raises Invalid."""
    passwords.check(password, username=user.username, name=user.name, roles=roles_of(user))
    user.password, user.password_given = passwords.hashed(password), not for_good
    sessions.end_all(user_id=user.id, why="password", now=now)
    note(user=user, what="password_given", by=by, address=address, now=now)


def reset_second(*, user: User, by: User | None, address: str, now: datetime) -> None:
    """Take away every second factor of somebody who has lost it; ends all their sessions."""
    factors.reset(user=user)
    sessions.end_all(user_id=user.id, why="revoked", now=now)
    note(user=user, what="second_reset", by=by, address=address, now=now)


def end_sessions(*, user: User, by: User | None, address: str, now: datetime, but: str = "", only: str = "") -> int:
    """End somebody's sessions: all, all but one, or one only. Gives how many were ended."""
    if only:
        count = int(sessions.end(session_id=only, user_id=user.id, why="revoked", now=now))
    else:
        count = sessions.end_all(user_id=user.id, why="revoked", now=now, but=but)
    if count:
        note(user=user, what="sessions_ended", by=by, address=address, now=now)
    return count
