"""The rules of the ledger on plain rows: the same events give the same life in whatever order they come."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from fieldsvc.hazards import life
from fieldsvc.hazards.models import Hazard, HazardEvent
from fieldsvc.policy import service as policy
from sync.ops import HAZARD_EVENTS

FOUND = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
DEFAULTS = {field["id"]: field["default"] for field in policy.declared()["ledger"]["fields"]}
HOME = "home"


def rules(**changes: Any) -> life.Rules:
    return life.Rules.of({**DEFAULTS, **changes}, ZoneInfo("Asia/Shanghai"))


def row(**changes: Any) -> Hazard:
    """A level 2 hazard, found on 2 March, due on 1 April, its notice signed and issued."""
    usual: dict[str, Any] = {
        "id": "h",
        "customer_id": HOME,
        "level": 2,
        "state": "open",
        "stop_gas": "none",
        "paper_due_on": date(2026, 4, 1),
        "due_on": date(2026, 4, 1),
        "found_at": FOUND,
        "arrived_at": FOUND,
        "found_by": "finder",
        "heard": "signed",
        "noticed_at": FOUND,
    }
    return Hazard(**{**usual, **changes})


def said(event: str, *, days: float = 1, **changes: Any) -> HazardEvent:
    """Something said of it so many days after it was found."""
    at = FOUND + timedelta(days=days)
    usual = {
        "customer_id": HOME,
        "note": "因故",
        "by_id": "desk",
        "id": f"{event}-{days}",
        "made_at": at,
        "kept_at": at,
    }
    return HazardEvent(event=event, **{**usual, **changes})


def stands(hazard: Hazard, *events: HazardEvent, written_notice: bool = False, **changes: Any) -> life.Life:
    return life.live(hazard, events, rules(**changes), written_notice=written_notice)


def test_a_life_goes_from_found_to_reported_done() -> None:
    assert stands(row(heard="", noticed_at=None)).stage == "found"
    assert stands(row(heard="", noticed_at=None), said("told")).stage == "told"
    assert stands(row(heard="")).stage == "found", "a notice that was issued and not delivered tells nobody"
    assert stands(row(heard=""), said("notified")).stage == "notified"
    assert stands(row()).stage == "notified"
    assert stands(row(), said("in_work")).stage == "in_work"
    assert stands(row(), said("reported_done"), said("in_work", days=2)).stage == "reported_done"


def test_what_was_said_before_a_failed_look_counts_no_more() -> None:
    failed = {"verified_at": FOUND + timedelta(days=5), "verified_op": "look"}
    before, after = said("reported_done", days=4), said("reported_done", days=6)
    assert stands(row(**failed), before).stage == "notified"
    assert stands(row(**failed), before, after).stage == "reported_done"
    backdated = said("reported_done", days=6, on_day=(FOUND + timedelta(days=4)).date())
    assert stands(row(**failed), backdated).stage == "notified"


def test_a_date_is_put_off_once_and_by_no_more_than_its_own_length() -> None:
    later, latest = date(2026, 4, 15), date(2026, 5, 1)
    assert stands(row(), said("extended", due=later)).due_on == later
    assert stands(row(), said("extended", due=latest)).due_on == latest
    assert stands(row(), said("extended", due=latest + timedelta(days=1))).due_on == date(2026, 4, 1)
    assert stands(row(), said("extended", due=later, note="")).due_on == date(2026, 4, 1)
    twice = said("extended", due=latest), said("extended", due=later, days=3)
    assert stands(row(), *twice).due_on == later, "of two the earlier date counts"
    assert stands(row(), *twice, extensions=2).due_on == latest
    assert stands(row(), *twice, extensions=0).due_on == date(2026, 4, 1)


def test_level_1_is_not_put_off_unless_the_company_says_so() -> None:
    due = row(level=1, paper_due_on=date(2026, 3, 9))
    put_off = said("extended", due=date(2026, 3, 12))
    assert stands(due, put_off).due_on == date(2026, 3, 9)
    assert stands(due, put_off, extend_levels=[1, 2, 3]).due_on == date(2026, 3, 12)


FIXED = {"fixed_at": FOUND, "verified_at": FOUND, "verified_op": "look", "verified_by": "second"}


@pytest.mark.parametrize(
    ("by", "seen", "waits"),
    [
        ("third", "look", ()),
        ("finder", "look", ("review",)),
        ("second", "look", ("review",)),
        ("third", "older", ("review",)),
    ],
)
def test_level_1_closes_when_a_third_person_has_seen_the_very_look_that_counts(
    by: str, seen: str, waits: tuple[str, ...]
) -> None:
    reviewed = said("reviewed", by_id=by, seen=seen)
    assert stands(row(level=1, **FIXED), reviewed).waits == waits
    assert stands(row(level=2, **FIXED)).waits == ()


def test_what_the_law_wants_in_writing_waits_for_the_notice_and_for_its_delivery() -> None:
    assert stands(row(**FIXED, noticed_at=None), written_notice=True).waits == ("notice",)
    assert stands(row(**FIXED, heard=""), written_notice=True).waits == ("heard",)
    assert stands(row(**FIXED, heard=""), said("notified"), written_notice=True).waits == ()
    assert stands(row(**FIXED, heard="refused"), written_notice=True).stage == "closed"
    assert stands(row(**FIXED, noticed_at=None)).stage == "closed"


def test_the_home_is_called_on_the_days_of_the_rules_until_somebody_ticks_it_off() -> None:
    assert stands(row()).remind_on == date(2026, 3, 17)
    assert stands(row(), said("reminded", days=15)).remind_on == date(2026, 4, 2), "the day after its date"
    assert stands(row(), said("reminded", days=33)).remind_on == date(2026, 4, 11), "a week after the last call"
    assert stands(row(**FIXED)).remind_on is None
    assert stands(row(), said("reported_done")).remind_on is None, "who has reported it done waits for us"
    first = row(level=1, paper_due_on=date(2026, 3, 9))
    assert stands(first).remind_on == date(2026, 3, 5)
    late = [said("reminded", days=days) for days in (3, 8)]
    assert stands(first, *late).remind_on == date(2026, 3, 11), "level 1 every day after its date"
    assert stands(row(level=3)).remind_on is None
    assert stands(row(), said("reminded", days=15), said("extended", due=date(2026, 4, 20))).remind_on == date(
        2026, 4, 21
    )


def test_level_1_alerts_again_when_it_becomes_worse_or_was_found_not_put_right() -> None:
    assert stands(row(level=1), said("taken_up", level=1)).taken_up_at is not None
    assert stands(row(level=1), said("taken_up", level=2)).taken_up_at is None, "it was taken up as something milder"
    failed = row(level=1, verified_at=FOUND + timedelta(days=5), verified_op="look")
    assert stands(failed, said("taken_up", level=1)).taken_up_at is None
    assert stands(failed, said("taken_up", level=1, seen="look")).taken_up_at is not None


def test_gas_that_flows_although_the_danger_is_back_is_called_unsafe() -> None:
    shut = {"level": 1, "stop_gas": "now_all"}
    back = {"restored_at": FOUND + timedelta(days=3)}
    assert stands(row(**shut)).gas == "off"
    assert stands(row(**shut, **FIXED, **back)).gas == "restored"
    assert stands(row(**shut, **back, verified_at=FOUND + timedelta(days=4), verified_op="look")).gas == "unsafe"
    again = said("suspended", days=5)
    assert (
        stands(row(**shut, **back, verified_at=FOUND + timedelta(days=4), verified_op="look"), again).gas == "suspended"
    )
    assert stands(row(stop_gas="on_overdue")).gas == ""


def test_what_another_home_says_counts_for_nothing() -> None:
    assert stands(row(), said("reported_done", customer_id="elsewhere")).stage == "notified"


EVENTS = some.builds(
    lambda event, days, due, seen, level, by: said(
        event, days=days, id=f"{event}-{days}-{due}-{by}", due=due, seen=seen, level=level, by_id=by
    ),
    some.sampled_from(HAZARD_EVENTS),
    some.integers(0, 60),
    some.dates(date(2026, 3, 1), date(2026, 6, 1)),
    some.sampled_from(["look", None, "older"]),
    some.sampled_from([1, 2, 3, None]),
    some.sampled_from(["desk", "finder", "second"]),
)


@settings(max_examples=150, deadline=None)
@given(
    events=some.lists(EVENTS, max_size=8),
    level=some.sampled_from([1, 2, 3]),
    facts=some.sampled_from([{}, FIXED, {"verified_at": FOUND + timedelta(days=9), "verified_op": "look"}]),
    order=some.randoms(use_true_random=False),
)
def test_the_order_of_arrival_never_matters_and_repeating_changes_nothing(
    events: list[HazardEvent], level: int, facts: dict[str, Any], order: Any
) -> None:
    hazard = row(level=level, stop_gas="now_all", **facts)
    shuffled = list(events)
    order.shuffle(shuffled)
    assert stands(hazard, *events) == stands(hazard, *shuffled) == stands(hazard, *events, *events)
    if "fixed_at" not in facts:
        assert stands(hazard, *events).stage not in ("closed", "checked"), "only a look by the company closes"
