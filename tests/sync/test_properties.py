"""Properties of the merge that hold for any story: order, batching and repetition do not matter, and danger is never hidden."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sync import ops
from tests.sync.fleet import HAZARD, Phone, Server, shown

RESULTS = st.sampled_from(ops.CHECK_RESULTS)
MINUTES = st.integers(0, 59).map(lambda minute: f"2026-11-21T09:{minute:02d}:00.000+08:00")


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, dict[str, Any], str]:
    """One edit of a phone: (kind, data, at)."""
    kind = draw(
        st.sampled_from(
            ["check.set", "hazard.add", "hazard.set", "hazard.withdraw", "customer.correct", "visit.close", "note.add"]
        )
    )
    data: dict[str, Any] = {
        "check.set": lambda: {"item": "hose", "point": draw(st.sampled_from(["A", "B"])), "result": draw(RESULTS)},
        "hazard.add": lambda: Phone("x").hazard(level=draw(st.integers(1, 3)))["data"],
        "hazard.set": lambda: {"hazard": HAZARD, "field": "level", "value": draw(st.integers(1, 3))},
        "hazard.withdraw": lambda: {"hazard": HAZARD, "reason": "mistaken"},
        "customer.correct": lambda: {"field": "phone", "value": draw(st.sampled_from(["1", "2", "3"]))},
        "visit.close": lambda: {"outcome": draw(st.sampled_from(ops.OUTCOMES))},
        "note.add": lambda: {"text": "note"},
    }[kind]()
    return kind, data, draw(MINUTES)


LATE_WITHDRAWAL = [
    [("hazard.withdraw", {"hazard": HAZARD, "reason": "mistaken"}, "2026-11-21T09:00:00.000+08:00")],
    [("hazard.set", {"hazard": HAZARD, "field": "level", "value": 1}, "2026-11-21T09:00:00.000+08:00")],
    [("hazard.set", {"hazard": HAZARD, "field": "level", "value": 1}, "2026-11-21T09:00:00.000+08:00")],
]
"""Once listed its conflicting values in the order of arrival."""

LOGS = st.lists(st.lists(edits(), max_size=4), min_size=2, max_size=4)


def written(logs: list[list[tuple[str, dict[str, Any], str]]]) -> list[tuple[Phone, list[dict[str, Any]]]]:
    """Give every phone its log; no phone sees another's."""
    fleet = []
    for number, log in enumerate(logs):
        phone = Phone(f"phone {number}")
        fleet.append((phone, [phone.op(kind, at=at, **data) for kind, data, at in log]))
    return fleet


def state_after(fleet: list[tuple[Phone, list[dict[str, Any]]]]) -> dict[str, Any]:
    server = Server()
    for phone, log in fleet:
        server.arrive(phone, *log)
    return shown(server.document())


@settings(max_examples=150, deadline=None)
@example(LATE_WITHDRAWAL)
@given(LOGS)
def test_whatever_the_order_in_which_phones_come_online_the_state_is_the_same(logs: Any) -> None:
    fleet = written(logs)
    states = [state_after(list(order)) for order in itertools.permutations(fleet)]
    assert all(state == states[0] for state in states)


@settings(max_examples=150, deadline=None)
@given(LOGS, st.randoms(use_true_random=False))
def test_however_phones_interleave_the_state_is_the_same(logs: Any, chance: Any) -> None:
    fleet = written(logs)
    one_after_another = state_after(fleet)
    server, waiting = Server(), [(phone, list(log)) for phone, log in fleet if log]
    while waiting:
        phone, log = chance.choice(waiting)
        for _ in range(chance.randint(1, len(log))):
            server.arrive(phone, log.pop(0))
        waiting = [(phone, log) for phone, log in waiting if log]
    assert shown(server.document()) == one_after_another


@settings(max_examples=200, deadline=None)
@given(st.lists(RESULTS, min_size=2, max_size=5))
def test_no_blind_judgement_is_shown_as_safer_than_the_worst_and_none_is_forgotten(results: list[str]) -> None:
    server = Server()
    for number, result in enumerate(results):
        phone = Phone(f"phone {number}")
        server.arrive(phone, phone.check(result))
    built = server.document()
    assert built["checks"]["hose"]["HOSE-C1"]["result"] == min(results, key=ops.CHECK_RESULTS.index)
    (conflict,) = built["conflicts"]
    assert sorted(value["result"] for value in conflict["values"]) == sorted(results)


@settings(max_examples=150, deadline=None)
@given(LOGS)
def test_every_op_is_applied_or_named_as_quarantined(logs: Any) -> None:
    server = Server()
    for phone, log in written(logs):
        for op, outcome in zip(log, server.arrive(phone, *log), strict=True):
            assert outcome.status in ("applied", "conflict") or outcome.code, op


@settings(max_examples=150, deadline=None)
@given(LOGS)
def test_after_everybody_has_seen_all_one_edit_per_field_settles_every_conflict(logs: Any) -> None:
    server = Server()
    for phone, log in written(logs):
        server.arrive(phone, *log)
    office = Phone("office", office=True)
    server.pull(office)
    for conflict in server.document()["conflicts"]:
        server.arrive(office, settle(office, conflict))
    assert server.document()["conflicts"] == []


def settle(office: Phone, conflict: dict[str, Any]) -> dict[str, Any]:
    """Write a conflicting field again, having seen all its values."""
    kind, *rest = conflict["field"].split("/")
    if kind == "checks":
        return office.op("check.set", item=rest[0], point=rest[1], result="fail")
    if kind == "customer":
        return office.op("customer.correct", field=rest[0], value="settled")
    if kind == "outcome":
        return office.op("visit.close", outcome="completed")
    if rest[1] == "withdrawn":
        return office.op("hazard.withdraw", hazard=rest[0], reason="settled")
    hazard = office.hazard()["data"]
    return office.op("hazard.set", hazard=rest[0], field=rest[1], value=hazard.get(rest[1]) or "settled")
