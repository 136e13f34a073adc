"""What an op is: the kinds there are and the data each must carry.

Decides whether an op's data can be applied at all; not whether its author may apply it, nor what comes of it. A kind or a
value that this version does not know is never an exception: `problem` names it, and the caller keeps the op in quarantine.
Unknown extra members of `data` are allowed, because a newer phone may know more than this server.
Source: docs/sync-protocol.md, "Kinds".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from itertools import chain
from typing import Any

Check = Callable[[Any], bool]

CHECK_RESULTS = ("fail", "not_accessible", "pass_note", "pass", "na")
STOP_GAS = ("now_all", "now_appliance", "on_overdue", "none")
OUTCOMES = ("stopped", "completed", "refused", "no_access")
POSITIONS = ("before_meter", "meter", "after_meter_fixed", "appliance_valve", "after_appliance_valve")
PURPOSES = ("check", "hazard", "meter", "door", "refusal", "other")
SIGNERS = ("customer", "technician", "witness")
CUSTOMER_FIELDS = ("name", "phone", "district", "address", "building", "unit", "room")

LONG, SHORT = 4000, 200
FIRST_YEAR, LAST_YEAR = 1900, 2999
DEEPEST_STROKES, MOST_STROKES = 4, 60_000
MOST_METERS = 10
LEAST, GREATEST = -1_000_000, 10_000_000_000_000

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DIGITS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}")


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


def _is_day(value: Any) -> bool:
    if not isinstance(value, str) or _DAY.fullmatch(value) is None:
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _text(limit: int, least: int = 1) -> Check:
    # A NUL is no text to databases.
    return lambda value: (
        isinstance(value, str) and least <= len(value.strip()) <= len(value) <= limit and "\0" not in value
    )


def _one_of(*choices: Any) -> Check:
    return lambda value: type(value) in (str, int) and value in choices


def _matches(pattern: re.Pattern[str]) -> Check:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_int(value: Any, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


def _whole(least: int, most: int) -> Check:
    return lambda value: _is_int(value, least, most)


def _is_location(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and _is_int(value.get("lat"), -90_000_000, 90_000_000)
        and _is_int(value.get("lon"), -180_000_000, 180_000_000)
        and _is_int(value.get("accuracy"), 0, 10_000_000)
    )


def _is_solutions(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 10 and all(_is_int(v, 0, 99) or _text(LONG)(v) for v in value)


def _is_strokes(value: Any) -> bool:
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


def _is_meters(value: Any) -> bool:
    """Meters as a phone found them where the file has none: each under an id that the phone made."""
    return (
        isinstance(value, list)
        and len(value) <= MOST_METERS
        and all(isinstance(one, Mapping) and is_uuid(one.get("id")) and _text(60)(one.get("serial")) for one in value)
    )


def _is_exchange(value: Any) -> bool:
    """Another meter than the one on file: what is known of it; an empty object says only that it is another one."""
    if not isinstance(value, Mapping):
        return False
    checks = {"serial": _text(SHORT), "final": _matches(_DIGITS), "initial": _matches(_DIGITS)}
    return all(checks[name](said) for name, said in value.items() if name in checks)


def _is_code(value: Any) -> bool:
    return value is None or _matches(_KEY)(value)


_HAZARD_FIELDS: dict[str, Check] = {
    "code": _is_code,
    "name": _text(SHORT),
    "item": _matches(_KEY),
    "level": _one_of(1, 2, 3),
    "position": _one_of(*POSITIONS),
    "note": _text(LONG, 0),
    "solutions": _is_solutions,
    "due": _is_day,
    "stop_gas": _one_of(*STOP_GAS),
}

_PLACE: dict[str, Check] = {"location?": _is_location}
_WORDS: dict[str, Check] = {"note?": _text(LONG, 0)}

KINDS: dict[str, dict[str, Check]] = {
    "visit.create": {
        "type": _matches(_KEY),
        "customer": is_uuid,
        "planned_at?": is_instant,
        "lookup?": _matches(_KEY),
        "account?": _text(40, 0),
        "meters?": _is_meters,
    },
    "visit.start": _PLACE,
    "step.tick": {"step": _matches(_KEY)},
    "customer.confirm": {},
    "customer.correct": {"field": _one_of(*CUSTOMER_FIELDS), "value": _text(SHORT)},
    "check.set": {
        "item": _matches(_KEY),
        "point": _matches(_KEY),
        "result": _one_of(*CHECK_RESULTS),
        "value?": _text(SHORT),
        "instrument?": _text(SHORT),
        **_WORDS,
    },
    "reading.set": {
        "meter": is_uuid,
        "value?": _matches(_DIGITS),
        "running?": _is_bool,
        "photo?": _matches(_SHA256),
        "unreadable?": _text(SHORT),
        "exchange?": _is_exchange,
        **_WORDS,
    },
    "hazard.add": {
        "hazard": is_uuid,
        **{
            (name if name in ("code", "item", "level", "position", "due", "stop_gas") else f"{name}?"): check
            for name, check in _HAZARD_FIELDS.items()
        },
    },
    "hazard.set": {"hazard": is_uuid, "field": _one_of(*_HAZARD_FIELDS)},
    "hazard.withdraw": {"hazard": is_uuid, "reason": _text(LONG)},
    "hazard.verify": {"hazard": is_uuid, "result": _one_of("fixed", "not_fixed"), **_WORDS},
    "photo.add": {
        "sha256": _matches(_SHA256),
        "purpose": _one_of(*PURPOSES),
        "ref?": _text(SHORT),
        "taken_at": is_instant,
        **_PLACE,
    },
    "photo.remove": {"sha256": _matches(_SHA256), "reason": _text(LONG)},
    "sign": {
        "role": _one_of(*SIGNERS),
        "name": _text(SHORT),
        "relation?": _text(SHORT),
        "strokes": _is_strokes,
        "image": _matches(_SHA256),
        "rating?": _whole(1, 5),
        "opinion?": _text(LONG, 0),
    },
    "sign.refuse": {"role": _one_of("customer"), "reason": _text(LONG), "witness?": _text(SHORT, 0)},
    "visit.close": {
        "outcome": _one_of(*OUTCOMES),
        "reason?": _text(LONG, 0),
        "next_at?": lambda v: is_instant(v) or _is_day(v),
    },
    "note.add": {"text": _text(LONG)},
    "visit.reopen": {"reason?": _text(LONG, 0)},
    "visit.assign": {"assignee": _text(SHORT)},
}

OFFICE_KINDS = frozenset({"visit.reopen", "visit.assign"})

_REQUIRED = {kind: tuple((n, c) for n, c in spec.items() if not n.endswith("?")) for kind, spec in KINDS.items()}
_OPTIONAL = {kind: tuple((n[:-1], c) for n, c in spec.items() if n.endswith("?")) for kind, spec in KINDS.items()}


def problem(op: Mapping[str, Any]) -> tuple[str, str] | None:
    """Say why an op cannot be applied: (code, detail) with code `unknown_kind` or `invalid_data`; None when it can."""
    kind, data = op.get("kind"), op.get("data")
    if not isinstance(kind, str) or kind not in KINDS:
        return "unknown_kind", f"this server does not know the kind {str(kind)[:80]!r}"
    if not isinstance(data, Mapping):
        return "invalid_data", "data must be an object"
    if not is_instant(op.get("at")):
        return "invalid_data", "at must be an RFC 3339 instant with an offset"
    if not _is_int(op.get("base"), 0, 2**62):
        return "invalid_data", "base must be the version of the visit that was seen, or 0"
    for name, check in _REQUIRED[kind]:
        if name not in data or not check(data[name]):
            return "invalid_data", f"{name} is missing or not allowed"
    for name, check in _OPTIONAL[kind]:
        if name in data and data[name] is not None and not check(data[name]):
            return "invalid_data", f"{name} is not allowed"
    return _across_fields(kind, data)


def _across_fields(kind: str, data: Mapping[str, Any]) -> tuple[str, str] | None:
    if kind == "reading.set" and (data.get("value") is None) == (data.get("unreadable") is None):
        return "invalid_data", "a reading has either a value or the reason why it could not be read"
    if kind == "hazard.add" and data["code"] is None and not data.get("name"):
        return "invalid_data", "a hazard that is not in the catalogue needs a name"
    if kind == "hazard.set" and ("value" not in data or not _HAZARD_FIELDS[data["field"]](data["value"])):
        return "invalid_data", "value is missing or not allowed"
    return None
