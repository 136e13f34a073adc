"""Which declared rules of its kind a completed visit breaks; static/app/rules.js is the phone's half.

Decides from the visit's document and the rules that its kind keeps, in the edition it was made with. Nothing that was captured is
ever refused for it: what is broken is something that needs a person. Pure but for the price list, which the caller gives.
Invariant: tests/js/rule-vectors.json says the same to this half and to the phone's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise

from fieldsvc.doubts.gone_through import NEW, OLD, Json, Seen, asks_for, bare, is_wanted_now
from fieldsvc.doubts.rules import Finding

WELL_RATED = 4
"""What a customer writes beside such a rating is praise, not a question."""
_SOME_STROKES = 20


Breach = tuple[str, str]
"""A rule, and where it was broken: a point, a meter, a hazard, a role, or a word for what is missing as a whole."""
_Rule = Callable[[Seen, Json], Iterator[str]]


def broken(seen: Seen) -> list[Breach]:
    """Every breach once, in the order of the rules."""
    found: dict[Breach, None] = {}
    for rule in seen.rules:
        keep = RULES.get(rule["id"])
        for where in keep(seen, rule) if keep else ():
            found[rule["id"], where] = None
    return list(found)


def finding(seen: Seen) -> Finding | None:
    """The doubt that a visit's breaches raise: of each the words of its rule and the place; None where there is none."""
    pieces = []
    for rule, where in broken(seen):
        name, say = seen.words[rule]
        at = dict(seen.name_of(where))
        pieces.append((f"{rule}:{where}", {"rule": rule, "name": dict(name), "say": dict(say), "at": at}))
    return Finding("rule", pieces) if pieces else None


def _unanswered(seen: Seen, rule: str) -> Iterator[str]:
    """Points that a rule wants and that have no answer, or one that says not why nothing could be seen."""
    for point in seen.points:
        check = seen.checks.get(point.id)
        wants = asks_for(seen, point)
        if wants != rule and not (check and not wants and rule == "no_blank"):
            continue
        unseen = check and (check["result"] == "not_accessible" or (check["result"] == "na" and point.required))
        silent = check and (unseen or (check["result"] == "fail" and not point.hazard))
        if not check or (silent and not check.get("note")):
            yield point.id


def _no_blank(seen: Seen, rule: Json) -> Iterator[str]:
    if "items" in seen.steps:
        yield from _unanswered(seen, "no_blank")
        for one in (seen.document.get("previous") or {}).get("open_hazards") or ():
            if one["id"] not in seen.document["verifications"]:
                yield str(one["id"])
    if "customer" in seen.steps and not seen.document["customer"].get("confirmed"):
        yield "customer"
    if "meter" in seen.steps:
        for meter in seen.meters:
            if not seen.reading(meter).get("value") and not seen.reading(meter).get("unreadable"):
                yield str(meter["id"])


def _no_estimate(seen: Seen, rule: Json) -> Iterator[str]:
    for meter in seen.meters:
        reading = seen.reading(meter)
        if reading.get("value") and not reading.get("photo") and not seen.dials(meter, OLD):
            yield str(meter["id"])
    for point in rule.get("points", ()):
        if seen.given(point) and not seen.is_pictured(point):
            yield point


def _no_misreading(seen: Seen, rule: Json) -> Iterator[str]:
    """The phone, which knows the last figure, says which is odd; the reviews of readings ask the same without it."""
    for meter in seen.meters:
        reading = seen.reading(meter)
        sure = reading.get("again") == reading.get("value") and (reading.get("photo") or seen.dials(meter, OLD))
        if reading.get("odd") and reading.get("value") and not sure:
            yield str(meter["id"])


def _old_meter_photo(seen: Seen, rule: Json) -> Iterator[str]:
    yield from _unpictured(seen, OLD)


def _new_meter_photo(seen: Seen, rule: Json) -> Iterator[str]:
    yield from _unpictured(seen, NEW)


def _unpictured(seen: Seen, which: str) -> Iterator[str]:
    """The meters that were exchanged and of which the old or the new one has no photo of its own."""
    exchanged = (meter for meter in seen.meters if seen.reading(meter).get("exchange"))
    yield from (str(meter["id"]) for meter in exchanged if not seen.dials(meter, which))


def _right_household(seen: Seen, rule: Json) -> Iterator[str]:
    for meter in seen.meters:
        reading = seen.reading(meter)
        read = reading.get("serial")
        if read and not reading.get("exchange") and bare(read) != bare(meter["serial"]):
            yield str(meter["id"])
    numbers = {bare(meter["serial"]) for meter in seen.meters}
    for point in rule.get("points", ()):
        if seen.said(point) and seen.said(point) not in numbers:
            yield point


