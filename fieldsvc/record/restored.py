"""Beginning another line of history: what must be said once after a store was put back from a backup.

Phones that saw more than the backup holds go on writing with a `base` from the lost line, or from another line that began at an
older backup. Taken at its word such a number would count changes as seen that the author never saw, and they would be superseded
in silence. So version numbers go on from the clock, none is ever given out twice, and the numbers between are kept as a gap: a
base from a gap counts for what its author must have seen, and for no more.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select

from fieldsvc import installation, numbers
from fieldsvc.db import db
from fieldsvc.record.models import Visit

Gap = tuple[int, int, int]
"""The last number that the backup holds, up to where numbers are of the line that went on from it, and where we went on."""

GAPS = "version gaps"
SOONEST = 1_000_000_000_000_000
"""Numbers below this are of a store that was never restored: it is the microsecond of a day in 2001."""


def begin_history(*, now: datetime) -> str:
    """Give the store a new epoch, and let version numbers go on above all that a lost line may have given out.

    They go on from the present microsecond: time passes faster than any store changes, so that a backup can be put back twice,
    or an older one after a newer, and a number is still never met again. Gives the epoch.
    """
    latest = numbers.latest(numbers.VERSION)
    changed_at = db.session.scalar(select(func.max(Visit.changed_at))) or datetime.fromtimestamp(0, UTC)
    first = max(latest + 1, _microsecond(now))
    numbers.take(numbers.VERSION, first - latest)
    kept = installation.fact(GAPS) or []
    installation.keep(name=GAPS, value=[*kept, (latest, _microsecond(changed_at), first)])
    epoch = str(uuid.uuid4())
    installation.keep(name="epoch", value=epoch)
    return epoch


def _microsecond(instant: datetime) -> int:
    return int(instant.timestamp() * 1_000_000)


def gaps(*, version: int) -> Sequence[Gap]:
    """The numbers that were never given out in this line of history, for a writer whose next version is this one."""
    return () if version < SOONEST else [(last, upto, first) for last, upto, first in installation.fact(GAPS) or ()]


def as_seen(op: Mapping[str, Any], those: Sequence[Gap], *, version: int) -> Mapping[str, Any]:
    """The op with the base that its author had seen of this line of history, when it is given this version.

    Whoever saw the line that went on from the backup had seen the backup. Numbers of any other line began later, at the instant
    of its own restore: what their authors had seen of this one is unknown, and unknown counts as unseen. So does a number that
    is still to come.
    """
    base = op["base"]
    if type(base) is not int:
        return op
    for last, upto, first in those:
        if last < base <= first:
            return {**op, "base": last if base <= upto else 0}
    return op if base < version else {**op, "base": 0}
