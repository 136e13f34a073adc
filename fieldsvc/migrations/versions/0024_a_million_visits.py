"""how many customers of each district and kind were last inspected on which day, kept as that changes; walks along an index"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


CALLED = sa.text("remind_on IS NOT NULL")
REPLACED = sa.text("replaces_id IS NOT NULL")
NEW: dict[str, tuple[str, list[str], dict[str, Any]]] = {
    "ix_hazards_remind": (
        "hazards",
        ["level", "remind_on", "id", "customer_id"],
        {"sqlite_where": CALLED, "postgresql_where": CALLED},
    ),
    "ix_visits_customer": ("visits", ["customer_id", "planned_on", "number", "id"], {}),
    "ix_hazards_state": ("hazards", ["state", "level", "due_on", "id", "found_at"], {}),
    "ix_notices_replaced": (
        "notices",
        ["replaces_id"],
        {"sqlite_where": REPLACED, "postgresql_where": REPLACED},
    ),
}
OLD: dict[str, tuple[str, list[str], dict[str, Any]]] = {
    "ix_visits_customer": ("visits", ["customer_id", "planned_on"], {}),
    "ix_hazards_state": ("hazards", ["state", "level", "due_on", "id"], {}),
    "ix_hazards_remind": (
        "hazards",
        ["remind_on", "customer_id", "level"],
        {"sqlite_where": CALLED, "postgresql_where": CALLED},
    ),
}


def upgrade() -> None:
    _count_the_duty()
    _replace(OLD, NEW)


def _replace(former: dict[str, Any], new: dict[str, Any]) -> None:
    for name, (table, _columns, _where) in former.items():
        op.drop_index(name, table_name=table)
    for name, (table, columns, where) in new.items():
        op.create_index(name, table, columns, **where)


def _count_the_duty() -> None:
    op.create_table(
        "duty_counts",
        sa.Column("district", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("district", "kind", "last_on", "is_open", name=op.f("pk_duty_counts")),
    )
    op.create_index(
        "ix_duty_counts_nobody",
        "duty_counts",
        ["count"],
        sqlite_where=sa.text("count = 0"),
        postgresql_where=sa.text("count = 0"),
    )
    # the day that stands for never; SQLite keeps days as text
    op.execute(
        "INSERT INTO duty_counts (district, kind, last_on, is_open, count)"
        " SELECT district, kind, coalesce(last_on, '0001-01-01'), open_visit_id IS NOT NULL, count(*) FROM duty"
        " GROUP BY district, kind, coalesce(last_on, '0001-01-01'), open_visit_id IS NOT NULL"
    )


def downgrade() -> None:
    _replace(NEW, OLD)
    op.drop_table("duty_counts")
