"""The shape of the catalogue's document, as phones are told of it; `document.build` makes it.

Describes what a phone goes by. Texts are objects with one member a language.
"""

from __future__ import annotations

from fieldsvc.catalog.entries import ITEMS, KINDS, LANGUAGES, POSITIONS, RESPONSIBLES, RESULTS, STEPS, STOPS, TRADES
from fieldsvc.catalog.schemas import TERM_LISTS
from fieldsvc.shapes import PASSED_ON, Growing, Told, anything, by_name, flag, many, one, text, whole, word


class Text(Told.from_dict({language: text() for language in LANGUAGES}, name="Text")):  # type: ignore[misc]
    """One text in every language."""


class BoundTold(Told):
    """A figure that a measured value is compared with; figures are texts."""

    op = word("<=", ">=", "<", ">", "between")
    value, low, high, action = (text(there=False) for _ in range(4))


class ChoiceTold(Told):
    value = text()
    name = one(Text)
    result = word(*RESULTS)
    hazard = text(there=False)


class PointTold(Growing):
    """A point of a list; of one that is measured also the unit and the figures."""

    id = text()
    name = one(Text)
    kind = word(*KINDS)
    method, hint = one(Text, there=False), one(Text, there=False)
    required = flag()
    photo = word("always", "on_fail", "never")
    when = word("on_entry", "on_leaving", there=False)
    instrument = text(there=False)
    trade = word(*TRADES, there=False)
    results = many(word(*RESULTS))
    hazards = many(text())
    choices = many(ChoiceTold, there=False)
    measure = one(Text, there=False)
    unit = text(there=False)
    decimals = whole(there=False)
    min, max = text(there=False), text(there=False)
    limit, caution, alarm = (one(BoundTold, there=False) for _ in range(3))
    needed_to_pass = flag(there=False)
    standard = text(there=False)


class ItemTold(Growing):
    id = text()
    name = one(Text)
    points = many(PointTold)


class ChecklistTold(Growing):
    id = text()
    name = one(Text)
    inspects = flag()
    items = many(ItemTold)


class CatalogueHazard(Growing):
    """A hazard; `off`: the company looks for it no more, and a home may still have it."""

    code = text()
    item = word(*ITEMS)
    name, harm = one(Text), one(Text)
    level = whole(minimum=1, maximum=3)
    solutions = many(Text)
    stop_gas = word(*STOPS)
    deadline_days = whole()
    responsible = word(*RESPONSIBLES)
    position = word(*POSITIONS, there=False)
    reinspect = word("required", "next_visit")
    fix_on_spot, national_written_notice = flag(), flag()
    emergency, off = flag(there=False), flag(there=False)
    checks = many(text())


class LevelTold(Told):
    level = whole(minimum=1, maximum=3)
    name, meaning = one(Text), one(Text)
    deadline_days = whole()


class VisitTypeTold(Growing):
    id, code = text(), text()
    name = one(Text)
    say, sheet = one(Text, there=False), one(Text, there=False)
    checklist = text(there=False)
    steps = many(word(*STEPS))
    active = flag()


class PricedLine(Told):
    """A line of the price list; the price is a text."""

    code, price = text(), text()
    trade = word(*TRADES)
    name, unit = one(Text), one(Text)


class PricesTold(Told):
    """The price list in force: those of its lines that have a price."""

    edition = whole()
    lines = many(PricedLine)


class TermTold(Growing):
    id = text()
    name = one(Text)
    say, meaning = one(Text, there=False), one(Text, there=False)
    calibrated = flag(there=False)


class _Lists(Growing.from_dict({name: many(TermTold) for name in TERM_LISTS if name != "results"}, name="Lists")):  # type: ignore[misc]
    pass


class CatalogueAnswer(_Lists):
    """Everything that a phone needs to work a day without a network; `version` is a digest of the rest."""

    version = text()
    edition = whole()
    checklists = many(ChecklistTold)
    hazards = many(CatalogueHazard)
    levels = many(LevelTold)
    visit_types = many(VisitTypeTold)
    responsibility = by_name(text())
    readings = anything(type="object", **PASSED_ON)
    prices = one(PricesTold)
    company = anything(type="object", **PASSED_ON)
    results, result_meanings = by_name(Text), by_name(Text)
