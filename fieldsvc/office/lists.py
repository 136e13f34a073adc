"""The one way a list of the office is made: declared columns and filters; sort, pages and files come by themselves.

A list says which columns it has, what can be filtered, and where its rows come from (`fieldsvc.found`); the address says the
rest (`?q=…&sort=-due&page=3`), so whatever is on the screen can be linked to and taken away as it stands (`as=csv`, `as=xlsx`).
Decides no cell's looks: the template writes the rows, and this gives it heads, filters and pager. Invariant: a file holds every
row that the filters let through, in the order of the screen, whatever page one was on.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import IO, Any, Generic, TypeVar
from urllib.parse import urlencode

from flask import Response, request, stream_with_context
from flask.typing import ResponseReturnValue

from fieldsvc import clock, installation, sheets
from fieldsvc.found import Findings, Mark, Part, Total
from fieldsvc.office.frame import PER_PAGE, show

Row = TypeVar("Row")
Asked = Mapping[str, Any]
FILES = ("csv", "xlsx")
MOST_BY_NUMBER = 40
"""So many pages are counted up to; further ones go on after the row before, which takes the same time everywhere. Of what has
to be gone through (`Found.walked`) all but the first do."""


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A column: its id, English and never changed, heads the files; `value` is what a file holds of a row.

    `sort`: the order of `Found.orders` by which a click on the heading sorts; `file_only`: too much for the screen;
    `screen_only`: nothing that a file could hold; `look`: classes of the heading (right, num, spare, grow).
    """

    id: str
    words: str
    value: Callable[[Row], sheets.Value]
    sort: str = ""
    file_only: bool = False
    screen_only: bool = False
    look: str = ""
    unseen: bool = False


@dataclass(frozen=True)
class Search:
    """Free words."""

    id: str
    words: str
    kind: str = "search"

    def read(self, given: str) -> str:
        """What was asked for, at a bearable length."""
        return given[:200]

    def written(self, value: Any) -> str:
        """A value as the address writes it."""
        return str(value)


@dataclass(frozen=True)
class Choice:
    """One of several values with their words; `every` says what no choice means, unless there is always one: `usual`."""

    id: str
    words: str
    options: Sequence[tuple[str, str]]
    every: str = ""
    usual: str = ""
    kind: str = "choice"

    def read(self, given: str) -> str:
        """The choice; the usual one for a value that there is not."""
        return given if any(given == value for value, _ in self.options) else self.usual

    def written(self, value: Any) -> str:
        """A value as the address writes it."""
        return str(value)


@dataclass(frozen=True)
class Day:
    """A day; None where there is none that can be read."""

    id: str
    words: str
    kind: str = "day"

    def read(self, given: str) -> date | None:
        """The day."""
        return clock.day_of(given)

    def written(self, value: Any) -> str:
        """A value as the address writes it."""
        return value.isoformat() if value else ""


@dataclass(frozen=True)
class Tick:
    """Yes or not asked."""

    id: str
    words: str
    kind: str = "tick"

    def read(self, given: str) -> bool:
        """Whether it is ticked."""
        return given == "1"

    def written(self, value: Any) -> str:
        """A value as the address writes it."""
        return "1" if value else ""


Filter = Search | Choice | Day | Tick


@dataclass(frozen=True)
class List(Generic[Row]):
    """A list: `id` names its files, `find` gives its rows for what is asked; `at` goes before its names in the address, where a
    page has two; `per_page` where rows are unusually tall."""

    id: str
    title: str
    columns: Sequence[Column[Row]]
    find: Callable[[Asked], Findings[Row]]
    filters: Sequence[Filter] = ()
    at: str = ""
    per_page: int = 0


def answer(one: List[Any], template: str, **what: Any) -> ResponseReturnValue:
    """The page with the list as `listing`, or the file that the address asks for."""
    return file(one) or show(template, listing=shown(one), **what)


def file(one: List[Any]) -> Response | None:
    """The whole list as a file, when the address asks for one."""
    kind = request.args.get(f"{one.at}as", "")
    if kind not in FILES:
        return None
    asked = _asked(one)
    found, zone = one.find(asked), installation.zone()
    columns = [column for column in one.columns if not column.screen_only]
    head = [[column.id for column in columns], [column.words for column in columns]]
    rows = _lines(columns, found.each(order=_order(one, found)))
    name = f"{one.id}-{clock.now().astimezone(zone):%Y%m%d-%H%M}.{kind}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    if kind == "csv":
        lines = (part.encode() for part in sheets.csv_lines(head, rows, zone=zone))
        return Response(stream_with_context(lines), mimetype="text/csv", headers=headers)
    book = sheets.xlsx_file(head, rows, zone=zone, title=one.title)
    return Response(_poured(book), mimetype=sheets.XLSX_TYPE, headers=headers)


def _poured(book: IO[bytes]) -> Iterator[bytes]:
    with book:
        while part := book.read(64 * 1024):
            yield part


def _lines(columns: Sequence[Column[Row]], parts: Iterable[Sequence[Row]]) -> Iterator[list[sheets.Value]]:
    for part in parts:
        for row in part:
            yield [column.value(row) for column in columns]


def _given(one: List[Any], name: str) -> str:
    return request.args.get(one.at + name, "").strip()


def _asked(one: List[Any]) -> dict[str, Any]:
    return {each.id: each.read(_given(one, each.id)) for each in one.filters}


def _order(one: List[Any], found: Findings[Any]) -> str:
    order = _given(one, "sort")
    offered = {column.sort for column in one.columns if column.sort}
    return order if order.removeprefix("-") in offered and order.removeprefix("-") in found.orders else found.usual


