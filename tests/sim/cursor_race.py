"""Writers that commit at once, and a reader with a cursor: does it ever miss a change?

Every commit opens a visit of its own, so a change that slips past the cursor stays unseen for good and is counted. Writers
pause at random between taking their version and committing: that is when a naive sequence lets a reader run past them.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from flask import Flask
from sqlalchemy import text

from fieldsvc import clock, installation, numbers
from fieldsvc import db as database
from fieldsvc.db import db, transaction
from fieldsvc.record import service as record
from fieldsvc.record import sought

LONGEST_PAUSE = 0.002


@dataclass
class Race:
    """What came of it."""

    committed: set[str] = field(default_factory=set)
    seen: list[str] = field(default_factory=list)

    @property
    def missed(self) -> int:
        return len(self.committed - set(self.seen))

    @property
    def doubled(self) -> int:
        return len(self.seen) - len(set(self.seen))


class _NoLine:
    """Writers that do not wait for each other in this process."""

    def acquire(self, timeout: float) -> bool:
        return True

    def release(self) -> None: ...


@contextmanager
def naive(app: Flask) -> Iterator[None]:
    """The mutant: writers stand in no line, and versions come from a plain sequence. What is visible is the highest one."""
    with app.app_context(), transaction():
        latest = numbers.latest(numbers.VERSION)
        db.session.execute(text(f"CREATE SEQUENCE IF NOT EXISTS naive START {latest + 1}"))
    with (
        mock.patch.object(database, "_first_in_line", _NoLine()),
        mock.patch.object(database, "_begin"),
        mock.patch.object(numbers, "take", _naive_take),
        mock.patch.object(numbers, "latest", _highest_visible),
        mock.patch.object(sought, "keep"),  # counts on the line too, and is not what is looked at here
    ):
        yield


def _highest_visible(_name: str) -> int:
    return db.session.scalar(text("SELECT coalesce(max(version), 0) FROM visits")) or 0


def _naive_take(_name: str, count: int = 1) -> int:
    """Numbers that are unique and fast, and become visible in any order."""
    drawn = [int(db.session.execute(text("SELECT nextval('naive')")).scalar_one()) for _ in range(count)]
    return drawn[0]


def facts_of(number: str, day: str) -> dict[str, Any]:
    """The least a visit needs."""
    return {
        "id": clock.new_id(),
        "number": number,
        "type": "gas.inspection",
        "checklist": "gas.residential",
        "planned": {"date": day, "from": None, "to": None},
        "assignee": {"id": "reader", "name": "reader", "username": "reader"},
        "lookup": number,
        "customer": {"id": "customer", "account": "A", "name": "王芳"},
        "meters": [],
        "previous": None,
        "notices": [],
    }


def run(app: Flask, *, writers: int, commits: int, seed: int) -> Race:
    """Let the writers commit while a reader follows with its cursor, then let it read to the end."""
    race, lock, failures = Race(), threading.Lock(), []
    with app.app_context():
        day = installation.today().isoformat()

    def write(number: int) -> None:
        chance = random.Random(seed * 1000 + number)
        try:
            with app.app_context():
                for n in range(commits):
                    facts = facts_of(f"{seed}-{number}-{n}", day)
                    with transaction():
                        record.open_planned(facts=[facts], now=clock.now())
                        time.sleep(chance.random() * LONGEST_PAUSE)
                    with lock:
                        race.committed.add(facts["id"])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    with app.app_context():
        _follow(race, lambda: any(thread.is_alive() for thread in threads))
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return race


def _follow(race: Race, writing: Callable[[], bool]) -> None:
    position, day = record.Position(), installation.today()
    while True:
        last_round = not writing()
        page = record.read_page(user_id="reader", since=position, day=day, limit=50)
        db.session.commit()  # every page is a request of its own
        race.seen += [record_id(text) for text in page.documents]
        position = page.position
        if last_round and not page.documents:
            return


def record_id(document: str) -> str:
    """The id at the beginning of a stored document."""
    return document.split('"id":"', 1)[1][:36]
