"""The doubts that one visit raises by itself: too fast, too short, a moved clock, photos older than the visit, odd figures.

Decides from marks and the company's thresholds (policy section `doubts`). Pure. Each rule gives what speaks for the doubt, as
pieces of evidence with their figures; the office finds the words (fieldsvc/office/doubt_view.py).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from fieldsvc.doubts.marks import Entry, Marks

Json = Mapping[str, Any]

KINDS = ("fast", "short", "photo", "strokes", "far", "readings", "clock", "old_photo", "rule")
MOST = 20
"""The most pieces of evidence that a doubt keeps; the weightiest ones."""

SEVEN = 7
INSPECTIONS = ("completed",)


@dataclass(frozen=True)
class Finding:
    """What speaks for one kind of doubt: pieces of evidence, each with its figures, weightiest first."""

    kind: str
    pieces: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def evidence(self) -> list[str]:
        return [name for name, _ in self.pieces[:MOST]]

    @property
    def facts(self) -> dict[str, Any]:
        return {"pieces": [facts for _, facts in self.pieces[:MOST]], "more": max(0, len(self.pieces) - MOST)}


def alone(marks: Marks, limits: Json) -> list[Finding]:
    """The doubts for which no other visit is needed; those without evidence left out."""
    found = []
    for kind, rule in _RULES.items():
        if limits[kind]:
            pieces = rule(marks, limits)
            if pieces:
                found.append(Finding(kind, pieces))
    return found


Pieces = list[tuple[str, dict[str, Any]]]


def _fast(marks: Marks, limits: Json) -> Pieces:
    if len(marks.judged) < SEVEN:
        return []
    took = max(last for _, last in marks.judged.values()) - min(first for first, _ in marks.judged.values())
    seconds = took.total_seconds()
    if seconds >= limits["fast_seconds"]:
        return []
    return [("fast", {"items": len(marks.judged), "seconds": int(seconds), "least": limits["fast_seconds"]})]


def _short(marks: Marks, limits: Json) -> Pieces:
    if marks.ended is None or marks.outcome not in INSPECTIONS or len(marks.judged) < SEVEN:
        return []
    seconds = (marks.ended - marks.began).total_seconds()
    if not 0 <= seconds < limits["short_seconds"]:
        return []
    return [("short", {"seconds": int(seconds), "least": limits["short_seconds"]})]


def _clock(marks: Marks, limits: Json) -> Pieces:
    most = timedelta(minutes=limits["clock_minutes"])
    found: list[tuple[timedelta, str, dict[str, Any]]] = []
    before: Entry | None = None
    for one in marks.entries:
        if before is not None and before.device == one.device and before.at - one.at > most:
            back = before.at - one.at
            found.append((back, f"back:{one.id}", {"how": "back", **_times(back, before.at, one.at)}))
        ahead = one.at - one.received_at
        if ahead > most:
            found.append((ahead, f"ahead:{one.device}", {"how": "ahead", **_times(ahead, one.at, one.received_at)}))
        before = one
    heaviest: dict[str, dict[str, Any]] = {}
    for _, name, facts in sorted(found, key=lambda piece: (-piece[0], piece[1])):
        heaviest.setdefault(name, facts)
    return list(heaviest.items())


def _times(by: timedelta, one: Any, other: Any) -> dict[str, Any]:
    return {"minutes": int(by.total_seconds() // 60), "from": one.isoformat(), "to": other.isoformat()}


def _old_photo(marks: Marks, limits: Json) -> Pieces:
    most = timedelta(minutes=limits["old_photo_minutes"])
    early = [(marks.began - taken, sha) for sha, taken in marks.photos.items() if marks.began - taken > most]
    return [
        (sha, {"photo": sha, "minutes": int(by.total_seconds() // 60), "taken": marks.photos[sha].isoformat()})
        for by, sha in sorted(early, key=lambda piece: (-piece[0], piece[1]))
    ]


def _readings(marks: Marks, limits: Json) -> Pieces:
    """Figures that are odd in themselves; those found again at another home are added by fieldsvc.doubts.compare."""
    found: Pieces = []
    for meter_id, figure in sorted(marks.figures.items()):
        value = figure["value"]
        facts = {"value": value, "serial": figure["serial"]}
        if is_pattern(value):
            found.append((f"pattern:{meter_id}", {"how": "pattern", **facts}))
        if figure["running"] and "." in value and value == figure["last"]:
            found.append((f"last:{meter_id}", {"how": "last", **facts}))
    return found


def is_pattern(value: str) -> bool:
    """Say whether a figure is one digit again and again, or counts up or down: 33333, 12345.678, 98765."""
    digits = value.replace(".", "")
    if len(digits) < 5 or set(digits) == {"0"}:
        return False
    steps = {int(b) - int(a) for a, b in itertools.pairwise(digits)}
    return len(steps) == 1 and steps <= {0, 1, -1}


def is_telling(value: str) -> bool:
    """Say whether the same figure at two homes says anything: not a new meter that has hardly turned."""
    return len(value.replace(".", "").lstrip("0")) >= 4


_RULES = {"fast": _fast, "short": _short, "clock": _clock, "old_photo": _old_photo, "readings": _readings}
