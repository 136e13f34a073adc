"""What a service found and nobody has read yet: rows of a table that people turn the pages of, or take away as a file.

A service says which rows (`where`), in which orders they can stand, and how rows are read by their ids; who shows them asks for
a part, a bounded count, or all of them a few hundred at a time. First only the ids are looked up, so an index over the order
carries the walk and wide rows are read for one page. Far pages go on after the last row of the page before instead of counting
up to it. Invariant: the order ends in the unique key, so no row is shown twice or left out because others are its equals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    case,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    union,
)

from fieldsvc.db import db, end_reading
from fieldsvc.marks import Mark as Mark
from fieldsvc.marks import Term, past, term_of, typed

MOST_COUNTED = 10_000
AT_ONCE = 500
WINDOWS = (250, 1_500, 6_000)
"""So many rows are gone through, one window after the other, for a page of what many rows have, before their index is asked."""
FEW = 300
"""So many picked rows are all read at once; of more, only as many as it takes to fill a page."""
SHORT = 1_000
"""Of so many rows at most all are looked at to count those that fit."""
SWEEP = 2_000
"""So many rows are gone through at a time for all of what many rows have."""

Row = TypeVar("Row")


def number_of(query: Select[Any], *, most: int = MOST_COUNTED) -> ScalarSelect[int]:
    """How many rows a query has, counted no further than `most`: a part of a statement that asks for several such numbers."""
    return select(func.count()).select_from(query.limit(most).subquery()).scalar_subquery()


def numbers(asked: Mapping[str, ColumnElement[int] | ScalarSelect[int]]) -> dict[str, int]:
    """Several numbers by one statement, because most pages show many."""
    if not asked:
        return {}
    row = db.session.execute(select(*asked.values())).one()
    return {name: int(number or 0) for name, number in zip(asked, row, strict=True)}


def number(one: ScalarSelect[int]) -> int:
    """One such number by itself."""
    return numbers({"": one})[""]


class Total(NamedTuple):
    """How many rows there are; without `exact` there are more than `number`."""

    number: int
    exact: bool = True


@dataclass(frozen=True)
class Part(Generic[Row]):
    """Some rows in order, where the first and last of them stand, and whether more come in the direction that was walked.

    `total`: how many there are in all, where reading the part told it anyway.
    """

    rows: list[Row]
    first: Mark | None = None
    last: Mark | None = None
    more: bool = False
    total: Total | None = None


class Findings(Protocol[Row]):
    """What a list needs of what was found: `Found` over a table, `Held` over rows that are in memory."""

    @property
    def usual(self) -> str:
        """The order when none is asked for: a name, with - for its reverse."""

    @property
    def orders(self) -> Mapping[str, Any]:
        """The orders by name."""

    def part(
        self, *, order: str = "", limit: int, offset: int = 0, after: Mark | None = None, before: Mark | None = None
    ) -> Part[Row]:
        """Some rows: from an offset, or those right after or before a row that stands at a mark."""

    def count(self, most: int = MOST_COUNTED) -> Total | None:
        """How many there are, counted no further than `most`; None where counting would take long."""

    def each(self, *, order: str = "", at_once: int = AT_ONCE) -> Iterator[list[Row]]:
        """All of them, some at a time; no transaction is kept between."""

    def unwritten(self, order: str, written: Sequence[Any]) -> Mark | None:
        """A mark as an address keeps it; None for one that fits not."""


@dataclass(frozen=True)
class Found(Generic[Row]):
    """Rows of a table.

    `orders`: name to columns as they stand in it (`.desc()` allowed); `read` gives rows by id, in a fixed number of queries;
    `never_empty`: columns that could be NULL by their type and never are; `start`: a FROM of several tables, where one is not
    enough. `hint`: a condition that holds for all, and says by which index to go where nothing else does. `sift`: conditions
    that no index knows and that hold for many rows, so going through the rows in their order soon fills a page; `anyway`: what
    finds all of them by an index, for when it does not. `picks`: conditions, each with an index, one of which holds for every
    row that sifting leaves, and all together for few others: these rows are picked out first. `windows`: how many rows are gone
    through instead of WINDOWS, where an index has all that sifting looks at.
    """

    key: Any
    orders: Mapping[str, Sequence[Any]]
    usual: str
    read: Callable[[Sequence[str]], Mapping[str, Row]]
    where: Sequence[ColumnElement[bool]] = ()
    never_empty: frozenset[str] = frozenset()
    start: Any = None
    hint: ColumnElement[bool] | None = None
    picks: Sequence[ColumnElement[bool]] | None = None
    sift: Sequence[ColumnElement[bool]] = ()
    anyway: ColumnElement[bool] | None = None
    windows: Sequence[int] = ()

    @property
    def walked(self) -> bool:
        """Whether rows are gone through to find those that fit: then a far page is reached from the one before it only."""
        return self.picks is not None or bool(self.sift)

    def part(
        self, *, order: str = "", limit: int, offset: int = 0, after: Mark | None = None, before: Mark | None = None
    ) -> Part[Row]:
        """Some rows, by a fixed number of queries: one more id than asked for is looked up, to know whether there is more."""
        back = before is not None
        terms = self._terms(order, turn=back)
        mark = before if back else after
        mark = mark if mark is not None and len(mark) == len(terms) else None
        skipped = 0 if mark else offset
        total = None
        if self.picks is not None and self._number_picked <= FEW:
            marks, total = self._picked(terms, mark, limit + 1, skipped)
        elif self.picks is not None or self.sift:
            marks = self._sifted(terms, mark, skipped + limit + 1)[skipped:]
        else:
            marks = self._fetch(self._from_mark(terms, mark).limit(limit + 1).offset(skipped or None))
        more, marks = len(marks) > limit, marks[:limit]
        if back:
            marks.reverse()
        return Part(self._rows(marks), marks[0] if marks else None, marks[-1] if marks else None, more, total)

    def count(self, most: int = MOST_COUNTED) -> Total | None:
        """How many there are, counted no further than `most`; None where rows would have to be gone through."""
        if self.picks is not None and self._number_picked <= FEW:
            return Total(
                db.session.scalar(select(func.count()).select_from(self._picking([self.key], sifted=True))) or 0
            )
        if self.picks is not None:
            return None
        if self.sift:
            return self._counted_if_short()
        some = self._hinted(self._from(select(literal_column("1"))).where(*self.where)).limit(most + 1).subquery()
        number = db.session.scalar(select(func.count()).select_from(some)) or 0
        return Total(min(number, most), number <= most)

    def each(self, *, order: str = "", at_once: int = AT_ONCE) -> Iterator[list[Row]]:
        """All of them, `at_once` at a time. Reading ends between, so that whoever downloads slowly keeps no writer waiting."""
        terms, mark = self._terms(order), None
        while True:
            if self.picks is not None:
                marks, _ = self._picked(terms, mark, at_once, 0)
                mark = marks[-1] if len(marks) == at_once else None
            elif self.sift:
                marks, mark = self._window(terms, mark, SWEEP)
            else:
                marks = self._fetch(self._from_mark(terms, mark).limit(at_once))
                mark = marks[-1] if len(marks) == at_once else None
            for first in range(0, len(marks), at_once):
                rows = self._rows(marks[first : first + at_once])
                end_reading()
                yield rows
            if mark is None:
                return

    def unwritten(self, order: str, written: Sequence[Any]) -> Mark | None:
        """A mark as an address keeps it (dates and instants as text) in the columns' own types; None for one that fits not."""
        terms = self._terms(order)
        if len(written) != len(terms):
            return None
        try:
            return tuple(typed(term.column, value) for term, value in zip(terms, written, strict=True))
        except (TypeError, ValueError, OverflowError):
            return None

    def _terms(self, order: str, *, turn: bool = False) -> list[Term]:
        asked = order if order.removeprefix("-") in self.orders else self.usual
        turn = turn != asked.startswith("-")
        terms = [term_of(given, self.never_empty) for given in self.orders[asked.removeprefix("-")]]
        down = terms[-1].down if terms else False
        return [term.turned(turn) for term in (*terms, Term(self.key, down, may_be_empty=False))]

    def _from(self, query: Select[Any]) -> Select[Any]:
        return query.select_from(self.key.class_.__table__ if self.start is None else self.start)

    def _marks(self, terms: Sequence[Term], mark: Mark | None = None) -> Select[Any]:
        query = self._from(select(*(term.column for term in terms))).where(*self.where)
        query = query if mark is None else query.where(past(terms, mark))
        return query.order_by(*(term.ordered() for term in terms))

    def _from_mark(self, terms: Sequence[Term], mark: Mark | None) -> Select[Any]:
        # beside a mark the hint could be taken for the better bound, and the index be walked from its very end
        return self._hinted(self._marks(terms)) if mark is None else self._marks(terms, mark)

    def _hinted(self, query: Select[Any]) -> Select[Any]:
        return query if self.hint is None else query.where(self.hint)

    def _fetch(self, query: Select[Any]) -> list[Mark]:
        return [tuple(row) for row in db.session.execute(query)]

    def _counted_if_short(self) -> Total | None:
        """How many rows sifting leaves, where so few are there that all can be looked at."""
        fit = case((and_(*self.sift), 1)).label("fit")
        some = self._hinted(self._from(select(fit)).where(*self.where)).limit(SHORT + 1).subquery()
        every, left = db.session.execute(select(func.count(), func.count(some.c.fit)).select_from(some)).one()
        return Total(left) if every <= SHORT else None

    @cached_property
    def _number_picked(self) -> int:
        """How many rows the picks hold for, counted a little further than `FEW`: so many are not all read."""
        picked = self._picking([self.key], sifted=False)
        return number(number_of(select(literal_column("1")).select_from(picked), most=FEW + 1))

    def _picking(self, columns: Sequence[Any], *, sifted: bool) -> Any:
        """What the picks find, each row once. Picked apart, or a database may go through the whole order to find a few."""
        where = [*self.where, *(self.sift if sifted else ())]
        arms = [self._from(select(*columns)).where(*where, one) for one in self.picks or ()]
        found: Any = union(*arms) if len(arms) > 1 else arms[0] if arms else self._from(select(*columns)).where(false())
        return found.cte("picked").prefix_with("MATERIALIZED", dialect="*")

    def _picked(
        self, terms: Sequence[Term], mark: Mark | None, limit: int, offset: int, *, sifted: bool = True
    ) -> tuple[list[Mark], Total | None]:
        """Pick first, then order."""
        picked = self._picking([term.column.label(f"term_{n}") for n, term in enumerate(terms)], sifted=sifted)
        terms = [term._replace(column=column) for term, column in zip(terms, picked.columns, strict=True)]
        many = select(func.count()).select_from(picked).scalar_subquery()
        query = select(*picked.columns, many).order_by(*(term.ordered() for term in terms)).limit(limit).offset(offset)
        rows = self._fetch(query if mark is None else query.where(past(terms, mark)))
        return [row[:-1] for row in rows], Total(rows[0][-1]) if rows else None

    def _sifted(self, terms: Sequence[Term], mark: Mark | None, limit: int) -> list[Mark]:
        marks: list[Mark] = []
        for size in self.windows or WINDOWS:
            some, mark = self._next(terms, mark, size, limit - len(marks))
            marks += some
            if len(marks) >= limit or mark is None:
                return marks[:limit]
        rest = self if self.picks is not None else replace(self, picks=[true() if self.anyway is None else self.anyway])
        return marks + rest._picked(terms, mark, limit - len(marks), 0)[0]

    def _next(self, terms: Sequence[Term], mark: Mark | None, size: int, limit: int) -> tuple[list[Mark], Mark | None]:
        """What sifting leaves of the next rows, picked ones where there are picks, and where the last of these stands."""
        if self.picks is None:
            return self._window(terms, mark, size, limit)
        some, _ = self._picked(terms, mark, size, 0, sifted=False)
        fit = self._from(select(self.key)).where(self.key.in_([one[-1] for one in some]), *self.sift)
        left = set(db.session.scalars(fit)) if some else set()
        return [one for one in some if one[-1] in left], some[-1] if len(some) == size else None

    def _window(
        self, terms: Sequence[Term], mark: Mark | None, size: int, limit: int | None = None
    ) -> tuple[list[Mark], Mark | None]:
        """What sifting leaves of the next rows, and where the last of these stands; None once there are no more.

        With `limit` no more rows are sifted than it takes to find so many.
        """
        end = self._fetch(self._from_mark(terms, mark).limit(1).offset(size - 1))
        if not end:
            return self._fetch(self._from_mark(terms, mark).where(*self.sift).limit(limit)), None
        query = self._marks(terms, mark).where(*self.sift).limit(limit)
        turned = [term.turned(True) for term in terms]
        bound = turned[0].not_before(end[0][0])  # said apart, so that an index ends there too
        query = query.where(or_(past(turned, end[0]), self.key == end[0][-1]))
        return self._fetch(query if bound is None else query.where(bound)), end[0]

    def _rows(self, marks: Sequence[Mark]) -> list[Row]:
        ids = [mark[-1] for mark in marks]
        rows = self.read(ids) if ids else {}
        return [rows[one] for one in ids if one in rows]


