"""The papers that could not be made and wait for a person."""

from __future__ import annotations

from sqlalchemy import ScalarSelect, select

from fieldsvc.db import db
from fieldsvc.found import number_of
from fieldsvc.notices.models import FAILED, Notice


def waiting(*, limit: int, offset: int = 0, newest: bool = False) -> list[Notice]:
    """Papers that were given up, by when they were tried last."""
    order = Notice.next_try_at.desc() if newest else Notice.next_try_at
    query = select(Notice).where(Notice.status == FAILED).order_by(order, Notice.id)
    return list(db.session.scalars(query.limit(limit).offset(offset)))


def number(*, most: int) -> ScalarSelect[int]:
    """How many there are, counted up to `most`, as a part of a statement."""
    return number_of(select(Notice.id).where(Notice.status == FAILED), most=most)
