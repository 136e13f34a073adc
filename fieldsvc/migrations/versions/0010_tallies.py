"""the tallies, and what each visit and hazard was counted as"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tallies",
        sa.Column("measure", sa.String(length=12), nullable=False),
        sa.Column("grain", sa.String(length=1), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("part", sa.String(length=80), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("measure", "grain", "day", "key", "part", name=op.f("pk_tallies")),
    )
    op.create_index("ix_visits_type", "visits", ["type", "planned_on", "number"], unique=False)
    op.create_table(
        "counted_visits",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("inspected_on", sa.Date(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counted_visits")),
    )
    op.create_index("ix_counted_visits_customer", "counted_visits", ["customer_id", "inspected_on"], unique=False)
    op.create_table(
        "counted_hazards",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counted_hazards")),
    )
    op.create_table(
        "first_inspections",
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "category", "begins_on", name=op.f("pk_first_inspections")),
    )
    op.create_table(
        "tally_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally_head")),
    )


def downgrade() -> None:
    op.drop_index("ix_visits_type", table_name="visits")
    for table in ("tally_head", "first_inspections", "counted_hazards", "counted_visits", "tallies"):
        op.drop_table(table)
