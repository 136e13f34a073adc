"""A morning rush against two hosts, and how its cost grows: `bench/load.py [--phones N …]`. See bench/README.md.

Phones come online spread over half of the time, and send their doors spread over the rest; each request goes to the next host.
For every number of phones there is a fresh database. Invariant: after a run every entry that was sent is in the store, applied,
or the run is told as failed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[1]
if not __package__:
    # Run as a file, this folder comes first on the path, and bench/sync.py would hide the package `sync`.
    sys.path[0] = str(ROOT)

from bench import hosts, paperwork  # noqa: E402
from bench.measure import Aim, aims, table  # noqa: E402
from bench.results import Section  # noqa: E402
from bench.rush import KINDS, Rusher, Told  # noqa: E402
from tests.postgres import Postgres, served  # noqa: E402

P99_MS = 5000.0


@dataclass
class Run:
    """One rush: what the phones measured, and what the parts worked and hold."""

    phones: int
    told: Told
    seconds: float
    lost: int
    notices: list[float]
    worked: dict[str, float]
    memory: dict[str, float]
    line: hosts.Line
    doors: int

    @property
    def requests(self) -> int:
        return sum(len(those) for those in self.told.took.values())


def say(what: str) -> None:
    """Tell the person who waits."""
    print(f"  … {what}", file=sys.stderr, flush=True)


def main() -> int:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="bench/load.py", description="Measure a morning rush on two hosts.")
    parser.add_argument(
        "--phones", type=int, nargs="+", default=[500, 100, 200, 400, 800], help="rushes of so many phones"
    )
    parser.add_argument("--over", type=float, default=300, help="seconds over which a rush is spread (300)")
    parser.add_argument("--doors", type=int, default=2, help="doors that each phone sends (2)")
    parser.add_argument("--quick", action="store_true", help="a rush of five phones; no figures are kept")
    parser.add_argument("--work", type=Path, help="where folders are made and deleted")
    parser.add_argument(
        "--results", type=Path, default=ROOT / "bench" / "RESULTS.md", help="the file of figures; - for none"
    )
    given = parser.parse_args()
    if given.quick:
        given.phones, given.over, given.results = [5], 5.0, Path("-")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that whatever was started is stopped
    section = Section(f"A morning rush on two hosts, {given.over:.0f} s, {given.doors} doors a phone")
    work = Path(tempfile.mkdtemp(prefix="load-", dir=given.work))
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    try:
        with served() as server:
            runs = [rush(work, server, phones=n, doors=given.doors, over=given.over) for n in given.phones]
    finally:
        shutil.rmtree(work, ignore_errors=True)
    report(section, runs)
    section.keep(None if str(given.results) == "-" else given.results)
    return int(any(run.lost or run.told.lost for run in runs))


def rush(work: Path, server: Postgres, *, phones: int, doors: int, over: float) -> Run:
    """Let so many phones come at once; gives what it took."""
    folder = work / f"{phones}-{time.monotonic_ns()}"
    folder.mkdir()
    say(f"{phones} phones")
    paperwork.photos(folder, "")  # drawn before the clock runs
    told, name = Told(), f"load{phones}x{time.monotonic_ns()}"
    with hosts.served(folder, server, name=name, phones=phones, doors=doors, say=say) as (site, people):
        random = Random(phones)
        for part in site.parts:
            part.begin()
        began = time.monotonic()
        ours = time.process_time()
        threads = [
            threading.Thread(
                target=Rusher(username, number, site.ports, told, folder).run,
                kwargs={"begin": began + random.uniform(0, over / 2), "end": began + over},
                daemon=True,
            )
            for number, username in enumerate(people)
        ]
        with hosts.Line(site) as line:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        seconds = time.monotonic() - began
        worked = {part.name: part.worked() for part in site.parts} | {"(the phones)": time.process_time() - ours}
        memory = {part.name: part.memory() for part in site.parts}
        ((held,),) = site.ask("SELECT count(*) FROM ops WHERE status = 'applied' AND device_id IS NOT NULL")
        waits = site.ask("SELECT EXTRACT(EPOCH FROM ready_at - promised_at) FROM notices WHERE status = 'ready'")
    shutil.rmtree(folder)
    return Run(
        phones, told, seconds, told.entries - held, [float(one) for (one,) in waits], worked, memory, line, doors
    )


def report(section: Section, runs: Sequence[Run]) -> None:
    """Write down the first rush kind by kind, then how all of them compare."""
    first = runs[0]
    section.add(f"**{first.phones} phones**, {first.requests:,} requests in {first.seconds:.0f} s:")
    rows = [_row(kind, first.told.took[kind], 0) for kind in KINDS if first.told.took[kind]]
    rows.append(_row("entries answered → notice signed, s", first.notices, 1))
    section.add(table(("what, ms", "how many", "p50", "p95", "p99", "longest"), rows))
    for run in runs:
        for why, count in run.told.failed.most_common(5):
            section.add(f"{run.phones} phones: {count} × {why}")
    section.add("How the cost grows: processor milliseconds a phone, and MiB at the end.")
    names = list(first.worked)
    section.add(
        table(
            ("phones", "push p50", "p95", "p99, ms", "notice p95, s", "errors", *names, "all of ours"),
            [_cost(run, names) for run in sorted(runs, key=lambda run: run.phones)],
        )
    )
    section.add(
        table(
            ("phones", *first.memory, "ours, KiB a phone"),
            [
                [
                    str(run.phones),
                    *(f"{mib:.0f}" for mib in run.memory.values()),
                    f"{sum(mib for name, mib in run.memory.items() if name[0] != '(') * 1024 / run.phones:,.0f}",
                ]
                for run in sorted(runs, key=lambda run: run.phones)
            ],
        )
    )
    section.add(
        "The line of writers: how much of the time the one writer's place was taken, looked at twenty times a second."
    )
    section.add(
        table(
            ("phones", "taken", "taken, ms a door", "most who waited"),
            [
                [
                    str(run.phones),
                    f"{run.line.share:.0%}",
                    f"{run.line.share * run.seconds * 1000 / (run.phones * run.doors):.0f}",
                    str(run.line.most),
                ]
                for run in sorted(runs, key=lambda run: run.phones)
            ],
        )
    )
    section.add(
        aims(
            [
                Aim(f"requests that failed, {first.phones} phones", sum(first.told.failed.values()), "", at_most=0),
                Aim("entries lost, all rushes", sum(run.lost for run in runs), "", at_most=0),
                Aim(
                    f"p99 of pushes, {first.phones} phones",
                    _percentiles(first.told.took["push"])[2],
                    "ms",
                    at_most=P99_MS,
                ),
            ]
        )
    )


def _cost(run: Run, names: Sequence[str]) -> list[str]:
    p50, p95, p99 = _percentiles(run.told.took["push"])
    ours = sum(seconds for name, seconds in run.worked.items() if name[0] != "(")
    return [
        str(run.phones), f"{p50:.0f}", f"{p95:.0f}", f"{p99:.0f}", f"{_percentiles(run.notices)[1]:.1f}",
        str(sum(run.told.failed.values())), *(f"{run.worked[name] * 1000 / run.phones:.0f}" for name in names),
        f"{ours * 1000 / run.phones:.0f}",
    ]  # fmt: skip


def _row(kind: str, took: Sequence[float], digits: int) -> list[str]:
    return [kind, f"{len(took):,}", *(f"{one:.{digits}f}" for one in (*_percentiles(took), max(took, default=0.0)))]


def _percentiles(those: Sequence[float]) -> tuple[float, float, float]:
    if len(those) < 2:
        return (those[0],) * 3 if those else (0.0, 0.0, 0.0)
    cut = statistics.quantiles(those, n=100, method="inclusive")
    return cut[49], cut[94], cut[98]


if __name__ == "__main__":
    sys.exit(main())
