"""The tables of the reports: the same rows for the page and for its files.

Decides which figures stand beside each other and where each leads: a figure's link opens the list of what was counted. Asks
`fieldsvc.reports` and counts nothing itself. Invariant: a table's columns have ids that never change, because other programs
read the files. Technicians stand in the order of their names: nobody is ranked, least of all by speed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from fieldsvc.catalog.service import catalogue
from fieldsvc.identity import service as identity
from fieldsvc.office import words
from fieldsvc.office.figures.promise_words import list_behind, promise_name, promise_value
from fieldsvc.office.figures.report_figures import (
    Cell,
    Figures,
    Table,
    by_key,
    by_part,
    done,
    found_in,
    list_of,
    meant,
    share,
    visits_in,
)
from fieldsvc.office.words import _
from fieldsvc.reports import service as reports

STANDINGS = ("completed", "stopped", "no_access", "refused", "planned", "started", "cancelled")
VERDICTS = ("read", "exchanged", "unreadable", "missing")


def tables(figures: Figures) -> dict[str, Table]:
    """All tables of a report, by id, in their order."""
    made = (
        work(figures), types(figures), districts(figures), hazards(figures), readings(figures), technicians(figures),
        promises(figures), papers(figures),
    )  # fmt: skip
    return {one.id: one for one in made}


def _compared() -> list[tuple[str, str]]:
    return [("now", _("This period")), ("before", _("Period before")), ("year_earlier", _("A year earlier"))]


def work(figures: Figures) -> Table:
    """What was planned and how it ended."""
    each = [by_part(one["type"]) for one in figures.each()]
    now = figures.span

    def row(name: str, count: Callable[[Counter[str]], int | None], link: str = "", unit: str = "") -> list[Cell]:
        figure, *others = (count(one) for one in each)
        return [Cell(name), Cell(figure, link if figure else "", unit), *(Cell(one, unit=unit) for one in others)]

    def standing(one: str) -> list[Cell]:
        return row(words.outcome(words.state(one)), lambda counted: counted[one], visits_in(now, standing=one))

    rows = [row(_("Planned"), meant, visits_in(now)), *(standing(one) for one in STANDINGS)]
    rows.append(row(_("Done of planned"), lambda counted: share(done(counted), meant(counted)), unit="%"))
    return Table("work", _("Work done"), [("what", _("Visits")), *_compared()], rows)


def _split(
    figures: Figures, measure: str, name: Callable[[str], str], link: Callable[[str, str], str]
) -> list[list[Cell]]:
    """A row per key: planned, done, no access, refused, share; then done before and a year earlier."""
    now, before, earlier = (by_key(one[measure]) for one in figures.each())
    rows = []
    for key in sorted(now.keys() | before.keys(), key=lambda one: (not one, name(one), one)):
        counted = now.get(key, Counter())
        rows.append(
            [
                Cell(name(key), link(key, "")),
                Cell(meant(counted), link(key, "")),
                Cell(done(counted), link(key, "closed" if counted["stopped"] else "completed")),
                Cell(counted["no_access"], link(key, "no_access")),
                Cell(counted["refused"], link(key, "refused")),
                Cell(share(done(counted), meant(counted)), unit="%"),
                Cell(done(before.get(key, {}))),
                Cell(done(earlier.get(key, {}))),
            ]
        )
    return rows


def _split_head(first: tuple[str, str]) -> list[tuple[str, str]]:
    return [
        first, ("planned", _("Planned")), ("done", _("Done")), ("no_access", _("No access")), ("refused", _("Refused")),
        ("share", _("Done of planned")), ("before", _("Done, period before")), ("year_earlier", _("Done, a year earlier")),
    ]  # fmt: skip


def types(figures: Figures) -> Table:
    """Visits by kind."""

    def link(key: str, standing: str) -> str:
        return visits_in(figures.span, type=key, standing=standing)

    rows = _split(figures, "type", words.visit_type, link)
    return Table("types", _("By kind of visit"), _split_head(("type", _("Kind of visit"))), rows)


def districts(figures: Figures) -> Table:
    """Visits by district."""

    def link(key: str, standing: str) -> str:
        return visits_in(figures.span, q=key, standing=standing) if key else ""

    rows = _split(figures, "district", lambda key: key or _("No district"), link)
    return Table("districts", _("By district"), _split_head(("district", _("District"))), rows)


def known_items() -> list[str]:
    """The items of the checklist, in their order."""
    return [item.id for checklist in catalogue().entries.checklists[:1] for item in checklist.items]


def hazards(figures: Figures) -> Table:
    """Hazards found and closed, by item and level."""
    now, before, earlier = (by_key(one["found"]) for one in figures.each())
    closed = by_key(figures.now["closed"])
    span = found_in(figures.span)
    shut = {
        "closed_from": figures.span.first.isoformat(),
        "closed_to": figures.span.last.isoformat(),
        "state": "closed",
    }
    known = known_items()
    rows = []
    for item in [*known, *sorted((now.keys() | before.keys() | closed.keys()) - set(known))]:
        counted = now.get(item, Counter())
        levels = [
            Cell(counted[level], list_of("office.hazards", {"state": "all", "item": item, "level": level, **span}))
            for level in ("1", "2", "3")
        ]
        rows.append(
            [
                Cell(words.item(item)),
                *levels,
                Cell(counted.total(), list_of("office.hazards", {"state": "all", "item": item, **span})),
                Cell(closed.get(item, Counter()).total(), list_of("office.hazards", {"item": item, **shut})),
                Cell(before.get(item, Counter()).total()),
                Cell(earlier.get(item, Counter()).total()),
            ]
        )
    head = [
        ("item", _("Item")), ("level_1", words.level(1)), ("level_2", words.level(2)), ("level_3", words.level(3)),
        ("found", _("Hazards found")), ("closed", _("Closed")), ("before", _("Found, period before")),
        ("year_earlier", _("Found, a year earlier")),
    ]  # fmt: skip
    return Table("hazards", _("Hazards by item and level"), head, rows, total=_sum(rows))


def _sum(rows: Sequence[Sequence[Cell]]) -> list[Cell]:
    columns = list(zip(*rows, strict=True))[1:]
    return [Cell(_("Together")), *(Cell(sum(int(cell.value or 0) for cell in column)) for column in columns)]


def verdict(name: str) -> str:
    """How a meter was read."""
    return {
        "read": _("Read"),
        "exchanged": _("Read, another meter hangs there"),
        "unreadable": _("Could not be read"),
        "missing": _("Not read though the visit was done"),
    }.get(name, name)


def readings(figures: Figures) -> Table:
    """Meters of the visits that were done, and how they were read."""
    each = [{key: parts.total() for key, parts in by_key(one["reading"]).items()} for one in figures.each()]
    rows = [[Cell(verdict(one)), *(Cell(counted.get(one, 0)) for counted in each)] for one in VERDICTS]
    whole = [sum(counted.values()) for counted in each]
    had = [counted.get("read", 0) + counted.get("exchanged", 0) for counted in each]
    shares = (share(one, all_) for one, all_ in zip(had, whole, strict=True))
    total = [Cell(_("Read of all meters")), *(Cell(one, unit="%") for one in shares)]
    return Table("readings", _("Readings"), [("what", _("Meters")), *_compared()], rows, total=total)


def technicians(figures: Figures) -> Table:
    """What each technician did, and how thoroughly; in the order of their names."""
    now = figures.now
    names = identity.people()
    standings, found = by_key(now["technician"]), by_key(now["finder"])
    unread = Counter({whose: count for (what, whose), count in now["reading"].items() if what == "unreadable"})
    minutes, timed = (by_key(now[measure]) for measure in ("minutes", "timed"))
    visits, ledger = visits_in(figures.span), list_of("office.hazards", {"state": "all", **found_in(figures.span)})
    rows = []
    for whose in sorted(standings.keys() | found.keys(), key=lambda one: (not one, names.get(one, ""), one)):
        counted, hazards_found = standings.get(whose, Counter()), found.get(whose, Counter()).total()
        clocked, spent = timed.get(whose, Counter()).total(), minutes.get(whose, Counter()).total()
        name = names.get(whose, _("Somebody no longer on the staff")) if whose else _("Nobody yet")

        def link(standing: str, whose: str = whose) -> str:
            more = f"&standing={standing}" if standing else ""
            return f"{visits}&technician={whose}{more}" if whose else ""

        rows.append(
            [
                Cell(name, link("")),
                Cell(meant(counted), link("")),
                Cell(done(counted), link("closed" if counted["stopped"] else "completed")),
                Cell(counted["no_access"], link("no_access")),
                Cell(counted["refused"], link("refused")),
                Cell(
                    hazards_found,
                    f"{ledger}&technician={whose}",
                ),
                Cell(share(hazards_found, done(counted))),
                Cell(unread[whose]),
                Cell(round(spent / clocked) if clocked else None),
            ]
        )
    head = [
        ("technician", _("Technician")), ("planned", _("Planned")), ("done", _("Done")), ("no_access", _("No access")),
        ("refused", _("Refused")), ("hazards", _("Hazards found")), ("hazards_per_100", _("Hazards per 100 visits")),
        ("unreadable", _("Meters not readable")), ("minutes", _("Minutes per visit")),
    ]  # fmt: skip
    note = _(
        "In the order of names. More visits or shorter ones are no merit by themselves: homes differ, and who finds nothing in"
        " little time may not have looked."
    )
    return Table("technicians", _("Technicians"), head, rows, note=note)


def promises(figures: Figures) -> Table:
    """The promises, as they were counted."""
    span, today = figures.span, figures.today
    each = [reports.kept_promises(span=one, today=today) for one in (span, span.before, span.year_earlier)]
    rows = []
    older = [{one.id: one for one in told} for told in each[1:]]
    for now in each[0]:
        before, earlier = (told.get(now.id) or reports.Promise(now.id, now.value) for told in older)
        link = list_behind(now.id, first=span.first, last=span.last)
        rows.append(
            [
                Cell(promise_name(now.id), link),
                Cell(promise_value(now)),
                Cell(now.kept),
                Cell(now.broken),
                Cell(now.open),
                Cell(now.percent, unit="%"),
                Cell(before.percent, unit="%"),
                Cell(earlier.percent, unit="%"),
            ]
        )
    head = [
        ("promise", _("Promise")), ("value", _("Promised")), ("kept", _("Kept")), ("broken", _("Broken")),
        ("open", _("Still open")), ("share", _("Kept of decided")), ("before", _("Period before")),
        ("year_earlier", _("A year earlier")),
    ]  # fmt: skip
    return Table("promises", _("Promises"), head, rows)


def papers(figures: Figures) -> Table:
    """The papers in force of the visits, by kind."""
    now, before, earlier = (by_key(one["paper"]) for one in figures.each())
    rows = [
        [
            Cell(words.notice_kind(kind)),
            *(Cell(now.get(kind, Counter())[one]) for one in ("ready", "pending", "failed")),
            Cell(before.get(kind, Counter())["ready"]),
            Cell(earlier.get(kind, Counter())["ready"]),
        ]
        for kind in _ordered(now.keys() | before.keys())
    ]
    head = [
        ("kind", _("Document")), ("ready", _("Ready")), ("pending", _("Being prepared")), ("failed", _("Failed")),
        ("before", _("Ready, period before")), ("year_earlier", _("Ready, a year earlier")),
    ]  # fmt: skip
    return Table("papers", _("Documents"), head, rows)


def _ordered(kinds: Iterable[str]) -> list[Any]:
    return sorted(kinds, key=words.notice_kind)
