"""Imports in words: fields, states, why a file or a row was not taken, and the rows given back as a file.

Decides words only. What stands in a file is shown as it is, but no cell that is given back begins like a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import flask_babel

from fieldsvc.imports.cells import harmless
from fieldsvc.imports.models import BadRow, ChangedRow, Import
from fieldsvc.office import words

Json = dict[str, Any]

# Flask-Babel ships no types; here its function gets one.
_: Callable[..., str] = flask_babel.gettext


def kind(name: str) -> str:
    """A kind of import."""
    known = {
        "customers": _("Customers and their meters"),
        "readings": _("Meter readings"),
        "orders": _("Work orders (visits to plan)"),
    }
    return known.get(name, name)


def field(name: str) -> str:
    """A field, as people call it."""
    known = {
        "account": _("Account number"),
        "name": _("Customer's name"),
        "phone": _("Telephone"),
        "district": _("District"),
        "address": _("Address"),
        "building": _("Building"),
        "unit": _("Unit"),
        "room": _("Room"),
        "serial": _("Meter number"),
        "kind": _("Meter type"),
        "digits": _("Whole digits of the dial"),
        "decimals": _("Decimals of the dial"),
        "value": _("Reading"),
        "read_at": _("Read on"),
        "type": _("Kind of visit"),
        "day": _("Planned day"),
        "from": _("From (time)"),
        "to": _("Until (time)"),
        "technician": _("Technician"),
    }
    return known.get(name, name)


def state(name: str) -> str:
    """The step at which an import is."""
    known = {
        "matching": _("Columns to be matched"),
        "checking": _("Being checked"),
        "checked": _("Waits for you"),
        "writing": _("Being written"),
        "done": _("Taken in"),
        "failed": _("Refused"),
        "cancelled": _("Given up"),
    }
    return known.get(name, name)


def encoding(shape: Mapping[str, Any]) -> str:
    """How a file is read."""
    if shape["format"] == "xlsx":
        if shape["sheets"] > 1:
            return _("Excel workbook, sheet “%(sheet)s”; the other sheets are not read", sheet=shape["sheet"])
        return _("Excel workbook, sheet “%(sheet)s”", sheet=shape["sheet"])
    names = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "gb18030": "GB 18030"}
    separators = {",": _("comma"), ";": _("semicolon"), "\t": _("tab")}
    return _("Text in %(encoding)s, separated by %(separator)s", encoding=names[shape["encoding"]],
             separator=separators[shape["delimiter"]])  # fmt: skip


def refusal(told: Mapping[str, Any]) -> str:
    """Why a whole file cannot be imported."""
    line = told.get("line", "?")
    known = {
        "too_large": _("The file is larger than 50 MiB. Split it."),
        "too_many_rows": _("The file has more than 300,000 rows. Split it."),
        "empty": _("There are no rows in this file: below the headings there must be at least one."),
        "old_workbook": _(
            "This is an old Excel file (.xls), or one with a password. Save it as .xlsx without a password."
        ),
        "broken_workbook": _("This Excel file is damaged and cannot be read to its end."),
        "not_a_workbook": _("This is no Excel workbook. Bring a .xlsx or .csv file."),
        "locked_workbook": _("This file has a password. Save it without one."),
        "bomb": _("This file unpacks to far more than a workbook of this size holds. It is not opened."),
        "not_text": _("This is neither an Excel workbook nor a text file. Save it as .xlsx, or as CSV in UTF-8."),
        "encoding": _(
            "The text is neither UTF-8 nor GB 18030, from line %(line)s on. Save it as CSV in UTF-8.", line=line
        ),
        "quotes": _("A quotation mark that is opened near line %(line)s is not closed.", line=line),
        "file_gone": _("The uploaded file is no longer on the server. Bring it again."),
        "file_changed": _("The uploaded file has changed on the server. Bring it again."),
        "internal": _("The server could not do it, though it tried several times. See its log."),
    }
    code = str(told.get("code", ""))
    return known.get(code, code)


def reason(told: Mapping[str, Any]) -> str:
    """Why a row was not taken: the field, then what is wrong with it."""
    of, more = str(told.get("field") or ""), told
    known = {
        "missing": _("is empty"),
        "formula": _("is a formula; write its value"),
        "error": _("is an error of the spreadsheet"),
        "yes_no": _("is TRUE or FALSE"),
        "control": _("contains signs that cannot be seen"),
        "damaged": _("is damaged: its characters were lost before it came here"),
        "long_number": _("has more than 15 digits and was kept as a number: its last digits are lost; keep it as text"),
        "scientific": _("was shortened to a power of ten by a spreadsheet; keep it as text"),
        "decimal": _("was made a decimal number by a spreadsheet; keep it as text"),
        "made_a_date": _("was made a date by a spreadsheet; keep it as text"),
        "too_long": _("is longer than %(most)s characters", most=more.get("most")),
        "not_between": _("is no whole number from %(least)s to %(most)s", least=more.get("least"), most=more.get("most")),
        "not_a_reading": _("is no reading of a meter"),
        "not_a_day": _("is no date that can only be read one way, such as 2026-11-21"),
        "number_for_a_day": _("is a number, not a date; give the column a date format"),
        "not_a_time": _("is no time of day such as 09:00"),
        "not_known": _("is not a word that is known here: %(value)s", value=more.get("value")),
        "contradicts": _("says something else than line %(line)s", line=more.get("line")),
        "needs_name": _("is needed for an account that is not on file"),
        "needs_serial": _("needs a meter number beside it"),
        "zeros_lost": _("is not on file, but %(on_file)s is: a spreadsheet may have removed zeros", on_file=more.get("on_file")),
        "serial_taken": _("belongs to another customer"),
        "not_on_file": _("is not on file"),
        "account_without_name": _("is not on file, and there is no name to open it with"),
        "another_name": _("is not the one on file: %(on_file)s", on_file=more.get("on_file")),
        "several_meters": _("has several meters: give the meter number"),
        "no_meter": _("has no meter on file"),
        "beyond_the_dial": _("has more digits than the dial (%(digits)s whole, %(decimals)s decimals)",
                             digits=more.get("digits"), decimals=more.get("decimals")),
        "another_reading": _("is on file with another figure: %(on_file)s; what was read is never overwritten",
                             on_file=more.get("on_file")),
        "future": _("lies in the future"),
        "past": _("lies in the past"),
        "ends_before": _("is before the beginning"),
        "no_technician": _("is no technician here"),
        "two_technicians": _("is the name of several technicians: give the user name"),
        "refused": _("It was refused: %(detail)s", detail=more.get("detail")),
    }  # fmt: skip
    code = str(told.get("code", ""))
    said = known.get(code, code)
    return _("%(field)s %(said)s", field=field(of), said=said) if of else said


def reasons(row: BadRow) -> str:
    """All that is wrong with a row."""
    return _("; ").join(reason(one) for one in row.reasons)


def lines_of_csv(row: Import, bad: Iterable[BadRow]) -> Iterator[str]:
    """The rows that were not taken as CSV, with their line and the reason; no cell is a formula."""
    headings: Sequence[str] = row.shape["headings"]
    width = len(headings)
    yield "\ufeff" + _as_csv([*headings, _("Line"), _("Why not taken")])
    for one in bad:
        cells = [*one.cells, *[""] * (width - len(one.cells))][:width]
        yield _as_csv([*cells, str(one.line), reasons(one)])


def change(told: Mapping[str, str]) -> str:
    """What a row changes of one field: what is on file, then what the file says."""
    said = {"field": field(told["field"]), "new": value(told, "new")}
    if not told["old"]:
        return _("%(field)s: %(new)s (nothing on file)", **said)
    return _("%(field)s: %(old)s → %(new)s", old=value(told, "old"), **said)


def changes(row: ChangedRow) -> str:
    """All that a row changes."""
    return _("; ").join(change(one) for one in row.fields)


def value(told: Mapping[str, str], name: str) -> str:
    """One side of a change, as people call it."""
    return words.meter_kind(told[name]) if told["field"] == "kind" else told[name]


def lines_of_preview(changed: Iterable[ChangedRow], bad: Iterable[BadRow]) -> Iterator[str]:
    """What an import changes, a line a field, then why rows were not taken, as CSV; no cell is a formula."""
    names = [_("Line"), _("Account number"), _("Meter number"), _("Field"), _("On file"), _("In this file")]
    yield "\ufeff" + _as_csv([*names, _("Why not taken")])
    for row in changed:
        for told in row.fields:
            said = field(told["field"]), value(told, "old"), value(told, "new")
            yield _as_csv([str(row.line), row.account, row.serial, *said, ""])
    for one in bad:
        yield _as_csv([str(one.line), "", "", "", "", "", reasons(one)])


def _as_csv(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([harmless(cell) for cell in cells])
    return out.getvalue()
