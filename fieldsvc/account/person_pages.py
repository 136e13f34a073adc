"""What an administrator does about somebody else's account: sessions, a new first password, the second factor, the pause.

Every one of these is written into the account's book. What opens an account to another hand, a new password or a second factor
taken away, asks the administrator's own password first. Invariant: an administrator never learns a password, nor logs in as
somebody else; a password that they give must be changed at the first log-in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import clock, problems
from fieldsvc.account.frame import fresh, pages, proved, show
from fieldsvc.db import transaction
from fieldsvc.identity import access, entrance
from fieldsvc.identity import service as identity
from fieldsvc.office.words import _, ngettext

if TYPE_CHECKING:
    from fieldsvc.identity.models import User


def _person(user_id: str) -> User:
    user = identity.member(user_id=user_id)
    if user is None:
        raise problems.NotFound()
    return user


def _page(user: User, problem: str = "") -> str:
    roles, ends = identity.role_names(user), identity.accounts.first_password_ends(user)
    return show(
        "account_person",
        person=user,
        held=roles,
        problem=problem,
        shortest=identity.passwords.shortest(roles),
        sessions=identity.sessions.living(user=user, roles=roles, now=clock.now()),
        proved=proved,
        events=identity.accounts.events(user_id=user.id),
        passkeys=identity.passkeys.of(user_id=user.id),
        codes_left=identity.factors.recovery_left(user_id=user.id),
        is_over=ends is not None and ends <= clock.now(),
        is_needed=identity.factors.is_needed(roles),
    )


def _back(user: User, anchor: str = "") -> ResponseReturnValue:
    return redirect(url_for("account.person", user_id=user.id, _anchor=anchor or None), code=303)


@pages.get("/office/people/<user_id>")
@access.needs("admin")
def person(user_id: str) -> ResponseReturnValue:
    return _page(_person(user_id))


@pages.post("/office/people/<user_id>/password")
@access.needs("admin")
@fresh
def give_password(user_id: str) -> ResponseReturnValue:
    user = _person(user_id)
    try:
        with transaction():
            identity.accounts.give_password(
                user=user,
                password=request.form.get("password", ""),
                by=access.me(),
                address=entrance.address(),
                now=clock.now(),
            )
    except problems.Invalid as problem:
        wrong = problem.more["errors"]["password"][0]
        return _page(user, identity.telling.password_problem(wrong, identity.role_names(user))), 422
    flash(_("%(name)s logs in with it once, then chooses another.", name=user.name), "ok")
    return _back(user)


@pages.post("/office/people/<user_id>/second/reset")
@access.needs("admin")
@fresh
def reset_second(user_id: str) -> ResponseReturnValue:
    user = _person(user_id)
    with transaction():
        identity.accounts.reset_second(user=user, by=access.me(), address=entrance.address(), now=clock.now())
    flash(_("The second factor of %(name)s is taken away.", name=user.name), "ok")
    return _back(user)


@pages.post("/office/people/<user_id>/sessions/end")
@access.needs("admin")
def end_sessions_of(user_id: str) -> ResponseReturnValue:
    """End one session of somebody, or all of them."""
    user = _person(user_id)
    with transaction():
        count = identity.accounts.end_sessions(
            user=user, by=access.me(), address=entrance.address(), now=clock.now(), only=request.form.get("session", "")
        )
    flash(ngettext("%(num)s session is ended.", "%(num)s sessions are ended.", count), "ok")
    return _back(user, "sessions")


@pages.post("/office/people/<user_id>/unlock")
@access.needs("admin")
def unlock(user_id: str) -> ResponseReturnValue:
    user = _person(user_id)
    with transaction():
        identity.guessing.forget(username=user.username)
        identity.accounts.note(user=user, what="unlocked", by=access.me(), address=entrance.address(), now=clock.now())
    flash(_("%(name)s can try again at once.", name=user.name), "ok")
    return _back(user)
