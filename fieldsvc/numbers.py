"""Numbers that only grow: the version of every change, the short names of phones, the daily numbers of visits and papers.

Invariant: numbers become visible in their order. Whoever takes one locks the counter's row until the commit, so no reader's
cursor can pass a number whose change is not yet visible. Why: docs/adr/0002-one-version-counter.md.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, String, select, text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.db import Base, db

VERSION = "version"

_TAKE = text(
    "INSERT INTO counters (name, value) VALUES (:name, :count)"
    " ON CONFLICT (name) DO UPDATE SET value = counters.value + :count RETURNING value"
)


class Counter(Base):
    """The last number taken under a name."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


def take(name: str, count: int = 1) -> int:
    """Reserve `count` numbers and give the first. The row stays locked until the transaction ends."""
    # One statement, so that two writers who both find no row yet wait for each other instead of failing.
    last = db.session.execute(_TAKE, {"name": name, "count": count}).scalar_one()
    return int(last) - count + 1


def latest(name: str) -> int:
    """The highest number that is visible to this reader; 0 where none was taken."""
    return db.session.scalar(select(Counter.value).where(Counter.name == name)) or 0
