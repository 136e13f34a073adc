"""What is left of an op, a field or the facts of a visit when what tells of a person is taken out of them.

Two parts can go: the place where a phone was (`PLACE`), and the person (`PERSON`): names, telephone numbers, what they wrote
or said, how they signed. What was found at the gas installation stays: results, readings, hazards, who of the staff did it and
when. Invariant: what is given is never changed; what is left has the same shape, so everything that reads it still can; an op
keeps its id, number and kind. The digest of the whole op stays where it is kept. Why: docs/adr/0017-erasing-what-is-over.md.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sync.merge import State

PLACE, PERSON = "place", "person"
NOTHING = ""

_BLANK: Mapping[str, Collection[str]] = {
    "visit.create": ("account",),
    "customer.correct": ("value",),
    "check.set": ("note",),
    "reading.set": ("note",),
    "photo.remove": ("reason",),
    "sign": ("name", "opinion", "strokes"),
    "sign.refuse": ("reason", "witness"),
    "visit.close": ("reason",),
    "visit.cancel": ("reason",),
    "visit.reopen": ("reason",),
    "note.add": ("text",),
    "call.add": ("note", "answers", "task"),
    "call.settle": ("result",),
    "correction.settle": ("reason",),
    "signature.accept": ("reason",),
    "reading.review": ("note",),
    "doubt.settle": ("note", "evidence"),
}
"""By kind, the members of `data` that may tell of a customer. Hazards are not among them: their ledger has a time of its own."""

_FIELDS: Mapping[str, Collection[str]] = {
    "checks/": ("note",),
    "readings/": ("note",),
    "photos/": ("reason",),
    "signatures/": ("name", "opinion", "strokes", "reason", "witness"),
    "outcome": ("reason",),
    "cancelled": ("reason",),
}
_CUSTOMER = ("name", "phone")


def op(entry: Mapping[str, Any], parts: Collection[str]) -> Mapping[str, Any]:
    """What is left of an op; the op itself where nothing of it goes. Ops of unknown kinds lose all their data with PERSON."""
    data = entry.get("data")
    if not isinstance(data, Mapping):
        return entry
    left = dict(data)
    if PLACE in parts:
        left.pop("location", None)
    if PERSON in parts:
        left = _without(left, _BLANK.get(str(entry.get("kind")), ()))
    return entry if left == data else {**entry, "data": left}


def _without(data: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: _empty(value) if name in names else value for name, value in data.items()}


def _empty(value: Any) -> Any:
    """The empty value of the same shape."""
    if isinstance(value, str):
        return NOTHING
    if isinstance(value, Mapping):
        return {name: _empty(one) for name, one in value.items() if isinstance(one, str)}
    return [] if isinstance(value, list) else value


def state(fields: State, parts: Collection[str]) -> State:
    """What is left of a visit's fields."""
    return {
        name: {**field, "live": [{**value, "data": _data(name, value["data"], parts)} for value in field["live"]]}
        for name, field in fields.items()
    }


def _data(name: str, data: Any, parts: Collection[str]) -> Any:
    if PLACE in parts and isinstance(data, Mapping) and name.startswith(("start", "photos/")):
        data = {one: value for one, value in data.items() if one != "location"}
    if PERSON not in parts:
        return data
    if name.startswith("notes/") or (name.startswith("customer/") and isinstance(data, str)):
        return NOTHING
    names = next((names for prefix, names in _FIELDS.items() if name.startswith(prefix)), ())
    return _without(data, names) if isinstance(data, Mapping) and names else data


def facts(given: Mapping[str, Any], parts: Collection[str]) -> Mapping[str, Any]:
    """What is left of what a visit was planned with: the home stays, who lived there goes."""
    if PERSON not in parts:
        return given
    customer = {**given["customer"], **{name: NOTHING for name in _CUSTOMER if name in given["customer"]}}
    return {**given, "customer": customer}
