"""Staff and their phones: who there is, which phones have been heard from, revoke one; an administrator adds staff.

Decides what a new member of staff's form must hold. Invariant: a password is never shown again, nor written anywhere.
"""

from __future__ import annotations

import re
from collections import Counter

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import clock, problems
from fieldsvc.db import transaction
from fieldsvc.identity import access
from fieldsvc.identity import service as identity
from fieldsvc.messages import LOCALES
from fieldsvc.office.frame import pages, show
from fieldsvc.office.words import _

_USERNAME = re.compile(r"[A-Za-z0-9._@-]{1,80}")
SHORTEST_PASSWORD = 8


def _page(errors: dict[str, str] | None = None) -> str:
    phones = [device for device in identity.devices() if device.public_key is not None]
    return show(
        "people",
        staff=[(user, identity.role_names(user)) for user in identity.staff()],
        names=identity.people(),
        phones=phones,
        phones_of=Counter(phone.user_id for phone in phones if phone.revoked_at is None),
        errors=errors or {},
        given=request.form,
        roles=identity.ROLES,
        locales=LOCALES,
    )


@pages.get("/people")
@access.needs("office")
def people() -> ResponseReturnValue:
    return _page()


@pages.post("/people")
@access.needs("admin")
def add_person() -> ResponseReturnValue:
    form = request.form
    errors = _wrong(form.get("username", ""), form.get("name", ""), form.get("password", ""), form.getlist("roles"))
    if not errors and identity.find(username=form["username"]) is not None:
        errors["username"] = _("This user name is taken.")
    if errors:
        return _page(errors), 422
    with transaction():
        user = identity.add_user(
            username=form["username"],
            password=form["password"],
            name=form["name"].strip(),
            roles=form.getlist("roles"),
            locale=form.get("locale", "zh-Hans") if form.get("locale") in LOCALES else "zh-Hans",
            now=clock.now(),
        )
    flash(_("%(name)s can log in now.", name=user.name), "ok")
    return redirect(url_for("office.people"), code=303)


def _wrong(username: str, name: str, password: str, roles: list[str]) -> dict[str, str]:
    """What is wrong with the form of a new member of staff, by field."""
    errors = {}
    if not _USERNAME.fullmatch(username):
        errors["username"] = _("Letters, figures and . _ @ - only.")
    if not 0 < len(name.strip()) <= 200:
        errors["name"] = _("The name that customers and papers see is needed.")
    if not SHORTEST_PASSWORD <= len(password) <= 1000:
        errors["password"] = _("At least %(num)s characters.", num=SHORTEST_PASSWORD)
    if not roles or any(role not in identity.ROLES for role in roles):
        errors["roles"] = _("Choose at least one role.")
    return errors


@pages.post("/devices/<device_id>/revoke")
@access.needs("office")
def revoke(device_id: str) -> ResponseReturnValue:
    reason = request.form.get("reason", "").strip()
    if not reason:
        flash(_("Say why the phone is revoked."), "bad")
        return redirect(url_for("office.people", _anchor="devices"), code=303)
    try:
        with transaction():
            device = identity.revoke(device_id=device_id, reason=reason[:400], now=clock.now())
        flash(_("The phone %(code)s is revoked.", code=device.code), "ok")
    except problems.NotFound:
        flash(_("There is no such phone."), "bad")
    return redirect(url_for("office.people", _anchor="devices"), code=303)
