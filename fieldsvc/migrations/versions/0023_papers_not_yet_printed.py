"""an index by which the office finds the papers that nobody has printed yet"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_notices_unprinted",
        "notices",
        ["promised_at", "number", "revision", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'ready' AND printed_count = 0"),
        postgresql_where=sa.text("status = 'ready' AND printed_count = 0"),
    )


def downgrade() -> None:
    op.drop_index("ix_notices_unprinted", table_name="notices")
