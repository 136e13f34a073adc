"""The audit book and the notes of what was taken out of it.

Invariant, held by triggers of the database itself (migration 0017): an entry is never changed; entries come in the order of
their numbers; an entry goes only after a removal that covers it was written down, and a removal never goes. The op log is
its own record: what phones write stands there and not here.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.db import Base, Instant

KINDS = (
    "saw", "listed", "sought", "exported", "changed", "entered", "refused", "left", "public", "shown", "erased",
)  # fmt: skip


class AuditEntry(Base):
    """One thing that somebody looked at or changed. Empty texts where something does not apply; `detail` is JSON."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(repr(kind) for kind in KINDS)})", name="kind"),
        Index("ix_audit_entries_at", "at", "number"),
        Index("ix_audit_entries_person", "by_id", "at", "number"),
        Index("ix_audit_entries_kind", "kind", "at", "number"),
        Index("ix_audit_entries_object", "object_id", "at", "number"),
        Index("ix_audit_entries_customer", "customer_id", "at", "number"),
        Index("ix_audit_entries_visit", "visit_id", "at", "number"),
    )

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[str] = mapped_column(String(10))
    what: Mapped[str] = mapped_column(String(20))
    object_id: Mapped[str] = mapped_column(String(80))
    customer_id: Mapped[str] = mapped_column(String(36))
    visit_id: Mapped[str] = mapped_column(String(36))
    by_id: Mapped[str] = mapped_column(String(36))
    by_name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(64))
    route: Mapped[str] = mapped_column(String(60))
    status: Mapped[int] = mapped_column(Integer)
    detail: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    chain: Mapped[str] = mapped_column(String(64))


class AuditRemoval(Base):
    """Entries up to `last_number` were taken out because their time was over; `chain` is where the book goes on from."""

    __tablename__ = "audit_removals"

    last_number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    first_number: Mapped[int] = mapped_column(BigInteger)
    chain: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(Instant)
