"""The reports: week, month, quarter, year, each beside the period before and the same one a year earlier; as pages and files.

Each view asks and shows; what is counted is decided in `fieldsvc.reports`, what stands beside what in `report_tables`.
"""

from __future__ import annotations

from flask import abort, request
from flask.typing import ResponseReturnValue

from fieldsvc import clock
from fieldsvc.found import Held
from fieldsvc.identity import access
from fieldsvc.office import words
from fieldsvc.office.figures import report_charts, report_figures, report_tables
from fieldsvc.office.figures.report_figures import Cell, Table
from fieldsvc.office.frame import pages, show
from fieldsvc.office.lists import Column, List, file
from fieldsvc.reports import service as reports
from fieldsvc.reports.service import Span


def _asked_span() -> Span:
    name = request.args.get("span", "")
    day = clock.day_of(request.args.get("day", "")) or words.today()
    return reports.span_of(name if name in reports.NAMES else "month", day)


@pages.get("/reports")
@access.needs("office")
def report() -> ResponseReturnValue:
    span, today = _asked_span(), words.today()
    figures = report_figures.gather(span, today=today)
    duties = reports.coverage(on=min(span.last, today), today=today)
    return show(
        "reports",
        span=span,
        spans=[(name, report_charts.span_name(name)) for name in reports.NAMES],
        title=report_charts.title(span),
        compared=[report_charts.title(one) for one in dict.fromkeys((span.before, span.year_earlier))],
        tables=report_tables.tables(figures),
        charts=report_charts.of_span(figures, duties),
        duties=duties,
        lag=reports.lag(),
    )


@pages.get("/reports/<table_id>")
@access.needs("office")
def report_file(table_id: str) -> ResponseReturnValue:
    """One table of a report as a file; the address says of which period, and `as` which kind."""
    span = _asked_span()
    table = report_tables.tables(report_figures.gather(span, today=words.today())).get(table_id)
    if table is None:
        abort(404)
    return file(_as_list(table, span)) or abort(404)


def _as_list(table: Table, span: Span) -> List[list[Cell]]:
    return List(
        id=f"report-{table.id}-{span.name}-{span.first.isoformat()}",
        title=table.title,
        columns=[_column(place, column_id, said) for place, (column_id, said) in enumerate(table.head)],
        find=lambda _asked: Held([list(row) for row in table.rows]),
    )


def _column(place: int, column_id: str, said: str) -> Column[list[Cell]]:
    return Column(column_id, said, lambda row: row[place].value)
