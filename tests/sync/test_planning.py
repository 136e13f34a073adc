"""Moving and cancelling: the day that is shown, a cancel that nobody's work gives way to, and any order of arrival."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from sync import ops
from tests.sync.fleet import Phone, Server, shown


def cast() -> tuple[Server, Phone, Phone, Phone]:
    return Server(), Phone("office", office=True), Phone("colleague", office=True), Phone("phone")


def test_a_moved_visit_shows_its_new_plan_and_nothing_of_the_old_one() -> None:
    server, office, _colleague, _phone = cast()
    server.arrive(office, office.op("visit.plan", date="2026-12-01", order=30))
    assert server.document()["planned"] == {"date": "2026-12-01", "from": None, "to": None, "order": 30}
    assert server.document()["state"] == "planned"


def test_a_cancelled_visit_keeps_its_plan_and_says_why_and_planning_brings_it_back() -> None:
    server, office, _colleague, _phone = cast()
    server.arrive(office, office.op("visit.plan", date="2026-12-01"), office.op("visit.cancel", reason="拆迁"))
    built = server.document()
    assert (built["state"], built["planned"]["date"], built["cancelled"]["reason"]) == (
        "cancelled",
        "2026-12-01",
        "拆迁",
    )
    server.arrive(office, office.op("visit.plan", date="2026-12-03"))
    built = server.document()
    assert (built["state"], built["planned"]["date"], built["cancelled"]) == ("planned", "2026-12-03", None)


WORK = {
    "visit.start": {},
    "check.set": {"item": "hose", "point": "HOSE-C1", "result": "fail"},
    "hazard.add": Phone("x").hazard()["data"],
    "note.add": {"text": "门口有燃气味"},
    "visit.close": {"outcome": "completed"},
}


@pytest.mark.parametrize("kind", sorted(WORK))
@pytest.mark.parametrize("cancelled_first", [True, False])
def test_work_that_the_cancelling_office_had_not_seen_is_never_hidden(kind: str, cancelled_first: bool) -> None:
    server, office, _colleague, phone = cast()
    arrivals = [(office, office.op("visit.cancel", reason="x")), (phone, phone.op(kind, **WORK[kind]))]
    for author, op in arrivals if cancelled_first else reversed(arrivals):
        assert server.arrive(author, op)[0].status == "applied"
    assert server.document()["state"] == ("closed" if kind == "visit.close" else "started")
    assert server.document()["cancelled"]["reason"] == "x"


def test_a_visit_that_the_office_saw_begun_is_not_hidden_by_cancelling_it_either() -> None:
    server, office, _colleague, phone = cast()
    server.arrive(phone, phone.op("visit.start"))
    server.pull(office)
    server.arrive(office, office.op("visit.cancel", reason="x"))
    assert server.document()["state"] == "started"


def test_a_note_that_was_there_before_does_not_keep_a_visit_from_being_cancelled() -> None:
    server, office, _colleague, _phone = cast()
    server.arrive(office, office.op("note.add", text="先打电话"), office.op("visit.cancel", reason="x"))
    assert server.document()["state"] == "cancelled"


def test_of_a_blind_plan_and_a_blind_cancel_the_visit_stays_and_both_are_named() -> None:
    server, office, colleague, _phone = cast()
    server.arrive(office, office.op("visit.cancel", reason="x"))
    (outcome,) = server.arrive(colleague, colleague.op("visit.plan", date="2026-12-01"))
    assert (outcome.status, outcome.fields) == ("conflict", ("cancelled",))
    assert server.document()["state"] == "planned"
    assert [one["field"] for one in server.document()["conflicts"]] == ["cancelled"]


def test_two_blind_plans_contradict_in_the_day_and_not_in_being_cancelled() -> None:
    server, office, colleague, _phone = cast()
    server.arrive(office, office.op("visit.plan", date="2026-12-01"))
    (outcome,) = server.arrive(colleague, colleague.op("visit.plan", date="2026-12-02"))
    assert (outcome.status, outcome.fields) == ("conflict", ("plan",))
    assert [one["field"] for one in server.document()["conflicts"]] == ["plan"]


def test_two_blind_plans_for_the_same_day_and_two_blind_cancels_contradict_nothing() -> None:
    server, office, colleague, _phone = cast()
    server.arrive(office, office.op("visit.plan", date="2026-12-01", order=10))
    (outcome,) = server.arrive(colleague, colleague.op("visit.plan", date="2026-12-01", order=10))
    assert (outcome.status, server.document()["conflicts"]) == ("applied", [])
    server.pull(office), server.pull(colleague)
    server.arrive(office, office.op("visit.cancel", reason="拆迁"))
    (outcome,) = server.arrive(colleague, colleague.op("visit.cancel", reason="空置"))
    assert (outcome.status, server.document()["conflicts"]) == ("applied", [])
    assert server.document()["state"] == "cancelled"
    # A plan that had seen only one of the two cancels still stands beside the other.
    server.arrive(office, office.op("visit.plan", date="2026-12-05"))
    assert [one["field"] for one in server.document()["conflicts"]] == ["cancelled"]


@pytest.mark.parametrize("kind", ["visit.plan", "visit.cancel"])
def test_a_phone_can_neither_move_nor_cancel(kind: str) -> None:
    server, _office, _colleague, phone = cast()
    data: dict[str, Any] = {"date": "2026-12-01"} if kind == "visit.plan" else {"reason": "x"}
    (outcome,) = server.arrive(phone, phone.op(kind, **data))
    assert (outcome.status, outcome.code) == ("quarantined", "invalid_data")


def test_in_whatever_order_office_and_phones_come_the_visit_is_the_same() -> None:
    office, colleague, phone = Phone("office", office=True), Phone("colleague", office=True), Phone("phone")
    logs = [
        (office, [office.op("visit.plan", date="2026-12-01", order=10), office.op("visit.cancel", reason="x")]),
        (colleague, [colleague.op("visit.plan", date="2026-12-02"), colleague.op("note.add", text="n")]),
        (phone, [phone.op("visit.start"), phone.op("visit.close", outcome="no_access")]),
    ]
    documents = []
    for order in itertools.permutations(logs):
        server = Server()
        for author, log in order:
            server.arrive(author, *log)
        documents.append(shown(server.document()))
    assert all(one == documents[0] for one in documents)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"date": "2026-02-30"},
        {"date": 5},
        {"date": "2026-12-01", "from": "24:00"},
        {"date": "2026-12-01", "from": "9:00"},
        {"date": "2026-12-01", "from": "10:00", "to": "09:00"},
        {"date": "2026-12-01", "order": -1},
        {"date": "2026-12-01", "order": "1"},
        {"date": "2026-12-01", "order": 10**9},
    ],
)
def test_a_plan_that_is_none_is_kept_out(data: dict[str, Any]) -> None:
    assert ops.problem(Phone("office", office=True).op("visit.plan", **data)) is not None


def test_a_contradiction_of_days_asks_nobody_while_the_visit_is_cancelled() -> None:
    """Choosing a day would write a plan, and a plan brings the visit back."""
    server, office, colleague, _phone = cast()
    server.arrive(office, office.op("visit.plan", date="2026-12-01"))
    server.arrive(colleague, colleague.op("visit.plan", date="2026-12-02"))
    assert "plan" in [one["field"] for one in server.document()["conflicts"]]
    server.pull(office)
    server.arrive(office, office.op("visit.cancel", reason="拆迁"))
    assert (server.document()["state"], server.document()["conflicts"]) == ("cancelled", [])
    server.pull(office)
    server.arrive(office, office.op("visit.plan", date="2026-12-03"))
    assert (server.document()["state"], server.document()["conflicts"]) == ("planned", [])
