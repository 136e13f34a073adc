"""One row per paper and revision: the promise, what it prints, and what became of it; one more per handing over on paper.

`snapshot` is everything the paper prints, frozen when it was made: a paper that is still pending prints what the record says
by then. Once `status` is ready, neither it nor the file it names ever changes.
"""

from __future__ import annotations

import json
from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc import installation
from fieldsvc.db import Base, Instant

PENDING, READY, FAILED, VOID = "pending", "ready", "failed", "void"


class Notice(Base):
    """A paper. `held`: its visit is open again; `essence`: digest of what it prints of the visit; `sha256`: of the file.

    `signer`: the SHA-256 of the certificate that signed it; `signature_level`: b-b, b-t or b-lta.
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("number", "revision", name="uq_notices_number_revision"),
        UniqueConstraint("visit_id", "kind", "revision", name="uq_notices_visit_kind_revision"),
        CheckConstraint("status IN ('pending', 'ready', 'failed', 'void')", name="status"),
        Index("ix_notices_due", "status", "next_try_at"),
        Index(
            "ix_notices_unprinted", "promised_at", "number", "revision", "id",
            sqlite_where=text("status = 'ready' AND printed_count = 0"),
            postgresql_where=text("status = 'ready' AND printed_count = 0"),
        ),
        Index("ix_notices_listed", "promised_at", "number", "revision", "id", "status", "kind"),
        Index(
            "ix_notices_replaced", "replaces_id",
            sqlite_where=text("replaces_id IS NOT NULL"), postgresql_where=text("replaces_id IS NOT NULL"),
        ),
        Index("ix_notices_status", "status", "promised_at", "number", "revision", "id"),
        Index("ix_notices_kind", "kind", "promised_at", "number", "revision", "id", "status"),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"))
    kind: Mapped[str] = mapped_column(String(20))
    number: Mapped[str] = mapped_column(String(40))
    revision: Mapped[int] = mapped_column(Integer)
    replaces_id: Mapped[str | None] = mapped_column(ForeignKey("notices.id"))
    status: Mapped[str] = mapped_column(String(10), default=PENDING)
    held: Mapped[bool] = mapped_column(Boolean, default=False)
    snapshot: Mapped[str | None] = mapped_column(Text)
    record_sha256: Mapped[str | None] = mapped_column(String(64))
    essence: Mapped[str] = mapped_column(String(64))
    promised_at: Mapped[datetime] = mapped_column(Instant)
    waits_until: Mapped[datetime] = mapped_column(Instant)
    next_try_at: Mapped[datetime] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None] = mapped_column(String(400))
    ready_at: Mapped[datetime | None] = mapped_column(Instant)
    file: Mapped[str | None] = mapped_column(String(120))
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    size: Mapped[int | None] = mapped_column(Integer)
    signer: Mapped[str | None] = mapped_column(String(64))
    signature_level: Mapped[str | None] = mapped_column(String(10))
    printed_count: Mapped[int] = mapped_column(Integer, default=0)
    printed_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def issued_on(self) -> str:
        """The date that the paper itself bears, on the company's calendar."""
        if self.snapshot is None:
            return self.promised_at.astimezone(installation.zone()).date().isoformat()
        return str(json.loads(self.snapshot)["issued_on"])


class Serving(Base):
    """One handing over of a paper that needs ink. `way`: hand, posted or mail; `file`: the signed paper, scanned.

    Rows are added and never changed but for the scan that comes later; the latest one counts.
    """

    __tablename__ = "servings"
    __table_args__ = (CheckConstraint("way IN ('hand', 'posted', 'mail')", name="way"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    notice_id: Mapped[str] = mapped_column(ForeignKey("notices.id"), index=True)
    way: Mapped[str] = mapped_column(String(10))
    served_on: Mapped[date] = mapped_column(Date)
    served_by: Mapped[str] = mapped_column(String(200))
    received_by: Mapped[str] = mapped_column(String(200), default="")
    tracking: Mapped[str] = mapped_column(String(60), default="")
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(String(200))
    file: Mapped[str | None] = mapped_column(String(120))
    file_type: Mapped[str | None] = mapped_column(String(40))
    file_sha256: Mapped[str | None] = mapped_column(String(64))
    attached_at: Mapped[datetime | None] = mapped_column(Instant)
