"""The database: one engine, one session, one way to write.

`transaction()` is the only place that commits, and it commits before the answer is built, so an answered entry is a durable
entry. Write transactions stand in one line, on both databases: they wait before they have locked anything, so none of them
can fail half-way or lock another out. `synchronous=FULL` always; the write-ahead log only on a library without the WAL-reset
bug. Why: docs/adr/0002-one-version-counter.md.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Boolean, DateTime, Dialect, MetaData, Table, bindparam, event, text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeDecorator

from fieldsvc.jsontext import dumps
from fieldsvc.sqlite import driver, wal_is_safe

BUSY_SECONDS = 30

_LINE = 0x66736C6E
"""The number of the advisory lock that PostgreSQL's writers stand in line for; any number that nobody else uses."""

_first_in_line = threading.Lock()
"""Writers of this process wait here, so that each goes on the moment it can; SQLite's own waiting sleeps in between."""


class Base(DeclarativeBase):
    """Every table; constraints are named so that a violation can be told apart by name."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Instant(TypeDecorator[datetime]):
    """An aware instant. Kept as UTC without a zone, because SQLite has no zoned time; always aware in Python."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a zone cannot be stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class _Texts(TypeDecorator[Sequence[str]]):
    """Many texts as one parameter: an array, and for SQLite a JSON list."""

    impl = NullType
    cache_ok = True

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> Any:
        return dumps(list(value or ())) if dialect.name == "sqlite" else list(value or ())


class among(FunctionElement[bool]):  # noqa: N801 it reads as a word of SQL
    """`among(column, "ids")`: the column is one of the texts that the statement is executed with as `ids`, or of those given.

    For what every push asks: with `in_` the words of a statement depend on how many there are, and are put together anew.
    """

    inherit_cache = True
    type = Boolean()

    def __init__(self, column: Any, name: str, texts: Sequence[str] | None = None):
        more: Any = {} if texts is None else {"value": texts, "unique": True}
        super().__init__(column, bindparam(name, type_=_Texts(), **more))

    def self_group(self, against: Any = None) -> Any:
        """As it stands: for SQLite a condition would become `… = 1` otherwise, and no index is asked for that."""
        return self


@compiles(among, "sqlite")
def _among_json(element: Any, compiler: Any, **how: Any) -> str:
    column, texts = (compiler.process(part, **how) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({texts}))"


@compiles(among, "postgresql")
def _among_array(element: Any, compiler: Any, **how: Any) -> str:
    column, texts = (compiler.process(part, **how) for part in element.clauses)
    return f"{column} = ANY (CAST({texts} AS text[]))"


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


_QUICK_COMPRESSION = """
SELECT set_config('default_toast_compression', 'lz4', false) FROM pg_settings
WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)
"""
"""Documents are larger than PostgreSQL keeps as they are; its other compression takes longer than writing them."""


