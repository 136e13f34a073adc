"""The merge: what is superseded, what stands side by side, and which of several values is shown."""

from __future__ import annotations

import itertools

import pytest

from sync import ops
from sync.fields import had_seen, put
from tests.sync.fleet import HAZARD, METER, Phone, Server, shown

SHA = "a" * 64


def two_phones() -> tuple[Server, Phone, Phone]:
    return Server(), Phone("one"), Phone("two")


def test_an_edit_supersedes_what_its_author_had_seen() -> None:
    server, one, two = two_phones()
    server.arrive(one, one.check("fail"))
    server.pull(two)
    server.arrive(two, two.check("pass"))
    built = server.document()
    assert built["checks"]["hose"]["HOSE-C1"]["result"] == "pass"
    assert built["conflicts"] == []


def test_a_device_supersedes_its_own_earlier_edit_without_having_pulled() -> None:
    server, one, _ = two_phones()
    server.arrive(one, one.check("fail"), one.check("pass"))
    assert server.document()["checks"]["hose"]["HOSE-C1"]["result"] == "pass"
    assert server.document()["conflicts"] == []


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(ops.CHECK_RESULTS, 2)))
def test_of_two_blind_judgements_the_more_dangerous_is_shown_and_both_are_kept(first: str, second: str) -> None:
    server, one, two = two_phones()
    server.arrive(one, one.check(first))
    (outcome,) = server.arrive(two, two.check(second))
    built = server.document()
    worst = min((first, second), key=ops.CHECK_RESULTS.index)
    assert built["checks"]["hose"]["HOSE-C1"]["result"] == worst
    assert outcome.status == "conflict"
    assert outcome.fields == ("checks/hose/HOSE-C1",)
    (conflict,) = built["conflicts"]
    assert {value["result"] for value in conflict["values"]} == {first, second}


def test_a_conflict_ends_when_somebody_writes_having_seen_all_values() -> None:
    server, one, two = two_phones()
    server.arrive(one, one.check("fail"))
    server.arrive(two, two.check("pass"))
    server.pull(one)
    server.arrive(one, one.check("na"))
    assert server.document()["conflicts"] == []
    assert server.document()["checks"]["hose"]["HOSE-C1"]["result"] == "na"


@pytest.mark.parametrize(
    ("field", "values", "worst"),
    [
        ("level", (3, 1), 1),
        ("due", ("2026-12-24", "2026-12-02"), "2026-12-02"),
        ("stop_gas", ("none", "on_overdue"), "on_overdue"),
        ("stop_gas", ("now_appliance", "now_all"), "now_all"),
    ],
)
def test_of_two_blind_edits_of_a_hazard_the_safer_is_shown(
    field: str, values: tuple[object, object], worst: object
) -> None:
    for first, second in (values, values[::-1]):
        server, one, two = two_phones()
        server.arrive(one, one.hazard())
        server.pull(one, two)
        server.arrive(one, one.op("hazard.set", hazard=HAZARD, field=field, value=first))
        server.arrive(two, two.op("hazard.set", hazard=HAZARD, field=field, value=second))
        built = server.document()
        assert built["hazards"][HAZARD][field] == worst
        assert [conflict["field"] for conflict in built["conflicts"]] == [f"hazards/{HAZARD}/{field}"]


def test_a_withdrawal_hides_a_hazard_only_while_no_blind_edit_of_it_lives() -> None:
    server, one, two = two_phones()
    server.arrive(one, one.hazard())
    server.pull(one, two)
    server.arrive(two, two.op("hazard.set", hazard=HAZARD, field="level", value=1))
    server.arrive(one, one.op("hazard.withdraw", hazard=HAZARD, reason="typed at the wrong home"))
    built = server.document()
    assert built["hazards"][HAZARD]["withdrawn"] is None
    assert built["hazards"][HAZARD]["level"] == 1
    assert [conflict["field"] for conflict in built["conflicts"]] == [f"hazards/{HAZARD}/withdrawn"]
    server.pull(one)
    server.arrive(one, one.op("hazard.withdraw", hazard=HAZARD, reason="still the wrong home"))
    assert server.document()["hazards"][HAZARD]["withdrawn"]["reason"] == "still the wrong home"
    assert server.document()["conflicts"] == []


def test_of_two_blind_verifications_not_fixed_counts() -> None:
    for first, second in (("fixed", "not_fixed"), ("not_fixed", "fixed")):
        server, one, two = two_phones()
        server.arrive(one, one.op("hazard.verify", hazard=HAZARD, result=first))
        server.arrive(two, two.op("hazard.verify", hazard=HAZARD, result=second))
        assert server.document()["verifications"][HAZARD]["result"] == "not_fixed"


def test_the_gravest_outcome_is_shown() -> None:
    for first, second in itertools.permutations(ops.OUTCOMES, 2):
        server, one, two = two_phones()
        server.arrive(one, one.op("visit.close", outcome=first))
        server.arrive(two, two.op("visit.close", outcome=second))
        assert server.document()["outcome"]["outcome"] == min((first, second), key=ops.OUTCOMES.index)


