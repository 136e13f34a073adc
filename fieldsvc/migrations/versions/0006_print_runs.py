"""print runs and the book of printings"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "print_runs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.String(length=36), nullable=False),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("both_sides", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("merged", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(), nullable=False),
        sa.Column("error", sa.String(length=400), nullable=True),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("printed_at", sa.DateTime(), nullable=True),
        sa.Column("dropped_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("status IN ('working', 'ready', 'failed', 'cancelled')", name=op.f("ck_print_runs_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_runs")),
    )
    op.create_index("ix_print_runs_due", "print_runs", ["status", "next_try_at"], unique=False)
    op.create_index(op.f("ix_print_runs_made_at"), "print_runs", ["made_at"], unique=False)
    op.create_table(
        "print_run_papers",
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=True),
        sa.Column("detail", sa.String(length=400), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_page", sa.Integer(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('waits', 'merged', 'left')", name=op.f("ck_print_run_papers_state")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_print_run_papers_notice_id_notices")),
        sa.ForeignKeyConstraint(["run_id"], ["print_runs.id"], name=op.f("fk_print_run_papers_run_id_print_runs")),
        sa.PrimaryKeyConstraint("run_id", "place", name=op.f("pk_print_run_papers")),
    )
    op.create_table(
        "printings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.String(length=36), nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.String(length=36), nullable=False),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_printings_notice_id_notices")),
        sa.ForeignKeyConstraint(["run_id"], ["print_runs.id"], name=op.f("fk_printings_run_id_print_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_printings")),
    )
    op.create_index(op.f("ix_printings_notice_id"), "printings", ["notice_id"], unique=False)


def downgrade() -> None:
    for table in ("printings", "print_run_papers", "print_runs"):
        op.drop_table(table)
