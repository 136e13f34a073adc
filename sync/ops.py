"""What an op is: the kinds there are and the data each must carry.

Decides whether an op's data can be applied at all; not whether its author may apply it, nor what comes of it. A kind or a
value that this version does not know is never an exception: `problem` names it, and the caller keeps the op in quarantine.
Unknown extra members of `data` are allowed, because a newer phone may know more than this server.
Source: docs/sync-protocol.md, "Kinds".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sync.values import (
    Check,
    is_bool,
    is_day,
    is_instant,
    is_int,
    is_location,
    is_strokes,
    is_uuid,
    matches,
    one_of,
    text,
    whole,
)

CHECK_RESULTS = ("fail", "not_accessible", "pass_note", "pass", "na")
STOP_GAS = ("now_all", "now_appliance", "on_overdue", "none")
OUTCOMES = ("stopped", "completed", "refused", "no_access")
POSITIONS = ("before_meter", "meter", "after_meter_fixed", "appliance_valve", "after_appliance_valve")
PURPOSES = ("check", "hazard", "meter", "door", "refusal", "other")
SIGNERS = ("customer", "technician", "witness", "agreement")
"""Who signs for what: `agreement` is the customer's to the prices, before the work begins; it says what it `covers`."""
HAZARD_EVENTS = (
    "taken_up", "told", "notified", "in_work", "reported_done", "reminded", "extended", "suspended", "restored", "reviewed",
    "noted",
)  # fmt: skip
WAYS = ("hand", "posted", "mail")
CUSTOMER_FIELDS = ("name", "phone", "district", "address", "building", "unit", "room")

LONG, SHORT = 4000, 200
MOST_METERS = 10
MOST_LINES = 60
MOST_COVERED = 20
MOST_ANSWERS = 40
MOST_EVIDENCE = 50
MOST_ORDER = 1_000_000

