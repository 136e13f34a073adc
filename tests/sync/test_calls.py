"""Return calls in the merge: they stand in the history and change nothing, in whatever order they come."""

from __future__ import annotations

import pytest

from tests.sync.fleet import Phone, Server

TASK = {
    "id": "00000000-0000-4000-8000-000000000001",
    "what": "回访后跟进",
    "owner": "u1",
    "owner_name": "陈静",
    "due": "2026-12-01",
}


@pytest.mark.parametrize("closed_first", [True, False])
def test_a_return_call_leaves_the_visit_as_it_is_whenever_it_comes(closed_first: bool) -> None:
    server, office, phone = Server(), Phone("office", office=True), Phone("phone")
    call = office.op("call.add", answers={"came": "yes"}, reached=True, score=2, task=TASK)
    close = phone.op("visit.close", outcome="completed")
    for author, op in [(phone, close), (office, call)] if closed_first else [(office, call), (phone, close)]:
        assert server.arrive(author, op)[0].status == "applied"
    settle = office.op("call.settle", task=TASK["id"], result="已处理")
    before = {**server.document(), "version": 0}
    assert server.arrive(office, settle)[0].status == "applied"
    assert {**server.document(), "version": 0} == before
    assert before["state"] == "closed" and before["conflicts"] == []


@pytest.mark.parametrize(
    "data",
    [
        {"answers": {"came": "yes"}},
        {"answers": [], "reached": True},
        {"answers": {"came": 1}, "reached": True},
        {"answers": {}, "reached": True, "score": 6},
        {"answers": {}, "reached": True, "task": {**TASK, "due": "soon"}},
        {"answers": {}, "reached": True, "task": {**TASK, "owner": ""}},
    ],
)
def test_a_call_that_says_no_answer_as_it_should_is_kept_apart(data: dict[str, object]) -> None:
    server, office = Server(), Phone("office", office=True)
    [result] = server.arrive(office, office.op("call.add", **data))
    assert (result.status, result.code) == ("quarantined", "invalid_data")


def test_no_phone_writes_a_return_call() -> None:
    server, phone = Server(), Phone("phone")
    [result] = server.arrive(phone, phone.op("call.add", answers={}, reached=True))
    assert result.status == "quarantined"
