"""Return calls and complaints: who is called back, what was said, what it brought up, and the clock of a complaint."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from fieldsvc import clock, installation
from fieldsvc.calls import sample
from fieldsvc.calls import service as calls
from fieldsvc.calls.models import Call, Closing
from fieldsvc.db import db, transaction
from fieldsvc.identity import service as identity
from fieldsvc.policy import workdays
from fieldsvc.record import service as record
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.phone import Phone

As = Callable[[str], Browser]
Json = dict[str, Any]


@pytest.fixture
def close(plan: Callable[..., Json], phone_of: Callable[[str], Phone]) -> Callable[..., str]:
    """Plan a visit and let the inspector close it: `close("refused")`, `close(rating=2)`."""
    phones: dict[str, Phone] = {}

    def close_one(outcome: str = "completed", *, rating: int | None = None) -> str:
        visit = plan()["id"]
        phone = phones.setdefault("inspector", phone_of("inspector"))
        phone.sync()
        if rating is not None:
            image = phone.upload(_png())
            phone.op(visit, "sign", role="customer", name="王芳", strokes=[], image=image, rating=rating)
        phone.op(visit, "visit.close", outcome=outcome, reason="x")
        phone.sync()
        return str(visit)

    return close_one


def _png() -> bytes:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("L", (8, 8), 255).save(out, "PNG")
    return out.getvalue()


def _call(app: Flask, visit: str) -> Call | None:
    with app.app_context():
        return calls.of_visit(visit_id=visit)[0]


def test_a_low_score_a_refusal_and_a_stopped_visit_are_called_back_at_once(
    app: Flask, close: Callable[..., str]
) -> None:
    low, refused, stopped = close(rating=3), close("refused"), close("stopped")
    fine, away = close(rating=4), close("no_access")
    with app.app_context():
        reasons = {
            one: (calls.of_visit(visit_id=one)[0] or Call(reason="")).reason
            for one in (low, refused, stopped, fine, away)
        }
        due = workdays.add_working_days(installation.today(), 2)
        assert calls.of_visit(visit_id=low)[0].due_on == due  # type: ignore[union-attr]
    assert reasons == {low: "score", refused: "refused", stopped: "stopped", fine: "", away: ""}


@pytest.mark.both_databases
def test_a_week_s_sample_is_drawn_once_by_a_rule_that_can_be_repeated(app: Flask, close: Callable[..., str]) -> None:
    visits = [close() for _n in range(3)]
    close("refused")
    with app.app_context():
        week = sample.week_of(installation.today())
        with transaction():
            first = sample.draw(week=week, now=clock.now())
        with transaction():
            assert sample.draw(week=week, now=clock.now()) is None
        assert first is not None and (first.considered, first.drawn) == (3, 1)  # 5 % of three, rounded up
        [chosen] = [one for one in visits if calls.of_visit(visit_id=one)[0]]
        assert chosen == min(visits, key=lambda one: sample.rank(week, one))
    late = close()  # a visit whose record comes later is looked at with the next week
    with app.app_context():
        with transaction():
            again = sample.draw(week=week + timedelta(days=7), now=clock.now())
        assert again is not None and again.considered == 1
        assert calls.of_visit(visit_id=late)[0] is not None


def test_the_job_draws_the_week_that_ended_and_not_the_one_under_way(
    app: Flask, close: Callable[..., str], later: Callable[..., None]
) -> None:
    visit = close()
    with app.app_context():
        sample.work_due()
        assert calls.of_visit(visit_id=visit)[0] is None
    later(days=7)
    with app.app_context():
        sample.work_due()
        sample.work_due()
        assert calls.of_visit(visit_id=visit)[0] is not None


def test_a_visit_that_is_opened_again_is_not_in_the_sample(
    app: Flask, close: Callable[..., str], client_as: As
) -> None:
    visit = close()
    page = f"/office/visits/{visit}"
    client_as("office").submit(page, f"{page}/reopen", reason="Wrong home")
    with app.app_context():
        assert db.session.get(Closing, visit) is None


def _answered(office: Browser, visit: str, **more: str) -> Any:
    page = f"/office/calls/{visit}"
    said = {"q.came": "yes", "q.money": "no", "q.wish": "<b>早点来</b> 𠮷", "score": "2"}
    return office.submit(page, page, **{**said, **more})


def test_what_was_typed_is_kept_when_nobody_answered(app: Flask, close: Callable[..., str], client_as: As) -> None:
    visit, office = close("refused"), client_as("office")
    page = f"/office/calls/{visit}"
    forms = [one for one in re.findall(r"<form\b.*?</form>", office.get(page).text, re.DOTALL) if 'name="note"' in one]
    (form,) = forms
    button = re.search(r'<button[^>]*name="reached" value="0"[^>]*>', form)
    assert button and "form=" not in button[0] and 'type="hidden" name="reached"' not in form
    assert office.submit(page, page, reached="0", note="忙音，晚上再打").status_code == 303
    with app.app_context():
        [said] = calls.of_visit(visit_id=visit)[1]
        assert (bool(said.reached), said.note) == (False, "忙音，晚上再打")


@pytest.mark.both_databases
def test_answers_stand_in_the_visit_s_history_and_bring_up_a_task_with_one_owner_and_a_day(
    app: Flask, close: Callable[..., str], client_as: As
) -> None:
    visit, office = close("refused"), client_as("office")
    assert "王芳" in office.get("/office/calls").text
    page = office.get(f"/office/calls/{visit}").text
    with app.app_context():
        owner = next(user.id for user in identity.staff() if user.username == "admin")
        due = workdays.add_working_days(installation.today(), 3)
        before = record.document(visit_id=visit)
    assert f'name="due" value="{due}"' in page
    refused = _answered(office, visit, what="Send somebody else")
    assert refused.status_code == 422 and "Send somebody else" in refused.text and "早点来" in refused.text
    assert _answered(office, visit, what="Send somebody else", owner=owner, due=str(due)).status_code == 303
    with app.app_context():
        call, [answer], [task] = calls.of_visit(visit_id=visit)
        assert call is not None and (call.state, call.score, call.attempts) == ("reached", 2, 1)
        assert answer.answers == {"came": "yes", "money": "no", "wish": "<b>早点来</b> 𠮷"}
        assert (task.owner_id, task.due_on, task.state) == (owner, due, "open")
        op = record.history(visit_id=visit)[-1]["op"]
        after = record.document(visit_id=visit)
    assert op["kind"] == "call.add"
    assert {**after, "version": 0} == {**before, "version": 0}
    assert "<b>早点来" not in office.get(f"/office/calls/{visit}").text
    assert "Send somebody else" in office.get("/office/calls/tasks").text
    settle = f"/office/calls/{visit}/tasks/{task.id}"
    assert office.submit(f"/office/calls/{visit}", settle, result="Went there").status_code == 303
    with app.app_context():
        [task] = calls.of_visit(visit_id=visit)[2]
        assert (task.state, task.result, task.done_by) == ("done", "Went there", "陈静")


def test_a_call_that_nobody_answers_is_given_up_after_as_many_attempts_as_the_company_says(
    app: Flask, close: Callable[..., str], client_as: As
) -> None:
    visit, office = close("stopped"), client_as("office")
    page = f"/office/calls/{visit}"
    for attempt in (1, 2, 3):
        assert office.submit(page, page, reached="0").status_code == 303
        call = _call(app, visit)
        assert call is not None and (call.attempts, call.state) == (attempt, "given_up" if attempt == 3 else "due")
    assert _answered(office, visit).status_code == 303
    call = _call(app, visit)
    assert call is not None and call.state == "reached"


def test_no_phone_writes_a_return_call(app: Flask, plan: Callable[..., Json], phone_of: Callable[[str], Phone]) -> None:
    visit, phone = plan()["id"], phone_of("inspector")
    phone.op(visit, "call.add", answers={}, reached=True, score=5)
    [result] = phone.sync()["results"]
    assert result["status"] == "quarantined"
    with app.app_context():
        assert calls.of_visit(visit_id=visit) == (None, [], [])


def _complain(office: Browser, **more: str) -> Any:
    given = {"name": "李四", "phone": "139", "address": "遵义路", "way": "phone", "about": "师傅态度差 <i>"}
    return office.submit("/office/complaints/new", "/office/complaints", **{**given, **more})


def _ids(app: Flask) -> dict[str, str]:
    with app.app_context():
        return {user.username: user.id for user in identity.staff()}


def test_a_complaint_has_an_owner_who_is_not_complained_about_and_a_day_in_working_days(
    app: Flask, client_as: As
) -> None:
    office, ids = client_as("office"), _ids(app)
    for wrong in (
        {"owner": ids["office"], "against": ids["office"]},
        {"owner": ""},
        {"about": " ", "owner": ids["office"]},
    ):
        answer = _complain(office, **wrong)
        assert answer.status_code == 422 and "李四" in answer.text
    made = _complain(office, owner=ids["office"], against=ids["inspector"])
    assert made.status_code == 303
    page = office.get(made.location).text
    assert "师傅态度差 &lt;i&gt;" in page
    with app.app_context():
        row = calls.complaints.get(complaint_id=made.location.rsplit("/", 1)[1])
        assert row.due_on == workdays.add_working_days(installation.today(), 3)
        assert re.fullmatch(r"TS-[A-Z]{2}\d{2}-\d{8}-\d{4}", row.number)
    assert "李四" in office.get("/office/complaints").text


@pytest.mark.both_databases
def test_a_complaint_is_closed_only_with_a_finding_and_a_reply_and_its_history_only_grows(
    app: Flask, client_as: As
) -> None:
    office, ids = client_as("office"), _ids(app)
    page = _complain(office, owner=ids["office"], against=ids["admin"]).location

    def step(event: str, words: str = "x", who: Browser = office, **more: str) -> int:
        return int(who.submit(page, page, event=event, words=words, **more).status_code)

    assert step("closed") == 422
    assert step("found", "") == 422
    assert step("found", who=client_as("admin")) == 422  # the person complained about
    assert step("given", owner=ids["admin"]) == 422
    assert step("found", "He was rude") == 303
    assert step("answered", "Apologised") == 303
    assert step("found", seen="1") == 409
    assert step("closed", "Done") == 303
    assert step("found") == 422
    assert step("reopened", "Not content") == 303
    assert step("closed") == 422  # a new finding and reply first
    with app.app_context():
        entries = calls.complaints.entries(complaint_id=page.rsplit("/", 1)[1])
        assert [one.event for one in entries] == ["received", "found", "answered", "closed", "reopened"]
        assert [one.number for one in entries] == [1, 2, 3, 4, 5]


@pytest.mark.both_databases
def test_a_character_that_no_text_has_is_refused_and_what_was_typed_stands_in_the_form(
    app: Flask, client_as: As, database: str
) -> None:
    office, ids = client_as("office"), _ids(app)
    for name in ("name", "phone", "address", "about"):
        answer = _complain(office, **{"owner": ids["office"], "name": "李四", name: "师傅\0迟到"})
        assert answer.status_code == 422 and "师傅" in answer.text and "迟到" in answer.text, name
        assert f'id="wrong-{name}"' in answer.text and f'aria-describedby="wrong-{name}"' in answer.text
    assert 400 <= _complain(office, owner=ids["office"], visit="\0").status_code < 500
    page = _complain(office, owner=ids["office"]).location
    answer = office.submit(page, page, event="found", words="来过\0两次")
    assert answer.status_code == 422 and 'role="alert"' in answer.text and "两次" in answer.text
    with app.app_context():
        entries = calls.complaints.entries(complaint_id=page.rsplit("/", 1)[1])
        assert [one.event for one in entries] == ["received"]


def test_an_overdue_complaint_is_counted_in_the_side_column_and_listed(
    app: Flask, client_as: As, later: Callable[..., None]
) -> None:
    office, ids = client_as("office"), _ids(app)
    _complain(office, owner=ids["office"])
    later(days=14)
    with app.app_context():
        assert calls.complaints.count_late(today=installation.today()) == 1
    assert "李四" in office.get("/office/complaints?overdue=1").text


@pytest.mark.both_databases
def test_the_weeks_are_told_in_figures(app: Flask, close: Callable[..., str], client_as: As) -> None:
    from fieldsvc.calls import summary

    office, ids = client_as("office"), _ids(app)
    close()
    visit = close("refused")
    _answered(office, visit)
    _complain(office, owner=ids["office"])
    with app.app_context():
        today = installation.today()
        [week, before] = summary.of_weeks([sample.week_of(today), date(2020, 1, 6)], today=today)
    assert (week.closed, week.calls, week.reached, str(week.score), week.low, week.complaints) == (2, 1, 1, "2.0", 1, 1)
    assert (before.closed, before.calls, before.score) == (0, 0, None)
    assert "2.0" in office.get("/office/calls/weeks").text


def test_calls_and_complaints_are_for_the_office_only(client_as: As) -> None:
    for address in (
        "/office/calls",
        "/office/calls/tasks",
        "/office/calls/weeks",
        "/office/complaints",
        "/office/complaints/new",
    ):
        assert client_as("inspector").get(address).status_code == 403
        assert client_as("office").get(address).status_code == 200
