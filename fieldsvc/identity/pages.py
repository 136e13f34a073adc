"""The log-in page of the office and the way out. Phones log in through the API."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from fieldsvc import problems
from fieldsvc.identity import access

pages = Blueprint("identity_pages", __name__)


def _here(target: str) -> str:
    """A target on this site only: an address that leads elsewhere is replaced by the home of the user's role."""
    parts = urlsplit(target.replace("\\", "/"))
    if target.startswith("/") and not target.startswith("//") and not parts.netloc and not parts.scheme:
        return target
    return "/office" if access.is_office() else "/app"


@pages.get("/login")
@access.public
def login() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(_here(request.args.get("next", "")))
    return render_template("login.html", problem=None, username="", next=request.args.get("next", ""))


@pages.post("/login")
@access.public
def log_in() -> ResponseReturnValue:
    username, target = request.form.get("username", ""), request.form.get("next", "")
    try:
        access.log_in(username=username, password=request.form.get("password", ""))
    except (problems.BadCredentials, problems.TooMany) as problem:
        return render_template("login.html", problem=problem, username=username, next=target), problem.status
    return redirect(_here(target))


@pages.post("/logout")
@access.public
def log_out() -> ResponseReturnValue:
    access.log_out()
    return redirect(url_for("identity_pages.login"))


@pages.get("/")
@access.public
def home() -> ResponseReturnValue:
    return redirect(_here("") if current_user.is_authenticated else url_for("identity_pages.login"))
