"""Wrong guesses at a phone number's last digits, for the limits of the public page."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lookup_guesses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lookup", sa.String(length=80), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lookup_guesses")),
    )
    with op.batch_alter_table("lookup_guesses", schema=None) as batch_op:
        batch_op.create_index("ix_lookup_guesses_address", ["address", "at"], unique=False)
        batch_op.create_index("ix_lookup_guesses_lookup", ["lookup", "at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("lookup_guesses", schema=None) as batch_op:
        batch_op.drop_index("ix_lookup_guesses_lookup")
        batch_op.drop_index("ix_lookup_guesses_address")
    op.drop_table("lookup_guesses")
