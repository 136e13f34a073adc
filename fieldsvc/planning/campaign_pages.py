"""The office's pages for campaigns: choose places, days and technicians, see what it would do, have it planned, watch it.

Decides nothing. Invariant: nothing is planned before somebody has seen the preview of exactly that.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import clock, problems
from fieldsvc.db import transaction
from fieldsvc.duty import service as duty
from fieldsvc.identity import access
from fieldsvc.identity import service as identity
from fieldsvc.jobs import service as jobs
from fieldsvc.jsontext import dumps, loads
from fieldsvc.office.frame import show
from fieldsvc.planning import campaigns, telling
from fieldsvc.planning.due_pages import asked_kind, asked_until
from fieldsvc.planning.frame import day_of, pages
from fieldsvc.planning.models import WORKING
from fieldsvc.planning.telling import _
from fieldsvc.planning.work import JOB
from fieldsvc.policy import service as policy
from fieldsvc.policy import workdays

SHOWN = 50
LONGEST_ADDRESS = 1500
"""Ticked places are kept in the address up to here, so that it can be linked to; servers refuse much longer ones."""


def place_of(text: str) -> duty.Place | None:
    """A place as a tick box carries it: ["district", "address" or null, "building" or null]."""
    try:
        parts = loads(text)
    except ValueError:
        return None
    if not isinstance(parts, list) or not 1 <= len(parts) <= 3 or not isinstance(parts[0], str):
        return None
    if any(part is not None and (not isinstance(part, str) or "\0" in part) for part in parts):
        return None
    return duty.Place(*parts)


def written(place: duty.Place) -> str:
    """A place as a tick box carries it."""
    return dumps([place.district, place.address, place.building])


@pages.get("/campaigns")
@access.needs("office")
def campaign_list() -> ResponseReturnValue:
    return show("plan_campaigns", rows=campaigns.latest(limit=SHOWN), telling=telling, at="campaigns")


def _wish(given: Any) -> campaigns.Wish:
    today = telling.today()
    asked = [place for text in given.getlist("place") if (place := place_of(text[:1000]))]
    first = day_of(given.get("first", "")) or workdays.add_working_days(today, 1)
    last = day_of(given.get("last", "")) or first + timedelta(days=27)
    per_day = given.get("per_day", "")
    return campaigns.Wish(
        asked=duty.Filter(
            until=day_of(given.get("until", "")) or asked_until(),
            places=tuple(dict.fromkeys(asked))[: campaigns.MOST_PLACES + 1],  # one more, so that too many are refused
            kind=given.get("kind", "") if given.get("kind", "") in (duty.HOME, duty.BUSINESS) else asked_kind(),
        ),
        first=first,
        last=last,
        technicians=tuple(dict.fromkeys(given.getlist("who")))[: campaigns.MOST_TECHNICIANS],
        per_day=int(per_day)
        if per_day.isascii() and per_day.isdigit() and len(per_day) < 5
        else 0
        if per_day
        else policy.value("planning", "visits_per_day"),
    )


def _digest(wish: campaigns.Wish) -> str:
    """What a preview was of, so that nothing else is planned by the button under it."""
    return hashlib.sha256(repr(wish).encode()).hexdigest()


def _form(wish: campaigns.Wish, *, status: int = 200, wrong: str = "", **what: Any) -> ResponseReturnValue:
    return show(
        "plan_campaign_form",
        wish=wish,
        wrong=wrong,
        seen=what.get("seen"),
        previewed=_digest(wish),
        name=what.get("name", ""),
        technicians=identity.technicians(),
        districts=duty.areas(asked=duty.Filter(until=wish.asked.until)) if not wish.asked.places else [],
        written=written,
        Place=duty.Place,
        telling=telling,
        at="campaigns",
    ), status


@pages.get("/campaigns/new")
@access.needs("office")
def campaign_form() -> ResponseReturnValue:
    return _form(_wish(request.args))


@pages.post("/campaigns/new")
@access.needs("office")
def campaign_of_ticked() -> ResponseReturnValue:
    """The form for the places that were ticked, which may be more than an address holds."""
    asked: dict[str, Any] = {name: request.form.getlist(name) for name in ("until", "kind", "place")}
    address = url_for("planning.campaign_form", **asked)
    return redirect(address, code=303) if len(address) <= LONGEST_ADDRESS else _form(_wish(request.form))


@pages.post("/campaigns")
@access.needs("office")
def campaign_begin() -> ResponseReturnValue:
    """The preview, and with `go` the campaign itself."""
    wish, name = _wish(request.form), request.form.get("name", "").strip()[:100]
    wrong = campaigns.check(wish, today=telling.today())
    if wrong:
        return _form(wish, status=422, wrong=wrong, name=name)
    seen = campaigns.preview(wish)
    if request.form.get("do") != "go" or not seen.fits:
        return _form(wish, seen=seen, name=name)
    if request.form.get("previewed", "") != _digest(wish):
        return _form(wish, seen=seen, name=name, status=409, wrong="changed")
    user = access.me()
    with transaction():
        row = campaigns.begin(
            wish=wish, name=name or _default_name(wish), by_id=user.id, by_name=user.name, now=clock.now()
        )
    jobs.wake(JOB)
    return redirect(url_for("planning.campaign", campaign_id=row.id), code=303)


def _default_name(wish: campaigns.Wish) -> str:
    first, *others = wish.asked.places
    name = telling.place(first.district, first.address, first.building)
    return (name + (f" +{len(others)}" if others else ""))[:100]


@pages.get("/campaigns/<campaign_id>")
@access.needs("office")
def campaign(campaign_id: str) -> ResponseReturnValue:
    row = campaigns.find(campaign_id=campaign_id)
    people = {one.username: one.name for one in identity.technicians()}
    return show(
        "plan_campaign",
        row=row,
        working=row.state == WORKING,
        asked=campaigns.filter_of(row),
        names=[people.get(username, username) for username in row.technicians],
        telling=telling,
        at="campaigns",
    )


@pages.post("/campaigns/<campaign_id>/stop")
@access.needs("office")
def campaign_stop(campaign_id: str) -> ResponseReturnValue:
    try:
        with transaction():
            campaigns.stop(campaign_id=campaign_id, now=clock.now())
        flash(_("Stopped. What was planned stays planned."), "ok")
    except problems.NotFound:
        flash(_("There is no such campaign."), "bad")
    return redirect(url_for("planning.campaign", campaign_id=campaign_id), code=303)
