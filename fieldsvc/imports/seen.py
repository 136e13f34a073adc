"""What the rows of a file have said so far, so that no two of them say different things of the same account, meter or visit.

Keeps no values, only a short digest of each: a file of 300,000 rows stays in memory. Invariant: a file that is taken twice
finds nothing to change the second time, because nothing in it contradicts itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zlib import crc32

_WIDE = 4


class Seen:
    """Keys of one kind (accounts, meters, visits), each with the line that named it first and digests of its fields."""

    def __init__(self, fields: Sequence[str]):
        self._fields = tuple(fields)
        self._held: dict[str, bytes] = {}

    def line(self, key: str) -> int:
        """The line that named this key first; 0 for none."""
        held = self._held.get(key)
        return int.from_bytes(held[:_WIDE], "big") if held else 0

    def contradicted(self, key: str, given: Mapping[str, str]) -> str | None:
        """The field of which an earlier row says something else; None where there is none."""
        held = self._held.get(key)
        if held is None:
            return None
        for place, name in enumerate(self._fields, start=1):
            said = held[place * _WIDE : (place + 1) * _WIDE]
            if name in given and any(said) and said != _digest(given[name]):
                return name
        return None

    def news(self, key: str, names: Sequence[str]) -> list[str]:
        """Which of these fields no earlier row gave."""
        held = self._held.get(key)
        if held is None:
            return list(names)
        places = {name: place for place, name in enumerate(self._fields, start=1)}
        return [name for name in names if not any(held[places[name] * _WIDE : (places[name] + 1) * _WIDE])]

    def keep(self, key: str, given: Mapping[str, str], line: int) -> None:
        """Remember what a row said."""
        held = self._held.get(key) or line.to_bytes(_WIDE, "big") + bytes(_WIDE * len(self._fields))
        parts = [held[:_WIDE]]
        for place, name in enumerate(self._fields, start=1):
            parts.append(_digest(given[name]) if name in given else held[place * _WIDE : (place + 1) * _WIDE])
        self._held[key] = b"".join(parts)


def _digest(value: str) -> bytes:
    return (crc32(value.encode()) or 1).to_bytes(_WIDE, "big")
