"""How Alembic reaches the database: through the application's own engine, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from fieldsvc.db import Base, Instant

database = current_app.extensions["migrate"].db


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Migrations stand alone: they name the database's types, not ours."""
    return "sa.DateTime()" if kind == "type" and isinstance(item, Instant) else False


def _ours(name: str | None, kind: str, _parents: Any) -> bool:
    """The index of words is kept in each database's own way, with tables that no model knows (record/sought.py)."""
    return not (kind == "table" and (name or "").startswith("sought_grams"))


@contextmanager
def _tables_may_be_made_anew(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making another of its name, which rows that refer to it forbid: they are checked at the end."""
    if connection.dialect.name != "sqlite":
        yield
        return
    # Past SQLAlchemy, because inside a transaction the switch does nothing.
    cursor: Any = connection.connection.cursor()
    cursor.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        connection.rollback()  # what was not committed is not wanted
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()


def _see_that_all_refer_to_something(connection: Connection) -> None:
    if connection.dialect.name == "sqlite" and (lost := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
        raise RuntimeError(
            f"after the migration, {lost[0]} would refer to what is not in {lost[2]}; nothing was changed"
        )


def run() -> None:
    """Run the migrations that are due."""
    writing = database.engine.connect().execution_options(fieldsvc_writes=True)
    with writing as connection, _tables_may_be_made_anew(connection):
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=True,
            render_item=_render,
            include_name=_ours,
        )
        with context.begin_transaction():
            context.run_migrations()
            _see_that_all_refer_to_something(connection)
        connection.commit()


run()
