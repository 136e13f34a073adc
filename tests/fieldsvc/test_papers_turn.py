"""Whose paper is made next, and how the making of many keeps no other work waiting."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from sqlalchemy import select

from fieldsvc.db import db
from fieldsvc.jobs import service as jobs
from fieldsvc.notices import service as notices
from fieldsvc.notices.models import Notice
from tests.fieldsvc.papers import Json, record_visit
from tests.fieldsvc.phone import Phone


def test_who_stands_at_the_door_now_goes_before_a_backlog(
    app: Flask, plan: Callable[..., Json], phone_of: Callable[[str], Phone], later: Callable[..., None]
) -> None:
    phone, visits = phone_of("inspector"), [plan(account=f"010100020{number}")["id"] for number in range(2)]
    phone.sync()
    record_visit(phone, visits[0])
    phone.sync()
    later(minutes=40)
    phone.op(visits[1], "visit.start")
    phone.op(visits[1], "visit.close", outcome="no_access", reason="nobody_home")
    phone.sync()
    with app.app_context():
        assert notices.make_next()
        made = db.session.scalars(select(Notice).where(Notice.status == "ready")).all()
        assert [(paper.visit_id, paper.kind) for paper in made] == [(visits[1], "no_access")]
        assert db.session.scalar(select(Notice.kind).where(Notice.status == "pending", Notice.kind == "hazard"))


def test_a_job_that_is_woken_many_times_stands_in_the_queue_a_few_times(app: Flask) -> None:
    queue = app.extensions["fieldsvc.jobs"]
    with app.app_context():
        for _ in range(50):
            jobs.wake("notices.work")
        jobs.wake("planning.work")
    waiting = [task.args[0] for task in queue.huey.pending()]
    assert waiting == ["notices.work"] * jobs.MOST_WAITING + ["planning.work"]
