"""One file that somebody brought, how far it was worked off, its rows that could not be taken, and those that change something.

`done` counts the rows that the present phase is through with and is written together with what they came to, so a stop at any
moment costs one batch. Invariant: while an import checks, no table but these three changes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.db import Base, Instant

MATCHING, CHECKING, CHECKED, WRITING = "matching", "checking", "checked", "writing"
DONE, FAILED, CANCELLED = "done", "failed", "cancelled"
WORKING = (CHECKING, WRITING)
ENDED = (DONE, FAILED, CANCELLED)


class Import(Base):
    """`shape`: how the file is read; `match`: which column holds which field; `total`: rows, as far as known.

    `owner` is the process that works on it, until `held_until`; `by_id` is None where it came by the command line.
    """

    __tablename__ = "imports"
    __table_args__ = (
        CheckConstraint(
            "state IN ('matching', 'checking', 'checked', 'writing', 'done', 'failed', 'cancelled')", name="state"
        ),
        Index("ix_imports_due", "state", "held_until"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    file_name: Mapped[str] = mapped_column(String(200))
    size: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[datetime] = mapped_column(Instant, index=True)
    by_id: Mapped[str | None] = mapped_column(String(36))
    by_name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10), default=MATCHING)
    shape: Mapped[dict[str, Any]] = mapped_column(JSON)
    match: Mapped[dict[str, int]] = mapped_column(JSON)
    notes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    total: Mapped[int | None] = mapped_column(Integer)
    done: Mapped[int] = mapped_column(Integer, default=0)
    new: Mapped[int] = mapped_column(Integer, default=0)
    changed: Mapped[int] = mapped_column(Integer, default=0)
    unchanged: Mapped[int] = mapped_column(Integer, default=0)
    bad: Mapped[int] = mapped_column(Integer, default=0)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    owner: Mapped[str] = mapped_column(String(40), default="")
    held_until: Mapped[datetime] = mapped_column(Instant)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class BadRow(Base):
    """A row of the file that was not taken, as it stands there, and why: a list of reasons {code, field, …}."""

    __tablename__ = "import_bad_rows"

    import_id: Mapped[str] = mapped_column(ForeignKey("imports.id"), primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    cells: Mapped[list[str]] = mapped_column(JSON)
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class ChangedRow(Base):
    """A row that changes what is known: whose, of which meter where it speaks of one, and a list of {field, old, new}.

    `old` is what was on file when the row was looked at; empty where nothing was.
    """

    __tablename__ = "import_changed_rows"

    import_id: Mapped[str] = mapped_column(ForeignKey("imports.id"), primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    account: Mapped[str] = mapped_column(String(40))
    serial: Mapped[str] = mapped_column(String(60), default="")
    fields: Mapped[list[dict[str, str]]] = mapped_column(JSON)
