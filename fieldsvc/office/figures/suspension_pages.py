"""Planned suspensions of supply: writing one down, and when the supply is back.

Decides how a moment is typed: in the company's zone. Invariant: what was typed comes back where it could not be kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import clock, installation, problems
from fieldsvc.db import transaction
from fieldsvc.identity import access
from fieldsvc.office.frame import pages, refusal, show
from fieldsvc.office.words import _
from fieldsvc.promises import service as promises


def _instant(typed: str) -> datetime | None:
    """A moment as a form gives it, 2026-12-01T10:00; None for what is none."""
    try:
        return datetime.strptime(typed, "%Y-%m-%dT%H:%M").replace(tzinfo=installation.zone())
    except ValueError:
        return None


def _page(given: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return show(
        "suspensions",
        rows=promises.suspensions.latest(),
        rules=promises.suspensions,
        now=clock.now(),
        given=given,
        errors=errors,
    )


@pages.get("/suspensions")
@access.needs("office")
def suspensions() -> ResponseReturnValue:
    return _page({}, {})


@pages.post("/suspensions")
@access.needs("office")
def announce_suspension() -> ResponseReturnValue:
    form = {name: said.replace("\0", "") for name, said in request.form.items()}
    try:
        with transaction():
            promises.suspensions.announce(
                place=form.get("place", ""),
                reason=form.get("reason", ""),
                told_at=_instant(form.get("told_at", "")),
                begins_at=_instant(form.get("begins_at", "")),
                by_name=access.me().name,
                now=clock.now(),
            )
    except problems.Invalid as problem:
        said = {
            "place": _("Write down where."),
            "told_at": _("A moment that has passed is needed."),
            "begins_at": _("A moment after it was told is needed."),
        }
        return _page(form, {name: said[name] for name in problem.more["errors"]}), 422
    flash(_("Noted."), "ok")
    return redirect(url_for("office.suspensions"), code=303)


@pages.post("/suspensions/<suspension_id>/restored")
@access.needs("office")
def end_suspension(suspension_id: str) -> ResponseReturnValue:
    at = _instant(request.form.get("at", ""))
    try:
        with transaction():
            promises.suspensions.restored(suspension_id=suspension_id, at=at, now=clock.now())
    except problems.Invalid:
        flash(_("A moment between its beginning and now is needed."), "bad")
    except problems.Conflict as problem:
        flash(refusal(problem), "bad")
    else:
        flash(_("Noted."), "ok")
    return redirect(url_for("office.suspensions"), code=303)
