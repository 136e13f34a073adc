"""The weeks in figures: how many visits closed, how many were called back, with what score, and how complaints were settled.

Reads rows only: a fixed number of queries for any number of weeks. A complaint counts in the week in which it was received.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import case, func, select

from fieldsvc.calls import sample
from fieldsvc.calls.models import CLOSED, GIVEN_UP, REACHED, Call, Complaint
from fieldsvc.db import db
from fieldsvc.policy import service as policy


@dataclass(frozen=True)
class Summary:
    """One week; `score` is None where nobody gave one."""

    week: date
    closed: int
    calls: int
    reached: int
    given_up: int
    score: Decimal | None
    low: int
    complaints: int
    settled: int
    in_time: int
    late: int


def of_weeks(weeks: Sequence[date], *, today: date) -> list[Summary]:
    """The figures of these weeks, in the order given."""
    low = policy.value("calls", "low_score")
    asked = select(
        Call.week,
        func.count(),
        func.sum(case((Call.state == REACHED, 1), else_=0)),
        func.sum(case((Call.state == GIVEN_UP, 1), else_=0)),
        func.sum(Call.score),
        func.count(Call.score),
        func.sum(case((Call.score <= low, 1), else_=0)),
    ).where(Call.week.in_(weeks))
    calls = {row[0]: row[1:] for row in db.session.execute(asked.group_by(Call.week))}
    told = select(
        Complaint.week,
        func.count(),
        func.sum(case((Complaint.state == CLOSED, 1), else_=0)),
        func.sum(case((Complaint.closed_on <= Complaint.due_on, 1), else_=0)),
        func.sum(case(((Complaint.state != CLOSED) & (Complaint.due_on < today), 1), else_=0)),
    ).where(Complaint.week.in_(weeks))
    complaints = {row[0]: row[1:] for row in db.session.execute(told.group_by(Complaint.week))}
    closed = sample.closed_in(weeks=list(weeks))
    rows = []
    for week in weeks:
        count, reached, given_up, total, scores, few = calls.get(week, (0, 0, 0, 0, 0, 0))
        received, settled, in_time, late = complaints.get(week, (0, 0, 0, 0))
        score = (Decimal(int(total)) / Decimal(int(scores))).quantize(Decimal("0.1")) if scores else None
        rows.append(
            Summary(week=week, closed=closed.get(week, 0), calls=count, reached=reached, given_up=given_up, score=score, low=few,
                    complaints=received, settled=settled, in_time=in_time, late=late)
        )  # fmt: skip
    return rows
