"""The server's memory while requests of a full day, and of the largest size allowed, come in again and again.

Target: once warm, a further request leaves nothing behind, and the highest mark stays a fixed distance above the resting one.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.day import ENTRIES
from bench.fill import hire, open_days
from bench.measure import Aim, aims, table
from bench.ours import Installation, Technician
from bench.results import Section
from bench.stock import Stock
from tests.postgres import served

WARM, MORE, AT_ONCE = 40, 60, 12
VISITS = 66  # of 15 entries each: just under the thousand that a request may hold
LEFT_KIB, ABOVE_MIB = 64, 192


def run(folder: Path, *, database: str, say: Callable[[str], None]) -> Section:
    """Measure; gives the section of the results."""
    section = Section(f"Memory of the server, {'PostgreSQL' if database == 'postgresql' else 'SQLite'}")
    stock = Stock(folder)
    if database == "postgresql":
        with served() as postgres:
            _measure(section, Installation.make(folder / "made", postgres.create("memory")), stock, say)
    else:
        _measure(section, Installation.make(folder / "made"), stock, say)
    return section


def _measure(section: Section, made: Installation, stock: Stock, say: Callable[[str], None]) -> None:
    writers = hire(made, WARM + MORE + AT_ONCE)
    open_days(made, stock, writers)
    open_days(made, stock, writers[WARM + MORE :])  # a second day, to fill the largest request
    with made.serve() as server:
        # Checking a password takes 64 MiB for a moment, by design; it is over before the first mark.
        everybody = [Technician.log_in(server.port, one.username) for one in writers]
        technicians, crowd = everybody[: WARM + MORE], everybody[WARM + MORE :]
        marks = [("everybody logged in", *server.memory())]
        for technician in technicians[:WARM]:
            _day(technician)
        marks.append((f"after {WARM} days", *server.memory()))
        for technician in technicians[WARM:]:
            _day(technician)
        marks.append((f"after {WARM + MORE} days", *server.memory()))
        say("the largest requests, at once")
        bodies = [_largest(one) for one in crowd]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(Technician.send, crowd, bodies))
        marks.append((f"after {AT_ONCE} requests of {VISITS * ENTRIES} entries at once", *server.memory()))
    section.add(
        table(("", "now, MiB", "highest, MiB"), [[what, f"{now:.0f}", f"{top:.0f}"] for what, now, top in marks])
    )
    left = (marks[2][1] - marks[1][1]) * 1024 / (2 * MORE)
    section.add(
        aims(
            [
                Aim("left behind by a request, once warm", max(0.0, left), "KiB", at_most=LEFT_KIB),
                Aim(
                    f"highest mark above the warm server, {AT_ONCE} of the largest requests at once",
                    marks[3][2] - marks[1][1], "MiB", at_most=ABOVE_MIB,
                ),
            ]
        )
    )  # fmt: skip


def _day(technician: Technician) -> None:
    pulled = technician.take_in(technician.send(technician.phone.request([])))["visits"]
    technician.take_in(technician.send(technician.write(pulled)))


def _largest(technician: Technician) -> bytes:
    pulled = technician.take_in(technician.send(technician.phone.request([])))["visits"]
    return technician.write(pulled[:VISITS])
