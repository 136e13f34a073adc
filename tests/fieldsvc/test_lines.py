"""The doctor names each connection that somebody on the network could read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from fieldsvc.health import service as health
from fieldsvc.health.lines import open_lines
from tests.fieldsvc.conftest import settings_for

DATABASE, QUEUE, BUCKET, PUBLIC = "database_url", "jobs_url", "blob_url", "public_url"
PG = "postgresql+psycopg://"
LINES = [
    (DATABASE, f"{PG}fieldsvc:x@db.internal/fieldsvc", "database"),
    (DATABASE, f"{PG}fieldsvc:x@db.internal/fieldsvc?sslmode=require", "database"),
    (DATABASE, f"{PG}fieldsvc:x@localhost,db.internal/fieldsvc", "database"),
    (DATABASE, f"{PG}/fieldsvc?host=db.internal", "database"),
    (DATABASE, f"{PG}fieldsvc:x@db.internal:5432/fieldsvc?sslmode=verify-full", ""),
    (DATABASE, f"{PG}fieldsvc:x@127.0.0.1:5432/fieldsvc", ""),
    (DATABASE, f"{PG}fieldsvc:x@[::1]:5432/fieldsvc", ""),
    (DATABASE, f"{PG}/fieldsvc?host=/run/postgresql", ""),
    (QUEUE, "redis://:x@queue.internal:6379/0", "queue"),
    (QUEUE, "rediss://:x@queue.internal:6379/0", ""),
    (QUEUE, "redis://127.0.0.1:6379/0", ""),
    (BUCKET, "s3://fieldsvc/p?endpoint=http://s3.internal&region=x", "bucket"),
    (BUCKET, "s3://fieldsvc/p?endpoint=https://s3.internal", ""),
    (BUCKET, "s3://fieldsvc/p", ""),
    (PUBLIC, "http://192.168.1.7:8000", "browsers and phones"),
    (PUBLIC, "https://gas.example", ""),
]


@pytest.mark.parametrize(("which", "address", "said"), LINES)
def test_a_line_that_others_can_read_is_named_and_no_other(which: str, address: str, said: str, tmp_path: Path) -> None:
    settings = replace(settings_for(tmp_path), **{which: address})
    assert [one.partition(":")[0] for one in open_lines(settings)] == ([said] if said else [])


def test_the_doctor_says_so_and_that_somebody_must_act(app: Flask) -> None:
    told: list[str] = []
    settings = replace(app.extensions["fieldsvc.settings"], public_url="http://192.168.1.7:8000")
    with app.app_context():
        assert not health.tell(settings, told.append)
    assert [one for one in told if one.startswith("ACT  connection: others can read it; browsers and phones")]
