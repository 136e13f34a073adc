"""Multi-value fields: what one edit does to what was there.

A field holds every value that no later value has superseded. An edit supersedes what its author had seen: every op of the
same device with a lower number, and every op of the visit whose server version is at most the edit's `base`. Two edits that
had not seen each other stay side by side. `past` remembers, per device, the highest number that has been superseded, so that
an op released from quarantine long after its successors does not come back to life.
Invariant: a value leaves a field only through a value that had seen it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict


class Value(TypedDict):
    """One edit in a field. `by` is {id, name}; `version` is 0 until the server has given one."""

    op: str
    device: str
    seq: int
    base: int
    version: int
    at: str
    by: dict[str, str]
    data: Any


class Field(TypedDict):
    """All live values of a field, and the highest superseded number per device."""

    live: list[Value]
    past: dict[str, int]


def had_seen(later: Value, earlier: Value) -> bool:
    """Say whether the author of `later` had seen `earlier`."""
    if later["device"] == earlier["device"]:
        return earlier["seq"] < later["seq"]
    return earlier["version"] <= later["base"]


def concurrent(one: Value, other: Value) -> bool:
    """Say whether neither of two edits had seen the other."""
    return not had_seen(one, other) and not had_seen(other, one)


def put(field: Field | None, value: Value) -> Field:
    """Give the field with `value` in it and without what it supersedes. The field given is not changed."""
    if field is None:
        return {"live": [value], "past": {}}
    device = value["device"]
    overtaken = any(v["device"] == device and v["seq"] > value["seq"] for v in field["live"])
    if overtaken or field["past"].get(device, 0) > value["seq"]:
        return field
    past: Mapping[str, int] = field["past"]
    kept: list[Value] = []
    for old in field["live"]:
        if had_seen(value, old):
            past = {**past, old["device"]: max(past.get(old["device"], 0), old["seq"])}
        else:
            kept.append(old)
    return {"live": [*kept, value], "past": dict(past)}
