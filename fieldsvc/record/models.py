"""The op log and what it folds into.

`ops` keeps every op for ever, as it was sent; `visits` keeps per visit the folded fields and the document made from them.
Invariant: a row of `ops` is never deleted and its body never changes; only the status of a quarantined one does. One exception:
what tells of a person goes when its time is over; then `erased_in` names the audit book's entry, and digest and chain stay.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.db import Base, Instant


class Log(Base):
    """The head of one device's log: how far it is stored without gaps, and the chain up to there."""

    __tablename__ = "logs"

    device_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    acked_seq: Mapped[int] = mapped_column(Integer, default=0)
    chain: Mapped[str] = mapped_column(String(64))


class Op(Base):
    """One entry of a device's log. `repeat` marks an op whose id another device had already brought."""

    __tablename__ = "ops"
    __table_args__ = (
        Index(
            "uq_ops_op_id", "op_id", unique=True, sqlite_where=text("repeat = 0"), postgresql_where=text("repeat = 0")
        ),
        Index("ix_ops_visit", "visit_id"),
        Index(
            "ix_ops_quarantined",
            "received_at",
            sqlite_where=text("status = 'quarantined'"),
            postgresql_where=text("status = 'quarantined'"),
        ),
    )

    device_id: Mapped[str] = mapped_column(ForeignKey("logs.device_id"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    op_id: Mapped[str] = mapped_column(String(36))
    repeat: Mapped[int] = mapped_column(Integer, default=0)
    visit_id: Mapped[str | None] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(80))
    user_id: Mapped[str] = mapped_column(String(36))
    user_name: Mapped[str] = mapped_column(String(200))
    version: Mapped[int | None] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(String(12))
    code: Mapped[str | None] = mapped_column(String(20))
    detail: Mapped[str | None] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    chain: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_by: Mapped[str | None] = mapped_column(String(36))
    settled_reason: Mapped[str | None] = mapped_column(Text)
    erased_in: Mapped[int | None] = mapped_column(BigInteger)


class Visit(Base):
    """One visit: what was planned (`facts`), what ops made of it (`fields`), and the two together (`document`), as JSON text.

    `erased`: the sum of what was taken out of it or need not be looked for: 1 places, 2 photos, 4 persons.
    """

    __tablename__ = "visits"
    __table_args__ = (
        Index("ix_visits_scope", "assignee_id", "version"),
        Index("ix_visits_window", "assignee_id", "planned_on", "number", "id", "state", "outcome"),
        Index("ix_visits_state", "assignee_id", "state", "planned_on", "id"),
        Index("ix_visits_day", "planned_on", "number", "id", "state", "outcome", "assignee_id"),
        Index("ix_visits_standing", "state", "planned_on", "number", "id"),
        Index("ix_visits_outcome", "outcome", "planned_on", "number", "id"),
        Index("ix_visits_customer", "customer_id", "planned_on", "number", "id"),
        Index("ix_visits_type", "type", "planned_on", "number"),
        Index(
            "ix_visits_torn",
            "changed_at",
            sqlite_where=text("open_conflicts > 0"),
            postgresql_where=text("open_conflicts > 0"),
        ),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, index=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    type: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(12))
    outcome: Mapped[str | None] = mapped_column(String(12))
    planned_on: Mapped[date | None] = mapped_column(Date)
    assignee_id: Mapped[str | None] = mapped_column(String(36))
    customer_id: Mapped[str] = mapped_column(String(36))
    lookup: Mapped[str] = mapped_column(String(80), unique=True)
    search: Mapped[str] = mapped_column(Text)
    open_conflicts: Mapped[int] = mapped_column(Integer, default=0)
    erased: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    facts: Mapped[str] = mapped_column(Text)
    fields: Mapped[str] = mapped_column(Text)
    document: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class VisitFile(Base):
    """A visit speaks of a file. By this an arriving file finds its visits, and a reader of a file proves a right to it."""

    __tablename__ = "visit_files"
    __table_args__ = (Index("ix_visit_files_sha256", "sha256"),)

    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)


class ScopeExit(Base):
    """A visit left somebody's scope at a version, because it was given to somebody else."""

    __tablename__ = "scope_exits"
    __table_args__ = (Index("ix_scope_exits_user", "user_id", "version"),)

    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    user_id: Mapped[str] = mapped_column(String(36))


class Sought(Base):
    """A text by which visits are found: of a customer, or a number of one visit. Rows are added and never change.

    Its grams stand in `sought_grams` under the same id: FTS5 on SQLite, an array with an index on PostgreSQL (record/sought.py).
    """

    __tablename__ = "sought"
    __table_args__ = (Index("ix_sought_customer", "customer_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    customer_id: Mapped[str | None] = mapped_column(String(36))
    visit_id: Mapped[str | None] = mapped_column(String(36))
    text: Mapped[str] = mapped_column(Text)
