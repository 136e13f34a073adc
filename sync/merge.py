"""Decides a visit's state from its ops.

Folds one op at a time: which fields it writes, whether it comes after a close its author had seen, which fields are now in
conflict. Knows nothing of HTTP, the database or the clock, and changes none of its inputs. Whether the author may write this
visit at all is for the caller. Invariants: no op vanishes (it is applied, or the answer names why not); the same ops give the
same state in whatever order phones come online. Why: docs/adr/0001-multi-value-merge.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sync import ops, rules
from sync.fields import Field, Value, had_seen, put

State = Mapping[str, Field]
"""Field name → its live values. An empty mapping is the state of a visit that nobody has touched."""

HAZARD_PARTS = ("code", "name", "item", "level", "position", "note", "solutions", "due", "stop_gas")
CHECK_PARTS = ("result", "value", "instrument", "note", "lines", "list")
EXCHANGE_PARTS = ("serial", "final", "initial", "seals", "direction")
SIGN_PARTS = ("name", "relation", "strokes", "image", "rating", "opinion", "covers")
_HAZARD_DEFAULTS: dict[str, Any] = {"name": None, "note": None, "solutions": []}


@dataclass(frozen=True)
class Author:
    """Who wrote an op: the device, the member of staff behind it, and whether they write as the office."""

    device: str
    id: str
    name: str
    office: bool = False


class Applied(NamedTuple):
    """What became of an op: `applied`, `conflict` (applied, `fields` names where) or `quarantined` (with code and detail)."""

    state: State
    status: str
    code: str = ""
    detail: str = ""
    fields: tuple[str, ...] = ()


def apply(
    state: State, op: Mapping[str, Any], *, author: Author, version: int, assignee: Mapping[str, str] | None = None
) -> Applied:
    """Fold one op into a visit's state.

    `version` is the number the server gives this op. `assignee` is the person {id, name, username} that a `visit.assign`
    names. An op that cannot be applied leaves the state as it was.
    """
    wrong = ops.problem(op) or _out_of_place(state, op, author=author, version=version, assignee=assignee)
    if wrong:
        return Applied(state, "quarantined", *wrong)
    changed = dict(state)
    torn: list[str] = []
    for name, written in _writes(op, assignee):
        field = put(changed.get(name), _value(op, author, version, written))
        changed[name] = field
        if rules.contradict(name, field["live"]):
            torn.append(name)
    return Applied(changed, "conflict" if torn else "applied", fields=tuple(torn))


def is_closed(state: State) -> bool:
    """Say whether the outcome that is shown closes the visit."""
    field = state.get("outcome")
    return field is not None and rules.shown("outcome", field["live"])["data"] is not rules.REOPENED


def conflicts(state: State) -> list[str]:
    """Name the fields with several values that contradict each other, in a stable order."""
    return sorted(name for name, field in state.items() if rules.contradict(name, field["live"]))


def fields_written(op: Mapping[str, Any]) -> list[str]:
    """Name the fields that an applied op wrote; none for a kind that only stands in the history."""
    return [name for name, _ in _writes(op, None)]


def written(op: Mapping[str, Any]) -> dict[str, Any]:
    """What an applied op wrote, by field; of a `visit.assign` whom it named."""
    return dict(_writes(op, {"username": str(op["data"].get("assignee"))}))


def _value(op: Mapping[str, Any], author: Author, version: int, written: Any) -> Value:
    return {
        "op": op["id"],
        "device": author.device,
        "seq": op["seq"],
        "base": op["base"],
        "version": version,
        "at": op["at"],
        "by": {"id": author.id, "name": author.name},
        "data": written,
    }


def _out_of_place(
    state: State, op: Mapping[str, Any], *, author: Author, version: int, assignee: Mapping[str, str] | None
) -> tuple[str, str] | None:
    if op["kind"] in ops.OFFICE_KINDS and not author.office:
        return "invalid_data", "only the office may write this"
    if op["kind"] == "visit.assign" and assignee is None:
        return "invalid_data", "there is no such technician"
    if author.office or "outcome" not in state or not is_closed(state):
        return None
    this = _value(op, author, version, None)
    if any(close["data"] is not rules.REOPENED and had_seen(this, close) for close in state["outcome"]["live"]):
        return "visit_closed", "this was written after the visit had been closed"
    return None


def _writes(op: Mapping[str, Any], assignee: Mapping[str, str] | None) -> Iterator[tuple[str, Any]]:
    """Name each field an op writes, with what it writes there."""
    kind, data = op["kind"], op["data"]
    match kind:
        case "visit.create":
            yield "created", _only(data, "type", "customer", "planned_at")
        case "visit.start":
            yield "start", _only(data, "location", "catalog")
        case "step.tick":
            yield f"steps/{data['step']}", {}
        case "customer.confirm":
            yield "customer/confirmed", {}
        case "customer.correct":
            yield f"customer/{data['field']}", data["value"]
        case "check.set":
            yield f"checks/{data['item']}/{data['point']}", _only(data, *CHECK_PARTS)
        case "reading.set":
            reading = _only(data, "value", "running", "photo", "unreadable", "note", "serial", "odd", "again")
            if data.get("exchange") is not None:
                reading["exchange"] = _only(data["exchange"], *EXCHANGE_PARTS)
            yield f"readings/{data['meter']}", reading
        case "hazard.add":
            for part in HAZARD_PARTS:
                value = data.get(part)
                yield f"hazards/{data['hazard']}/{part}", _HAZARD_DEFAULTS.get(part) if value is None else value
            yield f"hazards/{data['hazard']}/withdrawn", None
        case "hazard.set":
            yield f"hazards/{data['hazard']}/{data['field']}", data["value"]
        case "hazard.withdraw":
            yield f"hazards/{data['hazard']}/withdrawn", _only(data, "reason")
        case "hazard.verify":
            yield f"hazards/{data['hazard']}/verified", _only(data, "result", "note")
        case "photo.add":
            yield f"photos/{data['sha256']}", _only(data, "sha256", "purpose", "ref", "taken_at", "location")
        case "photo.remove":
            yield f"photos/{data['sha256']}/removed", _only(data, "reason")
        case "sign":
            yield f"signatures/{data['role']}", _only(data, *SIGN_PARTS)
        case "sign.refuse":
            yield f"signatures/{data['role']}", {"refused": True, **_only(data, "reason", "witness")}
        case "visit.close":
            yield "outcome", _only(data, "outcome", "reason", "next_at")
        case "note.add":
            yield f"notes/{op['id']}", data["text"]
        case "visit.reopen":
            yield "outcome", rules.REOPENED
        case "visit.assign":
            yield "assignee", dict(assignee or {})
        case "visit.plan":
            yield "plan", _only(data, "date", "from", "to", "order")
            yield "cancelled", None
        case "visit.cancel":
            yield "cancelled", _only(data, "reason")
        case "slip.order":
            yield "slip", {}


def _only(data: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: data[name] for name in names if data.get(name) is not None}
