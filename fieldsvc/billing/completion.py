"""抄表率: how many meters that are due in a period were read, by district and by technician, and which were not.

A meter is due in a period unless it was read so shortly before that its turn comes later. Invariant: every meter on file is
read, or was read before, or is missing with a reason; a fixed number of queries, whatever the store holds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import aliased

from fieldsvc import installation
from fieldsvc.billing.periods import Period, months_on
from fieldsvc.customers import service as customers
from fieldsvc.db import db
from fieldsvc.duty import service as duty
from fieldsvc.found import Found
from fieldsvc.policy import service as policy
from fieldsvc.readings import service as readings
from fieldsvc.record import service as record

Meter, Duty, Reading = customers.Meter, duty.Duty, readings.Reading
ROUND = "gas.reading"


@dataclass
class Rate:
    """How a district or a technician stands in a period."""

    name: str
    due: int = 0
    read: int = 0

    @property
    def missing(self) -> int:
        """Due and not read, for whatever reason."""
        return self.due - self.read

    @property
    def permille(self) -> int:
        """Read of due, in thousandths; all of nothing is all."""
        return 1000 if not self.due else self.read * 1000 // self.due


@dataclass(frozen=True)
class Missing:
    """A meter that is due and was not read: why, as far as is known; `visit` is the last that tried or is to try."""

    meter: Any
    customer: Any
    last_at: datetime | None
    reason: str
    told: str
    visit: dict[str, Any] | None


def _read_between(since: Any, until: datetime) -> ColumnElement[bool]:
    one = aliased(Reading)
    return exists().where(
        one.meter_id == Meter.id,
        one.value.is_not(None),
        one.doubted.is_(False),
        one.read_at >= since,
        one.read_at < until,
    )


def _read(period: Period) -> ColumnElement[bool]:
    return _read_between(period.begins, period.ends)


def _its_turn_is_later(period: Period) -> ColumnElement[bool]:
    """Whether a meter was read so shortly before the period that it is not due in it, by the kind of its customer."""
    section = policy.section("billing")
    home, business = (
        datetime.combine(months_on(period.until, -months), time(), installation.zone())
        for months in (section["home_months"], section["business_months"])
    )
    instant = Reading.read_at.type
    since = case((Duty.kind == duty.BUSINESS, literal(business, instant)), else_=literal(home, instant))
    return _read_between(since, period.begins)


def by_district(period: Period) -> list[Rate]:
    """How each district stands, those without a name last."""
    read, later = _read(period), _its_turn_is_later(period)
    done, missed = func.sum(case((read, 1), else_=0)), func.sum(case((and_(~read, ~later), 1), else_=0))
    query = select(Duty.district, done, missed).join(Meter, Meter.customer_id == Duty.customer_id)
    rows = db.session.execute(query.group_by(Duty.district))
    rates = [Rate(district, int(some) + int(rest), int(some)) for district, some, rest in rows]
    return sorted((rate for rate in rates if rate.due), key=lambda rate: (not rate.name, rate.name))


def by_technician(period: Period) -> list[Rate]:
    """How the reading rounds of the period stand that were given to each technician; under no name what nobody has."""
    rates: dict[str, Rate] = {}
    for row in record.of_days(first=period.first_on, until=period.until, visit_type=ROUND):
        rate = rates.setdefault(row.assignee_id or "", Rate(row.assignee_id or ""))
        rate.due += row.count
        rate.read += row.count if row.outcome in ("completed", "stopped") else 0
    return sorted(rates.values(), key=lambda rate: (not rate.name, rate.name))


def missing(period: Period, *, district: str = "") -> Found[Missing]:
    """The meters that are due in a period and were not read, as a person walks."""
    where = [Duty.district == district] if district else []
    missed = [~_read(period), ~_its_turn_is_later(period)]
    start = Duty.__table__.join(Meter.__table__, Meter.customer_id == Duty.customer_id)
    orders = {"walk": (Duty.walk,)}
    look_up = partial(_look_up, period)
    hint = None if district else Duty.walk >= ""
    return Found(
        key=Meter.id, orders=orders, usual="walk", where=where, hint=hint, sift=missed, start=start, read=look_up
    )


def _look_up(period: Period, ids: Sequence[str]) -> Mapping[str, Missing]:
    meters = customers.of_meters(ids=ids)
    owners = customers.of_ids(ids={meter.customer_id for meter in meters})
    tried, histories = _unreadable(ids, period), readings.histories(meter_ids=ids)
    visits = record.of_customers_between(
        customer_ids=list(owners), first=period.first_on, until=period.until, visit_type=ROUND
    )
    found = {}
    for meter in meters:
        visit = visits.get(meter.customer_id)
        reason, told = _why(tried.get(meter.id), visit)
        counting = [one.read_at for one in histories[meter.id] if one.counts]
        last_at = counting[-1] if counting else None
        found[meter.id] = Missing(meter, owners[meter.customer_id], last_at, reason, told, visit)
    return found


def _unreadable(meter_ids: Collection[str], period: Period) -> dict[str, str]:
    """Why these meters could not be read in the period, or that somebody is sent again (`again`)."""
    query = (
        select(Reading.meter_id, Reading.reason)
        .where(
            Reading.meter_id.in_(list(meter_ids)),
            Reading.read_at >= period.begins,
            Reading.read_at < period.ends,
            or_(Reading.value.is_(None), Reading.doubted.is_(True)),
        )
        .order_by(Reading.read_at)
    )
    return {meter_id: reason or "again" for meter_id, reason in db.session.execute(query)} if meter_ids else {}


def _why(unreadable: str | None, visit: dict[str, Any] | None) -> tuple[str, str]:
    if unreadable:
        return ("again", "") if unreadable == "again" else ("unreadable", unreadable)
    if visit is None:
        return "not_planned", ""
    if visit["state"] == "closed":
        return str(visit["outcome"]["outcome"]), str(visit["outcome"].get("reason") or "")
    return str(visit["state"]), str((visit["planned"] or {}).get("date") or "")
