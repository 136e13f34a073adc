"""Return calls: who is to be called, the script, what was answered, what it brought up, and the weeks.

Decides nothing of the trade: an attempt is an op on the visit like any other edit of the office. Invariant: whatever was typed
while somebody was on the line comes back when it cannot be kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import clock, problems
from fieldsvc.calls import service as calls
from fieldsvc.catalog.service import catalogue
from fieldsvc.db import transaction
from fieldsvc.found import Held
from fieldsvc.identity import access
from fieldsvc.identity import service as identity
from fieldsvc.office import lists, telephone, words
from fieldsvc.office.calling import calls_words
from fieldsvc.office.frame import pages, refusal, refuse, show
from fieldsvc.office.lists import Choice, Column, List, Tick
from fieldsvc.office.visiting import visit_view
from fieldsvc.office.words import _
from fieldsvc.office.writing import write
from fieldsvc.policy import service as policy
from fieldsvc.record import service as record

Json = dict[str, Any]
LONGEST = 4000
WEEKS = 13


def _calls() -> List[Json]:
    states = [(one, calls_words.state(one)) for one in ("due", "reached", "given_up")] + [("all", _("All"))]
    return List(
        id="calls",
        title=_("Return calls"),
        filters=(
            Choice("state", _("State"), states, usual="due"),
            Choice(
                "reason", _("Reason"), [(one, calls_words.reason(one)) for one in calls.REASONS], every=_("All reasons")
            ),
            Tick("overdue", _("Overdue only")),
        ),
        columns=(
            Column("due", _("Due"), lambda row: row["call"].due_on, sort="due"),
            Column("customer", _("Customer"), lambda row: _customer(row, "name")),
            Column("phone", _("Telephone"), lambda row: telephone.in_file(_customer(row, "phone"))),
            Column("reason", _("Reason"), lambda row: calls_words.reason(row["call"].reason)),
            Column("technician", _("Technician"), _technician),
            Column("state", _("State"), lambda row: calls_words.state(row["call"].state)),
            Column("score", _("Score"), lambda row: row["call"].score, look="num"),
            Column("attempts", _("Attempts"), lambda row: row["call"].attempts, file_only=True),
            Column("visit", _("Visit"), lambda row: (row["visit"] or {}).get("number", ""), file_only=True),
        ),
        find=lambda asked: calls.find(
            state="" if asked["state"] == "all" or asked["overdue"] else asked["state"],
            reason=asked["reason"],
            overdue_on=words.today() if asked["overdue"] else None,
        ),
    )


def _customer(row: Mapping[str, Any], part: str) -> str:
    return str((row["visit"] or {}).get("customer", {}).get(part) or "")


def _technician(row: Mapping[str, Any]) -> str:
    return str(((row["visit"] or {}).get("assignee") or {}).get("name", ""))


@pages.get("/calls")
@access.needs("office")
def calls_list() -> ResponseReturnValue:
    return lists.answer(_calls(), "calls", call_words=calls_words, view=visit_view)


def _tasks() -> List[Json]:
    return List(
        id="call-tasks",
        title=_("Follow-up"),
        filters=(
            Choice(
                "state",
                _("State"),
                [("open", _("Not settled yet")), ("done", _("Done")), ("all", _("All"))],
                usual="open",
            ),
            Tick("overdue", _("Overdue only")),
        ),
        columns=(
            Column("due", _("Due"), lambda row: row["task"].due_on, sort="due"),
            Column("what", _("What"), lambda row: row["task"].what),
            Column("owner", _("Owner"), lambda row: row["task"].owner_name),
            Column("customer", _("Customer"), lambda row: _customer(row, "name")),
            Column("state", _("State"), lambda row: calls_words.state(row["task"].state)),
            Column("result", _("Result"), lambda row: row["task"].result, file_only=True),
        ),
        find=lambda asked: calls.tasks(
            state="" if asked["state"] == "all" or asked["overdue"] else asked["state"],
            overdue_on=words.today() if asked["overdue"] else None,
        ),
    )


@pages.get("/calls/tasks")
@access.needs("office")
def call_tasks() -> ResponseReturnValue:
    return lists.answer(_tasks(), "call_tasks", call_words=calls_words)


def _weeks() -> List[calls.summary.Summary]:
    this = calls.sample.week_of(words.today())
    rows = calls.summary.of_weeks([this - timedelta(days=7 * back) for back in range(WEEKS)], today=words.today())
    return List(
        id="call-weeks",
        title=_("Weeks"),
        columns=(
            Column("week", _("Week of"), lambda row: row.week),
            Column("closed", _("Visits closed"), lambda row: row.closed, look="num"),
            Column("calls", _("To call back"), lambda row: row.calls, look="num"),
            Column("reached", _("Reached"), lambda row: row.reached, look="num"),
            Column("given_up", _("Not reached"), lambda row: row.given_up, look="num"),
            Column("score", _("Average score"), lambda row: row.score, look="num"),
            Column("low", _("Low scores"), lambda row: row.low, look="num"),
            Column("complaints", _("Complaints"), lambda row: row.complaints, look="num"),
            Column("settled", _("Closed"), lambda row: row.settled, look="num"),
            Column("in_time", _("Closed in time"), lambda row: row.in_time, look="num"),
        ),
        find=lambda _asked: Held(rows, orders={"week": lambda row: row.week}, usual="-week"),
    )


@pages.get("/calls/weeks")
@access.needs("office")
def call_weeks() -> ResponseReturnValue:
    return lists.answer(_weeks(), "call_weeks")


def _asked() -> dict[str, Json]:
    """What may have been asked, by id: on the telephone, or at a visit in its place."""
    entries = catalogue().entries
    asking = {kind.checklist for kind in entries.visit_types if kind.settles}
    items = (item for one in entries.checklists if one.id in asking for item in one.items)
    points = {point.id: {"name": point.name} for item in items for point in item.points}
    return points | {one["id"]: one for one in calls.script()["questions"]}


@pages.get("/calls/<visit_id>")
@access.needs("office")
def call(visit_id: str) -> ResponseReturnValue:
    return _page(visit_id)


def _page(visit_id: str, given: Mapping[str, str] | None = None, wrong: str = "") -> str:
    document = record.document(visit_id=visit_id)
    words.speak_of(document)
    due, answers, brought = calls.of_visit(visit_id=visit_id)
    return show(
        "call",
        visit=document,
        call=due,
        answers=answers,
        brought=brought,
        script=calls.script(),
        questions=_asked(),
        staff=[user for user in identity.staff() if user.active],
        task_due=calls.task_due(today=words.today()),
        low_score=policy.value("calls", "low_score"),
        given=given or {},
        wrong=wrong,
        call_words=calls_words,
        view=visit_view,
    )


@pages.post("/calls/<visit_id>")
@access.needs("office")
def add_call(visit_id: str) -> ResponseReturnValue:
    form = request.form
    data, wrong = _said(form)
    if wrong:
        return _page(visit_id, form, wrong), 422
    try:
        with transaction():
            write(visit_id, "call.add", data)
    except problems.Invalid as problem:
        return _page(visit_id, form, refusal(problem)), 422
    flash(_("The call is noted."), "ok")
    return redirect(url_for("office.calls_list"), code=303)


def _said(form: Mapping[str, str]) -> tuple[Json, str]:
    """What the form of a call says, as data of an op, and what is missing."""
    note = form.get("note", "").strip()[:LONGEST]
    if form.get("reached") == "0":
        return {"answers": {}, "reached": False, "note": note}, ""
    given = {one["id"]: form.get(f"q.{one['id']}", "").strip()[:LONGEST] for one in calls.script()["questions"]}
    data: Json = {"answers": {one: said for one, said in given.items() if said}, "reached": True, "note": note}
    score = form.get("score", "")
    if score not in ("1", "2", "3", "4", "5"):
        return data, _("Ask for the score, from 1 to 5.")
    data["score"] = int(score)
    what, owner, due = form.get("what", "").strip()[:LONGEST], form.get("owner", ""), form.get("due", "")
    if not what:
        return data, ""
    person = next((user for user in identity.staff() if user.active and user.id == owner), None)
    if person is None:
        return data, _("A follow-up needs one owner.")
    on = clock.day_of(due)
    if on is None:
        return data, _("A follow-up needs a day by which it is settled.")
    data["task"] = {
        "id": clock.new_id(), "what": what, "owner": person.id, "owner_name": person.name, "due": on.isoformat()
    }  # fmt: skip
    return data, ""


@pages.post("/calls/<visit_id>/tasks/<task_id>")
@access.needs("office")
def settle_task(visit_id: str, task_id: str) -> ResponseReturnValue:
    result = request.form.get("result", "").strip()[:LONGEST]
    try:
        if not result:
            raise problems.Invalid(_("Say what came of it."))
        if not any(task.id == task_id and task.state == "open" for task in calls.of_visit(visit_id=visit_id)[2]):
            raise problems.Invalid(code="not_found")
        with transaction():
            write(visit_id, "call.settle", {"task": task_id, "result": result})
        flash(_("Noted."), "ok")
    except problems.Invalid as problem:
        refuse(refusal(problem), at="result")
    return redirect(url_for("office.call", visit_id=visit_id, _anchor="tasks"), code=303)
