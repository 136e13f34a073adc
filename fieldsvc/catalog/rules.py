"""What the entries of the catalogue must say about each other.

Decides whether the whole hangs together: references, order, bounds, vocabularies. Each rule is one function that yields
(where, what is wrong); none of them raises, so that all mistakes are named at once. Knows nothing of YAML.
Invariant: a catalogue without findings can answer every question of service.py for every code in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal

from fieldsvc.catalog.entries import ITEMS, POSITIONS, RESULTS, STEPS, STOPS, Bound, Entries, Measure, Point, Source

Finding = tuple[str, str]


def findings(entries: Entries) -> Iterator[Finding]:
    """Yield everything that is wrong with the catalogue as a whole."""
    for rule in (
        _ids_are_unique,
        _the_seven_items_stand_in_order,
        _kinds_have_what_they_need,
        _figures_are_possible,
        _failures_lead_to_hazards,
        _checks_and_hazards_name_each_other,
        _levels_hold,
        _sources_are_known,
        _words_exist,
        _jobs_name_their_own_points,
    ):
        yield from rule(entries)


def _points(entries: Entries) -> Iterator[Point]:
    for checklist in entries.checklists:
        for item in checklist.items:
            yield from item.points


def _inspected(entries: Entries) -> Iterator[Point]:
    """The points of the seven items; those of a job are not in it."""
    for checklist in entries.checklists:
        if checklist.inspects:
            for item in checklist.items:
                yield from item.points


def _twice(ids: Iterable[str]) -> list[str]:
    return [id_ for id_, count in Counter(ids).items() if count > 1]


def _ids_are_unique(entries: Entries) -> Iterator[Finding]:
    lists = {
        "checks.yaml: checklists": [checklist.id for checklist in entries.checklists],
        "checks.yaml: points": [point.id for point in _points(entries)],
        "hazards.yaml: hazards": [hazard.code for hazard in entries.hazards],
        "jobs: visit_types": [visit_type.id for visit_type in entries.visit_types],
        "rules.yaml: rules": [rule.id for rule in entries.rules],
        "sources.yaml: works": [work.ref for work in entries.works],
        "sources.yaml: statuses": [status.id for status in entries.statuses],
        **{f"texts.yaml: {name}": [term.id for term in terms] for name, terms in entries.terms.items()},
        **{f"checks.yaml: {point.id}: choices": [c.value for c in point.choices] for point in _points(entries)},
    }
    for where, ids in lists.items():
        for id_ in _twice(ids):
            yield where, f"{id_} is there twice"


def _the_seven_items_stand_in_order(entries: Entries) -> Iterator[Finding]:
    for checklist in entries.checklists:
        if checklist.inspects and tuple(item.id for item in checklist.items) != ITEMS:
            yield f"checks.yaml: {checklist.id}", f"must have the seven items in order: {' '.join(ITEMS)}"


def _kinds_have_what_they_need(entries: Entries) -> Iterator[Finding]:
    for point in _points(entries):
        where = f"checks.yaml: {point.id}"
        if (point.kind == "number") != (point.measure is not None):
            yield where, "a number point has a measure, and no other point has one"
        if (point.kind == "choice") != bool(point.choices):
            yield where, "a choice point has choices, and no other point has any"
        if (point.kind == "charges") != (point.trade is not None):
            yield where, "a charges point names the trade whose prices it takes, and no other point does"
        if point.measure and point.measure.needed_to_pass and point.kind != "number":
            yield where, "only a number can be needed to pass"


def _figures_are_possible(entries: Entries) -> Iterator[Finding]:
    for point in _points(entries):
        if point.measure:
            for what in _wrong_figures(point.measure):
                yield f"checks.yaml: {point.id}: measure", what


def _wrong_figures(measure: Measure) -> Iterator[str]:
    if measure.min >= measure.max:
        yield "min must be below max"
    for name in ("limit", "caution", "alarm"):
        bound: Bound | None = getattr(measure, name)
        if bound is None:
            continue
        figures = [figure for figure in (bound.value, bound.low, bound.high) if figure is not None]
        if len(figures) != (2 if bound.op == "between" else 1) or (bound.op == "between") != (bound.value is None):
            yield f"{name} needs `value`, or for `between` `low` and `high`"
            continue
        if bound.op == "between" and figures[0] >= figures[1]:
            yield f"{name}: low must be below high"
        if any(not measure.min <= figure <= measure.max for figure in figures):
            yield f"{name} lies outside min and max"
        if any(-int(figure.as_tuple().exponent) > measure.decimals for figure in figures):
            yield f"{name} has more decimals than can be typed"
        if (name == "alarm") != (bound.action is not None):
            yield "an alarm has an action, and no other bound has one"
    yield from _overlaps(measure)


def _overlaps(measure: Measure) -> Iterator[str]:
    alarm, caution, limit = measure.alarm, measure.caution, measure.limit
    for figure in _around(alarm, measure.decimals):
        if alarm and alarm.holds(figure) and limit.holds(figure):
            yield f"{figure} raises the alarm and passes"
        if alarm and caution and alarm.holds(figure) and not caution.holds(figure):
            yield f"{figure} raises the alarm without caution"
    if caution and not any(
        caution.holds(figure) and limit.holds(figure) for figure in _around(caution, measure.decimals)
    ):
        yield "caution never applies to a figure that passes"


def _around(bound: Bound | None, decimals: int) -> tuple[Decimal, ...]:
    if bound is None or bound.value is None:
        return ()
    step = Decimal(1).scaleb(-decimals)
    return bound.value - step, bound.value, bound.value + step


def _failures_lead_to_hazards(entries: Entries) -> Iterator[Finding]:
    for point in _inspected(entries):
        where = f"checks.yaml: {point.id}"
        if not point.method or not point.sources:
            yield where, "says neither how it is checked nor by which rule"
        if "fail" in point.results and not point.hazards:
            yield where, "can fail, but names no hazard"
        for choice in point.choices:
            if (choice.result == "fail") != (choice.hazard is not None):
                yield where, f"choice {choice.value}: a failing choice has a hazard, and no other has one"
            if choice.hazard and choice.hazard not in point.hazards:
                yield where, f"choice {choice.value}: {choice.hazard} is not among the point's hazards"
        if point.choices and set(point.hazards) != {choice.hazard for choice in point.choices if choice.hazard}:
            yield where, "its hazards must be those of its choices"


def _checks_and_hazards_name_each_other(entries: Entries) -> Iterator[Finding]:
    points = {point.id: point for point in _points(entries)}
    inspected = {point.id for point in _inspected(entries)}
    hazards = {hazard.code: hazard for hazard in entries.hazards}
    for point in points.values():
        for code in point.hazards:
            if code not in hazards:
                yield f"checks.yaml: {point.id}", f"names {code}, which is not in the catalogue"
            elif point.id in inspected and point.id not in hazards[code].checks:
                yield f"checks.yaml: {point.id}", f"names {code}, which does not name it"
    for hazard in hazards.values():
        if not hazard.checks:
            yield f"hazards.yaml: {hazard.code}", "no check point leads to it"
        for id_ in hazard.checks:
            if id_ not in points:
                yield f"hazards.yaml: {hazard.code}", f"names {id_}, which is not a check point"
            elif hazard.code not in points[id_].hazards:
                yield f"hazards.yaml: {hazard.code}", f"names {id_}, which does not name it"


def _levels_hold(entries: Entries) -> Iterator[Finding]:
    levels = {level.level: level for level in entries.levels}
    if [level.level for level in entries.levels] != [1, 2, 3]:
        yield "hazards.yaml: levels", "must be 1, 2, 3"
        return
    for hazard in entries.hazards:
        where = f"hazards.yaml: {hazard.code}"
        if hazard.deadline_days > levels[hazard.level].deadline_days:
            yield where, f"{hazard.deadline_days} days are more than level {hazard.level} allows"
        if hazard.level == 1 and hazard.stop_gas == "none":
            yield where, "level 1 cannot leave the gas on for good"
        if hazard.level < 3 and hazard.reinspect != "required":
            yield where, f"level {hazard.level} must be re-inspected"
        if hazard.emergency and hazard.stop_gas not in ("now_all", "now_appliance"):
            yield where, "an emergency stops the gas at once"


def _sources_are_known(entries: Entries) -> Iterator[Finding]:
    refs = {work.ref for work in entries.works}
    statuses = {status.id: status for status in entries.statuses}
    sources: list[tuple[str, Source]] = [("sources.yaml: general", source) for source in entries.general]
    sources += [(f"checks.yaml: {point.id}", source) for point in _points(entries) for source in point.sources]
    sources += [(f"hazards.yaml: {hazard.code}", source) for hazard in entries.hazards for source in hazard.sources]
    for where, source in sources:
        if source.ref not in refs:
            yield where, f"cites {source.ref}, which sources.yaml does not know"
        if source.status not in statuses:
            yield where, f"has the unknown source status {source.status}"
        elif source.status == "conditional" and not source.about:
            yield where, "a conditional source says in `about` when it applies"
    for source in entries.general:
        if source.status in statuses and not statuses[source.status].print:
            yield "sources.yaml: general", f"{source.ref} may not be printed"


def _words_exist(entries: Entries) -> Iterator[Finding]:
    known = {name: {term.id for term in terms} for name, terms in entries.terms.items()}
    for name, needed in {"results": RESULTS, "positions": POSITIONS, "stop_gas": STOPS}.items():
        if known[name] != set(needed):
            yield f"texts.yaml: {name}", f"must be {', '.join(needed)}"
    if known["responsibles"] != {"company", "user", "shared"}:
        yield "texts.yaml: responsibles", "must be company, user, shared"
    for point in _points(entries):
        where = f"checks.yaml: {point.id}"
        if point.instrument and point.instrument not in known["instruments"]:
            yield where, f"needs the unknown instrument {point.instrument}"
        if point.measure and point.measure.unit not in known["units"]:
            yield where, f"has the unknown unit {point.measure.unit}"
        alarm = point.measure.alarm if point.measure else None
        if alarm and alarm.action and alarm.action not in known["alarms"]:
            yield where, f"raises the unknown alarm {alarm.action}"
    checklists = {checklist.id for checklist in entries.checklists}
    for visit_type in entries.visit_types:
        if visit_type.active and visit_type.checklist not in checklists:
            yield f"jobs: {visit_type.id}", "is active, but has no known checklist"
        if tuple(step for step in STEPS if step in visit_type.steps) != visit_type.steps:
            yield f"jobs: {visit_type.id}", f"has its steps in another order than {' '.join(STEPS)}"


def _jobs_name_their_own_points(entries: Entries) -> Iterator[Finding]:
    lists = {one.id: {point.id for item in one.items for point in item.points} for one in entries.checklists}
    for kind in entries.visit_types:
        own, told = lists.get(kind.checklist or "", set()), kind.settles
        for point in (kind.evacuates, *((told.score, told.found, told.answered) if told else ())):
            if point and point not in own:
                yield f"jobs: {kind.id}", f"names {point}, which its list does not have"
        for role in _twice(signer.role for signer in kind.signs):
            yield f"jobs: {kind.id}", f"{role} signs twice"
