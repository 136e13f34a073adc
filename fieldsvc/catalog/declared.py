"""Which rules a kind of visit keeps: those of the trade that are kept undeclared, and those that it declares.

Decides what a declaration means and which declarations are wrong; whether a visit kept a rule is decided on the phone
(static/app/rules.js) and by fieldsvc.doubts.breaches. Invariant: both read the list that `rules_of` gives, as the catalogue
document carries it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import ValidationError, fields

from fieldsvc.catalog.entries import Checklist, Entries, Point, VisitType
from fieldsvc.catalog.kept import Clock, Parameter, Rule

Declared = dict[str, Any]


def rules_of(entries: Entries, kind: VisitType) -> list[Declared]:
    """The rules of a kind, in the order of rules.yaml: of each its id and the points that it is told."""
    kept: list[Declared] = []
    for rule in entries.rules:
        own = [one for one in kind.rules if one["id"] == rule.id]
        if not own and _is_base(entries, rule, kind):
            own = [{}]
        kept += [{"id": rule.id, **_parameters(rule, one)} for one in own if not one.get("off")]
    return kept


def clocks_of(entries: Entries, kind: VisitType) -> list[Clock]:
    """The clocks that a kind runs: those that name it, and those that it names."""
    return [one for one in entries.clocks if kind.id in one.kinds or one.id in kind.clocks]


def _is_base(entries: Entries, rule: Rule, kind: VisitType) -> bool:
    if rule.base not in ("every", kind.trade) or (rule.step and rule.step not in kind.steps):
        return False
    checklist = _checklist(entries, kind)
    return not rule.inspects or bool(checklist and checklist.inspects)


def _parameters(rule: Rule, own: Mapping[str, Any]) -> Declared:
    given = {one.id: own[one.id] for one in rule.parameters if one.id in own}
    many = {one.id for one in rule.parameters if not one.one and not one.word}
    return {name: [points] if name in many and isinstance(points, str) else points for name, points in given.items()}


def _checklist(entries: Entries, kind: VisitType) -> Checklist | None:
    return next((one for one in entries.checklists if one.id == kind.checklist), None)


def findings(entries: Entries) -> Iterator[tuple[str, str]]:
    """What is wrong with the declarations, as (where, what)."""
    known = {rule.id: rule for rule in entries.rules}
    running = {one.id for one in entries.clocks}
    for kind in entries.visit_types:
        yield from (
            (f"jobs: {kind.id}: clocks", f"there is no clock {one[:40]}") for one in kind.clocks if one not in running
        )
        yield from _unknown_points(entries, kind)
        ids = [str(one["id"]) for one in kind.rules]
        for id_ in sorted({id_ for id_ in ids if ids.count(id_) > 1}):
            if id_ not in known or not known[id_].many:
                yield f"jobs: {kind.id}: rules", f"{id_} is declared twice"
        for own in kind.rules:
            rule = known.get(str(own["id"]))
            if rule is None:
                yield f"jobs: {kind.id}: rules", f"there is no rule {str(own['id'])[:40]}"
                continue
            for what in _wrong(entries, kind, rule, own):
                yield f"jobs: {kind.id}: rules: {rule.id}", what


def _unknown_points(entries: Entries, kind: VisitType) -> Iterator[tuple[str, str]]:
    checklist = _checklist(entries, kind)
    known = {point.id for item in checklist.items for point in item.points} if checklist else set()
    for id_ in kind.asks:
        if id_ not in known:
            yield f"jobs: {kind.id}: asks", f"the list has no point {id_[:40]}"


def _wrong(entries: Entries, kind: VisitType, rule: Rule, own: Mapping[str, Any]) -> Iterator[str]:
    parameters = {one.id: one for one in rule.parameters}
    for name in own.keys() - parameters.keys() - {"id", "off"}:
        yield f"does not know {str(name)[:40]}"
    if own.get("off"):
        return
    if rule.step and rule.step not in kind.steps:
        yield f"needs the step {rule.step}"
    checklist = _checklist(entries, kind)
    points = {point.id: point for item in checklist.items for point in item.points} if checklist else {}
    for parameter in rule.parameters:
        if parameter.word and parameter.id in own:
            if not isinstance(own[parameter.id], str):
                yield f"{parameter.id} is one word"
        elif parameter.id in own:
            yield from _wrong_points(parameter, own[parameter.id], points)
        elif parameter.required:
            yield f"needs {parameter.id}"


def _wrong_points(parameter: Parameter, given: Any, points: Mapping[str, Point]) -> Iterator[str]:
    many = given if isinstance(given, list) else [given]
    if parameter.one and len(many) > 1:
        yield f"{parameter.id} is one point"
    for id_ in many:
        if id_ not in points:
            yield f"{parameter.id}: the list has no point {str(id_)[:40]}"
        elif parameter.kinds and points[id_].kind not in parameter.kinds:
            yield f"{parameter.id}: {id_} must be of kind {' or '.join(parameter.kinds)}"


class DeclaredField(fields.Field[Any]):
    """A rule as a kind of visit declares it: its id, with points by parameter, or `off`."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> dict[str, Any]:
        if not isinstance(value, dict) or not isinstance(value.get("id"), str):
            raise ValidationError("must have the id of a rule, and its parameters")
        wrong = [
            f"{value['id']}: {name} must be a point or a list of points"
            for name, given in value.items()
            if name not in ("id", "off") and not _names_points(given)
        ]
        if value.get("off") not in (None, True):
            wrong.append(f"{value['id']}: off must be true")
        if wrong:
            raise ValidationError(wrong)
        return value


def _names_points(given: Any) -> bool:
    many = given if isinstance(given, list) else [given]
    return bool(many) and all(isinstance(one, str) and one for one in many)
