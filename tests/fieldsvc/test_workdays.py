"""The company's working days: weekends, the public calendar of China, and days of its own."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask

from fieldsvc import installation
from fieldsvc.db import transaction
from fieldsvc.policy import workdays


@pytest.fixture(autouse=True)
def _asked_inside(app: Flask) -> object:
    with app.app_context():
        yield


def _decide(*rows: tuple[str, str]) -> None:
    days = [{"day": day, "is": kind, "reason": ""} for day, kind in rows]
    with transaction():
        installation.keep(name="policy.calendar", value={"own_days": days})


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 20), True),
        (date(2026, 11, 21), False),
        (date(2026, 2, 17), False),  # the first day of the Spring Festival, a Tuesday
        (date(2026, 2, 14), True),  # a Saturday that makes up for it
        (date(2026, 10, 10), True),  # a Saturday after the National Day
        (date(2026, 10, 7), False),
    ],
)
def test_public_holidays_are_days_off_and_their_make_up_days_are_worked(day: date, works: bool) -> None:
    assert workdays.is_working_day(day) is works


def test_in_a_year_whose_holidays_are_not_known_only_weekends_are_off() -> None:
    _first, last = workdays.known_years()
    new_year = date(last + 1, 1, 1)
    week = [new_year + timedelta(days=n) for n in range(7)]
    assert [workdays.is_working_day(day) for day in week] == [day.weekday() < 5 for day in week]


def test_the_company_s_own_days_win_over_weekends_and_over_public_holidays() -> None:
    _decide(("2026-11-21", "work"), ("2026-11-23", "rest"), ("2026-10-07", "work"))
    assert workdays.is_working_day(date(2026, 11, 21))
    assert not workdays.is_working_day(date(2026, 11, 23))
    assert workdays.is_working_day(date(2026, 10, 7))
    assert workdays.add_working_days(date(2026, 11, 20), 2) == date(2026, 11, 24)


def test_a_deadline_over_the_national_day_counts_working_days_only() -> None:
    # 1 to 7 October are off; 20 September and 10 October, a Sunday and a Saturday, are worked.
    assert workdays.add_working_days(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert workdays.add_working_days(date(2026, 9, 30), 3) == date(2026, 10, 10)
    assert workdays.add_working_days(date(2026, 10, 3), 0) == date(2026, 10, 3)
    with pytest.raises(ValueError, match="-1"):
        workdays.add_working_days(date(2026, 10, 3), -1)


def test_counting_between_undoes_adding_over_the_turn_of_the_year() -> None:
    for start in (date(2026, 9, 18), date(2026, 12, 24)):
        for count in range(40):
            end = workdays.add_working_days(start, count)
            assert workdays.working_days_between(start, end) == count
            assert workdays.working_days_between(end, start) == -count
