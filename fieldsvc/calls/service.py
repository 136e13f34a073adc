"""Return calls: follow the visits' ops, list what is due, draw a week's sample. Knows no HTTP.

Decides which visits are always called back (a low score, entry refused, stopped for danger), what an attempt makes of a call, and
when a task is due. Rows follow ops: an answer is kept under its op's id, so a repeated or late op changes nothing twice.
A visit whose kind settles calls or complaints writes its own answer (visited.py).
Invariant: a call stands as its answers say, in whatever order they came.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import ColumnElement, select

from fieldsvc import installation
from fieldsvc.calls import complaints, erasing, sample, summary, visited
from fieldsvc.calls.models import DONE, DUE, GIVEN_UP, OPEN, REACHED, Answer, Call, Closing, Task
from fieldsvc.db import db
from fieldsvc.found import Found, number_of
from fieldsvc.policy import service as policy
from fieldsvc.policy import workdays
from fieldsvc.record import service as record
from fieldsvc.record.service import Change

__all__ = [
    "REASONS",
    "called",
    "complaints",
    "erasing",
    "find",
    "follow",
    "number_due",
    "of_visit",
    "sample",
    "script",
    "summary",
    "task_due",
    "tasks",
]

Json = dict[str, Any]

REASONS = ("score", "stopped", "refused", "sample")
ORDERS = {"due": (Call.due_on,)}
TASK_ORDERS = {"due": (Task.due_on,)}


@cache
def script() -> Json:
    """What is asked: greeting, questions, closing."""
    read: Json = yaml.safe_load((Path(__file__).parent / "script.yaml").read_text(encoding="utf-8"))
    return read


def follow(changes: Sequence[Change]) -> None:
    """Keep calls, answers and tasks in step with the visits."""
    told = [change for change in changes if any(op["kind"] in ("call.add", "call.settle") for op in change.ops)]
    ended = [change for change in changes if change.document["state"] == "closed"]
    open_again = [change.visit_id for change in changes if change.document["state"] != "closed"]
    if ended or open_again:
        _keep_closings(ended, open_again)
    for change in told:
        _take_answers(change)
    for called in visited.follow(changes):
        _stand(visit_id=called, now=changes[0].now)


def called(visit_ids: Collection[str]) -> set[str]:
    """Those of some visits about which the customer was called and reached."""
    asked = select(Answer.visit_id).where(Answer.visit_id.in_(visit_ids), Answer.reached == 1)
    return set(db.session.scalars(asked))


def _keep_closings(ended: Sequence[Change], open_again: Sequence[str]) -> None:
    ids = [change.visit_id for change in ended] + list(open_again)
    closings = {row.visit_id: row for row in db.session.scalars(select(Closing).where(Closing.visit_id.in_(ids)))}
    calls = {row.visit_id for row in db.session.scalars(select(Call).where(Call.visit_id.in_(ids)))}
    for visit_id in open_again:
        if visit_id in closings and closings[visit_id].drawn is None:
            db.session.delete(closings[visit_id])
    for change in ended:
        closed_on = _closed_on(change.document)
        reason = must_call(change.document)
        if change.visit_id not in closings:
            drawn = None if _may_be_sampled(change.document) and not reason else 0
            db.session.add(Closing(visit_id=change.visit_id, week=sample.week_of(closed_on), drawn=drawn))
        if reason and change.visit_id not in calls:
            if change.visit_id in closings and closings[change.visit_id].drawn is None:
                closings[change.visit_id].drawn = 0
            due = workdays.add_working_days(
                max(closed_on, _day_of(change.now) - timedelta(days=60)), policy.value("calls", "must_working_days")
            )
            db.session.add(
                Call(visit_id=change.visit_id, reason=reason, week=sample.week_of(closed_on), due_on=due, state=DUE,
                     attempts=0, made_at=change.now)
            )  # fmt: skip


def must_call(document: Mapping[str, Any]) -> str:
    """Why a closed visit is called back in any case; empty where it is not."""
    rules, ended = policy.section("calls"), document["outcome"]["outcome"]
    rating = (document["signatures"].get("customer") or {}).get("rating")
    if rating is not None and rating <= rules["low_score"]:
        return "score"
    if ended == "stopped" and rules["after_stopped"]:
        return "stopped"
    return "refused" if ended == "refused" and rules["after_refused"] else ""


def _may_be_sampled(document: Mapping[str, Any]) -> bool:
    return document["outcome"]["outcome"] in ("completed", "stopped")


def _closed_on(document: Mapping[str, Any]) -> date:
    return _day_of(datetime.fromisoformat(document["outcome"]["at"]))


def _day_of(moment: datetime) -> date:
    return moment.astimezone(installation.zone()).date()


def _take_answers(change: Change) -> None:
    by_name = change.author.name if change.author else ""
    for op in change.ops:
        if op["kind"] == "call.add" and db.session.get(Answer, op["id"]) is None:
            _take_answer(change, op, by_name)
        elif op["kind"] == "call.settle":
            task = db.session.get(Task, op["data"]["task"])
            if task is not None and task.visit_id == change.visit_id and task.state == OPEN:
                task.state, task.result, task.done_by = DONE, op["data"]["result"], by_name[:200]
                task.done_at = datetime.fromisoformat(op["at"])
    db.session.flush()
    _stand(visit_id=change.visit_id, now=change.now)


def _take_answer(change: Change, op: Mapping[str, Any], by_name: str) -> None:
    data, at = op["data"], datetime.fromisoformat(op["at"])
    db.session.add(
        Answer(op_id=op["id"], visit_id=change.visit_id, at=at, by_name=by_name[:200], reached=int(data["reached"]),
               score=data.get("score"), answers=data["answers"], note=data.get("note") or "")
    )  # fmt: skip
    task = data.get("task")
    if task and db.session.get(Task, task["id"]) is None:
        db.session.add(
            Task(id=task["id"], visit_id=change.visit_id, what=task["what"], owner_id=task["owner"],
                 owner_name=task["owner_name"], due_on=date.fromisoformat(task["due"]), state=OPEN)
        )  # fmt: skip


def _stand(*, visit_id: str, now: datetime) -> None:
    """Let the call stand as its answers say. Somebody may also call where nothing was due."""
    answers = answers_of(visit_id)
    if not answers:
        return
    call = db.session.get(Call, visit_id)
    if call is None:
        on = _day_of(answers[0].at)
        call = Call(visit_id=visit_id, reason="sample", week=sample.week_of(on), due_on=on, made_at=now)
        db.session.add(call)
    reached = [one for one in answers if one.reached]
    call.attempts = len(answers)
    call.score = next((one.score for one in reversed(reached) if one.score is not None), None)
    given_up = len(answers) >= policy.value("calls", "most_attempts")
    call.state = REACHED if reached else GIVEN_UP if given_up else DUE


def answers_of(visit_id: str) -> list[Answer]:
    """The attempts to call after a visit, oldest first."""
    return list(db.session.scalars(select(Answer).where(Answer.visit_id == visit_id).order_by(Answer.at, Answer.op_id)))


def of_visit(*, visit_id: str) -> tuple[Call | None, list[Answer], list[Task]]:
    """A visit's call, its attempts and the tasks they brought."""
    brought = db.session.scalars(select(Task).where(Task.visit_id == visit_id).order_by(Task.due_on, Task.id))
    return db.session.get(Call, visit_id), answers_of(visit_id), list(brought)


