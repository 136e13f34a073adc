"""Print runs, the papers in each, and the book of printings.

A run is a row that a job works off: `parts` says how many files of a few papers each are on the disk, so that a stop costs one
part at most. Invariant: a run's papers and their order are fixed when it is asked for; `printings` only ever grows.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.db import Base, Instant

WORKING, READY, FAILED, CANCELLED = "working", "ready", "failed", "cancelled"
WAITS, MERGED, LEFT = "waits", "merged", "left"


class PrintRun(Base):
    """One order to print. `asked`: the filters; `done`: papers looked at; `merged`: papers in the file; `size`: of it."""

    __tablename__ = "print_runs"
    __table_args__ = (
        CheckConstraint("status IN ('working', 'ready', 'failed', 'cancelled')", name="status"),
        Index("ix_print_runs_due", "status", "next_try_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    made_at: Mapped[datetime] = mapped_column(Instant, index=True)
    by_id: Mapped[str] = mapped_column(String(36))
    by_name: Mapped[str] = mapped_column(String(200))
    asked: Mapped[dict[str, Any]] = mapped_column(JSON)
    both_sides: Mapped[bool] = mapped_column(Boolean, default=False)
    status: Mapped[str] = mapped_column(String(10), default=WORKING)
    total: Mapped[int] = mapped_column(Integer)
    done: Mapped[int] = mapped_column(Integer, default=0)
    merged: Mapped[int] = mapped_column(Integer, default=0)
    parts: Mapped[int] = mapped_column(Integer, default=0)
    pages: Mapped[int] = mapped_column(Integer, default=0)
    size: Mapped[int | None] = mapped_column(BigInteger)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_try_at: Mapped[datetime] = mapped_column(Instant)
    error: Mapped[str | None] = mapped_column(String(400))
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    printed_at: Mapped[datetime | None] = mapped_column(Instant)
    dropped_at: Mapped[datetime | None] = mapped_column(Instant)


class RunPaper(Base):
    """One paper of a run, at its place in the order. `times`: which printing of it this is; `reason`: why it was left out."""

    __tablename__ = "print_run_papers"
    __table_args__ = (CheckConstraint("state IN ('waits', 'merged', 'left')", name="state"),)

    run_id: Mapped[str] = mapped_column(ForeignKey("print_runs.id"), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True)
    notice_id: Mapped[str] = mapped_column(ForeignKey("notices.id"))
    state: Mapped[str] = mapped_column(String(10), default=WAITS)
    reason: Mapped[str | None] = mapped_column(String(20))
    detail: Mapped[str | None] = mapped_column(String(400))
    times: Mapped[int] = mapped_column(Integer, default=1)
    first_page: Mapped[int | None] = mapped_column(Integer)
    pages: Mapped[int] = mapped_column(Integer, default=0)


class Printing(Base):
    """A paper was sent to a printer: by whom, when, for which time, and in which run, if in one."""

    __tablename__ = "printings"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    notice_id: Mapped[str] = mapped_column(ForeignKey("notices.id"), index=True)
    run_id: Mapped[str | None] = mapped_column(ForeignKey("print_runs.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[str] = mapped_column(String(36))
    by_name: Mapped[str] = mapped_column(String(200))
    times: Mapped[int] = mapped_column(Integer)
