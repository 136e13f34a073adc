"""The entries of the catalogue, as the rest of the application sees them.

Decides what a check point, a hazard or a term is and what follows from one alone: which results a point can have, and what
a figure means. Knows nothing of files, HTTP or the database. Invariants: frozen; figures are Decimals made from text, never
floats; every text holds the three languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

LANGUAGES = ("zh-Hans", "zh-Hant", "en")
ITEMS = ("pipe", "meter", "appliance", "joint", "hose", "valve", "environment")
RESULTS = ("pass", "pass_note", "fail", "na", "not_accessible")
POSITIONS = ("before_meter", "meter", "after_meter_fixed", "appliance_valve", "after_appliance_valve")
STOPS = ("now_all", "now_appliance", "on_overdue", "none")
BOUNDARIES = ("meter", "appliance_valve", "contract")
RESPONSIBLES = ("company", "user", "shared", "by_boundary")

Text = Mapping[str, str]


@dataclass(frozen=True)
class Source:
    """Where a rule comes from; `status` decides whether it may be printed."""

    ref: str
    status: str
    clauses: tuple[str, ...] = ()
    about: str = ""


@dataclass(frozen=True)
class Bound:
    """A comparison with one figure, or with two (`between`, both ends inside)."""

    op: str
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    action: str | None = None

    def holds(self, figure: Decimal) -> bool:
        """Say whether the figure meets the comparison."""
        if self.op == "between":
            return self.low is not None and self.high is not None and self.low <= figure <= self.high
        if self.value is None:
            return False
        outcomes = {"<=": figure <= self.value, ">=": figure >= self.value, "<": figure < self.value}
        return outcomes.get(self.op, figure > self.value)


@dataclass(frozen=True)
class Measure:
    """How a number point is measured: unit, range and the bounds that give its result."""

    name: Text
    unit: str
    decimals: int
    min: Decimal
    max: Decimal
    limit: Bound
    needed_to_pass: bool
    caution: Bound | None = None
    alarm: Bound | None = None


@dataclass(frozen=True)
class Choice:
    """One answer of a choice point, with the result and the hazard that it means."""

    value: str
    name: Text
    result: str
    hazard: str | None = None


@dataclass(frozen=True)
class Point:
    """One check point. `hazards`: what a failure becomes, the first is proposed."""

    id: str
    name: Text
    kind: str
    method: Text
    required: bool
    photo: str
    hazards: tuple[str, ...]
    sources: tuple[Source, ...]
    hint: Text | None = None
    instrument: str | None = None
    choices: tuple[Choice, ...] = ()
    measure: Measure | None = None
    when: str | None = None

    @property
    def results(self) -> tuple[str, ...]:
        """The results that this point can have, in the usual order."""
        if self.kind != "choice":
            return RESULTS
        possible = {choice.result for choice in self.choices} | {"na", "not_accessible"}
        return tuple(result for result in RESULTS if result in possible)

    def result_of(self, value: str) -> str:
        """Give the result that a measured figure or a chosen value means; raises ValueError on a value it does not know."""
        if self.kind == "choice":
            for choice in self.choices:
                if choice.value == value:
                    return choice.result
            raise ValueError(f"{self.id} has no choice {value!r}")
        if self.measure is None:
            raise ValueError(f"{self.id} takes no value")
        figure = Decimal(value)
        if not self.measure.limit.holds(figure):
            return "fail"
        return "pass_note" if self.measure.caution and self.measure.caution.holds(figure) else "pass"


@dataclass(frozen=True)
class Item:
    """One of the seven items with its check points."""

    id: str
    name: Text
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Checklist:
    """The seven items for one kind of customer."""

    id: str
    name: Text
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Level:
    """One grade of danger and the clocks that go with it."""

    level: int
    name: Text
    meaning: Text
    deadline_days: int
    report_minutes: int | None = None
    written_notice_hours: int | None = None
    reminder_day: int | None = None
    revisit_day: int | None = None


@dataclass(frozen=True)
class Hazard:
    """One entry of the hazard catalogue; the keys are explained at the head of data/hazards.yaml."""

    code: str
    item: str
    name: Text
    level: int
    stop_gas: str
    deadline_days: int
    responsible: str
    reinspect: str
    fix_on_spot: bool
    national_written_notice: bool
    uk_class: str
    harm: Text
    solutions: tuple[Text, ...]
    checks: tuple[str, ...]
    sources: tuple[Source, ...]
    position: str | None = None
    refer_to_audit: bool = False
    emergency: bool = False


@dataclass(frozen=True)
class Term:
    """A named word of the trade, perhaps with what it means to the customer and with the sentence to say."""

    id: str
    name: Text
    say: Text | None = None
    meaning: Text | None = None
    calibrated: bool | None = None


@dataclass(frozen=True)
class VisitType:
    """A kind of visit. `active`: this installation plans such visits, with that checklist."""

    id: str
    code: str
    name: Text
    active: bool
    say: Text | None = None
    checklist: str | None = None


@dataclass(frozen=True)
class SourceStatus:
    """How well a source is known, and whether it may therefore stand on a document."""

    id: str
    print: bool
    meaning: str


@dataclass(frozen=True)
class Work:
    """A law or standard, and how it is cited."""

    ref: str
    cite: str


@dataclass(frozen=True)
class Entries:
    """Everything that was read, checked against itself."""

    checklists: tuple[Checklist, ...]
    levels: tuple[Level, ...]
    hazards: tuple[Hazard, ...]
    statuses: tuple[SourceStatus, ...]
    works: tuple[Work, ...]
    general: tuple[Source, ...]
    terms: Mapping[str, tuple[Term, ...]]
    visit_types: tuple[VisitType, ...]
    company: Mapping[str, Any]
