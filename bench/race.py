"""The cursor race of the tests, at its full length: eight writers commit at once, a reader follows and must miss nothing.

On PostgreSQL. Then the same with a naive sequence in place of the version counter: the race must catch it, or it proves
nothing. Target: nothing missed, nothing seen twice; the naive sequence caught.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask

from bench.measure import Aim, aims, table
from bench.ours import Installation
from bench.results import Section
from fieldsvc import create_app
from fieldsvc.db import db
from tests.postgres import served
from tests.sim import cursor_race

WRITERS = 8
NAIVE_COMMITS = 200


def run(folder: Path, *, commits: int, say: Callable[[str], None]) -> Section:
    """Measure; gives the section of the results."""
    section = Section("A cursor while eight write, PostgreSQL")
    with served() as postgres:
        made = Installation.make(folder / "made", postgres.create("race"))
        app = create_app(made.settings())
        begin = time.perf_counter()
        race = cursor_race.run(app, writers=WRITERS, commits=commits, seed=1)
        took = time.perf_counter() - begin
        say("and with a naive sequence")
        naive = _naive(app)
        with app.app_context():
            db.engine.dispose()
    section.add(
        table(
            ("counter", "writers", "commits", "missed", "seen twice", "s"),
            [
                ["ours", str(WRITERS), f"{len(race.committed):,}", str(race.missed), str(race.doubled), f"{took:.0f}"],
                [
                    "a naive sequence",
                    str(WRITERS),
                    f"{len(naive.committed):,}",
                    str(naive.missed),
                    str(naive.doubled),
                    "",
                ],
            ],
        )
    )
    section.add(
        aims(
            [
                Aim("changes missed", race.missed, "", at_most=0),
                Aim("changes seen twice", race.doubled, "", at_most=0),
                Aim("changes missed with a naive sequence", naive.missed, "", at_least=1),
            ]
        )
    )
    return section


def _naive(app: Flask) -> cursor_race.Race:
    with cursor_race.naive(app):
        return cursor_race.run(app, writers=WRITERS, commits=NAIVE_COMMITS, seed=2)
