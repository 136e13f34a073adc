"""what was erased: of ops, of visits, of files; and erasures that wait for a second person"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ops", sa.Column("erased_in", sa.BigInteger(), nullable=True))
    op.add_column("visits", sa.Column("erased", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("blobs", sa.Column("erased_at", sa.DateTime(), nullable=True))
    erased = sa.text("erased_at IS NOT NULL")
    op.create_index("ix_blobs_erased", "blobs", ["erased_at"], sqlite_where=erased, postgresql_where=erased)
    for table in ("call_answers", "complaints"):
        op.add_column(table, sa.Column("erased", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.create_table(
        "erasures",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("moved_out", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("asked_by", sa.String(length=36), nullable=False),
        sa.Column("asked_by_name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.Column("settled_by", sa.String(length=36), nullable=False),
        sa.Column("settled_by_name", sa.String(length=200), nullable=False),
        sa.CheckConstraint("state IN ('waits', 'done', 'refused')", name=op.f("ck_erasures_state")),
        sa.CheckConstraint(
            "settled_by = '' OR state = 'refused' OR settled_by <> asked_by", name=op.f("ck_erasures_two")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index("ix_erasures_customer", "erasures", ["customer_id", "asked_at"], unique=False)


def downgrade() -> None:
    op.drop_table("erasures")
    for table in ("call_answers", "complaints"):
        op.drop_column(table, "erased")
    op.drop_index("ix_blobs_erased", "blobs")
    op.drop_column("blobs", "erased_at")
    op.drop_column("visits", "erased")
    op.drop_column("ops", "erased_in")
