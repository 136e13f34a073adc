"""Changing what a company decides, and the book of who changed what.

Decides what a form changes: the fields in which it differs from what its author saw (`seen` is the number of the newest change
that they saw, 0 for none), so that it takes back nothing that somebody else changed meanwhile; and when it is refused: both
changed the same field, to different values. Invariant: a fact and the row that tells of its change are written in one
transaction, and no row is ever changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select

from fieldsvc import installation, problems
from fieldsvc.db import db
from fieldsvc.found import Found
from fieldsvc.policy.fields import allowed
from fieldsvc.policy.models import SettingChange

Json = dict[str, Any]


def newest(name: str) -> int:
    """The number of the newest change of a section; 0 where nothing was ever changed."""
    return int(db.session.scalar(select(func.max(SettingChange.id)).where(SettingChange.section == name)) or 0)


def newest_of_all() -> dict[str, SettingChange]:
    """The newest change of every section that was ever changed."""
    last = select(func.max(SettingChange.id)).group_by(SettingChange.section)
    return {row.section: row for row in db.session.scalars(select(SettingChange).where(SettingChange.id.in_(last)))}


def as_seen(name: str, values: Mapping[str, Any], *, seen: int) -> Json:
    """The values of a section as they stood when its change `seen` was the newest: `values` with later ones taken back."""
    later = select(SettingChange).where(SettingChange.section == name, SettingChange.id > seen)
    base = dict(values)
    for row in db.session.scalars(later.order_by(SettingChange.id.desc())):
        base.update(row.old)
    return base


def last_of(name: str, field: str) -> SettingChange | None:
    """The newest change of one field of a section."""
    rows = select(SettingChange).where(SettingChange.section == name).order_by(SettingChange.id.desc())
    return next((row for row in db.session.scalars(rows) if field in row.new), None)


def history(*, name: str = "", limit: int = 50) -> Sequence[SettingChange]:
    """Changes, newest first: of one section or of all."""
    asked = select(SettingChange).order_by(SettingChange.id.desc()).limit(limit)
    if name:
        asked = asked.where(SettingChange.section == name)
    return db.session.scalars(asked).all()


def found(
    *, name: str = "", by_name: str | None = None, first: date | None = None, last: date | None = None
) -> Found[SettingChange]:
    """Changes of one section or of all, by one person (empty: the command line) or by anybody, made in these days."""
    where = []
    if name:
        where.append(SettingChange.section == name)
    if by_name is not None:
        where.append(SettingChange.by_name == by_name)
    if first:
        where.append(SettingChange.at >= _midnight(first))
    if last and last < date.max:
        where.append(SettingChange.at < _midnight(last + timedelta(days=1)))
    # Numbers are given as changes are made: they are the order of time, whatever the clock did meanwhile.
    orders = {"at": (), "section": (SettingChange.section,), "by": (SettingChange.by_name,)}
    return Found(key=SettingChange.id, orders=orders, usual="-at", read=_by_ids, where=where)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=installation.zone())


def _by_ids(ids: Sequence[Any]) -> Mapping[Any, SettingChange]:
    return {row.id: row for row in db.session.scalars(select(SettingChange).where(SettingChange.id.in_(ids)))}


def authors() -> Sequence[str]:
    """The names of all who ever changed something; empty for the command line."""
    return db.session.scalars(select(SettingChange.by_name).distinct().order_by(SettingChange.by_name)).all()


def get(change_id: int, *, name: str) -> SettingChange:
    """One change of a section. Raises NotFound."""
    row = db.session.get(SettingChange, change_id)
    if row is None or row.section != name:
        raise problems.NotFound()
    return row


def change(
    *,
    name: str,
    fields: Sequence[Mapping[str, Any]],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    seen: int,
    by_id: str | None,
    by_name: str,
    now: datetime,
    undoes: int | None = None,
) -> Json | None:
    """Note a change of declared values and give the changed ones, which the caller keeps; None where nothing differs.

    Raises Conflict where somebody else changed the same field (`fields` names which), and Invalid for a value that its
    declaration does not allow.
    """
    if not 0 <= seen <= newest(name):
        raise problems.Conflict("this was not made from anything that stood here", code="changed_meanwhile")
    wrong = [field["id"] for field in fields if field["id"] in after and not allowed(field, after[field["id"]])]
    if wrong:
        raise problems.Invalid(f"not allowed: {', '.join(wrong)}", errors=dict.fromkeys(wrong, "not allowed"))
    base = as_seen(name, before, seen=seen)
    declared = [field["id"] for field in fields if field["id"] in after]
    mine = [one for one in declared if after[one] != base.get(one)]
    new = {one: after[one] for one in mine if after[one] != before.get(one)}
    torn = [one for one in new if before.get(one) != base.get(one)]
    if torn:
        raise problems.Conflict("somebody else changed this meanwhile", code="changed_meanwhile", fields=torn)
    if new:
        note(
            name=name,
            old={one: before.get(one) for one in new},
            new=new,
            by_id=by_id,
            by_name=by_name,
            now=now,
            undoes=undoes,
        )
    return new or None


def note(
    *,
    name: str,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    by_id: str | None,
    by_name: str,
    now: datetime,
    undoes: int | None = None,
) -> SettingChange:
    """Write a row of the book."""
    row = SettingChange(
        section=name, at=now, by_id=by_id, by_name=by_name[:200], old=dict(old), new=dict(new), undoes=undoes
    )
    db.session.add(row)
    db.session.flush()
    return row