_SHA256 = re.compile(r"[0-9a-f]{64}")
_DIGITS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}")
_ANSWER = re.compile(_KEY.pattern + "/" + _KEY.pattern)
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def _is_solutions(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 10 and all(is_int(v, 0, 99) or text(LONG)(v) for v in value)


def _is_meters(value: Any) -> bool:
    """Meters as a phone found them where the file has none: each under an id that the phone made."""
    return (
        isinstance(value, list)
        and len(value) <= MOST_METERS
        and all(isinstance(one, Mapping) and is_uuid(one.get("id")) and text(60)(one.get("serial")) for one in value)
    )


def _is_exchange(value: Any) -> bool:
    """Another meter than the one on file: what is known of it; an empty object says only that it is another one."""
    if not isinstance(value, Mapping):
        return False
    return all(_EXCHANGE[name](said) for name, said in value.items() if name in _EXCHANGE)


_EXCHANGE: dict[str, Check] = {
    "serial": text(SHORT),
    "final": matches(_DIGITS),
    "initial": matches(_DIGITS),
    "seals": text(SHORT),
    "direction": is_bool,
}


def _is_lines(value: Any) -> bool:
    """What is charged, line by line: a code of the price list, how much of it, and the price of one."""
    return (
        isinstance(value, list)
        and len(value) <= MOST_LINES
        and all(
            isinstance(one, Mapping)
            and matches(_KEY)(one.get("code"))
            and matches(_DIGITS)(one.get("quantity"))
            and matches(_DIGITS)(one.get("price"))
            for one in value
        )
    )


def _is_covered(value: Any) -> bool:
    """Which answers a signature stands for alone, each as item/point."""
    return isinstance(value, list) and len(value) <= MOST_COVERED and all(matches(_ANSWER)(one) for one in value)


def _is_evidence(value: Any) -> bool:
    """What somebody had before them when they judged a doubt, each piece as a short text."""
    return isinstance(value, list) and len(value) <= MOST_EVIDENCE and all(text(SHORT)(one) for one in value)


def _is_code(value: Any) -> bool:
    return value is None or matches(_KEY)(value)


_HAZARD_FIELDS: dict[str, Check] = {
    "code": _is_code,
    "name": text(SHORT),
    "item": matches(_KEY),
    "level": one_of(1, 2, 3),
    "position": one_of(*POSITIONS),
    "note": text(LONG, 0),
    "solutions": _is_solutions,
    "due": is_day,
    "stop_gas": one_of(*STOP_GAS),
}


def _is_answers(value: Any) -> bool:
    """What was answered in a return call: the id of a question → yes, no or words."""
    return (
        isinstance(value, Mapping)
        and len(value) <= MOST_ANSWERS
        and all(matches(_KEY)(asked) and text(LONG)(said) for asked, said in value.items())
    )


def _is_task(value: Any) -> bool:
    """What a return call brought up: what is to be done, by whom, and by when."""
    return (
        isinstance(value, Mapping)
        and is_uuid(value.get("id"))
        and text(LONG)(value.get("what"))
        and text(SHORT)(value.get("owner"))
        and text(SHORT)(value.get("owner_name"))
        and is_day(value.get("due"))
    )


_PLACE: dict[str, Check] = {"location?": is_location}
_WORDS: dict[str, Check] = {"note?": text(LONG, 0)}

KINDS: dict[str, dict[str, Check]] = {
    "visit.create": {
        "type": matches(_KEY),
        "customer": is_uuid,
        "planned_at?": is_instant,
        "lookup?": matches(_KEY),
        "account?": text(40, 0),
        "meters?": _is_meters,
    },
    "visit.start": {**_PLACE, "catalog?": whole(1, 1_000_000)},
    "step.tick": {"step": matches(_KEY)},
    "customer.confirm": {},
    "customer.correct": {"field": one_of(*CUSTOMER_FIELDS), "value": text(SHORT)},
    "check.set": {
        "item": matches(_KEY),
        "point": matches(_KEY),
        "result": one_of(*CHECK_RESULTS),
        "value?": text(SHORT),
        "instrument?": text(SHORT),
        "lines?": _is_lines,
        "list?": whole(0, 2**31 - 1),
        **_WORDS,
    },
    "reading.set": {
        "meter": is_uuid,
        "value?": matches(_DIGITS),
        "running?": is_bool,
        "photo?": matches(_SHA256),
        "unreadable?": text(SHORT),
        "exchange?": _is_exchange,
        "serial?": text(SHORT),
        "odd?": is_bool,
        "again?": matches(_DIGITS),
        **_WORDS,
    },
    "hazard.add": {
        "hazard": is_uuid,
        **{
            (name if name in ("code", "item", "level", "position", "due", "stop_gas") else f"{name}?"): check
            for name, check in _HAZARD_FIELDS.items()
        },
    },
    "hazard.set": {"hazard": is_uuid, "field": one_of(*_HAZARD_FIELDS), "reason?": text(LONG)},
    "hazard.withdraw": {"hazard": is_uuid, "reason": text(LONG), "seen?": is_uuid},
    "hazard.verify": {"hazard": is_uuid, "result": one_of("fixed", "not_fixed"), **_WORDS},
    "photo.add": {
        "sha256": matches(_SHA256),
        "purpose": one_of(*PURPOSES),
        "ref?": text(SHORT),
        "taken_at": is_instant,
        **_PLACE,
    },
    "photo.remove": {"sha256": matches(_SHA256), "reason": text(LONG)},
    "sign": {
        "role": one_of(*SIGNERS),
        "name": text(SHORT),
        "relation?": text(SHORT),
        "strokes": is_strokes,
        "image": matches(_SHA256),
        "rating?": whole(1, 5),
        "opinion?": text(LONG, 0),
        "covers?": _is_covered,
    },
    "sign.refuse": {"role": one_of("customer"), "reason": text(LONG), "witness?": text(SHORT, 0)},
    "visit.close": {
        "outcome": one_of(*OUTCOMES),
        "reason?": text(LONG, 0),
        "next_at?": lambda v: is_instant(v) or is_day(v),
    },
    "note.add": {"text": text(LONG)},
    "visit.reopen": {"reason?": text(LONG, 0)},
    "visit.assign": {"assignee": text(SHORT)},
    "visit.plan": {"date": is_day, "from?": matches(_TIME), "to?": matches(_TIME), "order?": whole(0, MOST_ORDER)},
    "visit.cancel": {"reason": text(LONG)},
    "slip.order": {},
    "call.add": {"answers": _is_answers, "reached": is_bool, "score?": whole(1, 5), "task?": _is_task, **_WORDS},
    "call.settle": {"task": is_uuid, "result": text(LONG)},
    "hazard.follow": {
        "hazard": is_uuid,
        "event": one_of(*HAZARD_EVENTS),
        "on?": is_day,
        "due?": is_day,
        "way?": one_of(*WAYS),
        "seen?": is_uuid,
        "level?": one_of(1, 2, 3),
        **_WORDS,
    },
    "reading.review": {"meter": is_uuid, "verdict": one_of("accepted", "again"), "figure?": text(SHORT), **_WORDS},
    "correction.settle": {"correction": is_uuid, "approve": is_bool, "reason?": text(LONG, 0)},
    "signature.accept": {"signature": is_uuid, "role": one_of(*SIGNERS), "reason": text(LONG)},
    "doubt.settle": {
        "doubt": is_uuid,
        "verdict": one_of("fine", "redo", "talk"),
        "evidence?": _is_evidence,
        "recheck?": is_uuid,
        **_WORDS,
    },
}

OFFICE_KINDS = frozenset(
    {
        "visit.reopen",
        "visit.assign",
        "reading.review",
        "visit.plan",
        "visit.cancel",
        "slip.order",
        "call.add",
        "call.settle",
        "hazard.follow",
        "correction.settle",
        "signature.accept",
        "doubt.settle",
    }
)

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
    if not is_int(op.get("base"), 0, 2**62):
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
    if kind == "hazard.follow" and data["event"] == "extended" and not (data.get("due") and data.get("note")):
        return "invalid_data", "a date is put off to another one, and for a reason"
    if kind == "visit.plan" and data.get("from") and data.get("to") and data["to"] < data["from"]:
        return "invalid_data", "a window ends after it begins"
    if kind == "correction.settle" and not data["approve"] and not (data.get("reason") or "").strip():
        return "invalid_data", "a correction that is not approved needs a reason"
    if kind == "hazard.set" and ("value" not in data or not _HAZARD_FIELDS[data["field"]](data["value"])):
        return "invalid_data", "value is missing or not allowed"
    return None
