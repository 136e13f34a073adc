"""No page of the office and no sync goes through a whole large table: what each statement does is asked of both databases."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text

from fieldsvc.db import db
from tests.fieldsvc.papers import record_visit

LARGE = (
    "visits", "hazards", "hazard_events", "notices", "readings", "reading_reviews", "customers", "meters", "duty", "sought",
    "ops", "calls", "call_closings", "corrections", "doubts", "follow_ups", "visit_files", "servings",
)  # fmt: skip
PAGES = """
    / /visits /visits?standing=closed /visits?standing=no_access /visits?sort=number /visits?day=2026-11-18
    /visits?from=2026-01-01&to=2026-12-31 /visits?technician={person} /visits?technician={person}&standing=no_access
    /visits?q=王芳 /visits?q=AJ- /hazards /hazards?level=1 /hazards?state=all /hazards?state=closed /hazards?overdue=1
    /hazards?district=南明区 /hazards?district=南明区&state=all /hazards?item=hose&state=all /hazards?gas=off
    /hazards?responsible=user /hazards?technician={person} /hazards?state=all&sort=closed /hazards/calls /notices
    /notices?status=ready /notices?status=failed /notices?kind=hazard /notices?sort=number /notices?q=0001 /readings
    /readings?state=accepted /readings?mark=high /readings?district=南明区&state=accepted /readings/missing
    /readings/missing?district=南明区 /readings/slips /calls /calls?state=all /calls?reason=sample&state=all
    /calls?overdue=1 /calls/tasks /calls/weeks /complaints /attention /attention?sort=-since /attention?kind=doubt
    /attention/corrections /quarantine /reports /reports?span=year /plan /plan/due /plan/due?district=南明区
    /plan/due/customers /plan/due/customers?district=南明区 /plan/due/customers?kind=business /plan/campaigns/new
    /plan/itself /plan/itself?kind=reinspection /print /people
"""


@contextmanager
def told(app: Flask) -> Iterator[list[tuple[str, Any]]]:
    """Collect the questions that are asked meanwhile."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
        if not many and statement.lstrip().startswith(("SELECT", "WITH")):
            asked.append((statement, given))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def wrong_on_sqlite(statement: str, given: Any) -> list[str]:
    """Where SQLite would go through all of a large table, or put in order what an index has in order."""
    rows = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
    steps = [row[3] for row in rows]
    scans = [one for one in steps if re.match(rf"SCAN ({'|'.join(LARGE)})(_\d+)?\b", one)]
    walked = " LIMIT " in statement
    return [one for one in scans if not walked or "INDEX" not in one]


def wrong_on_postgresql(statement: str, given: Any) -> list[str]:
    """The same, where it may choose anything else as long as there is a way."""
    connection = db.session.connection()
    for way in ("seqscan", "sort", "hashagg"):
        connection.execute(text(f"SET LOCAL enable_{way} = off"))
    rows = connection.exec_driver_sql(f"EXPLAIN {statement}", given)
    return [row[0] for row in rows if re.search(rf"Seq Scan on ({'|'.join(LARGE)})\b", row[0])]


@pytest.mark.both_databases
def test_no_page_of_the_office_goes_through_a_large_table(
    app: Flask, client_as: Callable[[str], Any], plan: Callable[..., Any], database: str
) -> None:
    for n in range(3):
        plan(name=f"王芳{n}")
    office = client_as("office")
    page = office.get("/office/visits").text
    person = re.search(r'name="technician".*?<option value="([0-9a-f-]{36})"', page, re.S)
    assert person
    asked: dict[tuple[str, str], Any] = {}
    for one in PAGES.split():
        address = f"/office{one.removesuffix('/')}".format(person=person[1])
        with told(app) as said:
            assert office.get(address).status_code == 200, address
        asked |= {(statement, repr(given)): (address, given) for statement, given in said}
    assert found_wrong(app, asked, database) == {}


def found_wrong(app: Flask, asked: dict[tuple[str, str], Any], database: str) -> dict[str, Any]:
    """What goes through a large table: statement to (asked by whom, the steps)."""
    wrong, look = {}, wrong_on_sqlite if database == "sqlite" else wrong_on_postgresql
    with app.app_context():
        for (statement, _), (address, given) in asked.items():
            if not re.search(rf"\b({'|'.join(LARGE)})\b", statement):
                continue
            steps = look(statement, given)
            db.session.rollback()
            if steps:
                wrong[statement] = (address, steps)
    return wrong


@pytest.mark.both_databases
def test_neither_a_push_nor_a_pull_goes_through_a_large_table(
    app: Flask, plan: Callable[..., Any], phone_of: Callable[[str], Any], database: str
) -> None:
    visits = [plan(name=f"王芳{n}") for n in range(2)]
    phone, second = phone_of("inspector"), phone_of("inspector")
    record_visit(phone, visits[0]["id"])
    record_visit(phone, visits[1]["id"], hazards=[])
    with told(app) as said:
        phone.sync()
        second.sync()
        phone.sync()
    assert len(said) > 20
    asked = {(statement, repr(given)): ("/api/v1/sync", given) for statement, given in said}
    assert found_wrong(app, asked, database) == {}