@dataclass(frozen=True)
class Held(Generic[Row]):
    """Rows that are in memory because there are never many: staff, phones. `orders`: name to the value to compare by."""

    rows: Sequence[Row]
    orders: Mapping[str, Callable[[Row], Any]] = field(default_factory=dict)
    usual: str = ""

    def part(
        self, *, order: str = "", limit: int, offset: int = 0, after: Mark | None = None, before: Mark | None = None
    ) -> Part[Row]:
        """Some rows, from an offset."""
        rows = self._ordered(order)
        return Part(rows[offset : offset + limit], more=offset + limit < len(rows))

    def count(self, most: int = MOST_COUNTED) -> Total:
        """How many there are."""
        return Total(len(self.rows))

    def each(self, *, order: str = "", at_once: int = AT_ONCE) -> Iterator[list[Row]]:
        """All of them, some at a time."""
        rows = self._ordered(order)
        for first in range(0, len(rows), at_once):
            yield rows[first : first + at_once]

    def unwritten(self, order: str, written: Sequence[Any]) -> Mark | None:
        """Rows in memory are found by their place."""
        return None

    def _ordered(self, order: str) -> list[Row]:
        asked = order if order.removeprefix("-") in self.orders else self.usual
        by = self.orders.get(asked.removeprefix("-"))
        return sorted(self.rows, key=by, reverse=asked.startswith("-")) if by else list(self.rows)
