"""The cursor race of the tests, at its full length: eight writers commit at once, a reader follows and must miss nothing.

On PostgreSQL. Then the same with a naive sequence in place of the version counter: the race must catch it, or it proves
nothing. Target: nothing missed, nothing seen twice; the naive sequence caught.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from bench.measure import Aim, aims, table
from bench.ours import Installation
from bench.results import Section
from fieldsvc import create_app
from fieldsvc.db import db
from tests.postgres import Postgres, served
from tests.sim import cursor_race

WRITERS = 8
NAIVE_COMMITS = 200


def run(folder: Path, *, commits: int, say: Callable[[str], None]) -> Section:
    """Measure; gives the section of the results."""
    section = Section("A cursor while eight write, PostgreSQL")
    with served() as postgres:
        begin = time.perf_counter()
        with _installation(folder / "ours", postgres) as app:
            race = cursor_race.run(app, writers=WRITERS, commits=commits, seed=1)
        took = time.perf_counter() - begin
        say("and with a naive sequence")
        # In a store of its own: in a full one the reader would come to what is being written when all is over.
        with _installation(folder / "naive", postgres) as app, cursor_race.naive(app):
            naive = cursor_race.run(app, writers=WRITERS, commits=NAIVE_COMMITS, seed=2)
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


@contextmanager
def _installation(folder: Path, postgres: Postgres) -> Iterator[Flask]:
    app = create_app(Installation.make(folder, postgres.create(folder.name)).settings())
    yield app
    with app.app_context():
        db.engine.dispose()