def _photo_evidence(seen: Seen, rule: Json) -> Iterator[str]:
    for point in seen.points:
        asked = point.id in rule["points"] if "points" in rule else point.photo == "always"
        if asked and seen.given(point.id) and not seen.is_pictured(point.id):
            yield point.id


def _customer_signs(seen: Seen, rule: Json) -> Iterator[str]:
    signature = seen.document["signatures"].get("customer") or {}
    if not (signature.get("reason") if signature.get("refused") else signature.get("image")):
        yield "customer"


def _worker_signs(seen: Seen, rule: Json) -> Iterator[str]:
    if not (seen.document["signatures"].get("technician") or {}).get("image"):
        yield "technician"


def _own_hand(seen: Seen, rule: Json) -> Iterator[str]:
    customer, worker = (seen.document["signatures"].get(role) or {} for role in ("customer", "technician"))
    if not customer.get("image") or not worker.get("name"):
        return
    drawn = str(customer.get("strokes"))
    copied = len(drawn) > _SOME_STROKES and drawn == str(worker.get("strokes"))
    if copied or bare(customer.get("name")) == bare(worker["name"]):
        yield "customer"


def _safety_talk(seen: Seen, rule: Json) -> Iterator[str]:
    yield from (one for one in seen.talk if one not in seen.document["steps"])


def _hazard_told(seen: Seen, rule: Json) -> Iterator[str]:
    items = {one["item"] for one in seen.hazards.values()}
    for point in seen.points:
        if point.hazard and seen.checks.get(point.id, {}).get("result") == "fail" and point.item not in items:
            yield point.id
    shown = {one.get("ref") for one in seen.photos if one["purpose"] == "hazard"}
    yield from (id_ for id_ in seen.hazards if id_ not in shown)
    if seen.hazards and not any(one["kind"] == "hazard" for one in seen.document["notices"]):
        yield "notice"


def _one_or_two_solutions(seen: Seen, rule: Json) -> Iterator[str]:
    for id_, one in seen.hazards.items():
        # Where it lies says who must act, and nothing else does.
        if len(one.get("solutions") or ()) not in (1, 2) or not one.get("due") or not one.get("position"):
            yield id_


def _order_first(seen: Seen, rule: Json) -> Iterator[str]:
    if seen.unordered:
        yield "order"


def _price_list(seen: Seen, rule: Json) -> Iterator[str]:
    yield from (point for point in rule["points"] if point in seen.wrong_prices)


def _signed_before_work(seen: Seen, rule: Json) -> Iterator[str]:
    charged, agreed = rule.get("list"), rule.get("agreed")
    if charged and not seen.checks.get(charged, {}).get("lines"):
        return
    agreement = seen.checks.get(agreed) if agreed else seen.document["signatures"].get("agreement")
    if not agreement or agreement.get("stale") or agreement.get("result") == "fail":
        yield charged or agreed or rule["work"][0]
        return
    for point in rule["work"]:
        if point in seen.checks and _at(seen.checks[point]) < _at(agreement):
            yield point


def _at(one: Json) -> datetime:
    return datetime.fromisoformat(one["at"])


def _no_gas_with_hazard(seen: Seen, rule: Json) -> Iterator[str]:
    verified = seen.document["verifications"]
    before = (seen.document.get("previous") or {}).get("open_hazards") or ()
    unsafe = (
        any((one.get("verified") or {}).get("result") != "fixed" for one in seen.hazards.values())
        or any((verified.get(one["id"]) or {}).get("result") != "fixed" for one in before)
        or any(seen.checks.get(point, {}).get("result") != "pass" for point in rule.get("passed", ()))
    )
    for point in rule["points"]:
        if unsafe and seen.checks.get(point, {}).get("result") == "pass":
            yield point


def _repeated(seen: Seen, points: Sequence[str]) -> Iterator[str]:
    """Those that say what an earlier one said."""
    for n, point in enumerate(points):
        if seen.said(point) and any(seen.said(one) == seen.said(point) for one in points[:n]):
            yield point


def _seals(seen: Seen, rule: Json) -> Iterator[str]:
    yield from _repeated(seen, rule.get("points", ()))
    for meter in seen.meters if "points" not in rule else ():
        exchange = seen.reading(meter).get("exchange")
        if exchange and not bare(exchange.get("seals")):
            yield str(meter["id"])


def _different(seen: Seen, rule: Json) -> Iterator[str]:
    yield from _repeated(seen, rule.get("points", ()))
    for meter in seen.meters if "points" not in rule else ():
        new = (seen.reading(meter).get("exchange") or {}).get("serial")
        if new and bare(new) == bare(meter["serial"]):
            yield str(meter["id"])


