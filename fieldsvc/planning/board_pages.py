"""The office's plan: the day's board, moving and cancelling visits, one visit's plan.

Decides nothing: what may be moved is moves.py's. Everything works by plain forms; dragging sends what the arrows send.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from datetime import date, timedelta

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError

from fieldsvc import clock, problems
from fieldsvc.db import transaction
from fieldsvc.identity import access
from fieldsvc.identity import service as identity
from fieldsvc.office.frame import refuse, show
from fieldsvc.office.writing import seen
from fieldsvc.planning import capacity, moves, served, telling
from fieldsvc.planning.board import board
from fieldsvc.planning.frame import day_of, me, pages
from fieldsvc.planning.telling import _, ngettext
from fieldsvc.record import service as record

log = logging.getLogger(__name__)

_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_LONGEST_REASON = 400


def to_board(on: date | None, technician: str, visit_id: str = "") -> ResponseReturnValue:
    """Back to the board, at the visit that was moved."""
    return redirect(
        url_for(
            "planning.board_page",
            day=on.isoformat() if on else None,
            technician=technician or None,
            _anchor=f"visit-{visit_id}" if visit_id else None,
        ),
        code=303,
    )


@pages.get("")
@access.needs("office")
def board_page() -> ResponseReturnValue:
    on = day_of(request.args.get("day", "")) or telling.today()
    technician = request.args.get("technician", "")[:36]
    step = timedelta(days=1)
    return show(
        "plan",
        board=board(day=on, technician=technician),
        technician=technician,
        technicians=identity.technicians(),
        before=on - step,
        after=on + step,
        telling=telling,
        waiting=capacity.homes_waiting(),
        at="board",
    )


@pages.post("/move")
@access.needs("office")
def move() -> ResponseReturnValue:
    """What the board's form asks for: one visit a place up or down, or the ticked ones moved, given away or cancelled."""
    form, on = request.form, day_of(request.form.get("day", ""))
    technician, asked = form.get("technician", "")[:36], form.get("do", "")
    if on is None:
        return to_board(None, technician)
    verb, _colon, visit_id = asked.partition(":")
    if verb in ("up", "down"):
        _step(on, visit_id, -1 if verb == "up" else 1)
        return to_board(on, technician, visit_id)
    ids = [one for one in form.getlist("visit") if len(one) <= 36]
    to_day, username, reason = day_of(form.get("to_day", "")), form.get("username", ""), form.get("reason", "").strip()
    if not ids:
        flash(_("Tick the visits first."), "bad")
    elif asked == "cancel" and not reason:
        refuse(_("Say why they are cancelled."), at="reason")
    elif asked == "move" and to_day is None and not username:
        refuse(_("Choose a technician or a day."), at="username")
    elif asked == "move" and to_day is not None and to_day < telling.today():
        refuse(_("That day has passed."), at="to_day")
    else:
        reason = reason[:_LONGEST_REASON] if asked == "cancel" else ""
        _do(ids, to_day if asked == "move" else None, username if asked == "move" else "", reason)
    return to_board(on, technician)


def _do(ids: list[str], day: date | None, username: str, reason: str) -> None:
    """A few visits a transaction, so that phones that send meanwhile need not wait; each visit is for itself anyway."""
    outcome, ids = moves.Outcome(), list(dict.fromkeys(ids))[: moves.MOST_AT_ONCE]
    try:
        for start in range(0, len(ids), moves.AT_ONCE):
            with transaction():
                done = moves.many(
                    author=me(),
                    ids=ids[start : start + moves.AT_ONCE],
                    now=clock.now(),
                    day=day,
                    username=username,
                    reason=reason,
                )
            outcome.add(done)
    except problems.Invalid as problem:
        flash(telling.refused(problem.code), "bad")
        if not outcome.changed:
            return
    except OperationalError:
        log.exception("moving many visits stopped half-way")
        flash(_("It stopped half-way, the others are as they were. Try again."), "bad")
    say(outcome)


def say(outcome: moves.Outcome) -> None:
    """Tell what became of many moves."""
    if outcome.changed or not outcome.refused:
        flash(ngettext("%(num)s visit changed.", "%(num)s visits changed.", outcome.changed), "ok")
    for code in sorted({code for _id, code in outcome.refused}):
        count = sum(one == code for _id, one in outcome.refused)
        flash(f"{telling.refused(code)} ({count})", "bad")


