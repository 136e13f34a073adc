"""Facts that one installation keeps about itself: its epoch and its company.

The epoch names this line of history; a restore from a backup makes a new one, by which phones notice that they may have to
send again. The company's facts (name, hotline, boundary, zone) are what documents print. Kept as rows, so that one backup
holds everything.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import JSON, String, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc import clock
from fieldsvc.db import Base, db


class Fact(Base):
    """One named fact, as JSON."""

    __tablename__ = "installation"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)


_ONE = select(Fact.value).where(Fact.name == bindparam("name"))


def keep(*, name: str, value: Any) -> None:
    """Write a fact; the caller's transaction commits it."""
    db.session.merge(Fact(name=name, value=value))
    _remembered()[name] = value


def fact(name: str) -> Any:
    """Read a fact; None where it was never written."""
    known = _remembered()
    if name not in known:
        known[name] = db.session.scalar(_ONE, {"name": name})
    return known[name]


def remember(*, name: str, value: Any) -> None:
    """Take a fact as read, by whoever has read it together with something else."""
    _remembered()[name] = value


def forget(name: str) -> None:
    """Read a fact anew when it is next asked for: before it is changed, because another process may have."""
    _remembered().pop(name, None)


def forget_all() -> None:
    """Read every fact anew, for whoever waited long since it was read."""
    _remembered().clear()


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
