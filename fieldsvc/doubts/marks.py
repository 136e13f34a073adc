"""What one visit says of how it was made: times, places, figures, photos and strokes, drawn out of its document and its log.

Decides what counts: only what was written by phones, of ops that were applied. Pure: knows no database and no thresholds.
Invariant: the same document and the same entries give the same marks, in whatever order the entries arrived.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fieldsvc.doubts import prints

Json = Mapping[str, Any]

COUNTED = ("applied", "conflict")
SIGNERS = ("customer", "witness", "agreement")
"""Whose strokes are compared. A technician signs the same name at every door."""


@dataclass(frozen=True)
class Entry:
    """One applied op of a phone."""

    id: str
    device: str
    seq: int
    kind: str
    data: Json
    at: datetime
    received_at: datetime


@dataclass(frozen=True)
class Spot:
    """Where a visit began, in microdegrees and metres."""

    lat: int
    lon: int
    accuracy: int


@dataclass(frozen=True)
class Marks:
    """All that is looked at of one visit. `began` orders visits among each other."""

    visit_id: str
    customer_id: str
    user_id: str | None
    began: datetime
    ended: datetime | None
    outcome: str
    place: str
    spot: Spot | None
    entries: Sequence[Entry]
    judged: Mapping[str, tuple[datetime, datetime]]
    photos: Mapping[str, datetime]
    arrived: frozenset[str]
    strokes: Mapping[str, prints.Print]
    figures: Mapping[str, Json]


def marks_of(document: Json, rows: Sequence[Json], *, office: frozenset[str]) -> Marks | None:
    """The marks of a visit; `rows` is its log, `office` the devices of the office. None where no phone wrote anything."""
    entries = [_entry(row) for row in rows if row["status"] in COUNTED and row["device"] not in office]
    if not entries:
        return None
    entries.sort(key=lambda one: (one.device, one.seq))
    start, outcome = document["start"], document["outcome"]
    by_phone = {one.id for one in entries}
    began = _instant(start["at"]) if start and start["op"] in by_phone else min(one.at for one in entries)
    ended = _instant(outcome["at"]) if outcome and outcome["op"] in by_phone else None
    technician = document["assignee"] or {}
    return Marks(
        visit_id=document["id"],
        customer_id=document["customer"]["id"],
        user_id=technician.get("id"),
        began=began,
        ended=ended,
        outcome=outcome["outcome"] if outcome else "",
        place=_place(document["customer"]),
        spot=_spot(start),
        entries=entries,
        judged=_judged(entries),
        photos={
            sha: _instant(photo["taken_at"]) for sha, photo in document["photos"].items() if not photo.get("removed")
        },
        arrived=frozenset(sha for sha, photo in document["photos"].items() if photo["arrived"]),
        strokes=_strokes(document["signatures"]),
        figures=_figures(document),
    )


def _entry(row: Json) -> Entry:
    op = row["op"]
    return Entry(
        op["id"], row["device"], op["seq"], op["kind"], op["data"], _instant(op["at"]), _instant(row["received_at"])
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _place(customer: Json) -> str:
    """The building as it was on file when the visit was planned; the customer where the file names none."""
    on_file = {**customer, **{name: old or "" for name, old in customer["corrected"].items()}}
    parts = [str(on_file.get(name) or "").strip() for name in ("district", "address", "building")]
    return prints.digest(*parts) if parts[1] and parts[2] else prints.digest(str(customer["id"]))


def _spot(start: Json | None) -> Spot | None:
    where = (start or {}).get("location")
    return Spot(where["lat"], where["lon"], where["accuracy"]) if where else None


def _judged(entries: Sequence[Entry]) -> dict[str, tuple[datetime, datetime]]:
    """Of each item, when its first and its last check point was judged."""
    spans: dict[str, tuple[datetime, datetime]] = {}
    for one in entries:
        if one.kind == "check.set":
            first, last = spans.get(one.data["item"], (one.at, one.at))
            spans[one.data["item"]] = (min(first, one.at), max(last, one.at))
    return spans


def _strokes(signatures: Json) -> dict[str, prints.Print]:
    drawn = {role: prints.of_strokes(signatures[role].get("strokes")) for role in SIGNERS if role in signatures}
    return {role: found for role, found in drawn.items() if found is not None}


def _figures(document: Json) -> dict[str, Json]:
    meters = {meter["id"]: meter for meter in document["meters"]}
    return {
        meter_id: {
            "value": reading["value"],
            "by": reading["by"]["id"],
            "at": _instant(reading["at"]),
            "running": reading.get("running"),
            "last": (meters.get(meter_id, {}).get("last") or {}).get("value"),
            "serial": meters.get(meter_id, {}).get("serial", ""),
        }
        for meter_id, reading in document["readings"].items()
        if reading.get("value")
    }
