"""The office's page for lifeboats: hand a file in, see what came of it, and of the ones before.

Decides how much may come in one upload; everything else is intake's. Invariant: nobody but the office gets as far as having
a file read, and a refusal is said in words with nothing stored.
"""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from fieldsvc import problems
from fieldsvc.identity import access
from fieldsvc.lifeboat import intake, service
from fieldsvc.lifeboat.sealed import LARGEST
from fieldsvc.office.frame import show

pages = Blueprint("lifeboat", __name__, url_prefix="/office/lifeboat")

FORM_AROUND = 64 * 1024


def refusal(code: str) -> str:
    """Why a file, or one phone's log in it, was not taken in."""
    known: dict[str, str] = {
        "not_a_lifeboat": _("This is not a lifeboat file. Choose the file that the phone's Outbox made."),
        "lifeboat_foreign": _("This file was made for another company's server. Only that server can open it."),
        "lifeboat_newer": _("The phone's app is newer than this server. Update the server, then bring the file again."),
        "lifeboat_altered": _(
            "The file was cut short or changed after the phone wrote it. Bring it again from the phone."
        ),
        "lifeboat_malformed": _("The file opens, but what is inside is not what a phone writes."),
        "lifeboat_too_large": _("The file is larger than 256 MiB. Let the phone make a smaller one."),
        "unknown_device": _("This phone was never enrolled here."),
        "sequence_gap": _(
            "Entries before these are missing here. Was the server restored? Let this phone send by itself."
        ),
        "sequence_reused": _("The server holds other entries of this phone: it was copied. Let it send by itself."),
        "bad_proof": _("The entries do not carry this phone's signature. They were changed, or are not this phone's."),
    }
    return known.get(code) or str(_("What is inside cannot be taken in (%(code)s).", code=code))


def _page(status: int = 200, **what: object) -> ResponseReturnValue:
    return show(
        "lifeboat", **({"latest": service.latest(), "refusal": refusal, "landing_of": service.landing_of} | what)
    ), status


@pages.get("")
@access.needs("office")
def lifeboats() -> ResponseReturnValue:
    return _page()


@pages.get("/<lifeboat_id>")
@access.needs("office")
def landed(lifeboat_id: str) -> ResponseReturnValue:
    return _page(row=service.find(lifeboat_id=lifeboat_id))


@pages.post("")
@access.needs("office")
def take_in() -> ResponseReturnValue:
    if (request.content_length or 0) > LARGEST + FORM_AROUND:
        return _page(413, refused=refusal("lifeboat_too_large"))
    request.max_content_length = LARGEST + FORM_AROUND
    try:
        # Only here, because to look for the token is to read the whole upload.
        current_app.extensions["csrf"].protect()
        given = request.files.get("file")
    except RequestEntityTooLarge:
        return _page(413, refused=refusal("lifeboat_too_large"))
    if given is None or not given.filename:
        return _page(422, refused=_("Choose a file first."))
    keys: Path = current_app.extensions["fieldsvc.settings"].keys
    me = access.me()
    try:
        row = intake.take_in(file=given.stream, keys=keys, by_id=me.id, by_name=me.name)
    except (problems.Invalid, problems.TooLarge) as problem:
        return _page(problem.status, refused=refusal(problem.code))
    return redirect(url_for("lifeboat.landed", lifeboat_id=row.id), code=303)