def test_for_anything_else_the_latest_is_shown_whatever_the_offset_it_is_written_with() -> None:
    server, one, two = two_phones()
    early = one.op("customer.correct", at="2026-11-21T09:30:00.000+08:00", field="phone", value="1")
    late = two.op("customer.correct", at="2026-11-21T01:31:00.000Z", field="phone", value="2")
    server.arrive(two, late)
    server.arrive(one, early)
    assert server.document()["customer"]["phone"] == "2"
    assert server.document()["customer"]["corrected"] == {"phone": "13900000000"}


def test_ticks_photos_notes_and_signatures_only_add_up() -> None:
    server, one, two = two_phones()
    for phone in (one, two):
        server.arrive(
            phone,
            phone.op("step.tick", step="knock"),
            phone.op("customer.confirm"),
            phone.op("photo.add", sha256=SHA, purpose="meter", taken_at="2026-11-21T09:00:00+08:00"),
            phone.op("note.add", text=phone.name),
            phone.op("sign", role="customer", name="王芳", strokes=[[1, 2]], image=SHA),
        )
    built = server.document()
    assert built["conflicts"] == []
    assert [note["text"] for note in built["notes"]] == ["one", "two"]
    assert len(built["signatures"]["customer"]["others"]) == 1


def test_a_signature_covers_what_it_had_seen_and_the_close_it_was_given_for() -> None:
    server, one, two = two_phones()
    server.arrive(one, one.check("pass"), one.op("sign", role="customer", name="王芳", strokes=[], image=SHA))
    server.arrive(one, one.op("visit.close", outcome="completed"))
    assert server.document()["signatures"]["customer"]["stale"] is False
    server.arrive(two, two.check("fail"))
    assert server.document()["signatures"]["customer"]["stale"] is True


@pytest.mark.parametrize("kind", ["check", "reading", "hazard", "correction", "outcome"])
def test_what_a_signature_had_not_seen_makes_it_stale(kind: str) -> None:
    server, one, two = two_phones()
    server.arrive(one, one.op("sign", role="customer", name="王芳", strokes=[], image=SHA))
    later = {
        "check": lambda: two.check("fail"),
        "reading": lambda: two.op("reading.set", meter=METER, value="00012.345", running=True),
        "hazard": two.hazard,
        "correction": lambda: two.op("customer.correct", field="name", value="王方"),
        "outcome": lambda: two.op("visit.close", outcome="stopped"),
    }[kind]()
    server.arrive(two, later)
    assert server.document()["signatures"]["customer"]["stale"] is True


def test_a_signature_that_says_what_it_covers_is_stale_only_when_that_was_changed() -> None:
    server, one, two = two_phones()
    covers = ["request/PAID-C3"]
    priced = {"item": "request", "point": "PAID-C3", "result": "pass"}
    lines = [{"code": "P-01", "quantity": "1", "price": "30.00"}]
    server.arrive(one, one.op("check.set", **priced, lines=lines, list=4))
    server.arrive(one, one.op("sign", role="agreement", name="王芳", strokes=[], image=SHA, covers=covers))
    server.arrive(one, one.check("pass"), one.op("visit.close", outcome="completed"))
    built = server.document()
    assert (built["checks"]["request"]["PAID-C3"]["lines"], built["checks"]["request"]["PAID-C3"]["list"]) == (lines, 4)
    assert (built["signatures"]["agreement"]["stale"], built["signatures"]["agreement"]["covers"]) == (False, covers)
    server.arrive(two, two.op("check.set", **priced, lines=[], list=0))
    assert server.document()["signatures"]["agreement"]["stale"] is True


def test_what_only_adds_up_does_not_make_a_signature_stale() -> None:
    server, one, two = two_phones()
    server.arrive(one, one.op("sign", role="customer", name="王芳", strokes=[], image=SHA))
    server.arrive(two, two.op("note.add", text="dog in the yard"), two.op("customer.confirm"))
    assert server.document()["signatures"]["customer"]["stale"] is False


def test_what_was_written_before_the_close_was_seen_counts() -> None:
    server, one, two = two_phones()
    server.arrive(one, one.op("visit.close", outcome="completed"))
    (blind,) = server.arrive(two, two.check("fail"))
    assert blind.status == "applied"
    server.pull(two)
    (seen,) = server.arrive(two, two.check("pass"))
    assert (seen.status, seen.code) == ("quarantined", "visit_closed")
    assert server.document()["checks"]["hose"]["HOSE-C1"]["result"] == "fail"


def test_the_phone_that_closed_has_seen_its_own_close() -> None:
    server, one, _ = two_phones()
    _, after = server.arrive(one, one.op("visit.close", outcome="completed"), one.check("pass"))
    assert after.code == "visit_closed"


