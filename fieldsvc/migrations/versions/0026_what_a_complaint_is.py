"""what a complaint is and what it is about, after how many rings it was taken; planned suspensions of supply"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("complaints") as table:
        table.add_column(sa.Column("kind", sa.String(length=20), nullable=False, server_default=""))
        table.add_column(sa.Column("topic", sa.String(length=20), nullable=False, server_default=""))
        table.add_column(sa.Column("rings", sa.Integer(), nullable=True))
    op.create_table(
        "suspensions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("told_at", sa.DateTime(), nullable=False),
        sa.Column("begins_at", sa.DateTime(), nullable=False),
        sa.Column("restored_at", sa.DateTime(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspensions")),
    )
    op.create_index("ix_suspensions_begins_at", "suspensions", ["begins_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_suspensions_begins_at", table_name="suspensions")
    op.drop_table("suspensions")
    with op.batch_alter_table("complaints") as table:
        table.drop_column("rings")
        table.drop_column("topic")
        table.drop_column("kind")
