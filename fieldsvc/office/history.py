"""A visit's log in words: what each entry says, for a person who asks who wrote what.

Decides words only. An entry of a kind that this version does not know is named by its kind. Invariant: nothing of an entry is
hidden: what the words leave out can be opened beside them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from fieldsvc.office import words
from fieldsvc.office.conflict_view import hazard_part, hazard_value, verified
from fieldsvc.office.visit_view import exchange_facts
from fieldsvc.office.words import _

Json = Mapping[str, Any]


def sentence(row: Json, document: Json | None = None) -> tuple[str, str]:
    """An entry as (what kind of thing, what it says)."""
    op = row["op"]
    data = op.get("data") if isinstance(op.get("data"), Mapping) else {}
    say = _SENTENCES.get(str(op.get("kind")))
    try:
        return say(data, document) if say else (str(op.get("kind")), "")
    except (KeyError, TypeError, ValueError, AttributeError):
        # What waits in quarantine may be anything; its bare form stands beside it.
        return str(op.get("kind")), ""


def bare(row: Json) -> str:
    """The data of an entry as it was sent, readable."""
    return json.dumps(row["op"].get("data"), ensure_ascii=False, indent=1, sort_keys=True)


def _joined(*parts: Any) -> str:
    return " · ".join(str(part) for part in parts if part not in (None, ""))


def _hazard_name(data: Json, document: Json | None) -> str:
    one = (document or {}).get("hazards", {}).get(data["hazard"]) or data
    return words.hazard(one.get("code"), one.get("name"))


def _step(data: Json, _document: Json | None) -> tuple[str, str]:
    said = words.any_term(str(data["step"]), "script", "talk")
    return _("Step done"), said


def _check(data: Json, _document: Json | None) -> tuple[str, str]:
    name = _joined(words.item(data["item"]), words.point(data["item"], data["point"]))
    result = words.term("results", data["result"])
    return name, _joined(result, data.get("value"), data.get("note"))


def _reading(data: Json, document: Json | None) -> tuple[str, str]:
    serials = {meter["id"]: meter["serial"] for meter in (document or {}).get("meters", ())}
    said = data.get("value") or _(
        "not readable: %(reason)s", reason=words.term("unreadable_reasons", data["unreadable"])
    )
    stopped = _("not running") if data.get("running") is False else ""
    return _("Reading"), _joined(serials.get(data["meter"]), said, stopped, *_exchange(data), data.get("note"))


def _exchange(data: Json) -> list[str]:
    exchange = data.get("exchange")
    known = exchange_facts(exchange) if isinstance(exchange, dict) else []
    return [f"{name} {value}" for name, value in known if value]


def _hazard_add(data: Json, _document: Json | None) -> tuple[str, str]:
    name = words.hazard(data.get("code"), data.get("name"))
    level = _("Level %(level)s", level=data["level"])
    return _("Hazard found"), _joined(name, level, _("due %(day)s", day=words.day(data["due"])))


def _hazard_set(data: Json, document: Json | None) -> tuple[str, str]:
    said = hazard_value(str(data["field"]), data.get("value"))
    return _("Hazard changed"), _joined(_hazard_name(data, document), hazard_part(str(data["field"])), said)


def _photo(data: Json, _document: Json | None) -> tuple[str, str]:
    return _("Photo taken"), words.purpose(str(data["purpose"]))


def _sign(data: Json, _document: Json | None) -> tuple[str, str]:
    relation = words.any_term(data.get("relation"), "relations", "witness_relations")
    stars = _("rating %(rating)s of 5", rating=data["rating"]) if data.get("rating") else ""
    return _("Signed"), _joined(words.signer(str(data["role"])), data["name"], relation, stars, data.get("opinion"))


def _refuse(data: Json, _document: Json | None) -> tuple[str, str]:
    witness = _("witness: %(name)s", name=data["witness"]) if data.get("witness") else ""
    return _("Refused to sign"), _joined(words.term("refusal_reasons", str(data["reason"])), witness)


def _close(data: Json, _document: Json | None) -> tuple[str, str]:
    reason = words.any_term(data.get("reason"), "no_access_reasons", "entry_refusal_reasons")
    again = _("again on %(day)s", day=words.day(data["next_at"])) if data.get("next_at") else ""
    return _("Visit closed"), _joined(words.outcome(str(data["outcome"])), reason, again)


def _correct(data: Json, _document: Json | None) -> tuple[str, str]:
    return _("Customer's data corrected"), _joined(words.customer_field(str(data["field"])), data["value"])


_SENTENCES: dict[str, Callable[[Json, Json | None], tuple[str, str]]] = {
    "visit.create": lambda data, _d: (_("Visit opened at the door"), words.visit_type(str(data["type"]))),
    "visit.start": lambda _data, _d: (_("Visit begun"), ""),
    "step.tick": _step,
    "customer.confirm": lambda _data, _d: (_("Customer's data confirmed"), ""),
    "customer.correct": _correct,
    "check.set": _check,
    "reading.set": _reading,
    "hazard.add": _hazard_add,
    "hazard.set": _hazard_set,
    "hazard.withdraw": lambda data, doc: (_("Hazard withdrawn"), _joined(_hazard_name(data, doc), data["reason"])),
    "hazard.verify": lambda data, doc: (
        _("Re-inspection"),
        _joined(_hazard_name(data, doc), verified(str(data["result"])), data.get("note")),
    ),
    "photo.add": _photo,
    "photo.remove": lambda data, _d: (_("Photo removed"), str(data["reason"])),
    "sign": _sign,
    "sign.refuse": _refuse,
    "visit.close": _close,
    "note.add": lambda data, _d: (_("Note"), str(data["text"])),
    "visit.reopen": lambda data, _d: (_("Visit reopened"), str(data.get("reason") or "")),
    "visit.assign": lambda data, _d: (_("Assigned"), str(data["assignee"])),
}
