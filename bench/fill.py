"""Putting copies of a day into a store, fast: as the history of years, or as the work of today.

Uses the bare drivers: one long transaction per thousand visits on SQLite, COPY on PostgreSQL. Nothing is left switched off
when it is done. Invariant: afterwards the store is one that `fieldsvc audit` finds sound.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Protocol

import psycopg

from bench.day import VISITS
from bench.ours import Installation
from bench.stock import Row, Stock, Table, Writer
from fieldsvc import clock
from fieldsvc.sqlite import driver as sqlite

AT_ONCE = 25
# Before the window of what a phone pulls, so that a technician's morning is the same in an old store and a new one.
OLDEST_IN_SCOPE = 8


class Store(Protocol):
    """A database as filling needs it."""

    def add(self, table: Table, rows: Sequence[Row]) -> None:
        """Insert rows; those of `logs` replace what is there."""

    def run(self, statement: str, *values: Any) -> list[Row]:
        """Run one statement with ? as mark."""


class _Sqlite:
    def __init__(self, connection: sqlite.Connection):
        self.connection = connection

    def add(self, table: Table, rows: Sequence[Row]) -> None:
        self.connection.executemany(table.upsert(), rows)

    def run(self, statement: str, *values: Any) -> list[Row]:
        return self.connection.execute(statement, values).fetchall()


class _Postgres:
    def __init__(self, connection: psycopg.Connection[Any]):
        self.connection = connection

    def add(self, table: Table, rows: Sequence[Row]) -> None:
        with self.connection.cursor() as cursor:
            if table.name in ("logs", "devices"):
                cursor.executemany(table.upsert("%s"), rows)
                return
            with cursor.copy(f"COPY {table.name} ({', '.join(table.columns)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)

    def run(self, statement: str, *values: Any) -> list[Row]:
        with self.connection.cursor() as cursor:
            cursor.execute(statement.replace("?", "%s"), values)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def _opened(made: Installation) -> Iterator[Store]:
    if made.database_url.startswith("sqlite:///"):
        connection = sqlite.connect(made.database_url.removeprefix("sqlite:///"), isolation_level=None)
        try:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA cache_size = -1000000")
            connection.execute("BEGIN IMMEDIATE")
            yield _Sqlite(connection)
            connection.execute("COMMIT")
        finally:
            connection.close()
        return
    with psycopg.connect(made.database_url.replace("+psycopg", "")) as server:
        yield _Postgres(server)


_RECOUNT = (
    "DELETE FROM duty_counts",
    "INSERT INTO duty_counts (district, kind, last_on, is_open, count)"
    " SELECT district, kind, coalesce(last_on, '0001-01-01'), open_visit_id IS NOT NULL, count(*) FROM duty GROUP BY 1, 2, 3, 4",
)
"""What the server keeps in step with each row, and copies of a day do not."""


def _recount(made: Installation) -> None:
    with _opened(made) as store:
        for statement in _RECOUNT:
            store.run(statement)


def hire(made: Installation, count: int) -> list[Writer]:
    """Add technicians whose password is that of the first; gives them."""
    with _opened(made) as store:
        standing = "password, name, locale, active, created_at"
        found = store.run(f"SELECT id, {standing} FROM users WHERE username = ?", made.first)[0]
        role = store.run("SELECT id FROM roles WHERE name = ?", "technician")[0][0]
        held = int(store.run("SELECT count(*) FROM users")[0][0])
        writers = [Writer(clock.new_id(), f"technician-{held + n}") for n in range(count)]
        for one in writers:
            store.run(
                f"INSERT INTO users (id, username, fs_uniquifier, {standing}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                one.user_id, one.username, uuid.uuid4().hex, *found[1:],
            )  # fmt: skip
            store.run("INSERT INTO user_roles (user_id, role_id) VALUES (?, ?)", one.user_id, role)
    return writers


def fill(
    made: Installation, stock: Stock, writers: Sequence[Writer], *, visits: int, say: Callable[[str], None]
) -> None:
    """Give the store a past of this many visits, shared by the writers."""
    days = -(-visits // VISITS)
    for first in range(0, days, AT_ONCE):
        with _opened(made) as store:
            for n in range(first, min(first + AT_ONCE, days)):
                writer = writers[n % len(writers)]
                back = timedelta(days=OLDEST_IN_SCOPE + 1 + (days - 1 - n) // len(writers))
                _add(store, stock, stock.whole, writer, back)
        if first // AT_ONCE % 20 == 19:
            say(f"{min(first + AT_ONCE, days) * VISITS:,} of {visits:,} visits")
    _recount(made)
    if not made.database_url.startswith("sqlite:///"):
        with psycopg.connect(made.database_url.replace("+psycopg", ""), autocommit=True) as server:
            server.execute("VACUUM ANALYZE")


def open_days(made: Installation, stock: Stock, writers: Sequence[Writer]) -> None:
    """Plan a day of today for each writer, as the office would have."""
    with _opened(made) as store:
        for writer in writers:
            _add(store, stock, stock.opened, writer, timedelta(0))
    _recount(made)


def _add(
    store: Store, stock: Stock, patterns: Mapping[str, list[tuple[Any, ...]]], writer: Writer, back: timedelta
) -> None:
    words = stock.words(writer, stock.today - back, stock.next_serial())
    rows = stock.copy(patterns, writer, words, stock.next_version())
    logs = rows.pop("logs")
    by_name = {table.name: table for table in stock.tables}
    if logs:
        store.add(by_name["logs"], logs)
    for table in stock.tables:
        if rows.get(table.name):
            store.add(table, rows[table.name])
    counter = "INSERT INTO counters (name, value) VALUES ('version', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
    store.run(counter, stock.last_version)
