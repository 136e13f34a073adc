"""The same day in stores of different size: does a server get slower as the years go by?

Every store gets its visits, then serves; the stores take turns. Two thirds of a visit's weight is its op log, all of it is
there. Technicians have their share of the past: a store of N visits has been written by 100 of them. Target: within 15 %.
"""

from __future__ import annotations

import contextlib
import shutil
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.fill import fill, hire
from bench.measure import WARM_UP, Aim, aims, ratio, spread, table, take_turns
from bench.ours import Installation
from bench.peers.fieldsvc import Fieldsvc
from bench.results import Section
from bench.stock import Stock
from tests.postgres import served

TECHNICIANS = 100
PER_VISIT = 48 * 1024
FLAT = 0.15


def run(folder: Path, *, sizes: Sequence[int], rounds: int, database: str, say: Callable[[str], None]) -> Section:
    """Measure; gives the section of the results."""
    section = Section(f"As the store grows, {'PostgreSQL' if database == 'postgresql' else 'SQLite'}")
    need, free = sum(sizes) * PER_VISIT, shutil.disk_usage(folder).free
    if need * 1.15 > free:
        raise SystemExit(f"{sum(sizes):,} visits take about {need / 1e9:.0f} GB, and {free / 1e9:.0f} are free")
    stock = Stock(folder)
    with contextlib.ExitStack() as stack:
        postgres = stack.enter_context(served()) if database == "postgresql" else None
        contenders = []
        for size in sorted(sizes):
            url = postgres.create(f"visits{size}") if postgres else ""
            made = Installation.make(folder / f"visits-{size}", url)
            writers = hire(made, max(TECHNICIANS, WARM_UP + rounds))
            fill(made, stock, writers[:TECHNICIANS], visits=size, say=say)
            one = Fieldsvc(f"{size:,} visits", made, stock, rounds=WARM_UP + rounds, writers=writers)
            stack.callback(one.close)
            contenders.append(one)
            say(f"{one.name} are in the store")
        figures = take_turns(contenders, rounds=rounds, entries=stock.entries, say=say)
    small, large = figures[contenders[0].name], figures[contenders[-1].name]
    section.add(
        table(
            ("in the store", "push of a day, ms", "pull of a day, ms"),
            [[name, spread(one.push), spread(one.pull)] for name, one in figures.items()],
        )
    )
    section.add(
        aims(
            [
                Aim(f"push, {what}", ratio(large.push, small.push), "×", at_most=1 + FLAT)
                for what in [f"{contenders[-1].name} beside {contenders[0].name}"]
            ]
            + [
                Aim("pull, likewise", ratio(large.pull, small.pull), "×", at_most=1 + FLAT),
                Aim("pull of a day in the largest", statistics.median(large.pull), "ms", at_most=60),
            ]
        )
    )
    return section
