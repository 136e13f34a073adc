"""How pages of an account stand: in the office's frame, or by themselves for technicians and for who owes something first.

Decides the words for devices and events. Decides nothing about accounts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldsvc.identity import access, entrance
from fieldsvc.identity import service as identity
from fieldsvc.office import frame, words
from fieldsvc.office.words import _

P = ParamSpec("P")

pages = Blueprint("account", __name__)

_BROWSERS = (
    ("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("SamsungBrowser", "Samsung Internet"), ("HuaweiBrowser", "Huawei"),
    ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone|iPad", "iOS"), ("OpenHarmony|HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def show(template: str, **what: object) -> str:
    """Render a page of an account."""
    what |= {"device": device, "event": event}
    if access.is_office() and not identity.accounts.owed(access.me()):
        return frame.show(template, layout="office/frame.html", owed="", **what)
    return render_template(
        f"office/{template}.html",
        layout="account.html",
        owed=identity.accounts.owed(access.me()),
        me=access.me(),
        language=words.language(),
        words=words,
        is_admin=False,
        **what,
    )


def fresh(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Ask for the password once more before a change of how somebody logs in, unless they gave it a moment ago."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if entrance.is_fresh():
            return view(*args, **kwargs)
        whose = request.view_args or {}
        page = url_for("account.person", **whose) if "user_id" in whose else url_for("account.second")
        back = request.full_path.rstrip("?") if request.method == "GET" else page
        return redirect(url_for("account.confirm", next=back), code=303)

    return guarded


def device(agent: str) -> str:
    """What kind of browser on what kind of device, in a few words; the rest of what a browser says of itself helps nobody."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), _("A program"))
    system = next((name for mark, name in _SYSTEMS if re.search(mark, agent)), "")
    return f"{browser}, {system}" if system else browser


def event(what: str) -> str:
    """What happened to an account, in words."""
    return {
        "password_changed": _("Password changed"),
        "password_given": _("A first password was given"),
        "app_set_up": _("Authenticator app set up"),
        "app_removed": _("Authenticator app removed"),
        "passkey_added": _("Passkey added"),
        "passkey_removed": _("Passkey removed"),
        "codes_made": _("New recovery codes made"),
        "code_used": _("Logged in with a recovery code"),
        "second_reset": _("Second factor taken away"),
        "sessions_ended": _("Sessions ended"),
        "unlocked": _("Allowed to try again at once"),
    }.get(what, what)


def proved(by: str) -> str:
    """By what a session was begun, in words."""
    return {
        "password": _("Password"),
        "totp": _("Password and code"),
        "recovery": _("Password and recovery code"),
        "passkey": _("Passkey"),
    }.get(by, by)
