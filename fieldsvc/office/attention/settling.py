"""How a contradiction is settled: the chosen value is written once more by somebody who has seen them all.

Decides which op says a field's value anew; the merge does the rest (docs/sync-protocol.md: there is no op for settling). A
hazard that should stay although somebody withdrew it is entered again as it stands. Invariant: nothing is written but what
stood on the page, under the version that the page showed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sync.merge import HAZARD_PARTS

Json = dict[str, Any]
SIGNED = ("by", "at", "op")

Written = tuple[str, Json]
"""An op to write: its kind and its data."""


def settled(document: Mapping[str, Any], *, field: str, op: str) -> Written | None:
    """The op that makes the value which `op` wrote the only one of a field; None where there is no such choice any more."""
    conflict = next((one for one in document["conflicts"] if one["field"] == field), None)
    value = next((one for one in conflict["values"] if one["op"] == op), None) if conflict else None
    if value is None:
        return None
    said = {name: given for name, given in value.items() if name not in SIGNED}
    kind, _slash, rest = field.partition("/")
    first, _slash, part = rest.partition("/")
    match kind:
        case "checks":
            return "check.set", {"item": first, "point": part, **said}
        case "readings":
            return "reading.set", {"meter": first, **said}
        case "hazards":
            return _hazard(document, first, part, said)
        case "customer":
            return "customer.correct", {"field": first, "value": said["value"]}
        case "photos":
            return "photo.remove", {"sha256": first, "reason": said.get("reason") or "–"}
        case "outcome":
            return ("visit.close", said) if "outcome" in said else ("visit.reopen", {})
        case "assignee":
            return "visit.assign", {"assignee": said.get("username") or "–"}
        case "start":
            return "visit.start", said
        case "plan":
            return "visit.plan", said
        case "cancelled":
            stands = {name: given for name, given in (document["planned"] or {}).items() if given is not None}
            return ("visit.cancel", said) if "reason" in said else ("visit.plan", stands)
    return None


def _hazard(document: Mapping[str, Any], hazard: str, part: str, said: Json) -> Written | None:
    if part == "verified":
        return "hazard.verify", {"hazard": hazard, **said}
    if part in HAZARD_PARTS:
        return "hazard.set", {"hazard": hazard, "field": part, "value": said.get("value", said)}
    if part == "withdrawn" and "reason" in said:
        return "hazard.withdraw", {"hazard": hazard, "reason": said["reason"]}
    one = document["hazards"].get(hazard)
    if part != "withdrawn" or one is None:
        return None
    stands = {name: one[name] for name in HAZARD_PARTS if one[name] not in (None, [])}
    return "hazard.add", {"code": None, **stands, "hazard": hazard}
