"""Who is asked for, and how many of them are due: district by district from kept counts, further down from the customers.

Decides nothing about when an inspection is due (`intervals`). Invariant: the figures of districts and of the town are sums of
`duty_counts`; a district's streets are walked along an index as far as they are shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from fieldsvc.db import db
from fieldsvc.duty import intervals
from fieldsvc.duty.intervals import months
from fieldsvc.duty.models import BUSINESS, HOME, NEVER, Duty, DutyCount
from fieldsvc.found import number, number_of

MOST_AREAS = 100_000


@dataclass(frozen=True)
class Place:
    """A part of the town: a district, a street or an estate in it, or one of its buildings."""

    district: str
    address: str | None = None
    building: str | None = None

    def condition(self) -> ColumnElement[bool]:
        """The condition that a customer lives there."""
        parts = [Duty.district == self.district]
        if self.address is not None:
            parts.append(Duty.address == self.address)
        if self.building is not None:
            parts.append(Duty.building == self.building)
        return and_(*parts)


@dataclass(frozen=True)
class Filter:
    """Who is asked for: due until a day, in some places (none: anywhere), of one kind or of both."""

    until: date
    places: tuple[Place, ...] = ()
    kind: str = ""

    def due(self) -> ColumnElement[bool]:
        """The condition that a customer's inspection is due until the day: never inspected, or too long ago."""
        return or_(Duty.last_on.is_(None), Duty.last_on <= self.cutoff())

    def not_yet(self) -> ColumnElement[bool]:
        """The condition that a customer was inspected so lately that nothing is due by the day."""
        return Duty.last_on > self.cutoff()

    def cutoff(self, kind: Any = Duty.kind) -> ColumnElement[date]:
        """The latest day of a last inspection that makes a customer of this kind due."""
        days = {one: intervals.cutoff(self.until, interval) for one, interval in months().items()}
        return case((kind == HOME, days[HOME]), else_=days[BUSINESS])

    def districts(self) -> list[str] | None:
        """The districts, where whole ones are asked for: none for the whole town; None where a place is smaller."""
        if any(place.address is not None or place.building is not None for place in self.places):
            return None
        return sorted({place.district for place in self.places})

    def where(self) -> list[ColumnElement[bool]]:
        """The conditions of place and kind."""
        found = [or_(*(place.condition() for place in self.places))] if self.places else []
        return [*found, Duty.kind == self.kind] if self.kind else list(found)


@dataclass(frozen=True)
class Area:
    """A place with its figures: customers, due, never inspected among those, planned among those that are due."""

    name: str
    customers: int
    due: int
    never: int
    planned: int

    @property
    def left(self) -> int:
        """Due and in nobody's plan."""
        return self.due - self.planned


def areas(*, asked: Filter, within: Place | None = None, limit: int = 1000, offset: int = 0) -> list[Area]:
    """The districts, or what lies within a place one step further down, each with its figures; in the order of their names.

    Only so many as asked for: a district has thousands of streets, and the index is walked as far as they are shown.
    """
    if within is None and asked.districts() is not None:
        column, figures, conditions = DutyCount.district, _kept_figures(asked), _kept(asked)
    else:
        column, figures = _step_down(within), _figures(asked)
        conditions = asked.where() + ([within.condition()] if within else [])
    query = select(column, *figures).where(*conditions).group_by(column).order_by(column)
    return [_area(*row) for row in db.session.execute(query.limit(limit).offset(offset))]


def count_areas(*, asked: Filter, within: Place | None = None) -> int:
    """How many there are."""
    if within is None and asked.districts() is not None:
        query = select(DutyCount.district).where(*_kept(asked)).distinct()
    else:
        conditions = asked.where() + ([within.condition()] if within else [])
        query = select(_step_down(within)).where(*conditions).distinct()
    return number(number_of(query, most=MOST_AREAS))


def together(some: Sequence[Area]) -> Area:
    """The figures of several places in one."""
    figures = ((one.customers, one.due, one.never, one.planned) for one in some)
    return Area("", *(sum(column) for column in zip(*figures, strict=True))) if some else Area("", 0, 0, 0, 0)


def _step_down(within: Place | None) -> Any:
    return Duty.district if within is None else Duty.address if within.address is None else Duty.building


def customers_at(*, district: str, address: str, building: str, limit: int) -> list[str]:
    """Some customers of one building; none where the file does not say which building it is."""
    if not (address or building):
        return []
    query = select(Duty.customer_id).where(
        Duty.district == district, Duty.address == address, Duty.building == building
    )
    return list(db.session.scalars(query.limit(limit)))


def count_by_kind() -> dict[str, int]:
    """How many customers there are of each kind."""
    counted = select(DutyCount.kind, func.sum(DutyCount.count)).group_by(DutyCount.kind)
    return {HOME: 0, BUSINESS: 0} | {kind: int(count) for kind, count in db.session.execute(counted)}


def totals(*, asked: Filter) -> Area:
    """The figures of everybody who is asked for."""
    if asked.districts() is None:
        return _area("", *db.session.execute(select(*_figures(asked)).where(*asked.where())).one())
    return _area("", *db.session.execute(select(*_kept_figures(asked)).where(*_kept(asked))).one())


def _figures(asked: Filter) -> list[Any]:
    """Counted in one look at each row: customers, inspected lately enough, ever inspected, due and planned."""

    def count(condition: ColumnElement[bool]) -> Any:
        return func.count(case((condition, 1)))

    planned = and_(Duty.open_visit_id.is_not(None), asked.due())
    return [func.count(), count(asked.not_yet()), func.count(Duty.last_on), count(planned)]


def _kept_figures(asked: Filter) -> list[Any]:
    """The same from the counts."""

    def count(*conditions: Any) -> Any:
        return func.coalesce(func.sum(case((and_(*conditions), DutyCount.count), else_=0)), 0)

    lately = DutyCount.last_on > asked.cutoff(DutyCount.kind)
    everybody = func.coalesce(func.sum(DutyCount.count), 0)
    return [everybody, count(lately), count(DutyCount.last_on > NEVER), count(DutyCount.is_open, ~lately)]


def _kept(asked: Filter) -> list[ColumnElement[bool]]:
    """What is asked for, of the counts."""
    found: list[ColumnElement[bool]] = [DutyCount.count > 0]
    districts = asked.districts()
    found += [DutyCount.district.in_(districts)] if districts else []
    return [*found, DutyCount.kind == asked.kind] if asked.kind else found


def _area(name: str, *figures: Any) -> Area:
    customers, not_yet, ever, planned = map(int, figures)
    return Area(name, customers, customers - not_yet, customers - ever, planned)