def test_a_reopened_visit_takes_entries_again() -> None:
    server, one, _ = two_phones()
    office = Phone("office", office=True)
    server.arrive(one, one.op("visit.close", outcome="completed"))
    server.pull(one, office)
    server.arrive(office, office.op("visit.reopen", reason="the hose was not looked at"))
    assert server.document()["state"] == "started"
    (after,) = server.arrive(one, one.check("fail"))
    assert after.status == "applied"


def test_beside_a_blind_close_a_reopened_visit_stays_open_and_says_so() -> None:
    server, one, two = two_phones()
    office = Phone("office", office=True)
    server.arrive(one, one.op("visit.close", outcome="completed"))
    server.pull(office)
    server.arrive(office, office.op("visit.reopen"))
    server.arrive(two, two.op("visit.close", outcome="completed"))
    built = server.document()
    assert built["state"] == "started"
    assert [conflict["field"] for conflict in built["conflicts"]] == ["outcome"]


def test_only_the_office_may_reopen_and_assign() -> None:
    server, one, _ = two_phones()
    server.arrive(one, one.op("visit.close", outcome="completed"))
    outcomes = server.arrive(one, one.op("visit.reopen"), one.op("visit.assign", assignee="zhao"))
    assert [outcome.code for outcome in outcomes] == ["invalid_data", "invalid_data"]


def test_a_verdict_on_a_reading_is_the_offices_alone_writes_no_field_and_opens_nothing() -> None:
    server, one, _ = two_phones()
    office = Phone("office", office=True)
    server.arrive(one, one.op("reading.set", meter=METER, value="00120", running=True))
    server.arrive(one, one.op("visit.close", outcome="completed"))
    before = shown(server.document())
    refused = server.arrive(one, one.op("reading.review", meter=METER, verdict="accepted"))
    taken = server.arrive(
        office,
        office.op("reading.review", meter=METER, verdict="again", figure="00120", note="not what the photo shows"),
        office.op("reading.review", meter=METER, verdict="perhaps"),
    )
    assert [outcome.code for outcome in (*refused, *taken)] == ["invalid_data", "", "invalid_data"]
    assert shown(server.document()) == before


SETTLED = [
    ("correction.settle", {"correction": HAZARD, "approve": False, "reason": "nobody answers there"}, {"reason": " "}),
    ("signature.accept", {"signature": HAZARD, "role": "customer", "reason": "said so by phone"}, {"reason": ""}),
    ("doubt.settle", {"doubt": HAZARD, "verdict": "talk", "note": "", "evidence": ["fast"]}, {"verdict": "guilty"}),
]


@pytest.mark.parametrize(("kind", "data", "wrong"), SETTLED, ids=[kind for kind, _, _ in SETTLED])
def test_what_the_office_settles_is_its_own_alone_and_writes_no_field(
    kind: str, data: dict[str, object], wrong: dict[str, object]
) -> None:
    server, one, _ = two_phones()
    office = Phone("office", office=True)
    server.arrive(one, one.check("fail"), one.op("sign", role="customer", name="王芳", strokes=[], image=SHA))
    before = shown(server.document())
    refused = server.arrive(one, one.op(kind, **data))
    taken = server.arrive(office, office.op(kind, **data), office.op(kind, **{**data, **wrong}))
    assert [outcome.code for outcome in (*refused, *taken)] == ["invalid_data", "", "invalid_data"]
    assert shown(server.document()) == before


def test_an_op_released_late_does_not_bring_back_what_its_successors_replaced() -> None:
    server, one, two = two_phones()
    held = one.check("fail")
    server.arrive(one, one.check("na"))
    server.pull(two)
    server.arrive(two, two.check("pass"))
    before = shown(server.document())
    server.arrive(one, held)
    assert shown(server.document()) == before


def test_a_field_given_is_never_changed() -> None:
    one, two = Phone("one"), Phone("two")
    server = Server()
    server.arrive(one, one.check("fail"))
    field = server.state["checks/hose/HOSE-C1"]
    copy = {"live": list(field["live"]), "past": dict(field["past"])}
    value = {**field["live"][0], "device": "two", "seq": 1, "base": 99, "version": 100, "op": two.check("pass")["id"]}
    put(field, value)  # type: ignore[arg-type]
    assert field == copy


def test_nobody_has_seen_what_came_after() -> None:
    server, one, two = two_phones()
    server.arrive(one, one.check("fail"))
    server.arrive(two, two.check("pass"))
    first, second = server.state["checks/hose/HOSE-C1"]["live"]
    assert not had_seen(first, second)
    assert not had_seen(second, first)


def test_a_visit_lists_the_files_it_still_misses() -> None:
    server, one, _ = two_phones()
    other = "b" * 64
    server.arrive(one, one.op("photo.add", sha256=SHA, purpose="meter", taken_at="2026-11-21T09:00:00+08:00"))
    server.arrive(one, one.op("sign", role="customer", name="王芳", strokes=[], image=other))
    assert server.document()["missing_blobs"] == [SHA, other]
    assert server.document(arrived=[SHA])["missing_blobs"] == [other]
    assert server.document(arrived=[SHA])["photos"][SHA]["arrived"] is True
