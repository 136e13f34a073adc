"""From a cell to a value that can be stored, or the reason why not.

Decides what is accepted as a number of the trade, a date, a time of day or a reading, and notices what spreadsheets do to them:
1.2E+10, 3-2 made a date, a day that may be a month. Reasons are codes; the words are in telling.py. Invariant: no figure passes
through a float, and no instant is without a zone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time, tzinfo

from fieldsvc import clock
from fieldsvc.imports.cells import Cell, Moment, Number, Wrong, shown

Parse = Callable[[Cell, tzinfo], str]

_SCIENTIFIC = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d+")
_DECIMAL = re.compile(r"[+-]?\d+\.\d+|-\d+")
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_MADE_A_DATE = re.compile(rf"\d{{1,2}}月\d{{1,2}}日|\d{{1,2}}-(?:{_MONTHS})|(?:{_MONTHS})-\d{{1,2}}", re.IGNORECASE)
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_TIME = re.compile(r"(\d{1,2})[:时点](\d{1,2})分?(?::\d{1,2})?(?:\.\d+)?")
_READING = re.compile(r"\d{1,12}(\.\d{1,6})?")
_FIRST_DAY = date(1990, 1, 1)


class Bad(Exception):
    """A cell that cannot be taken: a code, and what belongs to it."""

    def __init__(self, code: str, **more: str | int):
        super().__init__(code)
        self.code, self.more = code, more


def _text_of(cell: Cell) -> str:
    if isinstance(cell, Wrong):
        raise Bad(cell.code)
    if isinstance(cell, Moment):
        raise Bad("made_a_date")
    return cell.text if isinstance(cell, Number) else cell


def _plain(text: str) -> str:
    """Full-width figures and signs as narrow ones, for what is a figure anyway."""
    return unicodedata.normalize("NFKC", text).strip()


def words(most: int) -> Parse:
    """A text of at most so many characters."""

    def parse(cell: Cell, _zone: tzinfo) -> str:
        text = _text_of(cell)
        if _MADE_A_DATE.fullmatch(text):
            raise Bad("made_a_date")
        if len(text) > most:
            raise Bad("too_long", most=most)
        return text

    return parse


def number_of(most: int) -> Parse:
    """An account, a meter's number, a telephone: figures that are a name, so that every one of them counts."""
    short = words(most)

    def parse(cell: Cell, zone: tzinfo) -> str:
        text = short(cell, zone)
        if _SCIENTIFIC.fullmatch(text):
            raise Bad("scientific")
        if _DECIMAL.fullmatch(text):
            raise Bad("decimal")
        return text

    return parse


def count(least: int, most: int) -> Parse:
    """A small whole number."""

    def parse(cell: Cell, _zone: tzinfo) -> str:
        text = _plain(_text_of(cell))
        if not (text.isascii() and text.isdigit() and len(text) < 4 and least <= int(text) <= most):
            raise Bad("not_between", least=least, most=most)
        return str(int(text))

    return parse


def reading(cell: Cell, _zone: tzinfo) -> str:
    """What a meter shows: the digits as they stand, a point, never below zero."""
    text = _plain(_text_of(cell)).removesuffix("m3").strip()
    if _SCIENTIFIC.fullmatch(text):
        raise Bad("scientific")
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    if not _READING.fullmatch(text):
        raise Bad("not_a_reading")
    return text


def day(cell: Cell, _zone: tzinfo) -> str:
    """A day, as 2026-11-21."""
    if isinstance(cell, Moment) and not isinstance(cell.at, time):
        at = cell.at.date() if isinstance(cell.at, datetime) else cell.at
        return _checked(at).isoformat()
    text = _plain(_date_text(cell))
    found = _DAY.match(text) or _COMPACT.fullmatch(text)
    if not found or (found.end() != len(text) and not re.fullmatch(r"[ T]?0?0:00(:00)?", text[found.end() :])):
        raise Bad("not_a_day")
    return _checked(_date(found)).isoformat()


def instant(cell: Cell, zone: tzinfo) -> str:
    """An instant, as RFC 3339; a day without a time is its beginning on the company's clock."""
    if isinstance(cell, Moment) and not isinstance(cell.at, time):
        at = cell.at if isinstance(cell.at, datetime) else datetime.combine(cell.at, time())
        _checked(at.date())
        return clock.rfc3339(at.replace(tzinfo=zone))
    text = _plain(_date_text(cell))
    if re.match(r"\d{4}-\d\d-\d\dT", text) and re.search(r"(Z|[+-]\d\d:?\d\d)$", text):
        try:
            return clock.rfc3339(datetime.fromisoformat(text))
        except (ValueError, OverflowError) as error:
            raise Bad("not_a_day") from error
    found = _DAY.match(text) or _COMPACT.fullmatch(text)
    if not found:
        raise Bad("not_a_day")
    rest = text[found.end() :].strip(" T")
    at_time = _clock(rest) if rest else time()
    return clock.rfc3339(datetime.combine(_checked(_date(found)), at_time, tzinfo=zone))


def _date_text(cell: Cell) -> str:
    if isinstance(cell, Moment):
        raise Bad("not_a_day")
    if isinstance(cell, Number) and not _COMPACT.fullmatch(cell.text):
        raise Bad("number_for_a_day")
    return _text_of(cell)


def _date(found: re.Match[str]) -> date:
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError as error:
        raise Bad("not_a_day") from error


def _checked(at: date) -> date:
    if at < _FIRST_DAY or at.year > 2200:
        raise Bad("not_a_day")
    return at


def time_of_day(cell: Cell, _zone: tzinfo) -> str:
    """A time of day, as 09:00."""
    if isinstance(cell, Moment) and not (isinstance(cell.at, date) and not isinstance(cell.at, datetime)):
        at = cell.at.time() if isinstance(cell.at, datetime) else cell.at
        assert isinstance(at, time)
        return at.strftime("%H:%M")
    if isinstance(cell, Moment):
        raise Bad("not_a_time")
    return _clock(_plain(_text_of(cell))).strftime("%H:%M")


def _clock(text: str) -> time:
    found = _TIME.fullmatch(text)
    try:
        if found:
            return time(int(found[1]), int(found[2]))
    except ValueError:
        pass
    raise Bad("not_a_time")


def one_of(meanings: Callable[[], dict[str, str]]) -> Parse:
    """A word with a meaning: the value that any of its spellings stands for."""

    def parse(cell: Cell, _zone: tzinfo) -> str:
        text = _text_of(cell)
        meant = meanings().get(squeezed(text))
        if meant is None:
            raise Bad("not_known", value=shown(cell)[:60])
        return meant

    return parse


def squeezed(text: str) -> str:
    """A heading or a word without what varies: width, case, spaces, punctuation, remarks in brackets."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = re.sub(r"[(\[【〔{].*?[)\]】〕}]", "", text)
    return re.sub(r"[\s_\-*:：.。/、,，#]+", "", text)
