"""how far a paper's signature goes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notices", sa.Column("signature_level", sa.String(length=10), nullable=True))
    op.execute("UPDATE notices SET signature_level = 'b-b' WHERE status = 'ready'")


def downgrade() -> None:
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_column("signature_level")
