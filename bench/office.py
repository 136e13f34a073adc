"""How fast the office's pages are in a store of years: `bench/office.py [--visits N]`. See bench/README.md.

Chooses which pages and searches are asked for; the store is made by homes.py. Everything it starts it stops; stores are deleted.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
if not __package__:
    # Run as a file, this folder comes first on the path, and this file would hide packages of the same name.
    sys.path[0] = str(ROOT)

from sqlalchemy import event  # noqa: E402

from bench.fill import hire  # noqa: E402
from bench.homes import Town, home, patterns_of  # noqa: E402
from bench.measure import Aim, aims, spread, table  # noqa: E402
from bench.ours import PASSWORD, Installation  # noqa: E402
from bench.places import addresses  # noqa: E402
from bench.process import nanoseconds  # noqa: E402
from bench.results import Section  # noqa: E402
from bench.stock import Stock  # noqa: E402
from fieldsvc import create_app, memory, setup  # noqa: E402
from fieldsvc.billing import service as billing  # noqa: E402
from fieldsvc.db import db  # noqa: E402
from fieldsvc.record import service as record  # noqa: E402
from tests.postgres import served  # noqa: E402

TECHNICIANS = 100
PER_VISIT = {"sqlite": 12 * 1024, "postgresql": 8 * 1024}
PAGE, SEARCH, QUERIES = 100, 50, 40


@dataclass
class Clocked:
    """One address: the milliseconds of every round, those that ours and the database's process worked, and the queries."""

    name: str
    times: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)
    queries: int = 0

    def forget(self) -> None:
        """Let the rounds so far not count."""
        self.times.clear()
        self.worked.clear()

    def row(self) -> list[str]:
        """Its row of a table."""
        return [self.name, spread(self.times), f"{statistics.median(self.worked):.1f}", str(self.queries)]

    @property
    def median(self) -> float:
        """The milliseconds that half of the rounds took."""
        return statistics.median(self.times)


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="bench/office.py", description="Measure the office's pages.")
    parser.add_argument("--visits", type=int, default=100_000, help="visits in the store (100000)")
    parser.add_argument("--homes", type=int, help="homes in the store (a fifth of the visits)")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of each page (9)")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--quick", action="store_true", help="400 visits, two rounds, nothing kept")
    parser.add_argument(
        "--store", type=Path, help="a folder in which the store is kept; one that is there is measured again"
    )
    parser.add_argument(
        "--url", default="", help="with --store: your own PostgreSQL database instead of one that is made"
    )
    parser.add_argument("--only", default="", help="measure only pages whose address fits this regular expression")
    parser.add_argument("--work", type=Path, help="where the store is made and deleted (the system's folder for such)")
    parser.add_argument(
        "--results", type=Path, default=ROOT / "bench" / "RESULTS.md", help="the file of figures; - for none"
    )
    given = parser.parse_args()
    if given.quick:
        given.visits, given.rounds, given.results = 400, 2, Path("-")
    given.homes = given.homes or max(1, given.visits // 5)
    return given


def say(what: str) -> None:
    """Tell the person who waits."""
    print(f"  … {what}", file=sys.stderr, flush=True)


def main() -> None:
    """Measure what was asked for."""
    given = arguments()
    folder = given.store or Path(tempfile.mkdtemp(prefix="office-", dir=given.work))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with contextlib.ExitStack() as stack:
            section = run(_store(folder, given, stack), given)
        section.keep(None if str(given.results) == "-" else given.results)
    finally:
        if not given.store:
            shutil.rmtree(folder)


def _store(folder: Path, given: argparse.Namespace, stack: contextlib.ExitStack) -> Installation:
    """The store to measure: one that was kept, brought up to date, or a new one."""
    known = folder / "store.json"
    if known.exists():
        kept = json.loads(known.read_text())
        given.visits, given.homes, given.database = kept["visits"], kept["homes"], kept["database"]
        url = _database(folder, given, stack)
        made = Installation(folder / "town", url or f"sqlite:///{folder / 'town' / 'fieldsvc.db'}")
        with setup.install(made.settings()).app_context():
            db.engine.dispose()
        return made
    need, free = given.visits * PER_VISIT[given.database], shutil.disk_usage(folder).free
    if need * 1.2 > free:
        raise SystemExit(f"{given.visits:,} visits take about {need / 1e9:.0f} GB, and {free / 1e9:.0f} are free")
    stock, made = Stock(folder), Installation.make(folder / "town", _database(folder, given, stack))
    town = Town(made, stock, homes=given.homes, visits=given.visits, say=say)
    town.fill(hire(made, TECHNICIANS), patterns_of(stock, folder))
    say("the store is full")
    known.write_text(json.dumps({name: vars(given)[name] for name in ("visits", "homes", "database")}))
    return made


def _database(folder: Path, given: argparse.Namespace, stack: contextlib.ExitStack) -> str:
    """The address of the PostgreSQL database: one's own, or in a server whose data stay in the folder; empty for SQLite."""
    if given.database != "postgresql" or given.url:
        return str(given.url)
    server = stack.enter_context(served(folder / "postgresql"))
    return server.url("town") if server.has("town") else server.create("town")


def run(made: Installation, given: argparse.Namespace) -> Section:
    """Ask for every page in turns, then for the searches."""
    name = "PostgreSQL" if given.database == "postgresql" else "SQLite"
    section = Section(f"The office, {name}, {given.visits:,} visits")
    app = create_app(made.settings())
    with app.app_context():
        watch = Watch(db.engine, Backends(db.engine))
        billing.progress.work_due()  # as a worker does every hour
        db.session.remove()
    pages = _pages(app, watch, made, given)  # outside any context, so that each request has a session of its own
    with app.app_context():
        found = _searches(watch, given)
        db.session.remove()
        db.engine.dispose()
    section.add(f"{given.homes:,} homes, {given.visits:,} visits over five years, {TECHNICIANS} technicians.")
    if not pages:
        raise SystemExit(f"no page's address fits {given.only}")
    section.add(table(("page", "server time, ms", "processor, ms", "queries"), [one.row() for one in pages]))
    section.add(table(("searched for", "first page, ms", "processor, ms", "queries"), [one.row() for one in found]))
    slowest, hardest = max(pages, key=lambda one: one.median), max(found, key=lambda one: one.median)
    section.add(
        aims(
            [
                Aim(f"slowest page, {slowest.name}, median", slowest.median, "ms", at_most=PAGE),
                Aim(f"slowest search, {hardest.name}, median", hardest.median, "ms", at_most=SEARCH),
                Aim("queries of any page", max(one.queries for one in pages), "", at_most=QUERIES),
            ]
        )
    )
    return section


class Backends:
    """The database's processes that work for us: none on SQLite, which works within ours."""

    def __init__(self, engine: Any):
        self._pids: set[int] = set()
        if engine.dialect.name == "postgresql":
            event.listen(engine, "checkout", lambda connection, *_: self._pids.add(connection.info.backend_pid))

    def seconds(self) -> float:
        """How long they have worked; what a parallel plan has others do is not in it."""
        return sum(nanoseconds(one) for one in self._pids if Path(f"/proc/{one}").exists()) / 1e9


@contextlib.contextmanager
def counted(engine: Any) -> Iterator[list[str]]:
    """Collect the statements that are sent meanwhile."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


@dataclass(frozen=True)
class Watch:
    """Clocks what is asked of a store."""

    engine: Any
    backends: Backends

    def clock(self, one: Clocked, work: Callable[[], Any]) -> Any:
        """Do it, and keep how long that took."""
        with counted(self.engine) as said:
            begin, began = time.perf_counter(), self._worked()
            answer = work()
            one.times.append((time.perf_counter() - begin) * 1000)
            one.worked.append((self._worked() - began) * 1000)
        one.queries = len(said)
        return answer

    def _worked(self) -> float:
        return time.process_time() + self.backends.seconds()


def _pages(app: Any, watch: Watch, made: Installation, given: argparse.Namespace) -> list[Clocked]:
    """Every page in every round, so that a neighbour's load meets all alike; the first round does not count."""
    client = app.test_client()
    login = {"username": made.first, "password": PASSWORD}
    client.post("/api/v1/login", json=login, headers={"X-Fieldsvc": "1"})
    asked = [one for one in addresses(client) if re.search(given.only, one[1])]
    clocked = {name: Clocked(name) for name, _ in asked}
    for round_ in range(given.rounds + 1):
        for name, address in asked:
            answer = watch.clock(clocked[name], lambda address=address: client.get(address))
            if answer.status_code != 200:
                raise SystemExit(f"{address}: {answer.status_code}")
            if not round_:
                clocked[name].forget()
        if not round_:
            memory.settle()  # as a server does once it is ready
        say(f"round {round_} of {given.rounds}")
    return list(clocked.values())


def _searches(watch: Watch, given: argparse.Namespace) -> list[Clocked]:
    """The words that people type, each found as the list finds it: the first page and how many there are."""
    chance = Random(6)
    some = [home(n, chance) for n in range(min(given.homes, 500))][-1]
    number = record.find(state="closed").part(limit=1).rows[0]["number"]
    db.session.rollback()
    words = {
        f"a name, {some.name}": some.name,
        f"a surname, {some.name[0]}": some.name[0],
        f"a street, {some.address[:3]}": some.address[:3],
        f"an address, {some.address}": some.address,
        f"a district, {some.district}": some.district,
        f"a name and a street, {some.name[0]} {some.address[:2]}": f"{some.name[0]} {some.address[:2]}",
        f"an account, {some.account}": some.account,
        f"part of a phone number, {some.phone[3:8]}": some.phone[3:8],
        f"part of a serial, {some.serial[2:8]}": some.serial[2:8],
        f"a door, {some.building}-2-{some.room}": f"{some.building}-2-{some.room}",
        f"a visit's number, {number}": number,
        f"part of one, {number[-9:]}": number[-9:],
        f"a day of numbers, {number[3:11]}": number[3:11],
        "figures that many have, 1204": "1204",
        "two letters, yh": "yh",
        "what nobody has, 龘": "龘",
        "what nobody has, zzz": "zzz",
    }
    clocked = [Clocked(name) for name in words]
    for round_ in range(given.rounds + 1):
        for one, word in zip(clocked, words.values(), strict=True):
            watch.clock(one, lambda word=word: _first_page(word))
            if not round_:
                one.forget()
            db.session.rollback()
    return clocked


def _first_page(word: str) -> None:
    found = record.find(words=word)
    part = found.part(limit=50)
    part.total or found.count()


if __name__ == "__main__":
    main()
