"""return calls and complaints"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_closings",
        sa.Column("visit_id", sa.String(length=36), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("drawn", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_call_closings")),
    )
    op.create_index("ix_call_closings_week", "call_closings", ["drawn", "week"], unique=False)
    op.create_index("ix_call_closings_of_week", "call_closings", ["week"], unique=False)
    op.create_table(
        "call_weeks",
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("considered", sa.Integer(), nullable=False),
        sa.Column("drawn", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("week", name=op.f("pk_call_weeks")),
    )
    op.create_table(
        "calls",
        sa.Column("visit_id", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("state IN ('due', 'reached', 'given_up')", name=op.f("ck_calls_state")),
        sa.CheckConstraint("reason IN ('sample', 'score', 'refused', 'stopped')", name=op.f("ck_calls_reason")),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_calls")),
    )
    op.create_index("ix_calls_due", "calls", ["state", "due_on", "visit_id"], unique=False)
    op.create_index("ix_calls_reason", "calls", ["state", "reason", "due_on", "visit_id"], unique=False)
    op.create_index("ix_calls_order", "calls", ["due_on", "visit_id"], unique=False)
    op.create_index("ix_calls_week", "calls", ["week", "state"], unique=False)
    op.create_table(
        "call_answers",
        sa.Column("op_id", sa.String(length=36), nullable=False),
        sa.Column("visit_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("op_id", name=op.f("pk_call_answers")),
    )
    op.create_index("ix_call_answers_visit_id", "call_answers", ["visit_id", "at"], unique=False)
    op.create_table(
        "call_tasks",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("visit_id", sa.String(length=36), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.String(length=36), nullable=False),
        sa.Column("owner_name", sa.String(length=200), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.Column("done_by", sa.String(length=200), nullable=False),
        sa.CheckConstraint("state IN ('open', 'done')", name=op.f("ck_call_tasks_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_tasks")),
    )
    op.create_index("ix_call_tasks_due", "call_tasks", ["state", "due_on", "id"], unique=False)
    op.create_index("ix_call_tasks_visit_id", "call_tasks", ["visit_id"], unique=False)
    op.create_table(
        "complaints",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("visit_id", sa.String(length=36), nullable=True),
        sa.Column("against_id", sa.String(length=36), nullable=True),
        sa.Column("owner_id", sa.String(length=36), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'answered', 'closed')", name=op.f("ck_complaints_state")),
        sa.CheckConstraint("against_id IS NULL OR against_id <> owner_id", name=op.f("ck_complaints_owner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaints")),
        sa.UniqueConstraint("number", name=op.f("uq_complaints_number")),
    )
    op.create_index("ix_complaints_due", "complaints", ["state", "due_on", "id"], unique=False)
    op.create_index("ix_complaints_order", "complaints", ["due_on", "id"], unique=False)
    op.create_index("ix_complaints_week", "complaints", ["week", "state"], unique=False)
    op.create_index(op.f("ix_complaints_visit_id"), "complaints", ["visit_id"], unique=False)
    op.create_table(
        "complaint_entries",
        sa.Column("complaint_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.String(length=36), nullable=False),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("event", sa.String(length=10), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_complaint_entries_complaint_id_complaints")
        ),
        sa.PrimaryKeyConstraint("complaint_id", "number", name=op.f("pk_complaint_entries")),
    )


def downgrade() -> None:
    for table in (
        "complaint_entries",
        "complaints",
        "call_tasks",
        "call_answers",
        "calls",
        "call_weeks",
        "call_closings",
    ):
        op.drop_table(table)