def _in_order(seen: Seen, rule: Json) -> Iterator[str]:
    for one, after in pairwise([point for point in rule["points"] if seen.given(point)]):
        if _at(seen.checks[after]) < _at(seen.checks[one]):
            yield after


def _required_when(seen: Seen, rule: Json) -> Iterator[str]:
    yield from _unanswered(seen, "required_when")
    yield from (point for point in rule["then"] if seen.given(point) and not is_wanted_now(seen, point))


_DAY = re.compile(r"\D*(\d{4})\D*?(\d{1,2})\D*?(\d{1,2})\D*", re.ASCII)


def _served_ahead(seen: Seen, rule: Json) -> Iterator[str]:
    """Held against the moment of the cut; until there is one, against that at which the notice was said to be old enough."""
    chosen, served = seen.checks.get(rule["point"], {}), rule["served"]
    if chosen.get("value") != rule["value"] or not seen.said(served):
        return
    when = _at(seen.checks[rule["cut"]] if seen.given(rule["cut"]) else chosen).date()
    day = _day(seen.said(served))
    if day is None or (when - day).days < int(rule["days"]):
        yield served


def _day(text: str) -> date | None:
    """A day that somebody wrote, whatever stands between its figures."""
    found = _DAY.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _verified_with_photo(seen: Seen, rule: Json) -> Iterator[str]:
    shown = {one.get("ref") for one in seen.photos if one["purpose"] == "hazard"}
    yield from (id_ for id_ in seen.document["verifications"] if id_ not in shown)


def _reading_needed(seen: Seen, rule: Json) -> Iterator[str]:
    yield from (str(meter["id"]) for meter in seen.meters if seen.reading(meter).get("unreadable"))


def _two_signers(seen: Seen, rule: Json) -> Iterator[str]:
    customer, witness = (seen.document["signatures"].get(role) or {} for role in ("customer", "witness"))
    both = witness.get("image") and bare(witness.get("name")) != bare(customer.get("name"))
    if customer.get("image") and not both:
        yield "witness"


def _independent(seen: Seen, rule: Json) -> Iterator[str]:
    people = (seen.document.get("assignee"), seen.document["signatures"].get("technician"))
    workers = {bare(one["name"]) for one in people if one and one.get("name")}
    yield from (point for point in rule["points"] if seen.said(point) and seen.said(point) in workers)


def _one_owner(seen: Seen, rule: Json) -> Iterator[str]:
    """What the customer asked or held against us waits for somebody until it is settled."""
    signature = seen.document["signatures"].get("customer") or {}
    if signature.get("opinion") and int(signature.get("rating") or 0) < WELL_RATED:
        yield "opinion"
    yield from (point for point in rule.get("points", ()) if seen.said(point))


def _no_vendor(seen: Seen, rule: Json) -> Iterator[str]:
    """A remedy or a note that names one of the company's list: it may be read by the customer."""
    notes = {point: [check.get("note")] for point, check in seen.checks.items()}
    remedies = {id_: [one.get("note"), *(one.get("solutions") or ())] for id_, one in seen.hazards.items()}
    for where, texts in {**notes, **remedies}.items():
        if any(name in bare(text) for text in texts for name in seen.vendors):
            yield where


def _evacuate_first(seen: Seen, rule: Json) -> Iterator[str]:
    yield from _unanswered(seen, "evacuate_first")


def _safety_check(seen: Seen, rule: Json) -> Iterator[str]:
    yield from _unanswered(seen, "safety_check")


RULES: Mapping[str, _Rule] = {
    "no_blank": _no_blank,
    "no_estimate": _no_estimate,
    "no_misreading": _no_misreading,
    "old_meter_photo": _old_meter_photo,
    "new_meter_photo": _new_meter_photo,
    "right_household": _right_household,
    "photo_evidence": _photo_evidence,
    "customer_signs": _customer_signs,
    "worker_signs": _worker_signs,
    "own_hand": _own_hand,
    "safety_check": _safety_check,
    "safety_talk": _safety_talk,
    "hazard_told": _hazard_told,
    "one_or_two_solutions": _one_or_two_solutions,
    "order_first": _order_first,
    "price_list": _price_list,
    "signed_before_work": _signed_before_work,
    "no_gas_with_hazard": _no_gas_with_hazard,
    "served_ahead": _served_ahead,
    "seals": _seals,
    "different": _different,
    "in_order": _in_order,
    "evacuate_first": _evacuate_first,
    "required_when": _required_when,
    "verified_with_photo": _verified_with_photo,
    "reading_needed": _reading_needed,
    "two_signers": _two_signers,
    "independent": _independent,
    "one_owner": _one_owner,
    "no_vendor": _no_vendor,
}
"""How each rule is held against a visit. `not_for_show` is kept by the doubts themselves (rules.py, compare.py)."""