def prepare_engine(engine: Engine) -> None:
    """Set up an engine's connections. SQLite: we say BEGIN ourselves, and every commit reaches the disk."""
    if engine.dialect.name == "postgresql":

        @event.listens_for(engine, "connect")
        def _on_connection(connection: Any, _record: Any) -> None:
            connection.execute(_QUICK_COMPRESSION)
            connection.commit()

        return

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        if wal_is_safe():
            cursor.execute("PRAGMA journal_mode = WAL")
        else:
            _keep_to_rollback(cursor)
            cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("fieldsvc_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _keep_to_rollback(cursor: Any) -> None:
    """Use a rollback journal. Raises RuntimeError where the write-ahead log stays in use, which this library must not touch."""
    cursor.execute("PRAGMA busy_timeout = 0")  # whoever uses the log does so for long: say it at once
    try:
        in_use = cursor.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
    except driver.OperationalError:
        in_use = cursor.execute("PRAGMA journal_mode").fetchone()[0]
    if in_use.upper() == "WAL":
        raise RuntimeError(
            "this SQLite may damage the database, which another process uses in WAL mode: stop that one, or install pysqlite3"
        )


@contextmanager
def transaction() -> Iterator[None]:
    """Run one write transaction: commit at the end, roll back on any exception, then run what waits for the commit.

    Raises OperationalError when it is not its turn within BUSY_SECONDS.
    """
    session = db.session()
    session.commit()  # ends the reading transaction that looking up the user began
    session.info["after_commit"] = []
    if not _first_in_line.acquire(timeout=BUSY_SECONDS):
        raise OperationalError("BEGIN", {}, TimeoutError("other writers took too long"))
    try:
        _begin(session.connection(execution_options={"fieldsvc_writes": True}))
        for first in session.info.pop("at_first_write", ()):
            first()
        yield
        session.commit()
    except BaseException:
        session.rollback()
        session.info.pop("after_commit", None)
        raise
    finally:
        _first_in_line.release()
    for action in session.info.pop("after_commit"):
        action()


def end_reading() -> None:
    """End the reading transaction that looking up the user began, before work that takes long and needs no database."""
    db.session.commit()


def _begin(connection: Connection) -> None:
    """Stand in line with the writers of other processes. SQLite has done so by BEGIN IMMEDIATE."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            f"SET LOCAL lock_timeout = {BUSY_SECONDS * 1000}; SELECT pg_advisory_xact_lock({_LINE})"
        )


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """Say whether nobody else, in no process of any host, does what is named so; nobody else may while the context lasts.

    On PostgreSQL: whoever dies is not waited for. SQLite's processes share a machine and take turns by what their rows say.
    """
    if db.engine.dialect.name != "postgresql":
        yield True
        return
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big", signed=True)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        ours = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:line, :key)"), {"line": _LINE, "key": key}))
        try:
            yield ours
        finally:
            if ours:
                connection.execute(text("SELECT pg_advisory_unlock(:line, :key)"), {"line": _LINE, "key": key})


def at_first_write(action: Callable[[], None]) -> None:
    """Run `action` as the first thing of this request's next transaction, which it may refuse by raising."""
    db.session().info.setdefault("at_first_write", []).append(action)


def after_commit(action: Callable[[], None]) -> None:
    """Run `action` once the present transaction is committed; never when it is rolled back."""
    db.session().info["after_commit"].append(action)


_Converts = Sequence[Callable[[Any], Any] | None]


class Rows:
    """Whole rows, written by the hundred: inserted, or with `by` put where that column has the same value.

    For what every push writes. Does what Core's `execute` does with a list, without looking at every value of every row again:
    only columns that need it (instants, dates) are converted. PostgreSQL takes new rows as one stream (COPY).
    """

    def __init__(self, table: Any, *, columns: Sequence[str], by: str = ""):
        self.table: Table = table
        self.columns = (*columns, by) if by else tuple(columns)
        self._by = by
        self._prepared: dict[str, tuple[str, _Converts]] = {}

    def write(self, rows: Sequence[Mapping[str, Any]], *, common: Mapping[str, Any] = {}) -> None:
        """Write the rows in the present transaction; `common` is what is the same in all of them."""
        if not rows:
            return
        connection = db.session.connection()
        words, converts = self._prepared.get(connection.dialect.name) or self._prepare(connection.dialect)
        values = []
        for name, convert in zip(self.columns, converts, strict=True):
            column = [common[name]] if name in common else [row[name] for row in rows]
            column = list(map(convert, column)) if convert else column
            values.append(column * len(rows) if name in common else column)
        if words.startswith("COPY"):
            _copy(connection, words, zip(*values, strict=True))
        else:
            connection.exec_driver_sql(words, list(zip(*values, strict=True)))

    def _prepare(self, dialect: Dialect) -> tuple[str, _Converts]:
        types = [self.table.columns[name].type for name in self.columns]
        converts = [kind.dialect_impl(dialect).bind_processor(dialect) for kind in types]
        copies = dialect.name == "postgresql"
        place = "%s" if copies else "?"
        if self._by:
            *names, by = self.columns
            words = (
                f"UPDATE {self.table.name} SET {', '.join(f'{name} = {place}' for name in names)} WHERE {by} = {place}"
            )
        elif copies:
            words = f"COPY {self.table.name} ({', '.join(self.columns)}) FROM STDIN"
        else:
            places = ", ".join(place for _ in self.columns)
            words = f"INSERT INTO {self.table.name} ({', '.join(self.columns)}) VALUES ({places})"
        self._prepared[dialect.name] = words, converts
        return self._prepared[dialect.name]


def _copy(connection: Connection, words: str, rows: Iterable[tuple[Any, ...]]) -> None:
    driver = connection.dialect.dbapi
    assert driver is not None
    cursor: Any = connection.connection.cursor()
    try:
        with cursor, cursor.copy(words) as stream:
            for row in rows:
                stream.write_row(row)
    except driver.Error as error:
        raise DBAPIError.instance(words, None, error, driver.Error, dialect=connection.dialect) from error
