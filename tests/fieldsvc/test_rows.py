"""Rows written by the hundred arrive as they were given, and what the table refuses is refused whole, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from fieldsvc.db import Rows, db, transaction
from fieldsvc.record.models import Op
from fieldsvc.record.write import log_of

pytestmark = pytest.mark.both_databases

DEVICE = "0193f3a0-0000-7000-8000-000000000001"
NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
HOSTILE = "𠮷野家 \\N \\t \t \n \" ' , {NULL} %s ? \\. ; --"
COLUMNS = (
    "device_id", "seq", "op_id", "repeat", "visit_id", "kind", "user_id", "user_name", "version", "status", "body",
    "digest", "chain", "received_at",
)  # fmt: skip


def entry(seq: int, **other: Any) -> dict[str, Any]:
    return {
        "seq": seq, "op_id": f"op-{seq}", "repeat": 0, "visit_id": None, "kind": "note.add", "version": seq, "body": HOSTILE,
        "status": "applied", "digest": "d", "chain": "c", **other,
    }  # fmt: skip


def write(rows: list[dict[str, Any]]) -> None:
    common = {"device_id": DEVICE, "user_id": "u", "user_name": HOSTILE, "received_at": NOON}
    with transaction():
        log_of(device_id=DEVICE)
        Rows(Op.__table__, columns=COLUMNS).write(rows, common=common)


def held() -> list[tuple[int, str | None, str]]:
    rows = db.session.execute(select(Op.seq, Op.visit_id, Op.body).order_by(Op.seq))
    return [(seq, visit, body) for seq, visit, body in rows]


def test_what_is_written_is_read_again_character_by_character(app: Flask) -> None:
    with app.app_context():
        write([entry(1), entry(2, visit_id="v", body="")])
        assert held() == [(1, None, HOSTILE), (2, "v", "")]
        first = db.session.scalars(select(Op).where(Op.seq == 1)).one()
        assert (first.user_name, first.received_at) == (HOSTILE, NOON.astimezone(UTC))


def test_one_row_that_the_table_refuses_refuses_all_of_them(app: Flask) -> None:
    with app.app_context():
        write([entry(1)])
        with pytest.raises(IntegrityError):
            write([entry(2), entry(3, op_id="op-1"), entry(4)])
        assert [seq for seq, *_ in held()] == [1]


def test_rows_are_put_where_their_column_matches(app: Flask) -> None:
    with app.app_context():
        write([entry(1), entry(2), entry(3)])
        with transaction():
            Rows(Op.__table__, columns=("body", "received_at"), by="op_id").write(
                [{"op_id": "op-3", "body": "third"}, {"op_id": "op-1", "body": HOSTILE + HOSTILE}],
                common={"received_at": NOON + timedelta(days=1)},
            )
        assert [body for *_, body in held()] == [HOSTILE + HOSTILE, HOSTILE, "third"]
