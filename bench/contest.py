"""Push and pull of a technician's day, ours and the peers', in turns.

Decides who takes part. Targets are those of the project: 25 times as fast as Kinto, 4 times as fast as PouchDB Server, at most 6
times the bare floor (3 is aimed at), a day pulled in 60 ms, PostgreSQL within twice SQLite.
"""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Callable
from pathlib import Path

from bench.measure import Aim, Figures, aims, ratio, spread, table, take_turns
from bench.ours import Installation
from bench.peers import Contender
from bench.peers.fieldsvc import Fieldsvc
from bench.peers.floor import Floor
from bench.peers.kinto import Kinto
from bench.peers.plain_flask import PlainFlask
from bench.peers.pouchdb import PouchDb
from bench.results import Section
from bench.stock import Stock
from tests.postgres import served

OURS, OURS_POSTGRES = "fieldsvc, SQLite", "fieldsvc, PostgreSQL"
ALL = ("sqlite", "postgresql", "floor", "flask", "kinto", "kinto-start", "kinto-postgresql", "pouchdb")
PULL_MS = 60


def run(
    folder: Path, *, cache: Path, rounds: int, warm_up: int, contenders: tuple[str, ...], say: Callable[[str], None]
) -> Section:
    """Measure; gives the section of the results."""
    section = Section("A technician's day")
    stock = Stock(folder)
    with contextlib.ExitStack() as stack:
        taking_part: list[Contender] = []
        postgres = stack.enter_context(served()) if any("postgresql" in one for one in contenders) else None

        def enter(one: Contender) -> None:
            stack.callback(one.close)
            taking_part.append(one)
            say(f"{one.name} is ready")

        days = warm_up + rounds
        if "sqlite" in contenders:
            enter(Fieldsvc(OURS, Installation.make(folder / "sqlite"), stock, rounds=days))
        if "postgresql" in contenders and postgres:
            made = Installation.make(folder / "postgresql", postgres.create("fieldsvc"))
            enter(Fieldsvc(OURS_POSTGRES, made, stock, rounds=days))
        if "floor" in contenders:
            enter(Floor(folder, stock, rounds=days))
        if "flask" in contenders:
            enter(PlainFlask(folder))
        if "kinto" in contenders:
            enter(Kinto(folder, cache))
        if "kinto-start" in contenders:
            enter(Kinto(folder, cache, own_set_up=True))
        if "kinto-postgresql" in contenders and postgres:
            url = postgres.create("kinto").replace("+psycopg", "+psycopg2")
            enter(Kinto(folder, cache, url))
        if "pouchdb" in contenders:
            enter(PouchDb(folder, cache))
        figures = take_turns(taking_part, rounds=rounds, entries=stock.entries, say=say, warm_up=warm_up)
    section.add(
        f"{stock.entries} entries of {len(stock.planned)} visits, {rounds} rounds in turns. Every contender's entries were"
        " read back and counted after every round."
    )
    section.add(_figures(figures))
    section.add(aims(_aims(figures)))
    return section


def _figures(figures: dict[str, Figures]) -> str:
    ours = figures[OURS]
    rows = [
        [name, spread(one.push), f"{ratio(one.push, ours.push):.2f}", spread(one.pull)] for name, one in figures.items()
    ]
    return table(("contender", "push, ms", "times fieldsvc on SQLite", "pull, ms"), rows)


def _aims(figures: dict[str, Figures]) -> list[Aim]:
    ours = figures[OURS]
    found = [Aim("pull of a day", statistics.median(ours.pull), "ms", at_most=PULL_MS)]
    if "Kinto, memory" in figures:
        found.append(Aim("Kinto, memory, takes", ratio(figures["Kinto, memory"].push, ours.push), "×", at_least=25))
    if PouchDb.name in figures:
        found.append(Aim("PouchDB Server takes", ratio(figures[PouchDb.name].push, ours.push), "×", at_least=4))
    if Floor.name in figures:
        found.append(
            Aim("push beside the bare floor (aim 3)", ratio(ours.push, figures[Floor.name].push), "×", at_most=6)
        )
    if OURS_POSTGRES in figures:
        other = figures[OURS_POSTGRES]
        found.append(Aim("push, PostgreSQL beside SQLite", ratio(other.push, ours.push), "×", at_most=2))
        found.append(Aim("pull, PostgreSQL beside SQLite", ratio(other.pull, ours.pull), "×", at_most=2))
    return found