def shown(one: List[Row]) -> Shown[Row]:
    """The part of a list that the address asks for, read."""
    asked = _asked(one)
    found = one.find(asked)
    order = _order(one, found)
    number, size = _number(_given(one, "page")), one.per_page or PER_PAGE
    by_number = 1 if getattr(found, "walked", False) else MOST_BY_NUMBER
    after, before = (_mark(found, order, _given(one, name)) for name in ("after", "before"))
    if after is None and before is None:
        number = min(number, by_number)
        part = found.part(order=order, limit=size, offset=(number - 1) * size)
    else:
        part = found.part(order=order, limit=size, after=None if before else after, before=before)
    total = part.total or found.count() or Total((number - 1) * size + len(part.rows), exact=not part.more)
    return Shown(one, asked, order, number, part, total, by_number, back=before is not None)


def _number(given: str) -> int:
    return max(1, int(given)) if given.isascii() and given.isdigit() and len(given) < 7 else 1


def _mark(found: Findings[Any], order: str, given: str) -> Mark | None:
    try:
        written = json.loads(base64.urlsafe_b64decode(given.encode() + b"=" * (-len(given) % 4))) if given else None
    except (ValueError, binascii.Error, RecursionError):
        return None
    return found.unwritten(order, written) if isinstance(written, list) else None


def _write(mark: Mark) -> str:
    written = [one.isoformat() if isinstance(one, date | datetime) else one for one in mark]
    return base64.urlsafe_b64encode(json.dumps(written, ensure_ascii=False).encode()).decode().rstrip("=")


@dataclass(frozen=True)
class Head:
    """A heading: its words, where a click leads, and how the list stands by it: ascending, descending or empty."""

    words: str
    look: str = ""
    unseen: bool = False
    address: str = ""
    standing: str = ""


@dataclass(frozen=True)
class Shown(Generic[Row]):
    """A list as the page shows it. Templates use it through office/list_parts.html."""

    list: List[Row]
    asked: Asked
    order: str
    number: int
    part: Part[Row]
    total: Total
    by_number: int = MOST_BY_NUMBER
    back: bool = field(default=False)

    @property
    def rows(self) -> Sequence[Row]:
        """The rows of this page."""
        return self.part.rows

    @property
    def size(self) -> int:
        """How many rows a page has."""
        return self.list.per_page or PER_PAGE

    @property
    def shown(self) -> int:
        """How many rows are on the page."""
        return len(self.part.rows)

    @property
    def first(self) -> int:
        """The place of the first row, from 1."""
        return (self.number - 1) * self.size + 1 if self.part.rows else 0

    @property
    def last(self) -> int:
        """The place of the last row."""
        return (self.number - 1) * self.size + self.shown

    @property
    def filtered(self) -> bool:
        """Whether any filter lets only some rows through."""
        return any(self.asked[one.id] != one.read("") for one in self.list.filters)

    @cached_property
    def heads(self) -> Sequence[Head]:
        """The headings of the columns on the screen."""
        return [self._head(column) for column in self.list.columns if not column.file_only]

    def _head(self, column: Column[Row]) -> Head:
        if not column.sort:
            return Head(column.words, column.look, column.unseen)
        by, down = self.order.removeprefix("-"), self.order.startswith("-")
        mine = by == column.sort
        turned = column.sort if not mine or down else f"-{column.sort}"
        standing = ("descending" if down else "ascending") if mine else ""
        return Head(column.words, column.look, column.unseen, self._address(sort=turned), standing)

    @property
    def previous(self) -> str:
        """The address of the page before; empty on the first."""
        if self.number <= 1 or (self.back and not self.part.more):
            return "" if self.number <= 1 else self._page(1)
        if self.number - 1 <= self.by_number or self.part.first is None:
            return self._page(self.number - 1)
        return self._page(self.number - 1, before=_write(self.part.first))

    @property
    def next(self) -> str:
        """The address of the page after; empty on the last."""
        if not (self.part.more or self.back):
            return ""
        if self.number < self.by_number or self.part.last is None:
            return self._page(self.number + 1)
        return self._page(self.number + 1, after=_write(self.part.last))

    def _page(self, number: int, **where: str) -> str:
        return self._address(sort=_given(self.list, "sort"), page=str(number) if number > 1 else "", **where)

    def file(self, kind: str) -> str:
        """The address of the whole list as a file."""
        return self._address(sort=_given(self.list, "sort"), **{"as": kind})

    @property
    def cleared(self) -> str:
        """The address without any filter."""
        return request.path

    def _address(self, **mine: str) -> str:
        """This page with what is filtered, other lists' names untouched, and `mine` for the order and place of this list."""
        given = self._kept("sort", "page", "after", "before", "as")
        given |= {self.list.at + name: value for name, value in mine.items() if value}
        return "?" + urlencode(given) if given else request.path

    @property
    def kept(self) -> Mapping[str, str]:
        """What the form of the filters must send along: the order, the language, and what other lists on the page are asked."""
        return self._kept("page", "after", "before", "as", *(one.id for one in self.list.filters))

    def _kept(self, *without: str) -> dict[str, str]:
        """What the address asks, `without` some names of this list. Empty is no answer to this list; to others it may be one."""
        left_out = {self.list.at + name for name in without}
        own = {self.list.at + name for name in ("sort", *(one.id for one in self.list.filters))}
        given = request.args.items()
        return {name: value for name, value in given if name not in left_out and (value or name not in own)}
