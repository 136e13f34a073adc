"""what was promised of a visit, and whether it was kept"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "promised",
        sa.Column("visit_id", sa.String(length=36), nullable=False),
        sa.Column("clock", sa.String(length=40), nullable=False),
        sa.Column("ends_with", sa.String(length=40), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("visit_id", "clock", name=op.f("pk_promised")),
    )
    op.create_index(
        "ix_promised_open",
        "promised",
        ["due_at", "visit_id", "clock"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_promised_asked", "promised", ["asked_on", "clock", "state"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_promised_asked", table_name="promised")
    op.drop_index("ix_promised_open", table_name="promised")
    op.drop_table("promised")
