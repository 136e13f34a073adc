"""Wrong answers to the question for the phone number's last digits, for the limits on guessing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.db import Base, Instant


class WrongGuess(Base):
    """One wrong answer, by the paper's token and by the address it came from."""

    __tablename__ = "lookup_guesses"
    __table_args__ = (
        Index("ix_lookup_guesses_lookup", "lookup", "at"),
        Index("ix_lookup_guesses_address", "address", "at"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    lookup: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant)
