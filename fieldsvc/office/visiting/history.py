"""A visit's log in words: what each entry says, for a person who asks who wrote what.

Decides words only. An entry of a kind that this version does not know is named by its kind. Invariant: nothing of an entry is
hidden: what the words leave out can be opened beside them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from fieldsvc.charges import service as charges
from fieldsvc.office import telephone, words
from fieldsvc.office.attention import doubt_words
from fieldsvc.office.attention.conflict_view import hazard_part, hazard_value, verified
from fieldsvc.office.ledger import hazard_words
from fieldsvc.office.metering import reading_words
from fieldsvc.office.visiting.visit_view import exchange_facts, signer
from fieldsvc.office.words import _

Json = Mapping[str, Any]


def sentence(row: Json, document: Json | None = None) -> tuple[str, str]:
    """An entry as (what kind of thing, what it says)."""
    op = row["op"]
    data = op.get("data") if isinstance(op.get("data"), Mapping) else {}
    say = _SENTENCES.get(str(op.get("kind")))
    try:
        return say(data, document) if say else (str(op.get("kind")), "")
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError):
        # What waits in quarantine may be anything; its bare form stands beside it.
        return str(op.get("kind")), ""


def bare(row: Json) -> str:
    """The data of an entry as it was sent, readable; a telephone number masked."""
    data = row["op"].get("data")
    if isinstance(data, Mapping) and data.get("field") == "phone" and isinstance(data.get("value"), str):
        data = {**data, "value": telephone.masked(data["value"])}
    return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True)


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
    lines = data.get("lines") or []
    charged = _("charged: ¥ %(total)s", total=charges.total(lines)) if lines else ""
    return name, _joined(result, _answer(data), charged, data.get("note"))


def _answer(data: Json) -> str:
    """What was measured or chosen at a check point: a choice by its name."""
    said = str(data.get("value") or "")
    try:
        point = words.catalogue().point(data["item"], data["point"])
    except KeyError:
        return said
    return next((words.told(one.name) for one in point.choices if one.value == said), said)


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
    part = hazard_part(str(data["field"]))
    return _("Hazard changed"), _joined(_hazard_name(data, document), part, said, data.get("reason"))


def _hazard_follow(data: Json, document: Json | None) -> tuple[str, str]:
    one = (document or {}).get("hazards", {}).get(data["hazard"])
    name = words.hazard(one.get("code"), one.get("name")) if one else ""
    due = _("due %(day)s", day=words.day(data["due"])) if data.get("due") else ""
    on = words.day(data["on"]) if data.get("on") else ""
    way = words.serving_way(data["way"]) if data.get("way") else ""
    return hazard_words.event(str(data["event"])), _joined(name, on, due, way, data.get("note"))


def _photo(data: Json, _document: Json | None) -> tuple[str, str]:
    return _("Photo taken"), words.purpose(str(data["purpose"]))


def _sign(data: Json, document: Json | None) -> tuple[str, str]:
    relation = words.any_term(data.get("relation"), "relations", "witness_relations")
    stars = _("rating %(rating)s of 5", rating=data["rating"]) if data.get("rating") else ""
    return _("Signed"), _joined(signer(str(data["role"]), document), data["name"], relation, stars, data.get("opinion"))


def _refuse(data: Json, _document: Json | None) -> tuple[str, str]:
    witness = _("witness: %(name)s", name=data["witness"]) if data.get("witness") else ""
    return _("Refused to sign"), _joined(words.term("refusal_reasons", str(data["reason"])), witness)


def _close(data: Json, _document: Json | None) -> tuple[str, str]:
    reason = words.any_term(data.get("reason"), "no_access_reasons", "entry_refusal_reasons")
    again = _("again on %(day)s", day=words.day(data["next_at"])) if data.get("next_at") else ""
    return _("Visit closed"), _joined(words.outcome(str(data["outcome"])), reason, again)


def _plan(data: Json, _document: Json | None) -> tuple[str, str]:
    window = "–".join(str(data[name]) for name in ("from", "to") if data.get(name))
    return _("Planned"), _joined(words.day(data["date"]), window)


def _correct(data: Json, _document: Json | None) -> tuple[str, str]:
    value = telephone.masked(data["value"]) if data["field"] == "phone" else data["value"]
    return _("Customer's data corrected"), _joined(words.customer_field(str(data["field"])), value)


def _call(data: Json, _document: Json | None) -> tuple[str, str]:
    if not data["reached"]:
        return _("Return call"), _joined(_("nobody answered"), data.get("note"))
    score = _("%(num)s of 5", num=data["score"]) if data.get("score") else ""
    task = data.get("task") or {}
    return _("Return call"), _joined(score, data.get("note"), task.get("what"), task.get("owner_name"))


def _call_settled(data: Json, _document: Json | None) -> tuple[str, str]:
    return _("Follow-up of a return call done"), str(data["result"])


def _correction_settled(data: Json, _document: Json | None) -> tuple[str, str]:
    return (_("Correction approved") if data["approve"] else _("Correction rejected")), str(data.get("reason") or "")


def _signature_accepted(data: Json, document: Json | None) -> tuple[str, str]:
    return _("Signature accepted as it is"), _joined(signer(str(data["role"]), document), data["reason"])


def _doubt_settled(data: Json, _document: Json | None) -> tuple[str, str]:
    return _("Doubt settled"), _joined(doubt_words.verdict(str(data["verdict"])), data.get("note"))


def _reading_reviewed(data: Json, document: Json | None) -> tuple[str, str]:
    serials = {meter["id"]: meter["serial"] for meter in (document or {}).get("meters", ())}
    said = reading_words.state(str(data["verdict"]))
    return _("Reading looked at"), _joined(serials.get(data["meter"]), data.get("figure"), said, data.get("note"))


_SENTENCES: dict[str, Callable[[Json, Json | None], tuple[str, str]]] = {
    "call.add": _call,
    "call.settle": _call_settled,
    "correction.settle": _correction_settled,
    "signature.accept": _signature_accepted,
    "doubt.settle": _doubt_settled,
    "visit.create": lambda data, _d: (_("Visit opened at the door"), words.visit_type(str(data["type"]))),
    "visit.start": lambda _data, _d: (_("Visit begun"), ""),
    "step.tick": _step,
    "customer.confirm": lambda _data, _d: (_("Customer's data confirmed"), ""),
    "customer.correct": _correct,
    "check.set": _check,
    "reading.set": _reading,
    "reading.review": _reading_reviewed,
    "hazard.add": _hazard_add,
    "hazard.set": _hazard_set,
    "hazard.withdraw": lambda data, doc: (_("Hazard withdrawn"), _joined(_hazard_name(data, doc), data["reason"])),
    "hazard.verify": lambda data, doc: (
        _("Re-inspection"),
        _joined(_hazard_name(data, doc), verified(str(data["result"])), data.get("note")),
    ),
    "hazard.follow": _hazard_follow,
    "photo.add": _photo,
    "photo.remove": lambda data, _d: (_("Photo removed"), str(data["reason"])),
    "sign": _sign,
    "sign.refuse": _refuse,
    "visit.close": _close,
    "note.add": lambda data, _d: (_("Note"), str(data["text"])),
    "visit.reopen": lambda data, _d: (_("Visit reopened"), str(data.get("reason") or "")),
    "visit.assign": lambda data, _d: (_("Assigned"), str(data["assignee"])),
    "visit.plan": _plan,
    "slip.order": lambda _data, _d: (_("Payment slip ordered"), ""),
    "visit.cancel": lambda data, _d: (_("Cancelled"), words.cancel_reason(str(data["reason"]))),
}
