"""What is remarkable about a reading, and how much was used since the one before. Pure.

Judges as the phone does at the dial (static/app/ui/reading.js; both are held to tests/js/reading-vectors.json), and adds what
only the office asks: a first reading, one without a photo, one that could not be taken. Which marks a person must look at is
the company's choice. Source: meter.md sections 2, 3 and 6. Invariant: a figure is judged, never refused and never changed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import Any, NamedTuple

from fieldsvc.readings import price

EXCHANGE = "exchange"
"""The source of a reading from another meter than the one before: between the two there is no difference."""
AT_THE_DOOR = ("visit", EXCHANGE)
MARKS = (
    "unreadable", "below_last", "below_first", "impossible", "stopped", "exchanged", "jump", "low", "zero", "rollover",
    "no_photo", "estimated", "first",
)  # fmt: skip
"""Everything that may be said of a reading, the most serious first."""
ALWAYS = frozenset({"unreadable", "below_last", "below_first", "impossible", "stopped", "exchanged", "estimated"})
PERIODS_FOR_USUAL = 6
LOW, HIGH = Decimal("0.8"), Decimal("1.2")
WITHOUT_LIMIT = ("rotary_turbine", "water", "electric")


class Dial(NamedTuple):
    """How many wheels a meter has, and what kind it is."""

    digits: int = 5
    decimals: int = 3
    kind: str = "diaphragm"


@dataclass(frozen=True)
class Rules:
    """What a company finds remarkable (policy section `readings`)."""

    jump_percent: int = 150
    jump_more: int = 20
    low_percent: int = 50
    low_less: int = 20
    most_per_hour: str = "10"
    look_at_low: bool = True
    look_at_rollover: bool = True
    look_at_no_photo: bool = True
    look_at_first: bool = False
    zero_periods: int = 1

    @classmethod
    def of(cls, section: Mapping[str, Any]) -> Rules:
        """The rules that a company's section holds."""
        return cls(**{field.name: section[field.name] for field in fields(cls) if field.name in section})


@dataclass
class Read:
    """A reading as the judge sees it. What follows from others (`used`, `marks`) is filled in by `judge`."""

    id: str
    meter_id: str
    visit_id: str | None
    source: str
    value: str | None
    reason: str | None
    read_at: datetime
    running: bool | None = None
    photo: str | None = None
    final: str | None = None
    initial: str | None = None
    op_id: str | None = None
    used: int | None = None
    marks: str | None = None
    doubted: bool = False
    billed_in: str | None = None
    customer_id: str | None = None

    @property
    def counts(self) -> bool:
        """Whether later readings are reckoned from it."""
        return self.value is not None and not self.doubted

    @property
    def said(self) -> frozenset[str]:
        """Its marks."""
        return frozenset((self.marks or "").split())

    @property
    def figure(self) -> str:
        """What was read, or why it was not."""
        return self.value if self.value is not None else self.reason or ""


def most(dial: Dial, since: datetime, at: datetime, rules: Rules) -> Decimal | None:
    """The gas that can have passed at the very most, in cubic metres; None where nothing limits it."""
    if dial.kind in WITHOUT_LIMIT:
        return None
    days = max(1, math.ceil((at - since) / timedelta(days=1)))
    return Decimal(rules.most_per_hour) * 24 * days


class Since(NamedTuple):
    """What was used since an earlier figure, by all wheels that were typed, and whether they went past all nines."""

    used: Decimal
    rolled: bool


def since(last: str, value: str, dial: Dial, limit: Decimal | None) -> Since | None:
    """The difference of two figures of one dial; None when it ran backwards."""
    unit = None if "." in value else ROUND_FLOOR
    before, now = Decimal(last), Decimal(value)
    if unit:
        before = before.to_integral_value(unit)
    if now >= before:
        return Since(now - before, False)
    whole = Decimal(10) ** dial.digits
    if before < price.ROLLS_OVER_FROM * whole:
        return None
    over = whole + now - before
    return None if limit is not None and over > limit else Since(over, True)


def over_exchange(last: str, read: Read, dial: Dial, limit: Decimal | None) -> Since | None:
    """The old meter's part and the new one's, each by its own wheels; None where one cannot be counted."""
    if not read.final or not read.initial or read.value is None:
        return None
    old, fresh = since(last, read.final, dial, limit), since(read.initial, read.value, dial, limit)
    return None if old is None or fresh is None else Since(old.used + fresh.used, old.rolled or fresh.rolled)


def charged(before: Read | None, read: Read, dial: Dial, rules: Rules) -> int | None:
    """Whole cubic metres by the black wheels since the reading before; None where they cannot be told."""
    if before is None or before.value is None or read.value is None:
        return None
    limit = most(dial, before.read_at, read.read_at, rules) or Decimal("Infinity")
    legs = [(before.value, read.value)]
    if read.source == EXCHANGE:
        if not read.final or not read.initial:
            return None
        legs = [(before.value, read.final), (read.initial, read.value)]
    used = [price.used(one, other, digits=dial.digits, most=limit) for one, other in legs]
    told = [one for one in used if one is not None]
    total = sum(told, Decimal(0))
    return int(total) if len(told) == len(used) and total <= limit else None


