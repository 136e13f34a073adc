"""Facts that one installation keeps about itself: its epoch and its company.

The epoch names this line of history; a restore from a backup makes a new one, by which phones notice that they may have to
send again. The company's facts (name, hotline, boundary, zone) are what documents print. Kept as rows, so that one backup
holds everything.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc import clock
from fieldsvc.db import Base, db


class Fact(Base):
    """One named fact, as JSON."""

    __tablename__ = "installation"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)


def keep(*, name: str, value: Any) -> None:
    """Write a fact; the caller's transaction commits it."""
    db.session.merge(Fact(name=name, value=value))
    _remembered()[name] = value


def fact(name: str) -> Any:
    """Read a fact; None where it was never written."""
    known = _remembered()
    if name not in known:
        row = db.session.get(Fact, name)
        known[name] = None if row is None else row.value
    return known[name]


def _remembered() -> dict[str, Any]:
    """What was read in this session: a request asks for the company and its zone hundreds of times."""
    facts: dict[str, Any] = db.session().info.setdefault("installation", {})
    return facts


def epoch() -> str:
    """The id of this line of history; raises LookupError on a store that `fieldsvc init` never saw."""
    value = fact("epoch")
    if not value:
        raise LookupError("this store has no epoch: run `fieldsvc init`")
    return str(value)


def company() -> dict[str, Any]:
    """The company's facts, in the shape of catalog/data/company.yaml."""
    return dict(fact("company") or {})


def zone() -> ZoneInfo:
    """The company's time zone: deadlines and days are its days."""
    return ZoneInfo(company().get("time_zone", "Asia/Shanghai"))


def today() -> date:
    """The company's present day."""
    return clock.now().astimezone(zone()).date()
