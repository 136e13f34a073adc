"""the life of a hazard: what happened to it, and how it stands by that"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

AT_ONCE = 500
_TEXTS = {"district": 200, "responsible": 12, "stage": 16, "gas": 12, "found_by": 36, "found_by_name": 200, "heard": 10}
_LATER: dict[str, Any] = {
    "remind_on": sa.Date(),
    "taken_up_at": sa.DateTime(),
    "restored_at": sa.DateTime(),
    "verified_op": sa.String(length=36),
    "verified_by": sa.String(length=36),
}
_INDEXES = {
    "ix_hazards_state": ["state", "level", "due_on", "id"],
    "ix_hazards_state_due": ["state", "due_on", "id"],
    "ix_hazards_danger": ["level", "due_on", "id"],
    "ix_hazards_due": ["due_on", "id"],
    "ix_hazards_found": ["found_at", "id"],
    "ix_hazards_closed": ["closed_at", "id"],
    "ix_hazards_stage": ["stage", "level", "due_on", "id"],
    "ix_hazards_district": ["district", "state", "level", "due_on", "id"],
    "ix_hazards_item": ["item", "state", "level", "due_on", "id"],
    "ix_hazards_finder": ["found_by", "state", "level", "due_on", "id"],
}
_PARTIAL = {
    "ix_hazards_remind": (["remind_on", "customer_id"], "remind_on IS NOT NULL"),
    "ix_hazards_gas": (["gas", "level", "due_on", "id"], "gas <> ''"),
    "ix_hazards_alert": (
        ["found_at"],
        "level = 1 AND state = 'open' AND fixed_at IS NULL AND taken_up_at IS NULL",
    ),
}


def upgrade() -> None:
    for name, length in _TEXTS.items():
        op.add_column("hazards", sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
    # not empty, and a day that no hazard bears until the next statement
    op.add_column("hazards", sa.Column("paper_due_on", sa.Date(), nullable=False, server_default="1970-01-01"))
    op.add_column(
        "hazards", sa.Column("arrived_at", sa.DateTime(), nullable=False, server_default="1970-01-01 00:00:00")
    )
    for name, kind in _LATER.items():
        op.add_column("hazards", sa.Column(name, kind, nullable=True))
    op.execute("UPDATE hazards SET paper_due_on = due_on, arrived_at = found_at")
    op.execute("UPDATE hazards SET stage = CASE state WHEN 'open' THEN 'found' ELSE state END")
    _events()
    _fill()
    op.drop_index("ix_hazards_state", table_name="hazards")
    for name, columns in _INDEXES.items():
        op.create_index(name, "hazards", columns, unique=False)
    for name, (columns, words) in _PARTIAL.items():
        where = sa.text(words)
        op.create_index(name, "hazards", columns, unique=False, sqlite_where=where, postgresql_where=where)


def _events() -> None:
    op.create_table(
        "hazard_events",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("hazard_id", sa.String(length=36), nullable=False),
        sa.Column("visit_id", sa.String(length=36), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("event", sa.String(length=20), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("seen", sa.String(length=36), nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by_id", sa.String(length=36), nullable=False),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("kept_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hazard_events")),
    )
    op.create_index("ix_hazard_events_hazard", "hazard_events", ["hazard_id", "made_at"], unique=False)


def _fill() -> None:
    """Take from the visits who found each hazard, when, where, and how the customer took note of it; one event each."""
    connection, after = op.get_bind(), ""
    while True:
        rows = connection.execute(
            sa.text(
                "SELECT h.id, h.visit_id, h.customer_id, h.level, h.due_on, h.found_at, v.document FROM hazards h "
                "LEFT JOIN visits v ON v.id = h.visit_id WHERE h.id > :after ORDER BY h.id LIMIT :some"
            ).columns(due_on=sa.Date(), found_at=sa.DateTime()),
            {"after": after, "some": AT_ONCE},
        ).all()
        if not rows:
            return
        after = rows[-1].id
        told = [_told(row) for row in rows]
        connection.execute(_UPDATE, [{"of": row.id, **one} for row, one in zip(rows, told, strict=True)])
        connection.execute(_EVENTS.insert(), [_found(row, one) for row, one in zip(rows, told, strict=True)])


def _told(row: Any) -> dict[str, Any]:
    document = json.loads(row.document) if row.document else {"hazards": {}, "customer": {}, "signatures": {}}
    found = document["hazards"].get(row.id)
    by = found["by"] if found else {"id": "", "name": ""}
    at = min(_instant(found["at"]), row.found_at) if found else row.found_at
    signed, heard = document["signatures"].get("customer"), ""
    if signed and found and _instant(signed["at"]) >= _instant(found["at"]):
        heard = "refused" if signed.get("refused") else "signed"
    district = str(document["customer"].get("district") or "")[:200]
    return {"found_by": by["id"], "found_by_name": by["name"], "at": at, "district": district, "heard": heard}


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


def _found(row: Any, told: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row.id, "hazard_id": row.id, "visit_id": row.visit_id, "customer_id": row.customer_id, "event": "found",
        "due": row.due_on, "way": "", "level": row.level, "note": "", "by_id": told["found_by"],
        "by_name": told["found_by_name"], "made_at": told["at"], "kept_at": row.found_at,
    }  # fmt: skip


_UPDATE = sa.text(
    "UPDATE hazards SET found_by = :found_by, found_by_name = :found_by_name, found_at = :at, district = :district, "
    "heard = :heard WHERE id = :of"
).bindparams(sa.bindparam("at", type_=sa.DateTime()))
_COLUMNS: dict[str, Any] = {
    "id": sa.String(), "hazard_id": sa.String(), "visit_id": sa.String(), "customer_id": sa.String(),
    "event": sa.String(), "due": sa.Date(), "way": sa.String(), "level": sa.Integer(), "note": sa.Text(),
    "by_id": sa.String(), "by_name": sa.String(), "made_at": sa.DateTime(), "kept_at": sa.DateTime(),
}  # fmt: skip
_EVENTS = sa.table("hazard_events", *(sa.column(name, kind) for name, kind in _COLUMNS.items()))


def downgrade() -> None:
    for name in (*_PARTIAL, *_INDEXES):
        op.drop_index(name, table_name="hazards")
    with op.batch_alter_table("hazards", schema=None) as batch_op:
        for name in (*_TEXTS, *_LATER, "paper_due_on", "arrived_at"):
            batch_op.drop_column(name)
        batch_op.create_index("ix_hazards_state", ["state", "due_on"], unique=False)
    op.drop_table("hazard_events")
