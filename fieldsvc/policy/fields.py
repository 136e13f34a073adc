"""The kinds of value that a section may declare, and what each allows.

Kinds: `integer` (with min, max), `decimal` (text such as "2.50", with min, max), `boolean`, `text` (with max as length),
`choice` (with choices: [{value, name}]), `date` (text such as "2026-10-01"), `zone` (a time zone's name), `integers` (a list,
each within min and max) and `table` (a list of mappings whose columns are fields themselves; no two rows have the same value in
the column that it says is `unique`). A text may be `required` and have a `pattern`, a decimal may be `optional`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

_DECIMAL = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
LONGEST, MOST_ROWS = 400, 500


def allowed(field: Mapping[str, Any], value: Any) -> bool:
    """Say whether a field may have this value."""
    match field["kind"]:
        case "integer":
            return type(value) is int and _within(field, Decimal(value))
        case "decimal":
            if value == "" and field.get("optional"):
                return True
            return isinstance(value, str) and bool(_DECIMAL.fullmatch(value)) and _within(field, Decimal(value))
        case "boolean":
            return isinstance(value, bool)
        case "text":
            return isinstance(value, str) and len(value) <= int(field.get("max", LONGEST)) and _said(field, value)
        case "choice":
            return any(value == choice["value"] for choice in field["choices"])
        case "date":
            return isinstance(value, str) and _day(value)
        case "zone":
            return isinstance(value, str) and value in available_timezones()
        case "integers":
            return isinstance(value, list) and all(type(one) is int and _within(field, Decimal(one)) for one in value)
        case "table":
            return (
                isinstance(value, list)
                and len(value) <= MOST_ROWS
                and all(_row(field, row) for row in value)
                and not twice(field, value)
            )
    return False


def twice(field: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """What stands in several rows of a table's `unique` column."""
    if "unique" not in field:
        return []
    counted = Counter(str(row[field["unique"]]) for row in rows)
    return [value for value, times in counted.items() if times > 1]


def _said(field: Mapping[str, Any], value: str) -> bool:
    # A NUL is no text to databases.
    if "\0" in value or ("pattern" in field and value and not re.fullmatch(field["pattern"], value)):
        return False
    return bool(value.strip() or not field.get("required"))


def _day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _within(field: Mapping[str, Any], value: Decimal) -> bool:
    least, most = field.get("min"), field.get("max")
    return (least is None or value >= Decimal(str(least))) and (most is None or value <= Decimal(str(most)))


def _row(field: Mapping[str, Any], row: Any) -> bool:
    return isinstance(row, Mapping) and all(
        column["id"] in row and allowed(column, row[column["id"]]) for column in field["columns"]
    )
