"""Charts as lines and bars in SVG, made on the server: numbers in, places on a sheet out.

Decides geometry only: where a bar stands, which round figures the scale shows. Bars begin at zero; a line says its name where it
ends. Colours are the page's tokens, chosen by `tone`; every tone has a hatching too, so that a black and white print can be
read. `templates/office/charts.html` writes the SVG, with title, description and the figures as a table beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

WIDTH, HEIGHT = 720, 240
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 20, 28
ROOM_FOR_NAMES = 116
MOST_LABELS = 16


@dataclass(frozen=True)
class Series:
    """One row of figures with its name. Tones: completed, stopped, no_access, refused, level-1 to level-3, plan, plain."""

    name: str
    tone: str
    values: Sequence[int]


@dataclass(frozen=True)
class Box:
    """A bar, or a part of a stacked one; `says` is its figure in words."""

    x: float
    y: float
    width: float
    height: float
    tone: str
    says: str


@dataclass(frozen=True)
class Mark:
    """A text at a place."""

    x: float
    y: float
    text: str
    anchor: str = "middle"
    tone: str = ""


@dataclass(frozen=True)
class Line:
    """A line through points."""

    points: str
    tone: str


@dataclass(frozen=True)
class Chart:
    """What `charts.html` draws. `head` and `rows` are the same figures as a table."""

    id: str
    title: str
    says: str
    head: Sequence[str]
    rows: Sequence[Sequence[str | int]]
    legend: Sequence[tuple[str, str]] = ()
    boxes: list[Box] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    grid: list[Mark] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def left(self) -> int:
        """Where the grid begins."""
        return LEFT


def scale(highest: int) -> list[int]:
    """Round figures from 0 to at least the highest, three to six of them."""
    step, power = 1, 1
    while highest > 4 * step:
        step = next((power * leading for leading in (2, 5, 10) if power * leading > step), power * 10)
        if step == power * 10:
            power *= 10
    return [step * n for n in range(max(2, -(-highest // step)) + 1)]


def bars(
    *,
    id: str,
    title: str,
    says: str,
    labels: Sequence[str],
    stacked: Sequence[Series],
    plan: Series | None = None,
    first: str = "",
) -> Chart:
    """Upright bars, the series stacked upon each other; `plan` is drawn as an outline behind them.

    `first` is the heading of the labels in the table.
    """
    totals = [sum(one.values[n] for one in stacked) for n in range(len(labels))]
    highest = max([*totals, *(plan.values if plan else ())], default=0)
    ticks = scale(highest)
    every = ([plan] if plan else []) + list(stacked)
    chart = Chart(
        id=id,
        title=title,
        says=says,
        head=[first, *(one.name for one in every)],
        rows=[[label, *(one.values[n] for one in every)] for n, label in enumerate(labels)],
        legend=[(one.tone, one.name) for one in every] if len(every) > 1 else [],
        grid=[Mark(LEFT - 6, _y(tick, ticks), str(tick), "end") for tick in ticks],
    )
    room = (WIDTH - LEFT - RIGHT) / max(len(labels), 1)
    thick = min(room * 0.72, 48)
    for n, label in enumerate(labels):
        middle = LEFT + room * (n + 0.5)
        if plan and plan.values[n]:
            top = _y(plan.values[n], ticks)
            says_plan = f"{label}: {plan.name} {plan.values[n]}"
            chart.boxes.append(_box(middle - thick / 2 - 2, top, thick + 4, _y(0, ticks) - top, "plan", says_plan))
        under = 0
        for one in stacked:
            if one.values[n]:
                top, bottom = _y(under + one.values[n], ticks), _y(under, ticks)
                said = f"{label}: {one.name} {one.values[n]}"
                chart.boxes.append(_box(middle - thick / 2, top, thick, bottom - top, one.tone, said))
                under += one.values[n]
        if totals[n] and room >= 20:
            chart.marks.append(Mark(round(middle, 1), round(_y(totals[n], ticks) - 5, 1), str(totals[n]), tone="value"))
    chart.marks.extend(_labels(labels, room))
    return chart


def lines(
    *,
    id: str,
    title: str,
    says: str,
    labels: Sequence[tuple[int, str]],
    length: int,
    series: Sequence[Series],
    rows: Sequence[Sequence[str | int]],
    first: str = "",
) -> Chart:
    """Curves over `length` places; `labels` are (place, text) under the axis; `rows` are chosen figures for the table."""
    ticks = scale(max((value for one in series for value in one.values), default=0))
    chart = Chart(
        id=id,
        title=title,
        says=says,
        head=[first, *(one.name for one in series)],
        rows=rows,
        grid=[Mark(LEFT - 6, _y(tick, ticks), str(tick), "end") for tick in ticks],
    )
    room = (WIDTH - LEFT - RIGHT - ROOM_FOR_NAMES) / max(length - 1, 1)
    ends: list[Mark] = []
    for one in series:
        if one.values:
            spots = [(LEFT + room * n, _y(value, ticks)) for n, value in enumerate(one.values)]
            chart.lines.append(Line(" ".join(f"{x:.1f},{y:.1f}" for x, y in spots), one.tone))
            x, y = spots[-1]
            ends.append(Mark(round(x + 6, 1), round(y + 4, 1), f"{one.name} {one.values[-1]}", "start", one.tone))
    chart.marks.extend(_apart(ends))
    for place, text in labels:
        chart.marks.append(Mark(round(LEFT + room * place, 1), HEIGHT - 8, text, "start"))
    return chart


def _box(x: float, y: float, width: float, height: float, tone: str, says: str) -> Box:
    return Box(round(x, 1), round(y, 1), round(width, 1), round(max(height, 1), 1), tone, says)


def _y(value: int, ticks: Sequence[int]) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / ticks[-1], 1)


def _labels(labels: Sequence[str], room: float) -> list[Mark]:
    """The names under the bars; where they would run into each other, every second, third … one."""
    step = -(-len(labels) // MOST_LABELS)
    marks = []
    for n, label in list(enumerate(labels))[::step] if labels else ():
        middle = LEFT + room * (n + 0.5)
        over = middle + _long(label) / 2 > WIDTH
        marks.append(Mark(WIDTH - 2, HEIGHT - 8, label, "end") if over else Mark(round(middle, 1), HEIGHT - 8, label))
    return marks


def _long(text: str) -> float:
    """About how long a text of 12 px is; a Chinese sign is as wide as it is high."""
    return sum(12.0 if sign > "\u2e80" else 6.6 for sign in text)


def _apart(ends: list[Mark]) -> list[Mark]:
    """Names at the ends of lines, moved down where they would lie upon each other."""
    placed: list[Mark] = []
    for one in sorted(ends, key=lambda mark: mark.y):
        near = [other for other in placed if abs(other.x - one.x) < ROOM_FOR_NAMES]
        y = max([one.y, *(other.y + 16 for other in near)])
        placed.append(Mark(one.x, min(y, HEIGHT - BOTTOM + 4), one.text, one.anchor, one.tone))
    return placed
