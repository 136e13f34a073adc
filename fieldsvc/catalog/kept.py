"""What a kind of visit keeps: the rules of the trade and the clocks that run, as entries of the catalogue.

Decides nothing; which kind keeps what is declared.py's business. Invariant: frozen; every text holds the three languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Text = Mapping[str, str]


@dataclass(frozen=True)
class Parameter:
    """What a rule is told by a kind of visit: points of its list, of these kinds where it says any; `one`: a single point.

    `word`: no point but a word, such as the value of a choice.
    """

    id: str
    kinds: tuple[str, ...] = ()
    required: bool = False
    one: bool = False
    word: bool = False


@dataclass(frozen=True)
class Rule:
    """A rule of the trade that software keeps. `base`: kept undeclared, by `every` kind or by those of one trade.

    `step`: only a kind that has this step can keep it. `inspects`: only an inspection. `office`: told to nobody but the office.
    `many`: may be declared more than once.
    """

    id: str
    name: Text
    say: Text
    parameters: tuple[Parameter, ...]
    base: str | None = None
    step: str | None = None
    inspects: bool = False
    office: bool = False
    many: bool = False


@dataclass(frozen=True)
class Instead:
    """The company's value that limits a clock once a point was answered with this value."""

    point: str
    value: str
    promise: str


@dataclass(frozen=True)
class Clock:
    """A promise that runs for these kinds, from the asking to what `to` names; `promise`: the company's value that limits it.

    `business`, `outside` and `remote` are the values for businesses and for customers outside town and far from it, where they
    differ. `after`: it runs from the last completion of a visit of these kinds that was not followed yet. `since`: it runs from
    when the meter was exchanged, and the office ends it, not before its time. `instead`: an answer gives it another limit.
    """

    id: str
    name: Text
    to: str
    promise: str
    kinds: tuple[str, ...] = ()
    business: str = ""
    outside: str = ""
    remote: str = ""
    after: tuple[str, ...] = ()
    since: str = ""
    instead: Instead | None = None
