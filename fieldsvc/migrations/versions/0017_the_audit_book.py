"""the audit book"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

KINDS = "'saw', 'listed', 'sought', 'exported', 'changed', 'entered', 'refused', 'left', 'public', 'shown', 'erased'"

INDEXES = {
    "at": [],
    "person": ["by_id"],
    "kind": ["kind"],
    "object": ["object_id"],
    "customer": ["customer_id"],
    "visit": ["visit_id"],
}

_NEVER = "the audit book is never changed"
_COVERED = "(SELECT coalesce(max(last_number), 0) FROM audit_removals)"

SQLITE = (
    f"CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit_entries BEGIN SELECT RAISE(ABORT, '{_NEVER}'); END",
    "CREATE TRIGGER audit_entries_go_by_the_book BEFORE DELETE ON audit_entries"
    f" WHEN OLD.number > {_COVERED} BEGIN SELECT RAISE(ABORT, '{_NEVER}'); END",
    "CREATE TRIGGER audit_entries_in_order BEFORE INSERT ON audit_entries WHEN NEW.number <= max("
    f"(SELECT coalesce(max(number), 0) FROM audit_entries), {_COVERED})"
    f" BEGIN SELECT RAISE(ABORT, '{_NEVER}'); END",
    f"CREATE TRIGGER audit_removals_stay BEFORE UPDATE ON audit_removals BEGIN SELECT RAISE(ABORT, '{_NEVER}'); END",
    f"CREATE TRIGGER audit_removals_remain BEFORE DELETE ON audit_removals BEGIN SELECT RAISE(ABORT, '{_NEVER}'); END",
)

POSTGRESQL = (
    f"CREATE FUNCTION audit_refuses() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{_NEVER}'; END $$",
    "CREATE FUNCTION audit_goes_by_the_book() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    f" IF OLD.number > {_COVERED} THEN RAISE EXCEPTION '{_NEVER}'; END IF; RETURN OLD; END $$",
    "CREATE FUNCTION audit_in_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    f" IF NEW.number <= greatest((SELECT coalesce(max(number), 0) FROM audit_entries), {_COVERED})"
    f" THEN RAISE EXCEPTION '{_NEVER}'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit_entries FOR EACH ROW EXECUTE FUNCTION audit_refuses()",
    "CREATE TRIGGER audit_entries_go_by_the_book BEFORE DELETE ON audit_entries"
    " FOR EACH ROW EXECUTE FUNCTION audit_goes_by_the_book()",
    "CREATE TRIGGER audit_entries_in_order BEFORE INSERT ON audit_entries"
    " FOR EACH ROW EXECUTE FUNCTION audit_in_order()",
    "CREATE TRIGGER audit_entries_not_emptied BEFORE TRUNCATE ON audit_entries"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses()",
    "CREATE TRIGGER audit_removals_stay BEFORE UPDATE OR DELETE ON audit_removals"
    " FOR EACH ROW EXECUTE FUNCTION audit_refuses()",
    "CREATE TRIGGER audit_removals_not_emptied BEFORE TRUNCATE ON audit_removals"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses()",
)


def upgrade() -> None:
    text = {"what": 20, "object_id": 80, "customer_id": 36, "visit_id": 36, "by_id": 36, "by_name": 200, "address": 64}
    op.create_table(
        "audit_entries",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        *(sa.Column(name, sa.String(length=length), nullable=False) for name, length in text.items()),
        sa.Column("route", sa.String(length=60), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("chain", sa.String(length=64), nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_audit_entries_kind")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_entries")),
    )
    for name, columns in INDEXES.items():
        op.create_index(f"ix_audit_entries_{name}", "audit_entries", [*columns, "at", "number"], unique=False)
    op.create_table(
        "audit_removals",
        sa.Column("last_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first_number", sa.BigInteger(), nullable=False),
        sa.Column("chain", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("last_number", name=op.f("pk_audit_removals")),
    )
    for statement in POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("audit_entries")
    op.drop_table("audit_removals")
    if op.get_bind().dialect.name == "postgresql":
        for function in ("audit_refuses", "audit_goes_by_the_book", "audit_in_order"):
            op.execute(f"DROP FUNCTION {function}()")
