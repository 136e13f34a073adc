"""Staff and their phones: who there is, which phones have been heard from, revoke one; an administrator adds staff.

Decides what a new member of staff's form must hold, and that only who has just proved who they are adds an administrator.
Invariant: a password is never shown again, nor written anywhere.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import clock, problems
from fieldsvc.db import transaction
from fieldsvc.identity import access, entrance
from fieldsvc.identity import service as identity
from fieldsvc.messages import LOCALES
from fieldsvc.office import lists
from fieldsvc.office.company import people_list
from fieldsvc.office.frame import pages, refuse, show
from fieldsvc.office.words import _

if TYPE_CHECKING:
    from fieldsvc.identity.models import Device

_USERNAME = re.compile(r"[A-Za-z0-9._@-]{1,80}")


def _lists() -> tuple[lists.List[people_list.Person], lists.List[Device]]:
    phones = [device for device in identity.devices() if device.public_key is not None]
    phones_of = Counter(phone.user_id for phone in phones if phone.revoked_at is None)
    return people_list.staff(phones_of), people_list.phones(phones, identity.people())


def _page(
    staff: lists.List[people_list.Person], phones: lists.List[Device], errors: dict[str, str] | None = None
) -> str:
    return show(
        "people",
        staff=lists.shown(staff),
        names=identity.people(),
        phones=lists.shown(phones),
        errors=errors or {},
        given=request.form,
        roles=identity.ROLES,
        locales=LOCALES,
        shortest=identity.passwords.shortest(["technician"]),
        shortest_office=identity.passwords.shortest(["office"]),
    )


@pages.get("/people")
@access.needs("office")
def people() -> ResponseReturnValue:
    staff, phones = _lists()
    return lists.file(staff) or lists.file(phones) or _page(staff, phones)


@pages.post("/people")
@access.needs("admin")
def add_person() -> ResponseReturnValue:
    form = request.form
    errors = _wrong(form.get("username", ""), form.get("name", ""), form.get("password", ""), form.getlist("roles"))
    if not errors and identity.find(username=form["username"]) is not None:
        errors["username"] = _("This user name is taken.")
    if errors:
        return _page(*_lists(), errors), 422
    if "admin" in form.getlist("roles") and not entrance.is_fresh():
        return redirect(url_for("account.confirm", next=url_for("office.people")), code=303)
    with transaction():
        user = identity.add_user(
            username=form["username"],
            password=form["password"],
            name=form["name"].strip(),
            roles=form.getlist("roles"),
            locale=form.get("locale", "zh-Hans") if form.get("locale") in LOCALES else "zh-Hans",
            now=clock.now(),
            given=True,
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
    if wrong := identity.passwords.what_is_wrong(password, username=username, name=name, roles=roles):
        errors["password"] = identity.telling.password_problem(wrong, roles)
    if not roles or any(role not in identity.ROLES for role in roles):
        errors["roles"] = _("Choose at least one role.")
    return errors


@pages.post("/devices/<device_id>/revoke")
@access.needs("office")
def revoke(device_id: str) -> ResponseReturnValue:
    reason = request.form.get("reason", "").strip()
    if not reason:
        refuse(_("Say why the phone is revoked."), at="reason")
        return redirect(url_for("office.people", _anchor="devices"), code=303)
    try:
        with transaction():
            device = identity.revoke(device_id=device_id, reason=reason[:400], now=clock.now())
        flash(_("The phone %(code)s is revoked.", code=device.code), "ok")
    except problems.NotFound:
        flash(_("There is no such phone."), "bad")
    return redirect(url_for("office.people", _anchor="devices"), code=303)
