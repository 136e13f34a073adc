"""Weeks, months, quarters and years as people report on them, at their awkward ends."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsvc.reports.spans import NAMES, period_of, span_of

DAYS = st.dates(min_value=date(1901, 1, 10), max_value=date(2998, 1, 1))


@given(day=DAYS, name=st.sampled_from(NAMES))
def test_spans_lie_side_by_side_and_each_day_is_in_one(day: date, name: str) -> None:
    span = span_of(name, day)
    assert span.first <= day <= span.last
    assert span.before.last == span.first - timedelta(days=1)
    assert span.after.first == span.last + timedelta(days=1)
    assert span.after.before == span


@given(day=DAYS, name=st.sampled_from(NAMES))
def test_the_steps_of_a_span_are_all_of_its_days_once(day: date, name: str) -> None:
    span = span_of(name, day)
    steps = span.steps()
    assert (steps[0][0], steps[-1][1]) == (span.first, span.last)
    assert all(after[0] == before[1] + timedelta(days=1) for before, after in pairwise(steps))


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        ("2026-01-01", "2025-12-29", "2026-01-04"),  # the first week of 2026 begins in 2025
        ("2027-01-03", "2026-12-28", "2027-01-03"),  # and the 53rd of 2026 ends in 2027
        ("2024-02-29", "2024-02-26", "2024-03-03"),
    ],
)
def test_weeks_at_the_turn_of_the_year_and_in_a_leap_year(day: str, first: str, last: str) -> None:
    span = span_of("week", date.fromisoformat(day))
    assert (span.first.isoformat(), span.last.isoformat()) == (first, last)


@pytest.mark.parametrize(
    ("name", "day", "earlier"),
    [
        ("week", "2026-01-01", "2024-12-30"),  # week 1 beside week 1
        ("week", "2027-01-01", "2025-12-22"),  # 2026 has a week 53, 2025 has not: beside its last one
        ("month", "2024-02-29", "2023-02-01"),
        ("quarter", "2026-11-22", "2025-10-01"),
        ("year", "2024-02-29", "2023-01-01"),
    ],
)
def test_the_same_span_a_year_earlier(name: str, day: str, earlier: str) -> None:
    span = span_of(name, date.fromisoformat(day)).year_earlier
    assert (span.name, span.first.isoformat()) == (name, earlier)


def test_february_of_a_leap_year_has_its_29th() -> None:
    assert len(span_of("month", date(2024, 2, 3)).steps()) == 29
    assert len(span_of("month", date(2026, 2, 3)).steps()) == 28


@pytest.mark.parametrize(
    ("day", "months", "first", "last"),
    [
        ("2026-11-22", 12, "2026-01-01", "2026-12-31"),
        ("2026-11-22", 3, "2026-10-01", "2026-12-31"),
        ("2026-02-28", 24, "2026-01-01", "2027-12-31"),
        ("2024-02-29", 1, "2024-02-01", "2024-02-29"),
    ],
)
def test_periods_of_the_duty_are_stretches_of_calendar_months(day: str, months: int, first: str, last: str) -> None:
    begins, ends = period_of(date.fromisoformat(day), months)
    assert (begins.isoformat(), ends.isoformat()) == (first, last)


@given(day=DAYS, months=st.integers(1, 60))
def test_every_day_lies_in_its_period(day: date, months: int) -> None:
    first, last = period_of(day, months)
    assert first <= day <= last
    assert period_of(last, months) == (first, last)
    assert period_of(last + timedelta(days=1), months)[0] == last + timedelta(days=1)
