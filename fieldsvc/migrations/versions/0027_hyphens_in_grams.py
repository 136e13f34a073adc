"""grams across hyphens, so that a door alone is found as soon as a name"""

from __future__ import annotations

import re
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

AT_ONCE = 1000
_HYPHENATED = re.compile("[0-9A-Za-z-]{3,}")
_ADDED = {
    # The index has no contents of its own: what is put in under a number that is there is added to it.
    "sqlite": "INSERT INTO sought_grams (rowid, grams) VALUES (?, ?)",
    "postgresql": "UPDATE sought_grams SET grams = grams || %s::text[] WHERE id = %s",
}


def upgrade() -> None:
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        op.execute("DROP INDEX ix_sought_grams")  # to change each row in it takes many times as long
    for rows in _pages(bind):
        cut = [(number, sorted(set(_across_hyphens(text)))) for number, text in rows]
        if bind.dialect.name == "postgresql":
            bind.exec_driver_sql(_ADDED["postgresql"], [(grams, number) for number, grams in cut if grams])
        elif given := [(number, " ".join(grams)) for number, grams in cut if grams]:
            bind.exec_driver_sql(_ADDED["sqlite"], given)
    if bind.dialect.name == "postgresql":
        op.execute("CREATE INDEX ix_sought_grams ON sought_grams USING gin (grams)")


def _pages(bind: sa.Connection) -> Iterator[list[tuple[int, str]]]:
    page = sa.text("SELECT id, text FROM sought WHERE id > :after AND text LIKE '%-%' ORDER BY id LIMIT :most")
    after = 0
    while rows := [(row.id, row.text) for row in bind.execute(page, {"after": after, "most": AT_ONCE})]:
        after = rows[-1][0]
        yield rows


def _across_hyphens(said: str) -> Iterator[str]:
    for stretch in _HYPHENATED.findall(said):
        for place in range(len(stretch) - 2):
            if "-" in (three := stretch[place : place + 3]):
                yield three.replace("-", "\u2010")


def downgrade() -> None:
    """Nothing: a gram that nobody asks for is in nobody's way."""
