"""What a cell of a file holds, and what a spreadsheet may have done to it.

Decides what can be restored for certain (a number as its digits, zeros that the cell's format shows, the text in ="…") and
what cannot: that becomes a `Wrong` with its reason. Invariant: a value is given on as the person wrote it, or not at all.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

EXACT = 10**15
"""Excel keeps fifteen digits of a number; what follows is lost."""

_AROUND = " \t\r\n\u3000\xa0\ufeff\u200b\u200e\u200f"
_LITERAL = re.compile(r'="((?:[^"]|"")*)"')
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_DAMAGED = ("\ufffd", "锟斤拷", "烫烫烫")
_GUARDED = re.compile(r"'(?=[=+\-@\t0-9])")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Number:
    """A cell that a spreadsheet holds as a number: its digits."""

    text: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A cell that a spreadsheet holds as a date or a time of day."""

    at: datetime | date | time


@dataclass(frozen=True, slots=True)
class Wrong:
    """A cell whose value cannot be known."""

    code: str
    text: str


Cell = str | Number | Moment | Wrong


def of_text(text: str) -> Cell:
    """A cell of text: trimmed, and without the marks by which texts are kept from being made numbers."""
    text = text.strip(_AROUND)
    literal = _LITERAL.fullmatch(text)
    if literal:
        text = literal[1].replace('""', '"').strip(_AROUND)
    if text.startswith("="):
        return Wrong("formula", text[:200])
    text = _GUARDED.sub("", text, count=1) if text.startswith("'") else text
    if _CONTROL.search(text):
        return Wrong("control", _CONTROL.sub("?", text)[:200])
    if any(mark in text for mark in _DAMAGED):
        return Wrong("damaged", text[:200])
    return " ".join(text.split()) if "\n" in text or "\r" in text or "\t" in text else text


def of_workbook(value: Any, data_type: str, number_format: str) -> Cell:
    """A cell of a workbook."""
    if value is None:
        return ""
    if data_type == "f":
        return Wrong("formula", str(getattr(value, "text", value))[:200])
    if data_type == "e":
        return Wrong("error", str(value)[:200])
    if isinstance(value, bool):
        return Wrong("yes_no", str(value).upper())
    if isinstance(value, int | float):
        return _number(value, number_format)
    if isinstance(value, datetime | date | time):
        return Moment(value)
    return of_text(value) if isinstance(value, str) else Wrong("error", str(value)[:200])


def _number(value: int | float, number_format: str) -> Cell:
    if isinstance(value, float) and not math.isfinite(value):
        return Wrong("error", str(value))
    if abs(value) >= EXACT:
        return Wrong("long_number", f"{value:.0f}" if isinstance(value, float) else str(value)[:40])
    if value == int(value):
        shown = re.fullmatch(r"0+", number_format or "")
        return Number(str(int(value)).zfill(len(shown[0])) if shown and value >= 0 else str(int(value)))
    return Number(format(Decimal(format(value, ".15g")), "f"))


def shown(cell: Cell) -> str:
    """A cell as people see it, for samples and for giving bad rows back."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Moment):
        return _moment(cell.at)
    return cell.text


def _moment(at: datetime | date | time) -> str:
    if isinstance(at, datetime):
        return at.strftime("%Y-%m-%d") if at.time() == time() else at.strftime("%Y-%m-%d %H:%M:%S")
    return at.isoformat() if isinstance(at, date) else at.strftime("%H:%M")


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(_FORMULA_STARTS) else text
