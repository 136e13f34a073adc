"""The work behind planning: what plans itself, and campaigns, a batch a transaction.

The rows say what is to be done, so waking this twice, or never, loses nothing. A home that cannot be looked at is tried again
after the others and given up after some tries, loudly. Invariant: a batch's visits and how far its campaign has come are one
transaction.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update

from fieldsvc import clock
from fieldsvc.db import after_commit, db, transaction
from fieldsvc.jobs import service as jobs
from fieldsvc.planning import campaigns, followups
from fieldsvc.planning.models import WORKING, Campaign, Look
from fieldsvc.record.service import Change

log = logging.getLogger(__name__)

JOB = "planning.work"
HOMES_AT_ONCE = 10
STEP_SECONDS = 4.0
HOLD = timedelta(seconds=60)
MOST_TRIES = 5

_AGAIN = {"visit.close", "visit.reopen", "visit.plan", "visit.cancel"}
_me = secrets.token_hex(16)
_one_at_a_time = threading.Lock()


def follow(changes: Sequence[Change]) -> None:
    """Note the homes at which a visit ended, was moved or cancelled, or was changed after its end."""
    homes = {change.customer_id for change in changes if _matters(change)}
    if not homes:
        return
    known = {
        row.customer_id: row for row in db.session.scalars(select(Look).where(Look.customer_id.in_(sorted(homes))))
    }
    for customer_id in sorted(homes):
        if customer_id in known:
            known[customer_id].tries, known[customer_id].held = 0, False
        else:
            db.session.add(Look(customer_id=customer_id, since=changes[0].now))
    after_commit(lambda: jobs.wake(JOB))


def _matters(change: Change) -> bool:
    if not change.ops or (change.author and change.author.device == followups.ITSELF.device):
        return False
    return change.document["state"] == "closed" or any(op["kind"] in _AGAIN for op in change.ops)


def release() -> int:
    """Let the homes be looked at that waited for the office; gives how many. In the caller's transaction."""
    changed: Any = db.session.execute(update(Look).where(Look.held).values(held=False))
    after_commit(lambda: jobs.wake(JOB))
    return int(changed.rowcount)


def work_due() -> None:
    """Do what is due for a few seconds; wake again where there is more."""
    if not _one_at_a_time.acquire(blocking=False):
        return
    try:
        until = time.monotonic() + STEP_SECONDS
        more = _homes(until) or _campaigns(until)
    finally:
        _one_at_a_time.release()
    if more:
        jobs.wake(JOB)


def _homes(until: float) -> bool:
    """Look at homes, a few a transaction; say whether the time was too short for all."""
    while True:
        query = (
            select(Look.customer_id)
            .where(Look.held.is_(False), Look.tries < MOST_TRIES)
            .order_by(Look.tries, Look.since)
            .limit(HOMES_AT_ONCE)
        )
        waiting = list(db.session.scalars(query))
        if not waiting:
            return False
        try:
            with transaction():
                for customer_id in waiting:
                    _look_at(customer_id)
        except Exception:
            _one_by_one(waiting)
        if time.monotonic() > until:
            return True
        jobs.give_way()


def _look_at(customer_id: str) -> None:
    followups.look_at(customer_id=customer_id, now=clock.now())
    db.session.execute(delete(Look).where(Look.customer_id == customer_id))


def _one_by_one(waiting: Sequence[str]) -> None:
    """Find the home at which it fails."""
    for customer_id in waiting:
        try:
            with transaction():
                _look_at(customer_id)
        except Exception:
            log.exception("what plans itself at customer %s", customer_id)
            with transaction():
                row = db.session.get(Look, customer_id)
                if row is not None:
                    row.tries += 1


def _campaigns(until: float) -> bool:
    while True:
        campaign_id = _claim()
        if campaign_id is None:
            return False
        while _batch(campaign_id):
            if time.monotonic() > until:
                return True
            jobs.give_way()


def _claim() -> str | None:
    now = clock.now()
    free = or_(Campaign.held_until <= now, Campaign.owner == _me)
    query = select(Campaign).where(Campaign.state == WORKING, free).order_by(Campaign.made_at, Campaign.id).limit(1)
    if db.session.scalar(query.with_only_columns(Campaign.id)) is None:
        return None  # looked at without the write lock: there is nothing to do most of the time
    with transaction():
        row = db.session.scalar(query.with_for_update(skip_locked=True))
        if row is None:
            return None
        row.owner, row.held_until, row.attempts = _me, now + HOLD, row.attempts + 1
        if row.attempts > MOST_TRIES:
            campaigns.fail(row, now)
        return row.id


def _batch(campaign_id: str) -> bool:
    """Plan the next visits of a campaign that is ours; say whether there may be more."""
    now = clock.now()
    try:
        with transaction():
            row = campaigns.find(campaign_id=campaign_id, lock=True)
            if row.owner != _me or row.state != WORKING:
                return False
            row.held_until = now + HOLD
            more = campaigns.plan_batch(row, now=now)
        db.session.expunge_all()
        return more
    except Exception:
        log.exception("campaign %s", campaign_id)
        with transaction():
            campaigns.find(campaign_id=campaign_id, lock=True).owner = ""  # tried again once HOLD has passed
        return False
