"""readings are judged, reviewed and exported for billing; tariffs are a policy"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def _new() -> list[sa.Column[Any]]:
    return [
        sa.Column("customer_id", sa.String(length=36), nullable=True),
        sa.Column("recorded_at", sa.DateTime(), nullable=True),
        sa.Column("running", sa.Boolean(), nullable=True),
        sa.Column("photo", sa.String(length=64), nullable=True),
        sa.Column("final", sa.String(length=20), nullable=True),
        sa.Column("initial", sa.String(length=20), nullable=True),
        sa.Column("op_id", sa.String(length=36), nullable=True),
        sa.Column("used", sa.Integer(), nullable=True),
        sa.Column("marks", sa.String(length=120), nullable=True),
        sa.Column("doubted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("billed_in", sa.String(length=10), nullable=True),
    ]


UNBILLED = sa.text("billed_in IS NULL")


def upgrade() -> None:
    for column in _new():
        op.add_column("readings", column)
    op.execute(
        "UPDATE readings SET customer_id = (SELECT meters.customer_id FROM meters WHERE meters.id = readings.meter_id)"
    )
    op.create_index(
        "ix_readings_unbilled", "readings", ["read_at", "id"], sqlite_where=UNBILLED, postgresql_where=UNBILLED
    )
    op.create_table(
        "reading_reviews",
        sa.Column("reading_id", sa.String(length=36), nullable=False),
        sa.Column("visit_id", sa.String(length=36), nullable=False),
        sa.Column("meter_id", sa.String(length=36), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("read_at", sa.DateTime(), nullable=False),
        sa.Column("marks", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("figure", sa.String(length=200), nullable=True),
        sa.Column("seen", sa.String(length=120), nullable=True),
        sa.Column("by_name", sa.String(length=200), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(), nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column("op_id", sa.String(length=36), nullable=True),
        sa.Column("again_visit_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["reading_id"], ["readings.id"], name=op.f("fk_reading_reviews_reading_id_readings")),
        sa.PrimaryKeyConstraint("reading_id", name=op.f("pk_reading_reviews")),
    )
    op.create_index("ix_reading_reviews_state", "reading_reviews", ["state", "read_at", "reading_id"])
    op.create_index("ix_reading_reviews_visit", "reading_reviews", ["visit_id"])
    _billing()
    _tariff_of_the_company()


def _billing() -> None:
    op.create_table(
        "billing_periods",
        sa.Column("id", sa.String(length=10), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("closing_at", sa.DateTime(), nullable=False),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("by_id", sa.String(length=36), nullable=False),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('closing', 'closed')", name=op.f("ck_billing_periods_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_periods")),
    )
    op.create_table(
        "billing_rows",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("period_id", sa.String(length=10), nullable=False),
        sa.Column("reading_id", sa.String(length=36), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("used", sa.Integer(), nullable=True),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["period_id"], ["billing_periods.id"], name=op.f("fk_billing_rows_period_id_billing_periods")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_rows")),
        sa.UniqueConstraint("period_id", "reading_id", name=op.f("uq_billing_rows_period_id")),
    )
    op.create_index("ix_billing_rows_order", "billing_rows", ["period_id", "account", "reading_id"])
    op.create_index("ix_billing_rows_reading", "billing_rows", ["reading_id"])
    op.create_table(
        "billing_takes",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("period_id", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.String(length=36), nullable=False),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("form", sa.String(length=4), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["period_id"], ["billing_periods.id"], name=op.f("fk_billing_takes_period_id_billing_periods")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_takes")),
    )
    op.create_index(op.f("ix_billing_takes_period_id"), "billing_takes", ["period_id"])


FACTS = sa.table("installation", sa.column("name", sa.String), sa.column("value", sa.JSON))


def _tariff_of_the_company() -> None:
    """A tariff was a fact of the company; it becomes the policy `tariffs`, valid from the beginning."""
    connection = op.get_bind()
    kept = dict(connection.execute(sa.select(FACTS.c.name, FACTS.c.value)).all())
    company = kept.get("company")
    if not isinstance(company, dict) or "tariff" not in company or "policy.tariffs" in kept:
        return
    given = company.pop("tariff")
    connection.execute(sa.update(FACTS).where(FACTS.c.name == "company").values(value=company))
    connection.execute(sa.insert(FACTS).values(name="policy.tariffs", value=_section(given)))


def _section(given: dict[str, Any]) -> dict[str, Any]:
    kinds = {kind: one for kind, one in given.items() if isinstance(one, dict) and "tiers" in one}
    starts = [str(one["cycle_start"]) for one in kinds.values() if one.get("cycle_start")]
    return {
        "prices": [
            {"kind": kind, "from": "2000-01-01", "upto": str(tier.get("upto") or ""), "price": str(tier["price"])}
            for kind, one in kinds.items()
            for tier in one["tiers"]
        ],
        "cycle_start": starts[0] if starts else "01-01",
        "pay_days": int(given.get("pay_days") or 0),
        "ways": [json.loads(json.dumps(way)) for way in given.get("ways", ())],
    }


def downgrade() -> None:
    for table in ("billing_takes", "billing_rows", "billing_periods", "reading_reviews"):
        op.drop_table(table)
    op.drop_index("ix_readings_unbilled", table_name="readings")
    with op.batch_alter_table("readings", schema=None) as batch_op:
        for column in _new():
            batch_op.drop_column(column.name)
