"""The log-in pages, the way out, and the choice of a passkey. Phones log in through the API.

Decides what is shown when. What is asked in which order, and where somebody goes afterwards, is `fieldsvc.identity.entrance`.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from fieldsvc import problems
from fieldsvc.identity import access, entrance, passkeys
from fieldsvc.identity.entrance import here, public_url, read_answer
from fieldsvc.identity.models import User

pages = Blueprint("identity_pages", __name__)

_NO = (problems.BadCredentials, problems.BadSecond, problems.TooMany)


def _login_page(problem: problems.Problem | None = None) -> str:
    asked = request.form if request.method == "POST" else request.args
    return render_template(
        "login.html",
        problem=problem,
        username=request.form.get("username", ""),
        next=asked.get("next", ""),
        why=request.args.get("why", ""),
        passkeys=passkeys.is_possible(public_url()),
    )


@pages.get("/login")
@access.public
def login() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(here(request.args.get("next", "")))
    return _login_page()


@pages.post("/login")
@access.public
def log_in() -> ResponseReturnValue:
    form = request.form
    try:
        user, attempt = entrance.check_password(username=form.get("username", ""), password=form.get("password", ""))
    except _NO as problem:
        return _login_page(problem), problem.status
    if user.second_since is None:
        entrance.enter(user=user, proved_by="password", attempt=attempt)
        return redirect(here(form.get("next", "")))
    entrance.forgive(attempt)
    entrance.go_half_way(user=user)
    return redirect(url_for("identity_pages.second", next=form.get("next") or None), code=303)


def _second_page(user: User, problem: problems.Problem | None = None) -> str:
    asked = request.form if request.method == "POST" else request.args
    held = passkeys.of(user_id=user.id)
    return render_template(
        "login_second.html",
        problem=problem,
        next=asked.get("next", ""),
        has_app=user.totp_secret is not None,
        passkeys=bool(held) and passkeys.is_possible(public_url()),
    )


@pages.get("/login/second")
@access.public
def second() -> ResponseReturnValue:
    user = entrance.half_way()
    return redirect(url_for("identity_pages.login")) if user is None else _second_page(user)


@pages.post("/login/second")
@access.public
def prove_second() -> ResponseReturnValue:
    user = entrance.half_way()
    if user is None:
        return redirect(url_for("identity_pages.login", why="late"), code=303)
    try:
        by, attempt = entrance.check_second(user=user, code=request.form.get("code", ""))
    except _NO as problem:
        return _second_page(user, problem), problem.status
    entrance.enter(user=user, proved_by=by, attempt=attempt)
    return redirect(here(request.form.get("next", "")), code=303)


@pages.post("/login/passkey/ask")
@access.public
def ask_for_passkey() -> ResponseReturnValue:
    options, challenge = passkeys.ask_for_proof(public_url=public_url(), user=entrance.half_way())
    entrance.note_challenge(challenge)
    return options


@pages.post("/login/passkey")
@access.public
def prove_passkey() -> ResponseReturnValue:
    half = entrance.half_way()
    try:
        user, attempt = entrance.check_passkey(answer=read_answer(), public_url=public_url(), user=half)
    except _NO as problem:
        return (_second_page(half, problem) if half else _login_page(problem)), problem.status
    entrance.enter(user=user, proved_by="passkey", attempt=attempt)
    return redirect(here(request.form.get("next", "")), code=303)


@pages.post("/logout")
@access.public
def log_out() -> ResponseReturnValue:
    access.log_out()
    return redirect(url_for("identity_pages.login"))


@pages.get("/")
@access.public
def home() -> ResponseReturnValue:
    return redirect(here("") if current_user.is_authenticated else url_for("identity_pages.login"))
