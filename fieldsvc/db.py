"""The database: one engine, one session, one way to write.

`transaction()` is the only place that commits, and it commits before the answer is built, so an answered entry is a durable
entry. On SQLite a write transaction takes the write lock at its beginning (BEGIN IMMEDIATE): a transaction that reads first
and then asks for the lock would fail under load. `synchronous=FULL` always; the write-ahead log only on a library without
the WAL-reset bug. Why: docs/adr/0002-one-version-counter.md.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Dialect, MetaData, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

BUSY_SECONDS = 30


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


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


def wal_is_safe(version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> bool:
    """Say whether this SQLite has the fix of the WAL-reset bug (3.51.3, or backported to 3.50.7 and 3.44.6)."""
    major, minor, patch = version
    return (major, minor, patch) >= (3, 51, 3) or (minor == 50 and patch >= 7) or (minor == 44 and patch >= 6)


def prepare_engine(engine: Engine) -> None:
    """Set up a SQLite engine's connections: we say BEGIN ourselves, and every commit reaches the disk."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        cursor.execute(f"PRAGMA journal_mode = {'WAL' if wal_is_safe() else 'DELETE'}")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("fieldsvc_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def transaction() -> Iterator[None]:
    """Run one write transaction: commit at the end, roll back on any exception, then run what waits for the commit."""
    session = db.session()
    session.commit()  # ends the reading transaction that looking up the user began
    session.info["after_commit"] = []
    try:
        session.connection(execution_options={"fieldsvc_writes": True})
        yield
        session.commit()
    except BaseException:
        session.rollback()
        session.info.pop("after_commit", None)
        raise
    for action in session.info.pop("after_commit"):
        action()


def after_commit(action: Callable[[], None]) -> None:
    """Run `action` once the present transaction is committed; never when it is rolled back."""
    db.session().info["after_commit"].append(action)
