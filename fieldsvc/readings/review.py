"""The list of readings that need eyes: which stand in it, in what order, and what lies before and behind one.

Decides no verdict: those come as entries of the record (`reading.review`) and are taken in by `follow`. Invariant: a fixed
number of queries, bounded by what is open, never by how many readings there are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, or_, select, update

from fieldsvc.customers import service as customers
from fieldsvc.db import db
from fieldsvc.duty import service as duty
from fieldsvc.found import Found, number, number_of
from fieldsvc.readings.follow import AGAIN, OPEN
from fieldsvc.readings.models import Reading, Review

MOST_COUNTED = 10_000
"""So many are counted exactly; nobody pages through more."""


@dataclass(frozen=True)
class Queue:
    """Which reviews are asked for: `state`, one of the marks, a district."""

    state: str = OPEN
    mark: str = ""
    district: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a review must be like to stand in the list."""
        conditions: list[ColumnElement[bool]] = [Review.state == self.state] if self.state else []
        if self.mark:
            conditions.append((" " + Review.marks + " ").contains(f" {self.mark} ", autoescape=True))
        return [*conditions, self.lives()] if self.district else conditions

    def lives(self) -> ColumnElement[bool]:
        """That the customer lives in the district."""
        customer = customers.Customer
        there = select(customer.id).where(customer.id == Review.customer_id, customer.district == self.district)
        return there.exists()

    def query(self) -> Select[Any]:
        """The ids of the reviews in the list."""
        return select(Review.reading_id).where(*self.conditions())


@dataclass(frozen=True)
class Place:
    """Where a review stands in a queue: its neighbours, how many there are, and the how-manieth it is (0: not in it)."""

    before: str | None
    after: str | None
    number: int
    total: int


def find(asked: Queue) -> Found[tuple[Review, Reading]]:
    """The list, the oldest readings first."""
    return Found(
        key=Review.reading_id,
        orders={"read": (Review.read_at,)},
        usual="read",
        where=replace(asked, district="").conditions(),
        sift=[asked.lives()] if asked.district else (),
        read=_read,
    )


def _read(ids: Sequence[str]) -> Mapping[str, tuple[Review, Reading]]:
    query = select(Review, Reading).join(Reading, Reading.id == Review.reading_id).where(Review.reading_id.in_(ids))
    return {review.reading_id: (review, reading) for review, reading in db.session.execute(query)}


def _count(query: Select[Any]) -> int:
    return number(number_of(query, most=MOST_COUNTED))


def review(*, reading_id: str) -> tuple[Reading, Review] | None:
    """One reading with its review; None where nobody ever had to look at it."""
    query = select(Reading, Review).join(Review, Review.reading_id == Reading.id).where(Reading.id == reading_id)
    row = db.session.execute(query).first()
    return None if row is None else (row[0], row[1])


def neighbours(asked: Queue, *, read_at: datetime, reading_id: str) -> Place:
    """What stands before and behind a place in the list, whether or not the reading there still belongs to it."""
    chosen = asked.query()
    earlier = or_(Review.read_at < read_at, and_(Review.read_at == read_at, Review.reading_id < reading_id))
    later = or_(Review.read_at > read_at, and_(Review.read_at == read_at, Review.reading_id > reading_id))
    back = chosen.where(earlier).order_by(Review.read_at.desc(), Review.reading_id.desc()).limit(1)
    on = chosen.where(later).order_by(Review.read_at, Review.reading_id).limit(1)
    total, ahead = _count(chosen), _count(chosen.where(earlier))
    belongs = db.session.scalar(chosen.where(Review.reading_id == reading_id)) is not None
    return Place(db.session.scalar(back), db.session.scalar(on), ahead + 1 if belongs else 0, total)


def districts() -> list[str]:
    """The districts that there are, looked up one after another along an index."""
    table = duty.Duty
    found = (
        select(func.min(table.district).label("district")).where(table.district > "").cte("districts", recursive=True)
    )
    later = select(func.min(table.district)).where(table.district > found.c.district).scalar_subquery()
    found = found.union_all(select(later).where(found.c.district.is_not(None)))
    return list(db.session.scalars(select(found.c.district).where(found.c.district.is_not(None))))


def number_open() -> ScalarSelect[int]:
    """How many readings wait for eyes, counted as far as MOST_COUNTED, as a part of a statement."""
    return number_of(Queue().query(), most=MOST_COUNTED)


def to_read_again(*, visit_ids: Collection[str]) -> list[Review]:
    """The reviews of these visits for which somebody is to be sent again and nobody was yet."""
    query = select(Review).where(Review.visit_id.in_(sorted(visit_ids)), Review.state == AGAIN)
    return list(db.session.scalars(query.where(Review.again_visit_id.is_(None)).order_by(Review.reading_id)))


def again_planned(*, reading_ids: Collection[str], visit_id: str) -> None:
    """Remember which visit reads these meters again."""
    db.session.execute(update(Review).where(Review.reading_id.in_(list(reading_ids))).values(again_visit_id=visit_id))
