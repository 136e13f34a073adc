"""The readings of some meters as the judge sees them, read and written by the hundred.

Decides which readings a change of one of them touches: itself and all that come after it. Knows no visit document. Invariant:
`judge_anew` leaves `used` and `marks` of every reading as they follow from the meter's other readings, in whatever order those
arrived.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from fieldsvc.customers import service as customers
from fieldsvc.db import Rows, among, db
from fieldsvc.policy import service as policy
from fieldsvc.readings import judge
from fieldsvc.readings.judge import Dial, Read, Rules
from fieldsvc.readings.models import Reading

Json = dict[str, Any]
FIELDS = (
    "id", "meter_id", "visit_id", "source", "value", "reason", "read_at", "running", "photo", "final", "initial", "op_id",
    "used", "marks", "doubted", "billed_in", "customer_id",
)  # fmt: skip
COLUMNS = [getattr(Reading, name) for name in FIELDS]
"""What of a reading's row makes a Read."""
_OF_METERS = (
    select(*(Reading.__table__.c[name] for name in FIELDS))
    .where(among(Reading.__table__.c.meter_id, "meters"))
    .order_by(Reading.__table__.c.meter_id, Reading.__table__.c.read_at, Reading.__table__.c.id)
)
_KEEP = Rows(Reading.__table__, columns=(*FIELDS, "recorded_at"))
AT_ONCE = 500

History = list[Read]
"""All readings of one meter, oldest first."""


def rules() -> Rules:
    """What the company finds remarkable."""
    return Rules.of(policy.section("readings"))


def of(meter_ids: Collection[str]) -> dict[str, History]:
    """The readings of these meters; one without any has an empty list."""
    found: dict[str, History] = {meter_id: [] for meter_id in meter_ids}
    ordered = sorted(found)
    for start in range(0, len(ordered), AT_ONCE):
        some = ordered[start : start + AT_ONCE]
        for row in db.session.execute(_OF_METERS, {"meters": some}):
            found[row.meter_id].append(Read(*row))
    return found


class Book:
    """The histories of some meters while they are being changed; `write` stores what changed."""

    def __init__(self, meter_ids: Collection[str]):
        self.histories, self.rules = of(meter_ids), rules()
        self._on_file = {one.id: one for one in customers.of_meters(ids=meter_ids)}
        self._new: dict[str, Read] = {}
        self._changed: dict[str, Read] = {}

    def dial(self, meter_id: str) -> Dial:
        """A meter's wheels; what is not on file has those that usually hang in a home."""
        one = self._on_file.get(meter_id)
        return Dial() if one is None else Dial(one.digits, one.decimals, one.kind)

    def owners(self) -> dict[str, str]:
        """Whose the meters are, those on file."""
        return {meter_id: one.customer_id for meter_id, one in self._on_file.items()}

    def of_visit(self, meter_id: str, visit_id: str) -> Read | None:
        """What a visit read of a meter."""
        return next((one for one in self.histories[meter_id] if one.visit_id == visit_id), None)

    def add(self, read: Read) -> None:
        """Take up a new reading."""
        self.histories[read.meter_id].append(read)
        self._new[read.id] = read
        self._in_order(read.meter_id)

    def change(self, read: Read, **what: Any) -> None:
        """Change a reading, and remember that it must be stored."""
        for name, value in what.items():
            setattr(read, name, value)
        self._changed[read.id] = read
        self._in_order(read.meter_id)

    def _in_order(self, meter_id: str) -> None:
        self.histories[meter_id].sort(key=lambda one: (one.read_at, one.id))

    def before(self, read: Read) -> History:
        """The readings of its meter before this one."""
        history = self.histories[read.meter_id]
        return history[: history.index(read)]

    def judge_anew(self, meter_id: str, since: datetime) -> list[Read]:
        """Judge a meter's readings from an instant on; gives those whose judgement is another now, oldest first."""
        history, dial, changed = self.histories[meter_id], self.dial(meter_id), []
        for place, read in enumerate(history):
            if read.read_at < since:
                continue
            marks, used = judge.judge(read, history[:place], dial, self.rules)
            if (marks, used) != (read.marks, read.used):
                if used != read.used:
                    read.billed_in = None  # what was exported is no longer so: it stands in the next export again
                read.marks, read.used = marks, used
                self._changed[read.id] = read
                changed.append(read)
        return changed

    def eyes(self, read: Read) -> frozenset[str]:
        """Which marks of a reading a person must look at."""
        return judge.needs_eyes(read, self.before(read), self.rules)

    def write(self, *, now: datetime) -> None:
        """Store what is new and what changed."""
        _KEEP.write([_row(read) for read in self._new.values()], common={"recorded_at": now})
        changed = [read for read_id, read in self._changed.items() if read_id not in self._new]
        if changed:
            db.session.execute(update(Reading), [_row(read) for read in changed])
        self._new, self._changed = {}, {}


def _row(read: Read) -> Json:
    return {name: getattr(read, name) for name in FIELDS}


def latest(history: Sequence[Read]) -> Read | None:
    """The last reading that counts."""
    return next((one for one in reversed(history) if one.counts), None)
