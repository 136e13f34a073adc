"""what an older release left to be looked at waits until the office has seen how it would be spread"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

BACKLOG = 50
"""More homes than these wait at once only where an older release planned nothing by itself."""


def upgrade() -> None:
    held: sa.Column[bool] = sa.Column("held", sa.Boolean(), nullable=False, server_default=sa.false())
    with op.batch_alter_table("follow_up_looks") as table:
        table.add_column(held)
        table.drop_index("ix_follow_up_looks_next")
        table.create_index("ix_follow_up_looks_next", ["held", "tries", "since"], unique=False)
    bind = op.get_bind()
    looks = sa.table("follow_up_looks", sa.column("customer_id"), sa.column("held", sa.Boolean))
    if (bind.scalar(sa.select(sa.func.count()).select_from(looks)) or 0) > BACKLOG:
        bind.execute(looks.update().values(held=True))


def downgrade() -> None:
    with op.batch_alter_table("follow_up_looks") as table:
        table.drop_index("ix_follow_up_looks_next")
        table.create_index("ix_follow_up_looks_next", ["tries", "since"], unique=False)
        table.drop_column("held")
