"""planning: whose inspection is due, campaigns, visits that plan themselves"""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BUSINESS_TAGS = {"非居民", "商户", "工商户", "餐饮", "工业"}
AT_ONCE = 2000


def upgrade() -> None:
    _duty()
    _campaigns()
    _follow_ups()
    fill(op.get_bind())
    note_homes(op.get_bind())
    area = ["district", "address", "building", "kind", "last_on", "open_visit_id"]
    op.create_index("ix_duty_area", "duty", area, unique=False)  # after the rows, which is quicker
    op.create_index("ix_duty_walk", "duty", ["walk", "customer_id"], unique=False)


def _duty() -> None:
    op.create_table(
        "duty",
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("district", sa.String(length=100), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("building", sa.String(length=40), nullable=False),
        sa.Column("walk", sa.String(length=400), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("last_visit_id", sa.String(length=36), nullable=True),
        sa.Column("open_on", sa.Date(), nullable=True),
        sa.Column("open_visit_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_duty_customer_id_customers")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_duty")),
    )


def _campaigns() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.String(length=36), nullable=False),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("visit_type", sa.String(length=80), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("technicians", sa.JSON(), nullable=False),
        sa.Column("per_day", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("walked", sa.JSON(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("held_until", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("state IN ('working', 'done', 'stopped', 'failed')", name=op.f("ck_campaigns_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
    )
    op.create_index("ix_campaigns_due", "campaigns", ["state", "held_until"], unique=False)
    op.create_index(op.f("ix_campaigns_made_at"), "campaigns", ["made_at"], unique=False)


def _follow_ups() -> None:
    op.create_table(
        "follow_ups",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("cause", sa.String(length=36), nullable=True),
        sa.Column("visit_id", sa.String(length=36), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("basis", sa.Date(), nullable=False),
        sa.Column("planned_for", sa.Date(), nullable=False),
        sa.Column("put_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "state IN ('ahead', 'kept', 'dismissed', 'withdrawn', 'given_up')", name=op.f("ck_follow_ups_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_ups")),
    )
    caused, home = sa.text("cause IS NOT NULL"), sa.text("state = 'ahead' AND kind = 'reinspection'")
    op.create_index(
        "uq_follow_ups_cause", "follow_ups", ["cause"], unique=True, sqlite_where=caused, postgresql_where=caused
    )
    op.create_index(
        "uq_follow_ups_home", "follow_ups", ["customer_id"], unique=True, sqlite_where=home, postgresql_where=home
    )
    op.create_index("ix_follow_ups_customer", "follow_ups", ["customer_id"], unique=False)
    op.create_index("ix_follow_ups_state", "follow_ups", ["state", "planned_for"], unique=False)
    op.create_table(
        "follow_up_looks",
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_follow_up_looks")),
    )
    op.create_index("ix_follow_up_looks_next", "follow_up_looks", ["tries", "since"], unique=False)


def fill(bind: sa.Connection) -> None:
    """Make a row for every customer, from what the visits say."""
    last, ahead = _inspections(bind)
    customers = sa.text("SELECT id, district, address, building, unit, room, tags FROM customers")
    texts = ("customer_id", "kind", "district", "address", "building", "walk", "last_visit_id", "open_visit_id")
    days = (sa.column(name, sa.Date) for name in ("last_on", "open_on"))
    duty = sa.table("duty", *(sa.column(name) for name in texts), *days)
    rows: list[dict[str, object]] = []
    for one in bind.execute(customers).all():
        tags = json.loads(one.tags) if isinstance(one.tags, str) else one.tags or []
        last_on, last_visit = last.get(one.id, (None, None))
        open_on, open_visit = ahead.get(one.id, (None, None))
        rows.append(
            {
                "customer_id": one.id,
                "kind": "business" if BUSINESS_TAGS & set(tags) else "home",
                "district": one.district,
                "address": one.address,
                "building": one.building,
                "walk": _walk((one.district, one.address, one.building, one.unit, one.room)),
                "last_on": last_on,
                "last_visit_id": last_visit,
                "open_on": open_on,
                "open_visit_id": open_visit,
            }
        )
    for start in range(0, len(rows), AT_ONCE):
        bind.execute(duty.insert(), rows[start : start + AT_ONCE])


def note_homes(bind: sa.Connection) -> None:
    """Have the homes looked at where something may have to plan itself: an open hazard, a point unseen, nobody opened last."""
    found = sa.text(
        "SELECT customer_id FROM hazards WHERE state = 'open'"
        " UNION SELECT customer_id FROM visits WHERE state = 'closed' AND document LIKE '%not_accessible%'"
    )
    homes = {one.customer_id for one in bind.execute(found)} | _in_vain(bind)
    looks = sa.table(
        "follow_up_looks", sa.column("customer_id"), sa.column("since", sa.DateTime), sa.column("tries", sa.Integer)
    )
    now = datetime.now(UTC).replace(tzinfo=None)
    rows = [{"customer_id": one, "since": now, "tries": 0} for one in sorted(homes)]
    for start in range(0, len(rows), AT_ONCE):
        bind.execute(looks.insert(), rows[start : start + AT_ONCE])


def _in_vain(bind: sa.Connection) -> set[str]:
    """The customers at whom the last visit of a kind found nobody."""
    closed = sa.text(
        f"SELECT customer_id, type, outcome, {_at(bind)} AS at FROM visits WHERE state = 'closed' AND customer_id IN"
        " (SELECT customer_id FROM visits WHERE state = 'closed' AND outcome = 'no_access')"
    )
    last: dict[tuple[str, str], tuple[datetime, str]] = {}
    for one in bind.execute(closed):
        key = (one.customer_id, "gas.inspection" if one.type == "gas.booked" else one.type)
        ended = (datetime.fromisoformat(one.at), one.outcome)
        last[key] = max(last.get(key, ended), ended, key=lambda found: found[0])
    return {customer_id for (customer_id, _kind), (_when, outcome) in last.items() if outcome == "no_access"}


def _at(bind: sa.Connection) -> str:
    """When a visit ended, in the words of the database."""
    postgres = bind.dialect.name == "postgresql"
    return "CAST(document AS json) #>> '{outcome,at}'" if postgres else "json_extract(document, '$.outcome.at')"


def _inspections(bind: sa.Connection) -> tuple[dict[str, tuple[date, str]], dict[str, tuple[date | None, str]]]:
    """Per customer: the last completed inspection, and the next open one."""
    company = bind.execute(sa.text("SELECT value FROM installation WHERE name = 'company'")).scalar()
    facts = json.loads(company) if isinstance(company, str) else company or {}
    zone = ZoneInfo(facts.get("time_zone", "Asia/Shanghai"))
    done = sa.text(
        f"SELECT id, customer_id, {_at(bind)} AS at FROM visits"
        " WHERE state = 'closed' AND outcome = 'completed' AND type IN ('gas.inspection', 'gas.booked')"
    )
    last: dict[str, tuple[date, str]] = {}
    for one in bind.execute(done):
        on = datetime.fromisoformat(one.at).astimezone(zone).date()
        if one.customer_id not in last or (on, one.id) > last[one.customer_id]:
            last[one.customer_id] = (on, one.id)
    visits = sa.table(
        "visits", *(sa.column(n) for n in ("id", "customer_id", "state", "type")), sa.column("planned_on", sa.Date)
    )
    coming = (
        sa.select(visits.c.id, visits.c.customer_id, visits.c.planned_on)
        .where(visits.c.state.in_(("planned", "started")), visits.c.type.in_(("gas.inspection", "gas.booked")))
        .order_by(visits.c.planned_on.desc(), visits.c.id)
    )
    return last, {one.customer_id: (one.planned_on, one.id) for one in bind.execute(coming)}


def _walk(parts: tuple[str | None, ...]) -> str:
    return "\n".join(re.sub(r"[0-9]+", lambda figure: figure[0].zfill(6), part or "") for part in parts)[:400]


def downgrade() -> None:
    for table in ("follow_up_looks", "follow_ups", "campaigns", "duty"):
        op.drop_table(table)
