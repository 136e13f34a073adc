"""How Alembic reaches the database: through the application's own engine, in one transaction."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from flask import current_app

from fieldsvc.db import Base, Instant

database = current_app.extensions["migrate"].db


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Migrations stand alone: they name the database's types, not ours."""
    return "sa.DateTime()" if kind == "type" and isinstance(item, Instant) else False


def run() -> None:
    """Run the migrations that are due."""
    with database.engine.connect().execution_options(fieldsvc_writes=True) as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=True,
            render_item=_render,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
