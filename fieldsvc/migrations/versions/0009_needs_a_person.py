"""what needs a person: doubts, stale signatures, corrections with their author and verdict"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

OPEN = sa.text("is_open")
IS_ONE = sa.text("is_open = 1")
WAITS = sa.text("settled_at IS NULL")
DONE = sa.text("settled_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "doubts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("visit_id", sa.String(length=36), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("judged", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("found_at", sa.DateTime(), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recheck_id", sa.String(length=36), nullable=True),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.Column("settled_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_doubts")),
    )
    op.create_index("ix_doubts_open", "doubts", ["found_at", "is_open"], sqlite_where=IS_ONE, postgresql_where=OPEN)
    op.create_index("ix_doubts_kind", "doubts", ["kind", "found_at"], sqlite_where=IS_ONE, postgresql_where=OPEN)
    op.create_index("ix_doubts_user", "doubts", ["user_id", "found_at"])
    op.create_index("ix_doubts_settled", "doubts", ["settled_at"])
    op.create_index(op.f("ix_doubts_visit_id"), "doubts", ["visit_id"])
    op.create_table(
        "doubts_due",
        sa.Column("visit_id", sa.String(length=36), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_doubts_due")),
    )
    op.create_index("ix_doubts_due_due_at", "doubts_due", ["due_at"])
    _compared()
    op.create_table(
        "stale_signatures",
        sa.Column("visit_id", sa.String(length=36), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("op_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("visit_id", "role", name=op.f("pk_stale_signatures")),
    )
    op.create_index("ix_stale_signatures_since", "stale_signatures", ["since"])
    op.create_table(
        "taken_items",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("item_id", sa.String(length=80), nullable=False),
        sa.Column("by_id", sa.String(length=36), nullable=False),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "item_id", name=op.f("pk_taken_items")),
    )
    op.create_index("ix_taken_items_by_id", "taken_items", ["by_id"])
    _corrections()


def _compared() -> None:
    op.create_table(
        "doubt_prints",
        sa.Column("visit_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        *(sa.Column(f"band{n}", sa.Integer(), nullable=True) for n in range(4)),
        sa.Column("fine", sa.String(length=160), nullable=False),
        sa.PrimaryKeyConstraint("visit_id", "kind", "ref", name=op.f("pk_doubt_prints")),
    )
    op.create_index("ix_doubt_prints_ref", "doubt_prints", ["kind", "ref"])
    for n in range(4):
        op.create_index(f"ix_doubt_prints_band{n}", "doubt_prints", ["kind", f"band{n}"])
    op.create_table(
        "doubt_places",
        sa.Column("visit_id", sa.String(length=36), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("lat", sa.Integer(), nullable=False),
        sa.Column("lon", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_doubt_places")),
    )
    op.create_index("ix_doubt_places_place", "doubt_places", ["place", "at"])
    op.create_table(
        "doubt_figures",
        sa.Column("visit_id", sa.String(length=36), nullable=False),
        sa.Column("meter_id", sa.String(length=36), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("value", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("visit_id", "meter_id", name=op.f("pk_doubt_figures")),
    )
    op.create_index("ix_doubt_figures_value", "doubt_figures", ["user_id", "value", "at"])


def _corrections() -> None:
    op.drop_index("ix_corrections_open", table_name="corrections")
    for name, length in (("by_id", 36), ("by_name", 200), ("settled_by", 200)):
        op.add_column("corrections", sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
    op.add_column("corrections", sa.Column("verdict", sa.String(length=10), nullable=True))
    op.add_column("corrections", sa.Column("reason", sa.Text(), nullable=False, server_default=""))
    op.create_index(
        "ix_corrections_waiting", "corrections", ["made_at", "settled_at"], sqlite_where=WAITS, postgresql_where=WAITS
    )
    op.create_index("ix_corrections_settled", "corrections", ["settled_at"], sqlite_where=DONE, postgresql_where=DONE)
    op.create_index(op.f("ix_corrections_visit_id"), "corrections", ["visit_id"])


def downgrade() -> None:
    for index in ("ix_corrections_waiting", "ix_corrections_settled", op.f("ix_corrections_visit_id")):
        op.drop_index(index, table_name="corrections")
    with op.batch_alter_table("corrections") as corrections:
        for name in ("by_id", "by_name", "settled_by", "verdict", "reason"):
            corrections.drop_column(name)
    op.create_index("ix_corrections_open", "corrections", ["settled_at"])
    tables = (
        "doubts",
        "doubts_due",
        "doubt_prints",
        "doubt_places",
        "doubt_figures",
        "stale_signatures",
        "taken_items",
    )
    for table in tables:
        op.drop_table(table)
