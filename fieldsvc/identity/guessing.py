"""The limits on guessing: how many attempts of an account, and of an address, may fail within a while.

An attempt counts as failed from its beginning and is forgiven when it succeeds, so a hundred guesses at the same moment count
as a hundred. Knows nothing of whether an account exists. Invariant: what was right is never counted.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from fieldsvc import problems
from fieldsvc.db import db
from fieldsvc.identity.models import LoginFailure
from fieldsvc.policy import service as policy


def begin(*, username: str, address: str, now: datetime) -> int:
    """Note an attempt and give its number. Raises TooMany where guessing must pause for this account or this address.

    Who offers a passkey names no account; were they counted as one, ten strangers' failures would pause everybody's passkeys.
    """
    rules = policy.section("login")
    since = now - timedelta(minutes=rules["failure_minutes"])
    username, address = _kept(username, 80), _kept(address, 64)
    if (username and _count(since, LoginFailure.username == username) >= rules["account_failures"]) or _count(
        since, LoginFailure.address == address
    ) >= rules["address_failures"]:
        raise problems.TooMany("wait a quarter of an hour, then try again")
    db.session.execute(delete(LoginFailure).where(LoginFailure.at <= since))
    attempt = LoginFailure(username=username, address=address, at=now)
    db.session.add(attempt)
    db.session.flush()
    return attempt.id


def forgive(attempt: int) -> None:
    """Take back an attempt that was right."""
    db.session.execute(delete(LoginFailure).where(LoginFailure.id == attempt))


def forget(*, username: str) -> int:
    """Let an account try again at once, because whoever looks after the server says so; gives how many failures there were."""
    gone = db.session.execute(delete(LoginFailure).where(LoginFailure.username == _kept(username, 80)))
    return int(getattr(gone, "rowcount", 0))


def _count(since: datetime, whose: object) -> int:
    query = select(func.count()).select_from(LoginFailure).where(LoginFailure.at > since, whose)  # type: ignore[arg-type]
    return int(db.session.scalar(query) or 0)


def _kept(text: str, length: int) -> str:
    """What a database can hold of what somebody sent as a name: no NUL, no half characters."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")[:length]
