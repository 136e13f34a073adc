"""The hazard ledger on the screen: the list, one hazard with its life, the homes to call today, and the alerts.

Decides nothing of the trade: what may be written down is asked of the ledger, and what is written is an op like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import clock, problems
from fieldsvc.db import transaction
from fieldsvc.hazards import service as ledger
from fieldsvc.identity import access
from fieldsvc.identity import service as identity
from fieldsvc.office import lists, words
from fieldsvc.office.frame import Pager, page_number, pages, refusal, refuse, show
from fieldsvc.office.ledger import hazard_list, hazard_view, hazard_words, supervise_pages
from fieldsvc.office.ledger.hazard_lines import REINSPECTION, lines
from fieldsvc.office.visiting import visit_view
from fieldsvc.office.words import _
from fieldsvc.office.writing import write
from fieldsvc.record import service as record
from fieldsvc.visits import service as visits

Json = dict[str, Any]

HOMES = 20
"""So many homes to call stand on a page: each has its hazards and a form."""


@pages.get("/hazards")
@access.needs("office")
def hazards() -> ResponseReturnValue:
    return lists.answer(
        hazard_list.hazards(),
        "hazards",
        view=visit_view,
        ledger_words=hazard_words,
        days=hazard_list.days_asked(),
        calls=ledger.count_calls(today=words.today()),
    )


@pages.get("/hazards/calls")
@access.needs("office")
def hazard_calls() -> ResponseReturnValue:
    today = words.today()
    total = ledger.count_calls(today=today)
    number = max(1, min(page_number(), -(-total // HOMES)))
    homes = ledger.calls(today=today, limit=HOMES, offset=(number - 1) * HOMES)
    found = {line.hazard.id: line for line in lines([row for home in homes for row in home.hazards])}
    return show(
        "hazard_calls",
        homes=[[found[row.id] for row in home.hazards] for home in homes],
        total=total,
        pager=Pager(number, total, len(homes), size=HOMES),
        view=visit_view,
        ledger_words=hazard_words,
    )


@pages.get("/hazards/<hazard_id>")
@access.needs("office")
def hazard(hazard_id: str) -> ResponseReturnValue:
    row = _get(hazard_id)
    return show(
        "hazard",
        one=hazard_view.view(row, user_id=access.me().id, today=words.today()),
        offered=supervise_pages.offered(row),
        hazards=hazard_view,
        view=visit_view,
        ledger_words=hazard_words,
        technicians=identity.technicians(),
    )


def _get(hazard_id: str) -> ledger.Hazard:
    row = ledger.get(hazard_id=hazard_id)
    if row is None:
        raise problems.NotFound("there is no such hazard")
    return row


@pages.post("/hazards/<hazard_id>/follow")
@access.needs("office")
def follow_hazard(hazard_id: str) -> ResponseReturnValue:
    given = {"event": "", **_given()}
    _write([(hazard_id, given)], done=_("Written down: %(what)s.", what=hazard_words.event(given["event"])))
    return _back(url_for("office.hazard", hazard_id=hazard_id))


@pages.post("/hazards/calls")
@access.needs("office")
def note_call() -> ResponseReturnValue:
    """Tick off one call for all hazards of a home that it was about."""
    given, about = {**_given(), "event": "reminded"}, request.form.getlist("hazard")[:50]
    if about:
        _write([(one, given) for one in about], done=_("Called, and written down."), calls=True)
    else:
        flash(_("Nothing was written down: the call names no hazard."), "bad")
    return _back(url_for("office.hazard_calls"))


def _given() -> Json:
    """What a form says, the empty left out, as an op has it."""
    form = request.form
    text = {name: form.get(name, "").strip() for name in ("event", "on", "due", "way", "seen", "note")}
    given: Json = {name: value[:2000] for name, value in text.items() if value}
    if form.get("level", "") in ("1", "2", "3"):
        given["level"] = int(form["level"])
    return given


def _back(usual: str) -> ResponseReturnValue:
    back = request.form.get("back", "")
    return redirect(back if back.startswith("/office") else usual, code=303)


def _write(wanted: list[tuple[str, Json]], *, done: str, calls: bool = False) -> None:
    """Write down something of each hazard, all or none, and say what became of it. `calls`: one call about all of them."""
    today, user = words.today(), access.me()
    try:
        with transaction():
            rules = ledger.rules()
            if calls and all((_get(one).remind_on or date.max) > today for one, _given in wanted):
                raise problems.Conflict("this home has been called", code="called_already")
            for hazard_id, given in wanted:
                row = _get(hazard_id)
                data = {"hazard": row.id, **given}
                _readable(data)
                ledger.check(row, ledger.events(row), data, rules=rules, user_id=user.id, today=today)
                write(row.visit_id, "hazard.follow", data)
    except problems.Problem as problem:
        refuse(_why(problem), at=next(iter(problem.more.get("errors") or ()), ""))
    else:
        flash(done, "ok")


def _readable(data: Mapping[str, Any]) -> None:
    """Refuse days that are none before anything compares them."""
    try:
        for name in ("on", "due"):
            date.fromisoformat(str(data.get(name, "2000-01-01")))
    except ValueError:
        raise problems.Invalid("this is no day", errors={name: ["a day"]}) from None


def _why(problem: problems.Problem) -> str:
    missing = problem.more.get("errors") or {}
    if "due" in missing:
        return _("Choose a later day, no later than may be.")
    if "on" in missing:
        return _("The day lies ahead. Write down what has happened.")
    if "note" in missing:
        return _("Say why, or what: this needs a remark.")
    return hazard_words.refused(problem.code) or refusal(problem)


@pages.post("/hazards/<hazard_id>/reinspect")
@access.needs("office")
def plan_reinspection(hazard_id: str) -> ResponseReturnValue:
    row, form = _get(hazard_id), request.form
    on = clock.day_of(form.get("on", ""))
    if on is None or on < words.today():
        refuse(_("Choose a day from today on."), at="on")
        return redirect(url_for("office.hazard", hazard_id=hazard_id), code=303)
    try:
        with transaction():
            _plan(row, on, form.get("technician", ""), clock.now())
    except problems.Problem as problem:
        flash(hazard_words.refused(problem.code) or refusal(problem), "bad")
    else:
        flash(_("The re-inspection is planned for %(day)s.", day=words.day(on)), "ok")
    return redirect(url_for("office.hazard", hazard_id=hazard_id), code=303)


def _plan(row: ledger.Hazard, on: date, technician: str, now: datetime) -> None:
    of_home = record.open_visits(customer_ids={row.customer_id}, types=(REINSPECTION,))[row.customer_id]
    if of_home:
        raise problems.Conflict("a re-inspection is planned already", code="planned_already")
    customer = record.document(visit_id=row.visit_id)["customer"]
    wanted = {
        "type": REINSPECTION,
        "customer": {"account": customer["account"] or customer["id"]},
        "planned": {"date": on.isoformat(), "from": None, "to": None},
        "assignee": technician or None,
    }
    visits.plan(visits=[wanted], now=now)
