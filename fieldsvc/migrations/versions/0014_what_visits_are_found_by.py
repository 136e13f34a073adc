"""what visits are found by: their words in an index, and an index for every order and filter of the lists"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

AT_ONCE = 1000

_TABLES = {
    "sqlite": [
        "CREATE VIRTUAL TABLE sought_grams USING fts5(grams, content='', detail=none, columnsize=0, tokenize='ascii')"
    ],
    "postgresql": [
        "CREATE TABLE sought_grams (id integer PRIMARY KEY, grams text[] NOT NULL)",
    ],
}
_INDEXES = {"sqlite": [], "postgresql": ["CREATE INDEX ix_sought_grams ON sought_grams USING gin (grams)"]}
"""Made when the rows are there: to put each row into it takes many times as long."""
_GRAMS = {
    "sqlite": "INSERT INTO sought_grams (rowid, grams) VALUES (?, ?)",
    "postgresql": "INSERT INTO sought_grams (id, grams) VALUES (%s, %s)",
}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    op.create_table(
        "sought",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=True),
        sa.Column("visit_id", sa.String(length=36), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sought")),
    )
    for statement in _TABLES[dialect]:
        op.execute(statement)
    _fill(dialect)
    for statement in _INDEXES[dialect]:
        op.execute(statement)
    op.create_index("ix_sought_customer", "sought", ["customer_id"], unique=False)
    op.drop_index("ix_visits_planned", table_name="visits")
    op.create_index(
        "ix_visits_day", "visits", ["planned_on", "number", "id", "state", "outcome", "assignee_id"], unique=False
    )
    op.create_index("ix_visits_standing", "visits", ["state", "planned_on", "number", "id"], unique=False)
    op.create_index("ix_visits_outcome", "visits", ["outcome", "planned_on", "number", "id"], unique=False)
    op.drop_index("ix_visits_window", table_name="visits")
    op.create_index(
        "ix_visits_window", "visits", ["assignee_id", "planned_on", "number", "id", "state", "outcome"], unique=False
    )
    # As wide as that one, so that a first pull still asks it for the open visits and not for everything anybody ever did.
    op.drop_index("ix_visits_state", table_name="visits")
    op.create_index("ix_visits_state", "visits", ["assignee_id", "state", "planned_on", "id"], unique=False)
    op.drop_index("ix_notices_promised", table_name="notices")
    op.create_index(
        "ix_notices_listed", "notices", ["promised_at", "number", "revision", "id", "status", "kind"], unique=False
    )
    op.create_index("ix_notices_status", "notices", ["status", "promised_at", "number", "revision", "id"], unique=False)
    op.create_index(
        "ix_notices_kind", "notices", ["kind", "promised_at", "number", "revision", "id", "status"], unique=False
    )


def _fill(dialect: str) -> None:
    """Take the words from the visits that there are, a thousand at a time."""
    bind = op.get_bind()
    page = sa.text("SELECT id, number, customer_id, search FROM visits WHERE id > :after ORDER BY id LIMIT :most")
    papers = sa.text("SELECT visit_id, number FROM notices WHERE visit_id IN :ids").bindparams(
        sa.bindparam("ids", expanding=True)
    )
    keep = sa.text("INSERT INTO sought (id, customer_id, visit_id, text) VALUES (:id, :customer_id, :visit_id, :text)")
    known: set[tuple[str, str]] = set()
    after, number = "", 0
    while visits := bind.execute(page, {"after": after, "most": AT_ONCE}).all():
        after = visits[-1][0]
        named: dict[str, set[str]] = {}
        for visit_id, paper in bind.execute(papers, {"ids": [one[0] for one in visits]}):
            named.setdefault(visit_id, set()).add(paper.lower())
        rows = []
        for visit_id, own, customer_id, search in visits:
            place = _place(search, own.lower(), named.get(visit_id, set()))
            if (customer_id, place) not in known:
                known.add((customer_id, place))
                rows.append((customer_id, None, place))
            rows += [(None, visit_id, text) for text in (own.lower(), *sorted(named.get(visit_id, ())))]
        numbered = list(enumerate(rows, start=number + 1))
        number += len(rows)
        bind.execute(keep, [{"id": n, "customer_id": c, "visit_id": v, "text": text} for n, (c, v, text) in numbered])
        cut = [(n, sorted(_grams(text))) for n, (_, _, text) in numbered]
        bind.exec_driver_sql(
            _GRAMS[dialect], [(n, grams if dialect == "postgresql" else " ".join(grams)) for n, grams in cut]
        )


def _place(search: str, number: str, papers: set[str]) -> str:
    """What a visit is found by without its own number, which comes first, and those of its papers, which come last."""
    place = search.removeprefix(number).strip()
    while (last := place.rsplit(" ", 1)[-1]) in papers:
        place = place[: -len(last)].rstrip()
    return place


def _runs(said: str) -> Iterator[str]:
    begin, kind = 0, ""
    for place, letter in enumerate(chain(said, (" ",))):
        now = "" if not letter.isalnum() else "latin" if letter.isascii() else "other"
        if now != kind:
            if kind:
                yield said[begin:place]
            begin, kind = place, now


def _grams(said: str) -> set[str]:
    return {
        run[place : place + size]
        for run in _runs(said)
        for size in range(1, 4 if run.isascii() else 3)
        for place in range(len(run) - size + 1)
    }


def downgrade() -> None:
    op.execute("DROP TABLE sought_grams")
    op.drop_table("sought")
    for name in ("listed", "status", "kind"):
        op.drop_index(f"ix_notices_{name}", table_name="notices")
    op.create_index("ix_notices_promised", "notices", ["promised_at"], unique=False)
    for name in ("day", "standing", "outcome", "window"):
        op.drop_index(f"ix_visits_{name}", table_name="visits")
    op.create_index("ix_visits_window", "visits", ["assignee_id", "planned_on"], unique=False)
    op.drop_index("ix_visits_state", table_name="visits")
    op.create_index("ix_visits_state", "visits", ["assignee_id", "state"], unique=False)
    op.create_index("ix_visits_planned", "visits", ["planned_on"], unique=False)
