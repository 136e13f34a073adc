"""lifeboats that were taken in"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lifeboats",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("taken_at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.String(length=36), nullable=True),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.String(length=40), nullable=False),
        sa.Column("came_to", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lifeboats")),
    )
    with op.batch_alter_table("lifeboats", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lifeboats_taken_at"), ["taken_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("lifeboats", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lifeboats_taken_at"))

    op.drop_table("lifeboats")