def find(*, state: str = "", reason: str = "", overdue_on: date | None = None) -> Found[Json]:
    """Calls, each with its visit's document."""
    where = [Call.state == state] if state else []
    where += [Call.reason == reason] if reason else []
    where += [Call.state == DUE, Call.due_on < overdue_on] if overdue_on else []
    return Found(key=Call.visit_id, orders=ORDERS, usual="due", where=where, read=_calls_by_ids)


def _calls_by_ids(ids: Sequence[str]) -> dict[str, Json]:
    documents = record.documents(ids=set(ids))
    rows = db.session.scalars(select(Call).where(Call.visit_id.in_(ids)))
    return {row.visit_id: {"call": row, "visit": documents.get(row.visit_id)} for row in rows}


def tasks(*, state: str = "", overdue_on: date | None = None) -> Found[Json]:
    """Tasks that calls brought up, each with its visit's document."""
    where = [Task.state == state] if state else []
    where += [Task.state == OPEN, Task.due_on < overdue_on] if overdue_on else []
    return Found(key=Task.id, orders=TASK_ORDERS, usual="due", where=where, read=_tasks_by_ids)


def _tasks_by_ids(ids: Sequence[str]) -> dict[str, Json]:
    rows = list(db.session.scalars(select(Task).where(Task.id.in_(ids))))
    documents = record.documents(ids={row.visit_id for row in rows})
    return {row.id: {"task": row, "visit": documents.get(row.visit_id)} for row in rows}


def number_due(*, today: date) -> ColumnElement[int]:
    """How many calls and tasks are past their day, as a part of a statement."""
    late = select(Call.visit_id).where(Call.state == DUE, Call.due_on < today)
    return number_of(late) + number_of(select(Task.id).where(Task.state == OPEN, Task.due_on < today))


def task_due(*, today: date) -> date:
    """The day by which a task of today is settled."""
    return workdays.add_working_days(today, policy.value("calls", "task_working_days"))
