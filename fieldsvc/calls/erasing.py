"""Return calls and complaints whose time is over: what was said goes, that there was one stays.

Decides which are over: answers by when they were given, complaints by when they were closed; open ones stay whole. Invariant:
figures (score, reached, in time or not) stay as they were, so reports of long ago do not change.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update

from fieldsvc.calls.models import CLOSED, DONE, Answer, Complaint, ComplaintEntry, Task
from fieldsvc.db import db


def _answers(before: datetime) -> tuple[ColumnElement[bool], ...]:
    return Answer.erased == 0, Answer.at < before


def _complaints(before: datetime) -> tuple[ColumnElement[bool], ...]:
    return Complaint.erased == 0, Complaint.state == CLOSED, Complaint.closed_on < before.date()


def count_over(*, before: datetime) -> int:
    """How many answers and complaints are over."""
    counted = (
        select(func.count()).select_from(Answer).where(*_answers(before)),
        select(func.count()).select_from(Complaint).where(*_complaints(before)),
    )
    return sum(db.session.scalar(query) or 0 for query in counted)


def erase_over(*, before: datetime) -> int:
    """Take out what was said in those; gives how many. In the caller's transaction."""
    return _erase(_answers(before), _complaints(before))


def erase_of_visits(*, visit_ids: Collection[str]) -> int:
    """The same for some visits, whatever their age; open complaints stay."""
    ids = sorted(visit_ids)
    answers = (Answer.erased == 0, Answer.visit_id.in_(ids))
    return _erase(answers, (Complaint.erased == 0, Complaint.state == CLOSED, Complaint.visit_id.in_(ids)))


def _erase(answers: tuple[ColumnElement[bool], ...], complaints: tuple[ColumnElement[bool], ...]) -> int:
    visits = select(Answer.visit_id).where(*answers).scalar_subquery()
    db.session.execute(update(Task).where(Task.state == DONE, Task.visit_id.in_(visits)).values(what="", result=""))
    gone = select(Complaint.id).where(*complaints).scalar_subquery()
    db.session.execute(update(ComplaintEntry).where(ComplaintEntry.complaint_id.in_(gone)).values(words=""))
    told = update(Answer).where(*answers).values(answers={}, note="", erased=1)
    complained = update(Complaint).where(*complaints).values(name="", phone="", address="", about="", erased=1)
    return sum(_count(statement) for statement in (told, complained))


def _count(statement: Any) -> int:
    done: Any = db.session.execute(statement, execution_options={"synchronize_session": False})
    return int(done.rowcount)


def waiting_of(*, visit_ids: Collection[str]) -> int:
    """How many complaints about these visits are still open."""
    query = select(func.count()).select_from(Complaint)
    open_ones = query.where(Complaint.state != CLOSED, Complaint.visit_id.in_(sorted(visit_ids)))
    return db.session.scalar(open_ones) or 0


def of_visits(*, visit_ids: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """What was said in calls and complaints about some visits, for who may have it."""
    ids = sorted(visit_ids)
    answers = db.session.scalars(select(Answer).where(Answer.visit_id.in_(ids)).order_by(Answer.at))
    complaints = db.session.scalars(select(Complaint).where(Complaint.visit_id.in_(ids)).order_by(Complaint.number))
    return {
        "calls": [
            {"visit": one.visit_id, "at": one.at, "by": one.by_name, "reached": bool(one.reached), "score": one.score,
             "answers": one.answers, "note": one.note}
            for one in answers
        ],
        "complaints": [
            {"visit": one.visit_id, "number": one.number, "received_at": one.received_at, "name": one.name,
             "phone": one.phone, "address": one.address, "about": one.about, "state": one.state}
            for one in complaints
        ],
    }  # fmt: skip
