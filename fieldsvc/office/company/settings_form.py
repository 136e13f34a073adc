"""Declared fields as a form, and back: what a browser sent → values, or what is wrong with each.

Decides how each kind of value is written in a form and read from one; whether a value is allowed is its declaration's to say
(policy/fields.py). Invariant: what was sent comes back into the form as it was sent, whatever is wrong with it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from fieldsvc.office.words import _
from fieldsvc.policy.service import MOST_ROWS, allowed, twice

Json = dict[str, Any]
Field = Mapping[str, Any]

EMPTY_ROWS = 1
MORE_ROWS = 5
READ_ROWS = 4 * MOST_ROWS
_PARTS = re.compile(r"[,，、;；\s]+")
_WHOLE = re.compile(r"-?[0-9]{1,12}")


def written(fields: Sequence[Field], values: Mapping[str, Any]) -> Json:
    """Values as the form shows them: texts, and lists of rows of texts with an empty row at the end."""
    return {field["id"]: _written(field, values.get(field["id"])) for field in fields}


def _written(field: Field, value: Any) -> Any:
    match field["kind"]:
        case "boolean":
            return "1" if value else ""
        case "integers":
            return ", ".join(str(one) for one in value or [])
        case "table":
            rows = [
                {column["id"]: _written(column, row.get(column["id"])) for column in field["columns"]} for row in value
            ]
            return rows + [empty_row(field) for _n in range(EMPTY_ROWS)]
    return "" if value is None else str(value)


def empty_row(field: Field) -> Json:
    """A row of a table that nobody has filled in."""
    return {column["id"]: _written(column, _start(column)) for column in field["columns"]}


def _start(column: Field) -> Any:
    # A price or a day that nobody wrote would look kept, but such a row is left out. Of a list a browser always sends one.
    if column["kind"] in ("decimal", "date"):
        return None
    return column.get("default", column["choices"][0]["value"] if column["kind"] == "choice" else None)


def sent(fields: Sequence[Field], form: Mapping[str, str], *, more: str = "") -> Json:
    """What a browser sent, as the form shows it; `more` names a table that is to get further empty rows."""
    return {field["id"]: _sent(field, form, more) for field in fields}


def _sent(field: Field, form: Mapping[str, str], more: str) -> Any:
    name = field["id"]
    if field["kind"] != "table":
        return form.get(f"f.{name}", "")
    rows = []
    for number in range(READ_ROWS):
        if f"t.{name}.{number}" not in form:
            break
        if not form.get(f"t.{name}.{number}.remove"):
            rows.append({c["id"]: form.get(f"t.{name}.{number}.{c['id']}", "") for c in field["columns"]})
    return rows + [empty_row(field) for _n in range(MORE_ROWS if more == name else 0)]


def read(fields: Sequence[Field], shown: Mapping[str, Any]) -> tuple[Json, dict[str, str]]:
    """The values that a form holds, and what is wrong, by field (`days`) or cell (`days.3.day`)."""
    values: Json = {}
    errors: dict[str, str] = {}
    for field in fields:
        name = field["id"]
        if field["kind"] == "table":
            values[name] = _rows(field, shown[name], errors)
            if len(values[name]) > MOST_ROWS:
                errors[name] = _("No more than %(num)s rows.", num=MOST_ROWS)
            elif again := twice(field, values[name]):
                errors[name] = _("Stands in several rows: %(what)s", what=", ".join(again[:5]))
        else:
            values[name] = _value(field, shown[name])
            if not allowed(field, values[name]):
                errors[name] = why_not(field)
    return values, errors


def _rows(field: Field, shown: Sequence[Mapping[str, str]], errors: dict[str, str]) -> list[Json]:
    rows = []
    untouched = empty_row(field)
    for number, row in enumerate(shown):
        if all(not text.strip() or text == untouched[name] for name, text in row.items()):
            continue
        read_row = {column["id"]: _value(column, row[column["id"]]) for column in field["columns"]}
        for column in field["columns"]:
            if not allowed(column, read_row[column["id"]]):
                errors[f"{field['id']}.{number}.{column['id']}"] = why_not(column)
        rows.append(read_row)
    return rows


def _value(field: Field, text: str) -> Any:
    """The value that a text stands for; the text itself where it stands for none, which is then not allowed."""
    figures = unicodedata.normalize("NFKC", text).strip()
    match field["kind"]:
        case "boolean":
            return bool(text)
        case "integer":
            return int(figures) if _WHOLE.fullmatch(figures) else text
        case "decimal" | "date":
            return figures
        case "integers":
            parts = [part for part in _PARTS.split(figures) if part]
            return [int(part) if _WHOLE.fullmatch(part) else part for part in parts]
        case "choice":
            return next((one["value"] for one in field["choices"] if str(one["value"]) == text), text)
    return text.replace("\r\n", "\n").strip()


def why_not(field: Field) -> str:
    """What a field wants, for somebody who gave it something else."""
    least, most = field.get("min"), field.get("max")
    match field["kind"]:
        case "integer" | "integers" | "decimal" if least is not None and most is not None:
            bounds = {"least": least, "most": most}
            return {
                "integer": _("A whole number from %(least)s to %(most)s.", **bounds),
                "integers": _("Whole numbers from %(least)s to %(most)s, with commas between them.", **bounds),
                "decimal": _("A figure from %(least)s to %(most)s, such as 2.50.", **bounds),
            }[field["kind"]]
        case "integer":
            return _("A whole number.")
        case "integers":
            return _("Whole numbers, with commas between them.")
        case "decimal":
            return _("A figure, such as 2.50.")
        case "date":
            return _("A day, such as 2026-10-01.")
        case "choice" | "zone":
            return _("Choose one of the list.")
        case "text" if field.get("pattern"):
            return _("Letters, digits, points and dashes, no longer than %(num)s.", num=most or 400)
        case "text" if field.get("required"):
            return _("Needed, and no longer than %(num)s characters.", num=most or 400)
    return _("No longer than %(num)s characters.", num=most or 400)
