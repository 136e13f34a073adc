"""Closing a period: a job freezes its readings into rows, some hundreds a transaction, until none is left.

Every step may be cut off and repeated: a reading leaves the unbilled ones in the transaction that writes its row, so what was
done is not done again and the rest is. Others who wait to write come between two steps. Invariant: a period becomes closed once,
in the transaction that finds nothing left; before that there is no file of it.
"""

from __future__ import annotations

import json
import time
from datetime import datetime

from sqlalchemy import exists, or_, select, update

from fieldsvc import clock
from fieldsvc.billing import lines
from fieldsvc.billing.models import CLOSED, CLOSING, BillingPeriod, BillingRow
from fieldsvc.billing.periods import Period, first_begins
from fieldsvc.db import Rows, db, transaction
from fieldsvc.jobs import service as jobs
from fieldsvc.readings import service as readings

JOB = "billing.work"
A_STEP, JUDGED_AT_ONCE = 500, 100
STEP_SECONDS = 4.0

_KEEP = Rows(BillingRow.__table__, columns=("id", "period_id", "reading_id", "account", "used", "cells"))
Reading, Review = readings.Reading, readings.Review


def work_due() -> None:
    """Work on the period that is being closed for a few seconds; wake again where there is more."""
    until = time.monotonic() + STEP_SECONDS
    while step():
        if time.monotonic() > until:
            jobs.wake(JOB)
            return
        jobs.give_way()


def step() -> bool:
    """Freeze the next readings of the period that is being closed; say whether there was such a period."""
    closing = select(BillingPeriod).where(BillingPeriod.state == CLOSING).order_by(BillingPeriod.first_on).limit(1)
    if db.session.scalar(closing.with_only_columns(BillingPeriod.id)) is None:
        return False
    with transaction():
        row = db.session.scalar(closing)
        if row is not None:
            db.session.refresh(row, with_for_update=True)
            _freeze(row)
    return True


def _freeze(row: BillingPeriod) -> None:
    reads = next_reads(period=Period(row.first_on, row.until), known_at=row.closing_at, limit=A_STEP)
    if not reads:
        row.state, row.closed_at = CLOSED, clock.now()
        return
    unjudged = [one for one in reads if one.marks is None]
    if unjudged:
        readings.judge_late(reads=unjudged[:JUDGED_AT_ONCE], now=clock.now())
        return  # some of them may need eyes now: the next step looks again
    made = lines.of(reads, Period(row.first_on, row.until))
    _KEEP.write(
        [
            {"id": clock.new_id(), "reading_id": one.reading_id, "account": one.account, "used": one.used,
             "cells": json.dumps(one.cells, ensure_ascii=False)}
            for one in made
        ],
        common={"period_id": row.id},
    )  # fmt: skip
    ids = [one.reading_id for one in made]
    db.session.execute(update(Reading).where(Reading.id.in_(ids)).values(billed_in=row.id))
    row.row_count += len(made)
    row.used += sum(one.used or 0 for one in made)
    row.cents += sum(one.cents for one in made)


def next_reads(*, period: Period, known_at: datetime, limit: int) -> list[readings.Read]:
    """Readings that stand in no export yet and belong to this one: read before its end, known when it was closed, and
    nobody has to look at them any more. One that was corrected after it was frozen belongs to the next period."""
    frozen = exists().where(BillingRow.period_id == period.id, BillingRow.reading_id == Reading.id)
    looked_at = exists().where(Review.reading_id == Reading.id, Review.state.in_(("open", "again")))
    query = (
        select(*readings.READ_COLUMNS)
        .where(
            Reading.billed_in.is_(None),
            Reading.read_at < period.ends,
            Reading.read_at >= (first_begins() or period.begins),
            Reading.value.is_not(None),
            Reading.doubted.is_(False),
            or_(Reading.recorded_at.is_(None), Reading.recorded_at <= known_at),
            ~looked_at,
            ~frozen,
        )
        .order_by(Reading.read_at, Reading.id)
        .limit(limit)
    )
    return [readings.Read(*row) for row in db.session.execute(query)]
