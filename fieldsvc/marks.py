"""Where a row stands in an order: the columns of the order, what comes after a mark, and a mark read back from an address.

Decides nothing about what is found (`fieldsvc.found` does). Invariant: rows stand in the same order in both databases but for
empty values, which stand where each database's own indexes have them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, and_, false, or_
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import UnaryExpression

from fieldsvc.db import Instant, db

Mark = tuple[Any, ...]
"""Where a row stands: its values of the order's columns, then its key."""


class Term(NamedTuple):
    """A column of an order, which way it goes, and whether values may be missing."""

    column: ColumnElement[Any]
    down: bool
    may_be_empty: bool

    def turned(self, turn: bool) -> Term:
        """The same, or the other way round."""
        return self._replace(down=self.down != turn)

    @property
    def empty_first(self) -> bool:
        """Whether rows without a value come first."""
        # As each database orders NULL when nothing is said, because that is what its indexes hold.
        return self.down == (db.engine.dialect.name == "postgresql")

    def ordered(self) -> ColumnElement[Any]:
        """As ORDER BY has it."""
        return self.column.desc() if self.down else self.column.asc()

    def equal(self, value: Any) -> ColumnElement[bool]:
        """The condition that a row has this value."""
        return self.column.is_(None) if value is None else self.column == value

    def beyond(self, value: Any) -> ColumnElement[bool]:
        """The condition that a row comes later."""
        if value is None:
            return self.column.is_not(None) if self.empty_first else false()
        past = self.column < value if self.down else self.column > value
        return or_(past, self.column.is_(None)) if self.may_be_empty and not self.empty_first else past

    def not_before(self, value: Any) -> ColumnElement[bool] | None:
        """What an index can begin at; None where empty values come later, which no one range holds."""
        if value is None:
            return None if self.empty_first else self.column.is_(None)
        if self.may_be_empty and not self.empty_first:
            return None
        begins: ColumnElement[bool] = self.column <= value if self.down else self.column >= value
        return begins


def term_of(given: Any, never_empty: frozenset[str]) -> Term:
    """A column as an order gives it."""
    down = isinstance(given, UnaryExpression) and given.modifier is operators.desc_op
    column = given.element if isinstance(given, UnaryExpression) else given
    name, nullable = getattr(column, "key", ""), getattr(column, "nullable", True)
    return Term(column, down, bool(nullable) and name not in never_empty)


def past(terms: Sequence[Term], mark: Mark) -> ColumnElement[bool]:
    """The condition that a row comes after a mark."""
    arms = [
        and_(*(term.equal(value) for term, value in zip(terms[:n], mark[:n], strict=True)), terms[n].beyond(mark[n]))
        for n in range(len(terms))
    ]
    begin = terms[0].not_before(mark[0])
    return or_(*arms) if begin is None else and_(begin, or_(*arms))


def typed(column: ColumnElement[Any], value: Any) -> Any:
    """A value of a mark in its column's own type. Raises TypeError, ValueError or OverflowError for one that fits not."""
    if value is None:
        return None
    if isinstance(column.type, Instant):  # asked first: what SQLAlchemy takes its Python type for differs by version
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None:
            raise ValueError(value)
        return instant.astimezone(UTC)
    kind = column.type.python_type
    if kind is date:
        return date.fromisoformat(value)
    if isinstance(value, bool) or not isinstance(value, kind):
        raise TypeError(value)
    if isinstance(value, str) and "\0" in value.encode().decode():  # a half of a character cannot be encoded
        raise ValueError(value)
    if isinstance(value, int) and value.bit_length() > (63 if isinstance(column.type, BigInteger) else 31):
        raise ValueError(value)
    return value
