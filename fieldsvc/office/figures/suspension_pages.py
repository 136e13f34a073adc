"""Planned suspensions of supply: their list, writing one down, and when the supply is back.

Decides how a moment is typed: in the company's zone. The filters `told` and `back` are the figures of the two promises, so that
each leads to the rows it counts. Invariant: what was typed comes back where it could not be kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import clock, installation, problems
from fieldsvc.db import transaction
from fieldsvc.found import Held
from fieldsvc.identity import access
from fieldsvc.office import lists
from fieldsvc.office.figures.promise_words import held
from fieldsvc.office.frame import pages, refusal, show
from fieldsvc.office.lists import Asked, Choice, Column, Day, List, Search
from fieldsvc.office.words import _
from fieldsvc.promises import service as promises


def _instant(typed: str) -> datetime | None:
    """A moment as a form gives it, 2026-12-01T10:00; None for what is none."""
    try:
        return datetime.strptime(typed, "%Y-%m-%dT%H:%M").replace(tzinfo=installation.zone())
    except ValueError:
        return None


def _list(now: datetime) -> List[Any]:
    rules = promises.suspensions

    def back(row: Any) -> str:
        return held(rules.is_restored_in_time(row, now=now)) if row.restored_at or row.begins_at <= now else ""

    def find(asked: Asked) -> Held[Any]:
        days = {"first": asked["from"], "last": asked["to"]}
        rows = rules.found(words=asked["q"], told=asked["told"], back=asked["back"], **days, now=now)
        return Held(
            rows,
            orders={
                "begins": lambda row: row.begins_at,
                "place": lambda row: row.place,
                "told": lambda row: row.told_at,
                "restored": lambda row: (row.restored_at is None, row.restored_at or row.begins_at),
            },
            usual="-begins",
        )

    both = [("kept", held(True)), ("broken", held(False))]
    return List(
        id="suspensions",
        title=_("Planned suspensions"),
        filters=(
            Search("q", _("Where, why")),
            Choice("told", _("Customers were told"), both, every=_("Told in time or not")),
            Choice("back", _("The supply is back"), [*both, ("open", held(None))], every=_("Back in time or not")),
            Day("from", _("From")),
            Day("to", _("Until")),
        ),
        columns=(
            Column("begins", _("The supply stops"), lambda row: row.begins_at, sort="begins"),
            Column("place", _("Where"), lambda row: row.place, sort="place"),
            Column("reason", _("Why"), lambda row: row.reason, file_only=True),
            Column("told", _("Customers were told"), lambda row: row.told_at, sort="told"),
            Column("told_in_time", _("Told in time"), lambda row: held(rules.is_told_in_time(row)), file_only=True),
            Column("restored", _("The supply is back"), lambda row: row.restored_at, sort="restored"),
            Column("restored_in_time", _("Back in time"), back, file_only=True),
            Column("by", _("Written down by"), lambda row: row.by_name),
            Column("recorded", _("Written down at"), lambda row: row.recorded_at, file_only=True),
            Column("ended_by", _("Its end written down by"), lambda row: row.ended_by_name, file_only=True),
            Column("ended_recorded", _("Its end written down at"), lambda row: row.ended_recorded_at, file_only=True),
        ),
        find=find,
    )


@pages.get("/suspensions")
@access.needs("office")
def suspensions() -> ResponseReturnValue:
    now = clock.now()
    return lists.answer(_list(now), "suspensions", rules=promises.suspensions, now=now, held=held, given={}, errors={})


def _again(given: Mapping[str, str], errors: Mapping[str, str]) -> str:
    now = clock.now()
    return show(
        "suspensions",
        listing=lists.shown(_list(now)),
        rules=promises.suspensions,
        now=now,
        held=held,
        given=given,
        errors=errors,
    )


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
        return _again(form, {name: said[name] for name in problem.more["errors"]}), 422
    flash(_("Noted."), "ok")
    return redirect(url_for("office.suspensions"), code=303)


@pages.post("/suspensions/<suspension_id>/restored")
@access.needs("office")
def end_suspension(suspension_id: str) -> ResponseReturnValue:
    at = _instant(request.form.get("at", ""))
    try:
        with transaction():
            promises.suspensions.restored(suspension_id=suspension_id, at=at, by_name=access.me().name, now=clock.now())
    except problems.Invalid:
        flash(_("A moment between its beginning and now is needed."), "bad")
    except problems.Conflict as problem:
        flash(refusal(problem), "bad")
    else:
        flash(_("Noted."), "ok")
    return redirect(url_for("office.suspensions"), code=303)
