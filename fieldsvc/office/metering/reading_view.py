"""One reading that needs eyes, as the page shows it: the figure in wheels, what it is compared with, and its history drawn.

Decides sizes and what is drawn. Asks nothing of the database. Invariant: a chart begins at zero, and what is unknown is drawn
as unknown, never as nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fieldsvc.office import words
from fieldsvc.readings import service as readings

WIDTH, HEIGHT, TOP, FOOT, LEFT = 640, 200, 28, 30, 8
MOST_BARS, BROADEST = 13, 44


@dataclass(frozen=True)
class Bar:
    """A period's use: where its bar stands, what is written over and under it. `tone`: this, doubted, unknown."""

    x: float
    y: float
    width: float
    height: float
    over: str
    under: str
    tone: str

    @property
    def middle(self) -> float:
        """Where the words stand."""
        return self.x + self.width / 2


@dataclass(frozen=True)
class Plot:
    """The last periods of a meter. `low`, `high`: where the usual lies; None where it is not known."""

    bars: list[Bar]
    low: float | None
    high: float | None
    usual: tuple[str, str] | None
    width: int = WIDTH
    height: int = HEIGHT
    ground: int = HEIGHT - FOOT


def wheels(value: str, digits: int, decimals: int) -> list[tuple[str, bool]]:
    """A figure as it stands on the dial: (digit, whether it is red)."""
    whole, _, fraction = value.partition(".")
    black = whole.rjust(digits, "0")
    return [(one, False) for one in black] + [(one, True) for one in fraction[: max(decimals, 0)]]


def plot(history: Sequence[readings.Read], read_id: str) -> Plot | None:
    """The use of a meter's last periods, this one marked; None where there is nothing to compare."""
    shown = [one for one in history if one.value is not None and "first" not in one.said]
    place = next((n for n, one in enumerate(shown) if one.id == read_id), len(shown) - 1)
    shown = shown[max(0, place - MOST_BARS + 2) : place + 2]
    if not shown:
        return None
    usual = readings.usual([one for one in history if one.id != read_id and one.counts][: _place(history, read_id)])
    most = max([one.used or 0 for one in shown] + [int(usual[1]) if usual else 0, 1])
    room, step = HEIGHT - TOP - FOOT, (WIDTH - 2 * LEFT) / len(shown)

    broad = round(min(step * 0.68, BROADEST), 1)

    def level(used: Decimal | int) -> float:
        return round(HEIGHT - FOOT - float(used) / most * room, 1)

    bars = [
        Bar(
            x=round(LEFT + n * step + (step - broad) / 2, 1),
            y=level(one.used) if one.used is not None else HEIGHT - FOOT - room * 0.5,
            width=broad,
            height=round(HEIGHT - FOOT - level(one.used), 1) if one.used is not None else room * 0.5,
            over="?" if one.used is None else str(one.used),
            under=words.moment(one.read_at)[2:7],
            tone=" ".join(_tones(one, read_id)),
        )
        for n, one in enumerate(shown)
    ]
    if not usual:
        return Plot(bars, None, None, None)
    return Plot(bars, level(usual[0]), level(usual[1]), (str(usual[0]), str(usual[1])))


def _tones(one: readings.Read, read_id: str) -> list[str]:
    what = {"this": one.id == read_id, "doubted": one.doubted, "unknown": one.used is None}
    return [name for name, holds in what.items() if holds]


def _place(history: Sequence[readings.Read], read_id: str) -> int:
    return next((n for n, one in enumerate(history) if one.id == read_id), len(history))


def photo_of(sha256: str | None, document: Mapping[str, Any], caption: str) -> dict[str, Any] | None:
    """A dial's photo as pictures are shown; None where there is none."""
    if not sha256:
        return None
    return {"sha256": sha256, "caption": caption, "arrived": sha256 not in document["missing_blobs"]}


def before(history: Sequence[readings.Read], read_id: str) -> readings.Read | None:
    """The reading that this one is compared with."""
    return next((one for one in reversed(history[: _place(history, read_id)]) if one.counts), None)
