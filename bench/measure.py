"""Clocking contenders turn by turn, and what is said about the figures.

Contenders take turns within every round (A B C, B C A, …), so that whatever else the machine does meets all of them alike;
a ratio is the median of the ratios of each round. Invariant: no round counts whose entries were not read back.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from bench.peers import Contender

WARM_UP = 2


@dataclass
class Figures:
    """The milliseconds of one contender, a round each."""

    push: list[float] = field(default_factory=list)
    pull: list[float] = field(default_factory=list)


def clocked(work: Callable[[], object]) -> float:
    """How many milliseconds something takes."""
    gc.collect()
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1000


def take_turns(
    contenders: Sequence[Contender], *, rounds: int, entries: int, say: Callable[[str], None], warm_up: int = WARM_UP
) -> dict[str, Figures]:
    """Clock every contender `rounds` times, after `warm_up` rounds that do not count; gives their figures by name."""
    figures = {one.name: Figures() for one in contenders}
    for round_ in range(warm_up + rounds):
        turn = round_ % len(contenders)
        order = [*contenders[turn:], *contenders[:turn]]
        for one in order:
            one.prepare(round_)
        took = {one.name: clocked(partial(one.push, round_)) for one in order}
        pulled = {one.name: clocked(partial(one.pull, round_)) for one in order}
        for one in order:
            held = one.count(round_)
            if held != entries:
                raise RuntimeError(f"{one.name} answered {entries} entries and holds {held}")
            if round_ >= warm_up:
                figures[one.name].push.append(took[one.name])
                figures[one.name].pull.append(pulled[one.name])
        say(f"round {round_ + 1} of {warm_up + rounds}: " + ", ".join(f"{n} {ms:.0f}" for n, ms in took.items()))
    return figures


def spread(values: Sequence[float]) -> str:
    """The median, and between which values the middle half lies: `12.3 (11.9 to 13.0)`."""
    if len(values) < 4:
        return f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})"
    low, _, high = statistics.quantiles(values, n=4)
    return f"{statistics.median(values):.1f} ({low:.1f} to {high:.1f})"


def ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """How many times as long: the median over the rounds."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


@dataclass(frozen=True)
class Aim:
    """A figure beside its target."""

    what: str
    figure: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def met(self) -> bool:
        """Whether the figure keeps to the target."""
        return (self.at_most is None or self.figure <= self.at_most) and (
            self.at_least is None or self.figure >= self.at_least
        )

    def row(self) -> list[str]:
        """The row of a table of aims."""
        target = f"at most {self.at_most:g}" if self.at_most is not None else f"at least {self.at_least:g}"
        return [
            self.what,
            f"{self.figure:{',.0f' if self.figure >= 100 else '.3g'}} {self.unit}".rstrip(),
            f"{target} {self.unit}".rstrip(),
            _WORDS[self.met],
        ]


_WORDS: Mapping[bool, str] = {True: "met", False: "**missed**"}


def aims(those: Sequence[Aim]) -> str:
    """The table of figures beside their targets."""
    return table(("what", "measured", "target", ""), [one.row() for one in those])
