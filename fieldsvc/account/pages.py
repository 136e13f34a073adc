"""My account: the password, the sessions, what happened; and the password asked once more before a change of how one logs in.

Decides nothing about passwords or sessions (`fieldsvc.identity`). Invariant: a page here is about the person who is logged in.
"""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import clock, problems
from fieldsvc.account import factor_pages, person_pages
from fieldsvc.account.frame import pages, proved, show
from fieldsvc.db import transaction
from fieldsvc.identity import access, entrance
from fieldsvc.identity import service as identity
from fieldsvc.office.words import _, ngettext

__all__ = ["factor_pages", "pages", "person_pages"]


@pages.get("/account")
@access.needs()
def home() -> ResponseReturnValue:
    user = access.me()
    return show(
        "account",
        sessions=identity.sessions.living(user=user, roles=identity.role_names(user), now=clock.now()),
        present=access.present_session().id,
        proved=proved,
        events=identity.accounts.events(user_id=user.id),
        passkeys=identity.passkeys.of(user_id=user.id),
        codes_left=identity.factors.recovery_left(user_id=user.id),
    )


def _password_page(problem: str = "", field: str = "") -> str:
    asked = request.form if request.method == "POST" else request.args
    shortest = identity.passwords.shortest(identity.role_names(access.me()))
    return show("account_password", problem=problem, field=field, shortest=shortest, next=asked.get("next", ""))


@pages.get("/account/password")
@access.needs(owing=True)
def password() -> ResponseReturnValue:
    return _password_page()


@pages.post("/account/password")
@access.needs(owing=True)
def change_password() -> ResponseReturnValue:
    user, new = access.me(), request.form.get("new", "")
    try:
        entrance.confirm(password=request.form.get("current", ""))
    except problems.TooMany as problem:
        return _password_page(
            _("Too many attempts. Wait a quarter of an hour, then try again."), "current"
        ), problem.status
    except problems.BadCredentials:
        return _password_page(_("This is not your present password."), "current"), 422
    if new == request.form.get("current"):
        return _password_page(_("Choose another one than before."), "new"), 422
    try:
        with transaction():
            identity.accounts.change_password(
                user=user,
                password=new,
                session_id=access.present_session().id,
                address=entrance.address(),
                now=clock.now(),
            )
    except problems.Invalid as problem:
        wrong = problem.more["errors"]["password"][0]
        return _password_page(identity.telling.password_problem(wrong, identity.role_names(user)), "new"), 422
    flash(_("Your password is changed. Everywhere else you are logged out."), "ok")
    target = request.form.get("next", "")
    return redirect(entrance.here(target) if target else url_for("account.home"), code=303)


@pages.get("/account/confirm")
@access.needs(owing=True)
def confirm() -> ResponseReturnValue:
    return show("account_confirm", problem="", next=request.args.get("next", ""))


@pages.post("/account/confirm")
@access.needs(owing=True)
def take_confirmation() -> ResponseReturnValue:
    target = request.form.get("next", "")
    try:
        entrance.confirm(password=request.form.get("password", ""))
    except problems.TooMany as problem:
        said = _("Too many attempts. Wait a quarter of an hour, then try again.")
        return show("account_confirm", problem=said, next=target), problem.status
    except problems.BadCredentials:
        return show("account_confirm", problem=_("This is not your present password."), next=target), 422
    return redirect(entrance.here(target or "/account"), code=303)


@pages.post("/account/sessions/end")
@access.needs()
def end_sessions() -> ResponseReturnValue:
    """End one session of one's own, or all but this one."""
    user, only = access.me(), request.form.get("session", "")
    present = access.present_session().id
    if only == present:
        access.log_out()
        return redirect(url_for("identity_pages.login"), code=303)
    with transaction():
        count = identity.accounts.end_sessions(
            user=user, by=user, address=entrance.address(), now=clock.now(), but=present, only=only
        )
    flash(ngettext("%(num)s session is ended.", "%(num)s sessions are ended.", count), "ok")
    return redirect(url_for("account.home", _anchor="sessions"), code=303)
