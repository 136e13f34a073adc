"""how far the reading is, kept as it was counted last; indexes for stores of a million visits"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

CALLED = sa.text("remind_on IS NOT NULL")
NEW: dict[str, tuple[str, list[str], dict[str, Any]]] = {
    "ix_duty_walk": ("duty", ["walk", "customer_id", "kind", "last_on"], {}),
    "ix_duty_kind": ("duty", ["kind", "walk", "customer_id"], {}),
    "ix_duty_district": ("duty", ["district", "walk", "customer_id"], {}),
    "ix_follow_ups_kind": ("follow_ups", ["kind", "state", "planned_for", "id"], {}),
    "ix_hazards_remind": (
        "hazards",
        ["remind_on", "customer_id", "level"],
        {"sqlite_where": CALLED, "postgresql_where": CALLED},
    ),
    "ix_hazards_responsible": ("hazards", ["responsible", "state", "level", "due_on", "id"], {}),
    "ix_hazards_district_found": ("hazards", ["district", "found_at", "id"], {}),
    "ix_hazards_item_found": ("hazards", ["item", "found_at", "id"], {}),
    "ix_hazards_finder_found": ("hazards", ["found_by", "found_at", "id"], {}),
    "ix_hazards_responsible_found": ("hazards", ["responsible", "found_at", "id"], {}),
}
OLD: dict[str, tuple[str, list[str], dict[str, Any]]] = {
    "ix_duty_walk": ("duty", ["walk", "customer_id"], {}),
    "ix_hazards_remind": (
        "hazards",
        ["remind_on", "customer_id"],
        {"sqlite_where": CALLED, "postgresql_where": CALLED},
    ),
}


def upgrade() -> None:
    op.create_table(
        "reading_progress",
        sa.Column("period_id", sa.String(length=10), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("counted_at", sa.DateTime(), nullable=False),
        sa.Column("rates", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("period_id", name=op.f("pk_reading_progress")),
    )
    _replace(OLD, NEW)


def _replace(former: dict[str, Any], new: dict[str, Any]) -> None:
    for name, (table, _columns, _where) in former.items():
        op.drop_index(name, table_name=table)
    for name, (table, columns, where) in new.items():
        op.create_index(name, table, columns, **where)


def downgrade() -> None:
    _replace(NEW, OLD)
    op.drop_table("reading_progress")
