"""what an import changes: the old and the new value of each field of what is known already"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_changed_rows",
        sa.Column("import_id", sa.String(length=36), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("serial", sa.String(length=60), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f("fk_import_changed_rows_import_id_imports")),
        sa.PrimaryKeyConstraint("import_id", "line", name=op.f("pk_import_changed_rows")),
    )


def downgrade() -> None:
    op.drop_table("import_changed_rows")