def usual(earlier: Sequence[Read]) -> tuple[Decimal, Decimal] | None:
    """What is used from one reading to the next, (low, high); `earlier` are those before, oldest first."""
    last = [one for one in earlier if one.counts][-PERIODS_FOR_USUAL - 1 :]
    used = [whole(b.value) - whole(a.value) for a, b in pairwise(last) if b.source != EXCHANGE]
    used = [amount for amount in used if amount >= 0]
    if not used:
        return None
    mean = Decimal(sum(used)) / len(used)
    return (mean * LOW).to_integral_value(ROUND_FLOOR), (mean * HIGH).to_integral_value(ROUND_CEILING)


def whole(value: str | None) -> int:
    """The black digits of a reading."""
    return int(Decimal(value or "0"))


def judge(read: Read, earlier: Sequence[Read], dial: Dial, rules: Rules) -> tuple[str, int | None]:
    """A reading's marks, the most serious first, and what was used; `earlier` are those before it, oldest first."""
    before = next((one for one in reversed(earlier) if one.counts), None)
    found = set(_marks(read, before, usual(earlier), dial, rules))
    return " ".join(mark for mark in MARKS if mark in found), charged(before, read, dial, rules)


def _marks(
    read: Read, before: Read | None, known: tuple[Decimal, Decimal] | None, dial: Dial, rules: Rules
) -> list[str]:
    if read.value is None:
        return ["unreadable"]
    marks = ["no_photo"] if read.source in AT_THE_DOOR and not read.photo else []
    marks += ["estimated"] if read.source == "estimated" else []
    marks += ["first"] if before is None else []
    last = None if before is None else str(before.value)
    limit = None if before is None else most(dial, before.read_at, read.read_at, rules)
    return [*marks, *dial_marks(read, last, limit, known, dial, rules)]


def dial_marks(
    read: Read, last: str | None, limit: Decimal | None, known: tuple[Decimal, Decimal] | None, dial: Dial, rules: Rules
) -> list[str]:
    """What the phone says of the same figure at the dial, in its words."""
    assert read.value is not None
    marks = ["exchanged", *_backwards(read, last, dial, limit, rules)] if read.source == EXCHANGE else []
    standing = ["stopped"] if read.running is False else []
    if last is None:
        return [*marks, *standing]
    told = over_exchange(last, read, dial, limit) if read.source == EXCHANGE else since(last, read.value, dial, limit)
    if read.source != EXCHANGE and told is None:
        marks.append("below_last")
    if told is None:
        return [*marks, *standing]
    if told.rolled:
        marks.append("rollover")
    if limit is not None and told.used > limit:
        return [*marks, "impossible", *standing]
    if told.used == 0:
        marks.append("zero")
    elif known is not None:
        marks += _against_usual(told.used, known, rules)
    return [*marks, *standing]


def _against_usual(used: Decimal, known: tuple[Decimal, Decimal], rules: Rules) -> list[str]:
    low, high = known
    if used > high * rules.jump_percent / 100 and used > high + rules.jump_more:
        return ["jump"]
    if used < low * rules.low_percent / 100 and used < low - rules.low_less:
        return ["low"]
    return []


def _backwards(read: Read, last: str | None, dial: Dial, limit: Decimal | None, rules: Rules) -> list[str]:
    """Which of the two meters of an exchange would have run backwards."""
    found = []
    if last is not None and read.final and since(last, read.final, dial, limit) is None:
        found.append("below_last")
    a_day = most(dial, read.read_at, read.read_at, rules)
    if read.initial and read.value and since(read.initial, read.value, dial, a_day) is None:
        found.append("below_first")
    return found


def needs_eyes(read: Read, earlier: Sequence[Read], rules: Rules) -> frozenset[str]:
    """Which of a reading's marks a person must look at. Only what was read at a door can be looked at."""
    if read.visit_id is None:
        return frozenset()
    asked = set(ALWAYS | {"jump"})
    asked |= {"low"} if rules.look_at_low else set()
    asked |= {"rollover"} if rules.look_at_rollover else set()
    asked |= {"no_photo"} if rules.look_at_no_photo else set()
    asked |= {"first"} if rules.look_at_first else set()
    asked |= {"zero"} if _zeros(read, earlier) >= rules.zero_periods else set()
    return read.said & (asked - {"low", "zero"} if _soon_after(read, earlier) else asked)


def _soon_after(read: Read, earlier: Sequence[Read]) -> bool:
    """Whether so little time has passed, against what is usual here, that little use says nothing: an inspection between two
    reading rounds, or somebody who was sent again."""
    instants = [one.read_at for one in earlier if one.counts][-PERIODS_FOR_USUAL:]
    if len(instants) < 2:
        return False
    return (read.read_at - instants[-1]) * 2 * (len(instants) - 1) < instants[-1] - instants[0]


def _zeros(read: Read, earlier: Sequence[Read]) -> int:
    """How many periods in a row, this one with them, used nothing."""
    count = int("zero" in read.said)
    for one in reversed([one for one in earlier if one.counts]):
        if not count or one.used != 0:
            break
        count += 1
    return count
