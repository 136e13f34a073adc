"""The charts of the dashboard and of the reports, and how a period is called.

Decides which figures are drawn and what is said of them to somebody who cannot see them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask_babel import get_locale

from fieldsvc.messages import day_written
from fieldsvc.office import words
from fieldsvc.office.figures import charts, report_figures, report_tables
from fieldsvc.office.figures.charts import Chart, Series
from fieldsvc.office.figures.report_figures import Figures
from fieldsvc.office.words import _
from fieldsvc.reports import service as reports
from fieldsvc.reports.service import Coverage, Span

ENDED = ("completed", "stopped", "no_access", "refused")


def span_name(name: str) -> str:
    """What a kind of period is called."""
    return {"week": _("Week"), "month": _("Month"), "quarter": _("Quarter"), "year": _("Year")}[name]


def _written(skeleton: str, day: date) -> str:
    return day_written(skeleton, day, str(get_locale()))


def title(span: Span) -> str:
    """A period by its name: week 1 of 2026, January 2026, first quarter 2026, 2026."""
    if span.name == "week":
        year, week, _day = span.first.isocalendar()
        days = f"{_written('MMMd', span.first)}–{_written('MMMd', span.last)}"
        return _("Week %(week)s of %(year)s (%(days)s)", week=week, year=year, days=days)
    return _written({"month": "yMMMM", "quarter": "yQQQQ", "year": "y"}[span.name], span.first)


def of_span(figures: Figures, duties: Sequence[Coverage]) -> dict[str, Chart]:
    """The charts of a report, by the id of the table that they stand at."""
    made = {"work": work(figures.span), "hazards": hazards(figures)}
    return made | {f"coverage-{one.category}": coverage(one) for one in duties}


def work(span: Span) -> Chart:
    """Visits by how they ended, along the period, with what was planned behind them."""
    steps = reports.series(measure="type", span=span)
    labels = [_step(span, first) for first, _last, _counted in steps]
    counted = [one for _first, _last, one in steps]
    planned = Series(_("Planned"), "plan", [report_figures.meant(one) for one in counted])
    ended = [Series(words.outcome(one), one, [count[one] for count in counted]) for one in ENDED]
    whole = sum(planned.values)
    finished = sum(report_figures.done(one) for one in counted)
    says = _("%(done)s of %(planned)s planned visits were done.", done=finished, planned=whole)
    shown = [one for one in ended if any(one.values)] or ended[:1]
    return charts.bars(
        id="chart-work", title=_("Visits"), says=says, labels=labels, stacked=shown, plan=planned, first=_("Day")
    )


def _step(span: Span, first: date) -> str:
    return {
        "week": lambda: _written("Ed", first),
        "month": lambda: str(first.day),
        "quarter": lambda: _written("Md", first),
        "year": lambda: _written("MMM", first),
    }[span.name]()


def hazards(figures: Figures) -> Chart:
    """Hazards found, by item and level."""
    found = report_figures.by_key(figures.now["found"])
    items = [one for one in report_tables.known_items() if one] + sorted(
        found.keys() - set(report_tables.known_items())
    )
    levels = [
        Series(words.level(level), f"level-{level}", [found[one][str(level)] if one in found else 0 for one in items])
        for level in (1, 2, 3)
    ]
    whole = sum(sum(one.values) for one in levels)
    return charts.bars(
        id="chart-hazards",
        title=_("Hazards found"),
        says=words.ngettext("%(num)s hazard was found.", "%(num)s hazards were found.", whole),
        labels=[words.item(one) for one in items],
        stacked=levels,
        first=_("Item"),
    )


def duty_name(category: str) -> str:
    """Whose duty it is."""
    return {"home": _("Homes"), "business": _("Businesses")}.get(category, category)


def coverage(one: Coverage) -> Chart:
    """Customers inspected in the period of the duty so far, and how many should have been."""
    length = (one.last - one.first).days + 1
    starts = _months(one)
    rows = [
        [words.day(day), one.should[place], one.curve[place] if place < len(one.curve) else ""]
        for place, day in _ends(one)
    ]
    name = duty_name(one.category)
    says = _(
        "%(covered)s of %(whole)s inspected; %(should)s should be by now.",
        covered=one.covered,
        whole=one.whole,
        should=one.due_by_now,
    )
    series = [Series(_("Should be"), "plan", one.should), Series(_("Inspected"), "completed", one.curve)]
    return charts.lines(
        id=f"chart-coverage-{one.category}",
        title=_("%(who)s: inspected since %(day)s", who=name, day=words.day(one.first)),
        says=says,
        labels=starts,
        length=length,
        series=series,
        rows=rows,
        first=_("Until"),
    )


def _months(one: Coverage) -> list[tuple[int, str]]:
    """Where months begin; of a long period every second, third … one."""
    starts = [
        ((day - one.first).days, _written("MMM", day))
        for day in (date(n // 12, n % 12 + 1, 1) for n in range(_month(one.first), _month(one.last) + 1))
    ]
    return starts[:: -(-len(starts) // 12)]


def _ends(one: Coverage) -> list[tuple[int, date]]:
    """The last days of the months of a period, and today."""
    firsts = [date(n // 12, n % 12 + 1, 1) for n in range(_month(one.first) + 1, _month(one.last) + 2)]
    ends = {date.fromordinal(day.toordinal() - 1) for day in firsts} | {one.until}
    return [((day - one.first).days, day) for day in sorted(ends) if one.first <= day <= one.last]


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1
