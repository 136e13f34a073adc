"""Which visits are called back, what was said, what came of it, and complaints.

Rows of calls and tasks follow the visits' ops and can be made anew from them. Complaints stand for themselves:
`complaint_entries` is their history. Invariant: a visit is called back for one reason at most, a week's sample is drawn once, and
neither answers nor entries of complaints are ever changed or deleted; when their time is over (`erased`) what was said goes.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.db import Base, Instant

DUE, REACHED, GIVEN_UP = "due", "reached", "given_up"
OPEN, DONE = "open", "done"
ANSWERED, CLOSED = "answered", "closed"


class Closing(Base):
    """A closed visit that a sample may take; `drawn` is empty until its week's sample was drawn, then yes or no."""

    __tablename__ = "call_closings"
    __table_args__ = (Index("ix_call_closings_week", "drawn", "week"), Index("ix_call_closings_of_week", "week"))

    visit_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    week: Mapped[date] = mapped_column(Date)
    drawn: Mapped[int | None] = mapped_column(Integer)


class Week(Base):
    """A week whose sample was drawn, by its Monday."""

    __tablename__ = "call_weeks"

    week: Mapped[date] = mapped_column(Date, primary_key=True)
    made_at: Mapped[datetime] = mapped_column(Instant)
    considered: Mapped[int] = mapped_column(Integer)
    drawn: Mapped[int] = mapped_column(Integer)


class Call(Base):
    """A visit that is called back: why, by when, and how it stands."""

    __tablename__ = "calls"
    __table_args__ = (
        CheckConstraint("state IN ('due', 'reached', 'given_up')", name="state"),
        CheckConstraint("reason IN ('sample', 'score', 'refused', 'stopped')", name="reason"),
        Index("ix_calls_due", "state", "due_on", "visit_id"),
        Index("ix_calls_reason", "state", "reason", "due_on", "visit_id"),
        Index("ix_calls_order", "due_on", "visit_id"),
        Index("ix_calls_week", "week", "state"),
    )

    visit_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    reason: Mapped[str] = mapped_column(String(10))
    week: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10), default=DUE)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    score: Mapped[int | None] = mapped_column(Integer)
    made_at: Mapped[datetime] = mapped_column(Instant)


class Answer(Base):
    """One attempt to call, under the id of the op that told of it."""

    __tablename__ = "call_answers"
    __table_args__ = (Index("ix_call_answers_visit_id", "visit_id", "at"),)

    op_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    visit_id: Mapped[str] = mapped_column(String(36))
    at: Mapped[datetime] = mapped_column(Instant)
    by_name: Mapped[str] = mapped_column(String(200))
    reached: Mapped[int] = mapped_column(Integer)
    score: Mapped[int | None] = mapped_column(Integer)
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(Text, default="")
    erased: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))


class Task(Base):
    """What a call brought up: one owner, one day."""

    __tablename__ = "call_tasks"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'done')", name="state"),
        Index("ix_call_tasks_due", "state", "due_on", "id"),
        Index("ix_call_tasks_visit_id", "visit_id"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    visit_id: Mapped[str] = mapped_column(String(36))
    what: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[str] = mapped_column(String(36))
    owner_name: Mapped[str] = mapped_column(String(200))
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10), default=OPEN)
    result: Mapped[str] = mapped_column(Text, default="")
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    done_by: Mapped[str] = mapped_column(String(200), default="")


class Complaint(Base):
    """A complaint as it stands; `against_id` is the member of staff it is about, who never owns it.

    `kind` and `topic` are empty where it was taken in before they were asked; `rings`: after how many a telephone was answered.
    """

    __tablename__ = "complaints"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'answered', 'closed')", name="state"),
        CheckConstraint("against_id IS NULL OR against_id <> owner_id", name="owner"),
        Index("ix_complaints_due", "state", "due_on", "id"),
        Index("ix_complaints_order", "due_on", "id"),
        Index("ix_complaints_week", "week", "state"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    received_at: Mapped[datetime] = mapped_column(Instant)
    week: Mapped[date] = mapped_column(Date)
    way: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(20), default="", server_default="")
    topic: Mapped[str] = mapped_column(String(20), default="", server_default="")
    rings: Mapped[int | None] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(200))
    phone: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(String(300))
    about: Mapped[str] = mapped_column(Text)
    visit_id: Mapped[str | None] = mapped_column(String(36), index=True)
    against_id: Mapped[str | None] = mapped_column(String(36))
    owner_id: Mapped[str] = mapped_column(String(36))
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10), default=OPEN)
    closed_on: Mapped[date | None] = mapped_column(Date)
    erased: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))


class ComplaintEntry(Base):
    """One thing that happened to a complaint: received, given to somebody, looked into, answered, closed."""

    __tablename__ = "complaint_entries"

    complaint_id: Mapped[str] = mapped_column(ForeignKey("complaints.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[str] = mapped_column(String(36))
    by_name: Mapped[str] = mapped_column(String(200))
    event: Mapped[str] = mapped_column(String(10))
    words: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[str | None] = mapped_column(String(36))
