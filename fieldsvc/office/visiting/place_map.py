"""Where a visit was, drawn from figures alone: no map of anybody else is asked.

Decides the scale (what fits around the place and the circle in which the phone believed itself), which earlier places are near
enough to be drawn, and how they lie in metres. A document's places in, points on a sheet out; knows no HTTP and no database.
Invariant: metres east and north are drawn at the same scale, north is up.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]

SIZE = 320
MARGIN = 28
LEAST_RADIUS, FARTHEST = 40.0, 2000.0
METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True)
class Place:
    """A place as a phone told it: degrees, accuracy in metres, and whose visit it was."""

    lat: float
    lon: float
    accuracy: int
    visit_id: str = ""
    says: str = ""
    same_customer: bool = False

    @property
    def written(self) -> str:
        """Latitude and longitude (WGS 84), to be copied."""
        return f"{self.lat:.6f}, {self.lon:.6f}"


@dataclass(frozen=True)
class Point:
    """An earlier place on the sheet."""

    x: float
    y: float
    place: Place
    metres: int


@dataclass(frozen=True)
class Sheet:
    """What is drawn: the place in the middle, its circle, earlier places, and a bar of round metres."""

    place: Place
    radius: float
    bar: float
    bar_metres: int
    points: list[Point] = field(default_factory=list)
    far: list[Point] = field(default_factory=list)
    size: int = SIZE

    @property
    def middle(self) -> float:
        """Where the place itself stands."""
        return self.size / 2


def place_of(document: Json, *, says: str = "", same_customer: bool = False) -> Place | None:
    """Where a visit's phone was when the visit began, or else when its first photo was taken; None where it told nothing."""
    told = (document.get("start") or {}).get("location")
    if told is None:
        taken = [one for one in document["photos"].values() if one.get("location") and not one.get("removed")]
        told = min(taken, key=lambda one: str(one["taken_at"]))["location"] if taken else None
    if told is None:
        return None
    lat, lon = told["lat"] / 1_000_000, told["lon"] / 1_000_000
    return Place(lat, lon, told["accuracy"], document["id"], says, same_customer)


def metres(one: Place, other: Place) -> tuple[float, float]:
    """How far east and north the other place lies, in metres; good for a town."""
    turn = (other.lon - one.lon + 180) % 360 - 180
    return turn * METRES_PER_DEGREE * math.cos(math.radians(one.lat)), (other.lat - one.lat) * METRES_PER_DEGREE


def draw(place: Place, earlier: Iterable[Place]) -> Sheet:
    """Draw a place among earlier ones."""
    lies = [(one, *metres(place, one)) for one in earlier]
    near = [(one, x, y) for one, x, y in lies if math.hypot(x, y) <= FARTHEST]
    circle = min(float(place.accuracy), FARTHEST)
    reach = max([LEAST_RADIUS, circle, *(math.hypot(x, y) for _, x, y in near)])
    scale = (SIZE / 2 - MARGIN) / reach
    bar_metres = _round(reach * 0.7)

    def point(one: Place, x: float, y: float) -> Point:
        return Point(round(SIZE / 2 + x * scale, 1), round(SIZE / 2 - y * scale, 1), one, round(math.hypot(x, y)))

    return Sheet(
        place=place,
        radius=round(circle * scale, 1),
        bar=round(bar_metres * scale, 1),
        bar_metres=bar_metres,
        points=[point(*one) for one in near],
        far=[Point(0, 0, one, round(math.hypot(x, y))) for one, x, y in lies if math.hypot(x, y) > FARTHEST],
    )


def _round(most: float) -> int:
    """The largest round figure up to `most`: 1, 2 or 5 with noughts."""
    power = 10 ** math.floor(math.log10(max(most, 1)))
    return int(max(power * leading for leading in (1, 2, 5) if power * leading <= max(most, 1)))
