"""Prints: what makes two photos, or two signatures, nearly the same, as figures that can be looked up.

Decides how a picture and a set of strokes are boiled down, and how far apart two prints are. A print has 64 bits, kept as four
bands of 16, and a finer form that decides. Two prints that differ in at most 7 bits have at least one band that differs in
at most one: so `near_bands` finds every such pair in an index, and a million others are never looked at. Pure: no database.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image, ImageOps

BANDS, BAND_BITS = 4, 16
REACH = 7
"""The greatest difference of two prints, in bits of 64, that the bands are sure to find."""

FLAT = 6
"""A picture whose grey hardly varies (a covered lens, a wall) says nothing; its print would be like any other's."""

POINTS = 32


@dataclass(frozen=True)
class Print:
    """`coarse` is what is looked up (64 bits), `fine` what decides: 256 bits of a photo, or the points of a signature."""

    coarse: int
    fine: str

    @property
    def bands(self) -> tuple[int, ...]:
        """The coarse print in four parts."""
        return tuple(self.coarse >> (BAND_BITS * n) & (1 << BAND_BITS) - 1 for n in range(BANDS))


def joined(*bands: int | None) -> int:
    """The coarse print of its four parts."""
    return sum((band or 0) << (BAND_BITS * n) for n, band in enumerate(bands))


def near_bands(band: int) -> list[int]:
    """A band and everything that differs from it in one bit."""
    return [band, *(band ^ 1 << bit for bit in range(BAND_BITS))]


def of_photo(content: bytes) -> Print | None:
    """The print of an image: which of two spots is lighter, for many pairs of spots. None for one with nothing in it.

    Size, strength of compression, brightness and a narrow cut at the edges change little of it.
    """
    with Image.open(BytesIO(content)) as image:
        image.draft("L", (256, 256))
        small = ImageOps.exif_transpose(image).convert("L").resize((60, 60), Image.Resampling.BOX)
    grey = small.tobytes()
    if max(grey) - min(grey) < FLAT:
        return None
    return Print(_lighter(small, 4, _COARSE_PAIRS), f"{_lighter(small, 10, _FINE_PAIRS):064x}")


def _lighter(image: Image.Image, side: int, pairs: Sequence[tuple[int, int]]) -> int:
    spots = image.resize((side, side), Image.Resampling.BOX).tobytes()
    bits = 0
    for one, other in pairs:
        bits = bits << 1 | (spots[one] > spots[other])
    return bits


def _pairs(side: int, *, count: int, apart: int) -> list[tuple[int, int]]:
    """Which spots are compared: chosen once and for ever, because prints are kept."""
    spots = range(side * side)
    near = [
        (one, other)
        for one in spots
        for other in range(one)
        if abs(one // side - other // side) <= apart and abs(one % side - other % side) <= apart
    ]
    return sorted(near, key=lambda pair: hashlib.sha256(f"{side} {pair[0]} {pair[1]}".encode()).digest())[:count]


_COARSE_PAIRS = _pairs(4, count=64, apart=3)
_FINE_PAIRS = _pairs(10, count=256, apart=3)
_STROKE_PAIRS = [(point, (point + step) % POINTS) for step in (5, 13) for point in range(POINTS)][::2]


def photo_distance(one: str, other: str) -> int:
    """In how many of 256 bits two photos differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def of_strokes(strokes: Any) -> Print | None:
    """The print of a signature as it was drawn, wherever on the pad and however large. None for less than a line."""
    lines = [line for line in _lines(strokes) if len(line) > 1]
    points = [point for line in lines for point in line]
    if len(points) < 6:
        return None
    left, top = min(x for x, _ in points), min(y for _, y in points)
    size = max(max(x for x, _ in points) - left, max(y for _, y in points) - top)
    if size <= 0:
        return None
    walked = _evenly([[((x - left) / size, (y - top) / size) for x, y in line] for line in lines])
    bits = 0
    for one, other in _STROKE_PAIRS:
        for axis in (0, 1):
            bits = bits << 1 | (walked[one][axis] > walked[other][axis])
    return Print(bits, "".join(f"{round(x * 255):02x}{round(y * 255):02x}" for x, y in walked))


def strokes_distance(one: str, other: str) -> int:
    """How far apart two signatures are: the mean distance of their points in thousandths of their size."""
    if len(one) != len(other):
        return 1000
    a, b = bytes.fromhex(one), bytes.fromhex(other)
    total = sum(math.hypot(a[n] - b[n], a[n + 1] - b[n + 1]) for n in range(0, len(a), 2))
    return round(total / (len(a) / 2) / 255 * 1000)


def digest(*parts: str) -> str:
    """Texts as one key of fixed length."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _lines(strokes: Any) -> Iterator[list[tuple[float, float]]]:
    """Lines of points, from whatever nesting a phone wrote: [[x, y, time], …] in lines, or one line by itself."""
    if not isinstance(strokes, list):
        return
    if strokes and all(_is_point(one) for one in strokes):
        yield [(float(one[0]), float(one[1])) for one in strokes]
        return
    for one in strokes:
        yield from _lines(one)


def _is_point(value: Any) -> bool:
    return isinstance(value, list) and len(value) in (2, 3) and all(type(part) is int for part in value)


def _evenly(lines: Sequence[Sequence[tuple[float, float]]]) -> list[tuple[float, float]]:
    """Points at even distances along the lines, so that it does not matter how often the phone looked at the finger."""
    steps = [(a, b) for line in lines for a, b in itertools.pairwise(line)]
    length = sum(math.dist(a, b) for a, b in steps)
    if length <= 0:
        return [lines[0][0]] * POINTS
    found: list[tuple[float, float]] = []
    gone = 0.0
    for a, b in steps:
        step = math.dist(a, b)
        while step and len(found) < POINTS and (len(found) + 0.5) * length / POINTS <= gone + step:
            t = ((len(found) + 0.5) * length / POINTS - gone) / step
            found.append((a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t))
        gone += step
    return found + [steps[-1][1]] * (POINTS - len(found))
