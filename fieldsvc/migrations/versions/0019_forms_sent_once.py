"""forms of the office that were sent, so that none counts twice"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sent_forms",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sent_forms")),
    )
    op.create_index("ix_sent_forms_sent_at", "sent_forms", ["sent_at"], unique=False)


def downgrade() -> None:
    op.drop_table("sent_forms")
