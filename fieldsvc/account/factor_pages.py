"""Setting up, using and taking away one's own second factor: an authenticator app, passkeys, recovery codes.

Decides the order: recovery codes are made with the first factor and shown once. Invariant: nothing here changes without the
password given a moment ago, so that an open browser alone does not suffice to take an account over.
"""

from __future__ import annotations

from flask import flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import clock, problems
from fieldsvc.account.frame import fresh, pages, show
from fieldsvc.db import db, transaction
from fieldsvc.identity import access, entrance
from fieldsvc.identity import service as identity
from fieldsvc.office import words
from fieldsvc.office.words import _

factors, passkeys = identity.factors, identity.passkeys


def _page(problem: str = "") -> str:
    user = access.me()
    setup = None
    if user.totp_secret is None:
        issuer = words.told(words.company().get("name"))
        setup = factors.setup(user=user, secret=entrance.secret_to_set_up(), issuer=issuer)
    asked = request.form if request.method == "POST" else request.args
    return show(
        "account_second",
        setup=setup,
        problem=problem,
        passkeys=passkeys.of(user_id=user.id),
        passkeys_possible=passkeys.is_possible(entrance.public_url()),
        codes_left=factors.recovery_left(user_id=user.id),
        is_technician="technician" in identity.role_names(user),
        next=asked.get("next", ""),
    )


def _done(*, first: bool) -> ResponseReturnValue:
    """After a factor was added: with the first one come recovery codes."""
    if first:
        return _new_codes()
    return redirect(url_for("account.second"), code=303)


def _new_codes() -> ResponseReturnValue:
    with transaction():
        codes = factors.new_recovery_codes(user=access.me())
        _note("codes_made")
    return show("account_codes", codes=codes, next=entrance.here(request.form.get("next", "") or "/account"))


def _note(what: str) -> None:
    user = access.me()
    identity.accounts.note(user=user, what=what, by=user, address=entrance.address(), now=clock.now())


@pages.get("/account/second")
@access.needs(owing=True)
@fresh
def second() -> ResponseReturnValue:
    return _page()


@pages.post("/account/second/app")
@access.needs(owing=True)
@fresh
def set_up_app() -> ResponseReturnValue:
    user, code = access.me(), request.form.get("code", "")
    if user.totp_secret is not None:
        return redirect(url_for("account.second"), code=303)
    first = user.second_since is None
    with transaction():
        db.session.refresh(user)
        right = factors.begin_codes(user=user, secret=entrance.secret_to_set_up(), code=code, now=clock.now())
        if right:
            _note("app_set_up")
    if not right:
        return _page(_("This code is not right. Take the one that the app shows now.")), 422
    session.pop("new_secret", None)
    return _done(first=first)


@pages.post("/account/second/app/remove")
@access.needs()
@fresh
def remove_app() -> ResponseReturnValue:
    with transaction():
        factors.end_codes(user=access.me())
        _note("app_removed")
    flash(_("The authenticator app is removed."), "ok")
    return redirect(url_for("account.second"), code=303)


@pages.post("/account/second/codes")
@access.needs()
@fresh
def new_codes() -> ResponseReturnValue:
    if access.me().second_since is None:
        return redirect(url_for("account.second"), code=303)
    return _new_codes()


@pages.post("/account/second/passkeys/ask")
@access.needs(owing=True)
def ask_for_passkey() -> ResponseReturnValue:
    if not entrance.is_fresh():
        raise problems.Forbidden("prove first that it is you")
    company = words.told(words.company().get("name"))
    options, challenge = passkeys.ask_for_new(user=access.me(), public_url=entrance.public_url(), company=company)
    entrance.note_challenge(challenge)
    return options


@pages.post("/account/second/passkeys")
@access.needs(owing=True)
@fresh
def add_passkey() -> ResponseReturnValue:
    user, challenge = access.me(), entrance.take_challenge()
    first = user.second_since is None
    name = " ".join(request.form.get("name", "").replace("\0", "").split())[:80]
    with transaction():
        db.session.refresh(user)
        added = challenge and passkeys.add(
            user=user, answer=entrance.read_answer(), challenge=challenge, public_url=entrance.public_url(),
            name=name or _("Passkey"), now=clock.now(),
        )  # fmt: skip
        if added:
            _note("passkey_added")
    if not added:
        return _page(problem=_("No passkey was added. Try again.")), 422
    return _done(first=first)


@pages.post("/account/second/passkeys/<passkey_id>/remove")
@access.needs()
@fresh
def remove_passkey(passkey_id: str) -> ResponseReturnValue:
    with transaction():
        removed = passkeys.remove(user=access.me(), passkey_id=passkey_id)
        if removed:
            _note("passkey_removed")
    if not removed:
        raise problems.NotFound()
    flash(_("The passkey is removed."), "ok")
    return redirect(url_for("account.second"), code=303)
