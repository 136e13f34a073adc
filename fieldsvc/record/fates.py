"""What became of each entry of a visit, seen from today: does it still stand, was it overtaken, does it contradict another.

Replays the entries that were applied, in the order of their versions, with the same rule that folded them (sync.fields.put).
Decides nothing anew and reads no document. Invariant: an entry that no entry had seen is never said to be overtaken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sync import merge, rules
from sync.fields import Field, Value, put

Json = Mapping[str, Any]


@dataclass
class Fate:
    """Of one entry: how many fields it wrote, by which entries (ids) those were overtaken, and which it stands beside."""

    wrote: int = 0
    overtaken: dict[str, str] = field(default_factory=dict)
    beside: set[str] = field(default_factory=set)

    @property
    def is_past(self) -> bool:
        """Whether nothing of it is shown any more."""
        return self.wrote > 0 and len(self.overtaken) == self.wrote


def fates(rows: Sequence[Json]) -> dict[str, Fate]:
    """The fates of a visit's applied entries, by id; `rows` as `record.history` gives them."""
    state: dict[str, Field] = {}
    told: dict[str, Fate] = {}
    applied = [row for row in rows if row["version"] is not None and row["status"] in ("applied", "conflict")]
    for row in sorted(applied, key=lambda row: row["version"]):
        op = row["op"]
        fate = told[op["id"]] = Fate()
        for name, written in merge.written(op).items():
            fate.wrote += 1
            before = state.get(name)
            after = put(before, _value(row, op, written))
            for value in before["live"] if before else ():
                if value not in after["live"]:
                    told[value["op"]].overtaken[name] = op["id"]
            if all(value["op"] != op["id"] for value in after["live"]):
                fate.overtaken[name] = _overtaker(after, op)
            state[name] = after
    for name, held in state.items():
        live = {value["op"] for value in held["live"]}
        if rules.contradict(name, held["live"]):
            for op_id in live:
                told[op_id].beside |= live - {op_id}
    return told


def _overtaker(held: Field, op: Json) -> str:
    """Who had overtaken an entry before it arrived: a later one of its own phone, or whatever is shown now."""
    live = sorted(held["live"], key=lambda value: (value["seq"] <= op["seq"], value["version"]))
    return live[0]["op"] if live else ""


def _value(row: Json, op: Json, written: Any) -> Value:
    device = row["device"]["id"] if isinstance(row["device"], Mapping) else row["device"]
    return {
        "op": op["id"],
        "device": device,
        "seq": op["seq"],
        "base": op["base"],
        "version": row["version"],
        "at": op["at"],
        "by": row["user"],
        "data": written,
    }
