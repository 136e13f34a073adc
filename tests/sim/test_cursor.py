"""No change that was committed is ever skipped by a cursor, however many writers commit at once."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.fieldsvc.conftest import app, database, made, made_on_postgres  # noqa: F401 - fixtures
from tests.sim import cursor_race


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_no_change_slips_past_a_cursor_while_eight_write(app: Flask) -> None:  # noqa: F811
    race = cursor_race.run(app, writers=8, commits=40, seed=1)
    assert len(race.committed) == 320
    assert (race.missed, race.doubled) == (0, 0)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_the_race_catches_a_naive_sequence(app: Flask) -> None:  # noqa: F811
    with cursor_race.naive(app):
        missed = sum(cursor_race.run(app, writers=8, commits=40, seed=seed).missed for seed in range(2, 6))
    assert missed > 0
