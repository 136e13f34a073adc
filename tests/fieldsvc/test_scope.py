"""A new phone's first pull is as short on the thousandth day as on the first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event

from fieldsvc import installation
from fieldsvc.db import db
from fieldsvc.record import service as record
from tests.fieldsvc.conftest import Browser, wanted


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """The statements, with their parameters, that are sent meanwhile."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, words: str, given: Any, *_rest: Any) -> None:
        sent.append((words, given))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_a_first_pull_walks_along_the_days_and_the_open_visits_only(
    app: Flask, client_as: Callable[[str], Browser]
) -> None:
    with app.app_context():
        plans = [wanted(day="2020-01-02"), wanted()]
    client_as("office").post("/api/v1/visits", json={"visits": plans})
    with app.app_context():
        user = record.search(words="")[0][0]["assignee"]["id"]
        with statements() as sent:
            page = record.read_page(user_id=user, since=record.Position(), day=installation.today(), limit=200)
        assert len(page.documents) == 2, "what was planned long ago and never done is still to be done"
        words, given = next(one for one in sent if "visits.document" in one[0])
        plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", given).all()
    told = "\n".join(row[3] for row in plan)
    assert "ix_visits_window (assignee_id=? AND planned_on>? AND planned_on<?)" in told, told
    assert "ix_visits_state (assignee_id=? AND state=?)" in told, told
    assert "SCAN visits" not in told, told
    assert "ix_visits_scope" not in told, told
