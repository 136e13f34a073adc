"""papers are frozen when they are made"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.alter_column("snapshot", existing_type=sa.Text(), nullable=True)
        batch_op.alter_column("record_sha256", existing_type=sa.String(length=64), nullable=True)
    # What was frozen for a paper that is not made yet is made anew when it is.
    op.execute("UPDATE notices SET snapshot = NULL, record_sha256 = NULL WHERE status <> 'ready'")


def downgrade() -> None:
    op.execute("UPDATE notices SET snapshot = '{}', record_sha256 = '' WHERE snapshot IS NULL")
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.alter_column("record_sha256", existing_type=sa.String(length=64), nullable=False)
        batch_op.alter_column("snapshot", existing_type=sa.Text(), nullable=False)