def _step(on: date, visit_id: str, by: int) -> None:
    """Move a visit one place along its technician's route."""
    for column in board(day=on).columns:
        ids = [one["id"] for one in column.visits if one["state"] in ("planned", "started")]
        if visit_id in ids:
            at = ids.index(visit_id)
            to = min(max(at + by, 0), len(ids) - 1)
            ids.insert(to, ids.pop(at))
            with transaction():
                moves.arrange(author=me(), ids=ids, day=on, moved=visit_id, person=column.user_id, now=clock.now())
            return


@pages.post("/arrange")
@access.needs("office")
def arrange() -> ResponseReturnValue:
    """A technician's day in the order in which somebody laid it: what dragging sends."""
    on, ids = day_of(request.form.get("day", "")), request.form.get("ids", "").split(",")[: moves.MOST_AT_ONCE]
    username, person = request.form.get("username", ""), request.form.get("person", "")
    if on is None:
        raise problems.Invalid("which day?", errors={"day": ["unknown"]})
    with transaction():
        outcome = moves.arrange(
            author=me(),
            ids=[one for one in ids if one],
            day=on,
            moved=request.form.get("moved", ""),
            person=(identity.find_technician(username) or {"id": ""})["id"] if username else person,
            username=username,
            now=clock.now(),
        )
    if outcome.refused:
        say(outcome)
    return {"changed": outcome.changed, "refused": len(outcome.refused)}


@pages.get("/visits/<visit_id>")
@access.needs("office")
def one(visit_id: str) -> ResponseReturnValue:
    return _one(visit_id)


def _one(visit_id: str, *, given: Mapping[str, str] | None = None, wrong: str = "") -> str:
    visit = record.document(visit_id=visit_id)
    return show(
        "plan_visit",
        visit=visit,
        early=served.too_early(visit),
        technicians=identity.technicians(),
        given=given,
        wrong=wrong,
        telling=telling,
        at="board",
    )


@pages.post("/visits/<visit_id>")
@access.needs("office")
def replan(visit_id: str) -> ResponseReturnValue:
    """Another day, window or technician for one visit; for a cancelled one, bringing it back."""
    form, on = request.form, day_of(request.form.get("date", ""))
    begins, ends = form.get("from", "").strip(), form.get("to", "").strip()
    back = redirect(url_for("planning.one", visit_id=visit_id), code=303)
    if on is None or any(text and not _TIME.fullmatch(text) for text in (begins, ends)) or (ends and ends < begins):
        refuse(_("Choose a day, and a window that ends after it begins."), at="date" if on is None else "from")
        return back
    if on < telling.today():
        refuse(_("That day has passed."), at="date")
        return back
    try:
        with transaction():
            _replan(visit_id, on, (begins, ends), form.get("username", ""), seen())
        flash(_("Planned for %(day)s.", day=telling.day(on)), "ok")
    except problems.Conflict as problem:
        return _one(visit_id, given=form, wrong=telling.refused(problem.code)), problem.status
    except problems.Invalid as problem:
        flash(telling.refused(problem.code), "bad")
    return back


def _replan(visit_id: str, on: date, window: tuple[str, str], username: str, base: int) -> None:
    """Plan a visit that somebody saw as it was at `base`. Raises Conflict when it is another now."""
    visit, author, now = record.document(visit_id=visit_id), me(), clock.now()
    if visit["version"] != base and visit["state"] != "closed":
        raise problems.Conflict("this visit has changed", code="visit_has_changed")
    if visit["state"] == "cancelled":
        moves.revive(author=author, visit=visit, day=on, window=window, now=now)
    else:
        moves.move(author=author, visit=visit, day=on, window=window, keep_order=True, now=now)
    if username:
        moves.assign(author=author, visit=record.document(visit_id=visit_id), username=username, now=now)


@pages.post("/visits/<visit_id>/cancel")
@access.needs("office")
def cancel(visit_id: str) -> ResponseReturnValue:
    reason = request.form.get("reason", "").strip()[:_LONGEST_REASON]
    back = redirect(url_for("planning.one", visit_id=visit_id), code=303)
    if not reason:
        refuse(_("Say why it is cancelled."), at="reason")
        return back
    try:
        with transaction():
            visit = record.document(visit_id=visit_id)
            moves.cancel(author=me(), visit=visit, reason=reason, base=seen(), now=clock.now())
        flash(_("The visit is cancelled."), "ok")
    except (problems.Conflict, problems.Invalid) as problem:
        flash(telling.refused(problem.code), "bad")
    return back
