"""Many phones at once, each sending ten visits: does every one get its answer, and when?

All phones are logged in and have written before the clock starts; then all connect and send in the same moment. A phone that is
refused or cut off counts as failed: nothing is tried again. Targets: no failures, 99 of 100 answered within 5 s.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.fill import hire, open_days
from bench.measure import Aim, aims, table
from bench.ours import Installation, Technician
from bench.process import Server
from bench.results import Section
from bench.stock import Stock
from bench.wire import Connection
from tests.postgres import served

VISITS = 10
P99_MS = 5000.0


def run(folder: Path, *, count: int, processes: int, database: str, say: Callable[[str], None]) -> Section:
    """Measure; gives the section of the results."""
    kind = "PostgreSQL" if database == "postgresql" else "SQLite"
    section = Section(f"{count} phones at once, {kind}, {processes} process{'es' if processes > 1 else ''}")
    stock = Stock(folder)
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(served()).create("phones") if database == "postgresql" else ""
        made = Installation.make(folder / "made", url)
        writers = hire(made, count)
        open_days(made, stock, writers)
        server = stack.enter_context(made.serve(processes=processes))
        say(f"{count} phones log in")
        with ThreadPoolExecutor(4) as pool:
            ready = list(pool.map(lambda one: _ready(server, one.username), writers))
        say("and send")
        took, failed, whole = _send(server, ready)
        held = made.count("ops", status="applied")
        memory = server.memory()
    entries = sum(n for _, _, n in ready)
    took.sort()
    percentile = statistics.quantiles(took, n=100) if len(took) > 1 else [0.0] * 99
    section.add(
        table(
            ("phones", "entries", "answered", "p50, ms", "p95, ms", "p99, ms", "all, s", "entries a second", "memory, MiB"),
            [
                [
                    str(count), f"{entries:,}", str(len(took)), f"{percentile[49]:.0f}", f"{percentile[94]:.0f}",
                    f"{percentile[98]:.0f}", f"{whole:.1f}", f"{held / whole:,.0f}", f"{memory[1]:.0f}",
                ]
            ],
        )
    )  # fmt: skip
    if failed:
        section.add("Failures: " + "; ".join(f"{n} × {why}" for why, n in failed.most_common(5)))
    section.add(
        aims(
            [
                Aim("phones that failed", sum(failed.values()), "", at_most=0),
                Aim("entries lost (sent, not in the store)", entries - held, "", at_most=0),
                Aim("p99", percentile[98], "ms", at_most=P99_MS),
            ]
        )
    )
    return section


def _ready(server: Server, username: str) -> tuple[Technician, bytes, int]:
    technician = Technician.log_in(server.port, username)
    pulled = technician.take_in(technician.send(technician.phone.request([])))["visits"]
    body = technician.write(pulled[:VISITS])
    technician.connection.close()
    return technician, body, len(technician.phone.log)


def _send(server: Server, ready: list[tuple[Technician, bytes, int]]) -> tuple[list[float], Counter[str], float]:
    took: list[float] = []
    failed: Counter[str] = Counter()
    gate = threading.Barrier(len(ready) + 1)

    def one(technician: Technician, body: bytes, entries: int) -> None:
        connection = Connection(server.port, technician.connection.headers, timeout=120)
        gate.wait()
        begin = time.perf_counter()
        try:
            status, given = connection.send_once("POST", "/api/v1/sync", body)
            spent = (time.perf_counter() - begin) * 1000
            if status != 200 or json.loads(given)["acked_seq"] != entries:
                failed[f"{status} {given[:80]!r}"] += 1
            else:
                took.append(spent)
        except OSError as error:
            failed[type(error).__name__] += 1
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=each) for each in ready]
    for thread in threads:
        thread.start()
    gate.wait()
    begin = time.perf_counter()
    for thread in threads:
        thread.join()
    return took, failed, time.perf_counter() - begin
