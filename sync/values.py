"""What one value in the data of an op may be: instants, days, texts, whole numbers, places, strokes.

Each check takes whatever a phone may have sent and says yes or no; none raises. What an op must carry is ops.py's to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from itertools import chain
from typing import Any

Check = Callable[[Any], bool]

FIRST_YEAR, LAST_YEAR = 1900, 2999
DEEPEST_STROKES, MOST_STROKES = 4, 60_000
LEAST, GREATEST = -1_000_000, 10_000_000_000_000

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def is_uuid(value: Any) -> bool:
    """Say whether a value is a UUID in lower-case text."""
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def is_instant(value: Any) -> bool:
    """Say whether a value is an RFC 3339 instant with an offset."""
    if not isinstance(value, str) or not 20 <= len(value) <= 40 or value[10] not in "Tt":
        return False
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        return False
    # At the ends of the calendar an instant has no form in other zones.
    return instant.tzinfo is not None and FIRST_YEAR <= instant.year <= LAST_YEAR


def is_day(value: Any) -> bool:
    """Say whether a value is a day of the calendar, such as 2026-10-01."""
    if not isinstance(value, str) or _DAY.fullmatch(value) is None:
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def text(limit: int, least: int = 1) -> Check:
    """A check for texts of so many characters."""
    # A NUL is no text to databases.
    return lambda value: (
        isinstance(value, str) and least <= len(value.strip()) <= len(value) <= limit and "\0" not in value
    )


def one_of(*choices: Any) -> Check:
    """A check for one of these words or numbers."""
    return lambda value: type(value) in (str, int) and value in choices


def matches(pattern: re.Pattern[str]) -> Check:
    """A check for texts of a pattern."""
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def is_bool(value: Any) -> bool:
    """Say whether a value is true or false."""
    return isinstance(value, bool)


def is_int(value: Any, least: int, most: int) -> bool:
    """Say whether a value is a whole number within these bounds."""
    return type(value) is int and least <= value <= most


def whole(least: int, most: int) -> Check:
    """A check for whole numbers within these bounds."""
    return lambda value: is_int(value, least, most)


def is_location(value: Any) -> bool:
    """Say whether a value is a place in microdegrees, with its accuracy."""
    return (
        isinstance(value, Mapping)
        and is_int(value.get("lat"), -90_000_000, 90_000_000)
        and is_int(value.get("lon"), -180_000_000, 180_000_000)
        and is_int(value.get("accuracy"), 0, 10_000_000)
    )


def is_strokes(value: Any) -> bool:
    """Any nesting of lists of whole numbers: points, strokes of points, or strokes of (x, y, time) triples."""
    if not isinstance(value, list):
        return False
    parts, seen = value, 0
    for _ in range(DEEPEST_STROKES):
        seen += len(parts)
        if seen > MOST_STROKES:
            return False
        kinds = set(map(type, parts))  # of a signature's thousand parts, without looking at each one in turn
        if not kinds <= {int, list}:
            return False
        numbers = [part for part in parts if type(part) is int] if len(kinds) > 1 else parts if int in kinds else []
        if numbers and not LEAST <= min(numbers) <= max(numbers) <= GREATEST:
            return False
        if list not in kinds:
            return True
        nested = [part for part in parts if type(part) is list] if numbers else parts
        parts = list(chain.from_iterable(nested))
    return False
