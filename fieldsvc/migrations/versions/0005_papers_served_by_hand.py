"""papers that are served by hand, and hazards that need a written notice before they close"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "servings",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("notice_id", sa.String(length=36), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.Column("served_by", sa.String(length=200), nullable=False),
        sa.Column("received_by", sa.String(length=200), nullable=False),
        sa.Column("tracking", sa.String(length=60), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("recorded_by", sa.String(length=200), nullable=False),
        sa.Column("file", sa.String(length=120), nullable=True),
        sa.Column("file_type", sa.String(length=40), nullable=True),
        sa.Column("file_sha256", sa.String(length=64), nullable=True),
        sa.Column("attached_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("way IN ('hand', 'posted', 'mail')", name=op.f("ck_servings_way")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_servings_notice_id_notices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_servings")),
    )
    with op.batch_alter_table("servings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_servings_notice_id"), ["notice_id"], unique=False)
    op.add_column("hazards", sa.Column("fixed_at", sa.DateTime(), nullable=True))
    op.add_column("hazards", sa.Column("noticed_at", sa.DateTime(), nullable=True))
    op.add_column("hazards", sa.Column("verified_at", sa.DateTime(), nullable=True))
    op.add_column("hazards", sa.Column("verified_in", sa.String(length=36), nullable=True))
    op.execute("UPDATE hazards SET fixed_at = closed_at WHERE state = 'closed'")
    op.execute(
        "UPDATE hazards SET noticed_at = (SELECT MIN(ready_at) FROM notices WHERE notices.visit_id = hazards.visit_id"
        " AND notices.kind = 'hazard' AND notices.status = 'ready')"
    )


def downgrade() -> None:
    with op.batch_alter_table("hazards", schema=None) as batch_op:
        batch_op.drop_column("verified_in")
        batch_op.drop_column("verified_at")
        batch_op.drop_column("noticed_at")
        batch_op.drop_column("fixed_at")
    with op.batch_alter_table("servings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_servings_notice_id"))
    op.drop_table("servings")
