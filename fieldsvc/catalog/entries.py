"""The entries of the catalogue, as the rest of the application sees them.

Decides what a check point, a hazard or a term is and what follows from one alone: which results a point can have, and what
a figure means. Knows nothing of files, HTTP or the database. Invariants: frozen; figures are Decimals made from text, never
floats; every text holds the three languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from fieldsvc.catalog.kept import Clock, Rule

LANGUAGES = ("zh-Hans", "zh-Hant", "en")
ITEMS = ("pipe", "meter", "appliance", "joint", "hose", "valve", "environment")
KINDS = ("pass_fail", "choice", "number", "text", "stamp", "charges")
TRADES = ("gas", "water", "drain", "heat", "power")
STEPS = ("door", "customer", "items", "meter", "talk", "sign")
METER_WORK = ("read", "exchange")
SIGNERS = ("customer", "witness", "technician")
SETTLES = ("return_call", "complaint")
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
    """How a number point is measured: unit, range and the bounds that give its result.

    `standard`: what the company decides instead of `limit`, which is the trade's: `room_temperature` (policy section `heating`).
    """

    name: Text
    unit: str
    decimals: int
    min: Decimal
    max: Decimal
    limit: Bound
    needed_to_pass: bool
    caution: Bound | None = None
    alarm: Bound | None = None
    standard: str | None = None


@dataclass(frozen=True)
class Choice:
    """One answer of a choice point, with the result and the hazard that it means."""

    value: str
    name: Text
    result: str
    hazard: str | None = None


@dataclass(frozen=True)
class Point:
    """One check point. `hazards`: what a failure becomes, the first is proposed. `off`: no longer asked; it keeps its words.

    `trade`: whose lines of the price list a point of charges offers.
    """

    id: str
    name: Text
    kind: str
    required: bool
    photo: str
    method: Text | None = None
    hazards: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    hint: Text | None = None
    instrument: str | None = None
    choices: tuple[Choice, ...] = ()
    measure: Measure | None = None
    when: str | None = None
    off: bool = False
    trade: str | None = None

    @property
    def results(self) -> tuple[str, ...]:
        """The results that this point can have, in the usual order."""
        if self.kind in ("text", "stamp", "charges"):
            return ("pass", "na")
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
    """One of the seven items, or a part of a job, with its check points. `single`: each of them is answered by itself."""

    id: str
    name: Text
    points: tuple[Point, ...]
    single: bool = False


@dataclass(frozen=True)
class Checklist:
    """What is gone through at a visit. One that inspects has the seven items; its failures lead to hazards.

    A job's list has the items of that job; what fails there says why, and is a hazard only where the point names one.
    """

    id: str
    name: Text
    items: tuple[Item, ...]
    inspects: bool = True


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
    off: bool = False


@dataclass(frozen=True)
class Term:
    """A named word, perhaps with what it means to the customer, the sentence to say, and the trades it is for; else for all."""

    id: str
    name: Text
    say: Text | None = None
    meaning: Text | None = None
    calibrated: bool | None = None
    trades: tuple[str, ...] = ()


@dataclass(frozen=True)
class Signer:
    """Who signs a visit on the phone; `name`: what this kind of visit calls the place to sign."""

    role: str
    name: Text | None = None


@dataclass(frozen=True)
class Settles:
    """What of the office's telephone a visit answers, and the points of its list that hold it: a score, the words."""

    what: str
    score: str | None = None
    found: str | None = None
    answered: str | None = None


@dataclass(frozen=True)
class VisitType:
    """A kind of visit. `active`: this installation plans such visits, with that checklist.

    `code` is its row in the job matrix. `steps` are gone through in the order of STEPS. `sheet`: the name of the paper that
    says what was done; without it the visit is an inspection and owes an inspection's papers. `asks`: the points of its list
    that it asks, where it does not ask all. `rules`: what it declares beyond
    the rules that every such kind keeps (declared.py gives them all). `signs`: who signs, in this order. `evacuates`: the point
    that says that everybody is outside; nothing else is asked before, and a danger ends no such visit. `settles`: what of the
    office's telephone (fieldsvc/calls) it answers when it is closed.
    """

    id: str
    code: str
    name: Text
    active: bool
    say: Text | None = None
    checklist: str | None = None
    steps: tuple[str, ...] = STEPS
    sheet: Text | None = None
    meter: str = "read"
    rules: tuple[Mapping[str, Any], ...] = ()
    clocks: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    signs: tuple[Signer, ...] = (Signer("customer"), Signer("technician"))
    evacuates: str | None = None
    settles: Settles | None = None

    @property
    def trade(self) -> str:
        """The trade that it belongs to, as its id says."""
        return self.id.partition(".")[0]


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
    rules: tuple[Rule, ...]
    clocks: tuple[Clock, ...]
    company: Mapping[str, Any]

    def active(self) -> Entries:
        """The entries without what is switched off, and without what names it."""
        codes = {one.code for one in self.hazards if one.off}
        points = {p.id for one in self.checklists for item in one.items for p in item.points if p.off}
        if not codes and not points:
            return self
        lists = tuple(replace(one, items=tuple(_active(item, codes) for item in one.items)) for one in self.checklists)
        asked = (one for one in self.hazards if not one.off)
        hazards = (replace(one, checks=tuple(id_ for id_ in one.checks if id_ not in points)) for one in asked)
        return replace(self, checklists=lists, hazards=tuple(hazards))


def _active(item: Item, off: set[str]) -> Item:
    asked = (point for point in item.points if not point.off)
    return replace(
        item, points=tuple(replace(p, hazards=tuple(code for code in p.hazards if code not in off)) for p in asked)
    )
