"""Makes the catalogue document: what a phone needs to work a whole day without a network.

Decides names and order on the wire (docs/sync-protocol.md), and fills the company's name and hotline into what is said.
Knows nothing of HTTP. Invariants: plain JSON values, figures as text, never a float; the same catalogue and company give
the same bytes, so that the ETag is a fact about the contents.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from fieldsvc.catalog.declared import clocks_of, rules_of
from fieldsvc.catalog.entries import Bound, Choice, Entries, Hazard, Item, Measure, Point, Term, Text, VisitType


def build(
    *,
    entries: Entries,
    company: Mapping[str, Any],
    responsibility: Mapping[str, str],
    readings: Mapping[str, Any],
    prices: Mapping[str, Any],
    edition: int = 0,
) -> dict[str, Any]:
    """Make the document for one company; `responsibility` says by position who acts where the position decides.

    `readings` holds what the company finds remarkable of a reading, for the phone to say at the dial; `prices` its price list.
    Points that are switched off are not in it; hazards that are switched off are, marked, because a home may still have one.
    """
    active = entries.active()
    content = {
        "edition": edition,
        "checklists": [
            {
                "id": checklist.id,
                "name": dict(checklist.name),
                "inspects": checklist.inspects,
                "items": [_item(item) for item in checklist.items],
            }
            for checklist in active.checklists
        ],
        "hazards": [_hazard(hazard) for hazard in (*active.hazards, *(one for one in entries.hazards if one.off))],
        "levels": [
            {
                "level": level.level,
                "name": dict(level.name),
                "meaning": dict(level.meaning),
                "deadline_days": level.deadline_days,
            }
            for level in entries.levels
        ],
        "visit_types": [
            {**_visit_type(one, company), "rules": rules_of(active, one), **_clocks(entries, one)}
            for one in entries.visit_types
        ],
        "rules": [{"id": rule.id, "name": dict(rule.name), "say": dict(rule.say)} for rule in entries.rules],
        "responsibility": dict(responsibility),
        "readings": dict(readings),
        "prices": dict(prices),
        "company": dict(company),
    }
    for name, terms in entries.terms.items():
        content[name] = [_term(term, company) for term in terms]
    # Results are looked up by their key far more often than listed.
    content["results"] = {term.id: dict(term.name) for term in entries.terms["results"]}
    content["result_meanings"] = {term.id: dict(term.meaning or {}) for term in entries.terms["results"]}
    return {"version": hashlib.sha256(canonical(content)).hexdigest()[:12], **content}


def canonical(content: Mapping[str, Any]) -> bytes:
    """Write a document as canonical bytes: keys sorted, no white space, UTF-8."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _figure(figure: Decimal) -> str:
    return format(figure, "f")


def _present(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _said(text: Text | None, company: Mapping[str, Any]) -> dict[str, str] | None:
    if text is None:
        return None
    filled = {}
    for language, sentence in text.items():
        named = sentence.replace("%(company)s", str(company["name"][language]))
        filled[language] = named.replace("%(hotline)s", str(company["hotline"]))
    return filled


def _item(item: Item) -> dict[str, Any]:
    points = [_point(point) for point in item.points]
    return _present(id=item.id, name=dict(item.name), points=points, single=item.single or None)


def _point(point: Point) -> dict[str, Any]:
    return _present(
        id=point.id,
        name=dict(point.name),
        kind=point.kind,
        method=dict(point.method) if point.method else None,
        hint=dict(point.hint) if point.hint else None,
        required=point.required,
        photo=point.photo,
        when=point.when,
        instrument=point.instrument,
        results=list(point.results),
        hazards=list(point.hazards),
        choices=[_choice(choice) for choice in point.choices] or None,
        trade=point.trade,
        **(_measure(point.measure) if point.measure else {}),
    )


def _choice(choice: Choice) -> dict[str, Any]:
    return _present(value=choice.value, name=dict(choice.name), result=choice.result, hazard=choice.hazard)


def _measure(measure: Measure) -> dict[str, Any]:
    return _present(
        measure=dict(measure.name),
        unit=measure.unit,
        decimals=measure.decimals,
        min=_figure(measure.min),
        max=_figure(measure.max),
        limit=_bound(measure.limit),
        caution=_bound(measure.caution) if measure.caution else None,
        alarm=_bound(measure.alarm) if measure.alarm else None,
        needed_to_pass=measure.needed_to_pass,
        standard=measure.standard,
    )


def _bound(bound: Bound) -> dict[str, Any]:
    figures = {"value": bound.value, "low": bound.low, "high": bound.high}
    texts = {name: _figure(figure) for name, figure in figures.items() if figure is not None}
    return _present(op=bound.op, **texts, action=bound.action)


def _hazard(hazard: Hazard) -> dict[str, Any]:
    return _present(
        code=hazard.code,
        item=hazard.item,
        name=dict(hazard.name),
        level=hazard.level,
        harm=dict(hazard.harm),
        solutions=[dict(solution) for solution in hazard.solutions],
        stop_gas=hazard.stop_gas,
        deadline_days=hazard.deadline_days,
        responsible=hazard.responsible,
        position=hazard.position,
        reinspect=hazard.reinspect,
        fix_on_spot=hazard.fix_on_spot,
        national_written_notice=hazard.national_written_notice,
        emergency=hazard.emergency,
        off=True if hazard.off else None,
        checks=list(hazard.checks),
    )


def _term(term: Term, company: Mapping[str, Any]) -> dict[str, Any]:
    return _present(
        id=term.id,
        name=_said(term.name, company),
        say=_said(term.say, company),
        meaning=dict(term.meaning) if term.meaning else None,
        calibrated=term.calibrated,
        trades=list(term.trades) or None,
    )


def _clocks(entries: Entries, visit_type: VisitType) -> dict[str, Any]:
    running = [{"id": one.id, "name": dict(one.name), "to": one.to} for one in clocks_of(entries, visit_type)]
    return {"clocks": running} if running else {}


def _visit_type(visit_type: VisitType, company: Mapping[str, Any]) -> dict[str, Any]:
    return _present(
        id=visit_type.id,
        code=visit_type.code,
        name=dict(visit_type.name),
        say=_said(visit_type.say, company),
        checklist=visit_type.checklist,
        asks=list(visit_type.asks) or None,
        steps=list(visit_type.steps),
        sheet=dict(visit_type.sheet) if visit_type.sheet else None,
        meter=visit_type.meter,
        signs=[_present(role=one.role, name=dict(one.name) if one.name else None) for one in visit_type.signs],
        evacuates=visit_type.evacuates,
        active=visit_type.active,
    )
