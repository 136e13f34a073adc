"""Which forms were sent and counted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.db import Base, Instant


class SentForm(Base):
    """A form that was sent, by the digest of who sent what from which showing of it.

    Invariant: the row is written in the transaction that does what the form asks for. So a form whose work was refused or
    rolled back has none, and of one that is sent twice at the same moment only one does its work.
    """

    __tablename__ = "sent_forms"
    __table_args__ = (Index("ix_sent_forms_sent_at", "sent_at"),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    sent_at: Mapped[datetime] = mapped_column(Instant)
