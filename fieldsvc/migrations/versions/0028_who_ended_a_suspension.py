"""who wrote down when the supply was back after a planned suspension, and when"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("suspensions") as table:
        table.add_column(sa.Column("ended_recorded_at", sa.DateTime(), nullable=True))
        table.add_column(sa.Column("ended_by_name", sa.String(length=200), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("suspensions") as table:
        table.drop_column("ended_by_name")
        table.drop_column("ended_recorded_at")
