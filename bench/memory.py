"""The server's memory while requests of a full day, and of the largest size allowed, come in again and again.

Target: once warm, a further request leaves nothing behind, and the highest mark stays a fixed distance above the resting one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bench.fill import hire, open_days
from bench.measure import Aim, aims, table
from bench.ours import Installation, Technician
from bench.results import Section
from bench.stock import Stock
from tests.postgres import served

WARM, MORE, AT_ONCE = 10, 60, 12
LARGEST = 1000
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
    with made.serve() as server:
        marks = [("at rest", *server.memory())]
        technicians = [Technician.log_in(server.port, one.username) for one in writers[: WARM + MORE]]
        for technician in technicians[:WARM]:
            _day(technician)
        marks.append((f"after {WARM} days", *server.memory()))
        for technician in technicians[WARM:]:
            _day(technician)
        marks.append((f"after {WARM + MORE} days", *server.memory()))
        say("the largest requests, at once")
        crowd = [Technician.log_in(server.port, one.username) for one in writers[WARM + MORE :]]
        bodies = [_largest(one) for one in crowd]
        threads = [threading.Thread(target=one.send, args=(body,)) for one, body in zip(crowd, bodies, strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        marks.append((f"after {AT_ONCE} requests of {LARGEST} entries at once", *server.memory()))
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
    """A day, and as many notes as fill the request."""
    pulled = technician.take_in(technician.send(technician.phone.request([])))["visits"]
    phone, now = technician.phone, datetime.now(UTC)
    written = phone.write(pulled, now=now)
    written += phone.write(pulled, now=now)[: LARGEST - len(written)]
    del phone.log[LARGEST:]
    return phone.request(written, cursor=technician.cursor)
