"""Whether sync loses anything: `bench/sim.py [--device-days N] [--kills N] [--seed N]`.

The worlds of tests/sim live longer here, thousands of device-days with every fault; then a real server process is killed with
SIGKILL again and again.
Prints how much happened and how much was lost, doubled, diverged or shown safe too early. Ends non-zero when anything was.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if not __package__:
    # Run as a file, this folder comes first on the path, and bench/sync.py would hide the package `sync`.
    sys.path[0] = str(ROOT)

from bench.measure import table  # noqa: E402
from bench.results import Section  # noqa: E402
from tests.postgres import served  # noqa: E402
from tests.sim.judge import HOPES, Verdict, judge  # noqa: E402
from tests.sim.siege import Fort, Siege  # noqa: E402
from tests.sim.stand import Stand, install_for_simulation  # noqa: E402
from tests.sim.world import World  # noqa: E402

OWNERS = ("inspector", "inspector", "colleague", "third", "fourth")
DAYS, STEPS = 8, 10
"""How long a world lives, and what happens on a phone's day: more entries come from more worlds, not from longer ones."""
KILLS_AT_ONCE = 50


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="bench/sim.py", description="Look for lost entries.")
    parser.add_argument("--device-days", type=int, default=10_000, help="days of one phone to simulate (10000)")
    parser.add_argument(
        "--kills", type=int, default=500, help="deaths of a real server process, a fifth on PostgreSQL (500)"
    )
    parser.add_argument("--seed", type=int, default=1, help="the first seed (1)")
    parser.add_argument("--work", type=Path, help="where stores are made and deleted")
    parser.add_argument(
        "--results", type=Path, default=ROOT / "bench" / "RESULTS.md", help="the file of figures; - for none"
    )
    return parser.parse_args()


class Tally:
    """What happened and what broke, over all runs."""

    def __init__(self) -> None:
        self.broken: Counter[str] = Counter(dict.fromkeys(HOPES, 0))
        self.happened: Counter[str] = Counter()
        self.device_days = self.entries = self.acknowledged = self.runs = 0

    def add(self, verdict: Verdict, acknowledged: int, where: str) -> None:
        """Count one run; says at once what is wrong with it."""
        self.runs += 1
        self.entries += verdict.entries
        self.acknowledged += acknowledged
        self.broken.update({kind: len(found) for kind, found in verdict.findings.items()})
        if not verdict.clean:
            say(f"{where}: {verdict}")

    def table(self) -> str:
        """The counts of what must not happen."""
        return table(HOPES, [[str(self.broken[kind]) for kind in HOPES]])


def say(what: str) -> None:
    """Tell the person who waits."""
    print(f"  … {what}", file=sys.stderr, flush=True)


def live(world: World) -> int:
    """Let a world's days pass; gives how many device-days they were."""
    device_days = 0
    for _ in range(DAYS):
        morning = world.stand.moment
        world.office.plan(len(OWNERS))
        for _ in range(STEPS * len(world.handsets)):
            world.step()
        device_days += len(world.handsets)
        world.stand.moment = max(world.stand.moment, morning + timedelta(days=1))
    return device_days


def simulate(folder: Path, *, device_days: int, seed: int) -> Section:
    """World after world, until enough days have been lived."""
    section, tally, begin = Section("Nothing lost: simulated device-days"), Tally(), time.monotonic()
    made = install_for_simulation(folder / "made")
    while tally.device_days < device_days:
        place = folder / str(seed)
        with Stand(place, made).open() as stand:
            world = World(stand, seed, owners=OWNERS)
            tally.device_days += live(world)
            tally.happened.update(world.happened)
            tally.happened["server deaths"] += stand.deaths
            tally.add(judge(world), len(world.ledger.acked), f"seed {seed}")
        shutil.rmtree(place)
        seed += 1
        if tally.runs % 10 == 0:
            say(f"{tally.device_days:,} device-days, {time.monotonic() - begin:.0f} s")
    section.add(
        f"{tally.device_days:,} device-days in {tally.runs:,} worlds, {time.monotonic() - begin:,.0f} s; "
        f"{tally.entries:,} entries stored, {tally.acknowledged:,} acknowledged and looked up one by one. Happened:"
    )
    section.add(", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in tally.happened.most_common()))
    section.add(tally.table())
    return section


def besiege(folder: Path, *, kills: int, seed: int) -> Section:
    """Siege after siege, four of five on SQLite."""
    section, begin = Section("Nothing lost: a server killed with SIGKILL"), time.monotonic()
    rows: list[tuple[str, Tally]] = []
    made = install_for_simulation(folder / "made")
    on_sqlite = kills - kills // 5
    rows.append(("SQLite", _sieges(lambda place: Fort(place, made), folder / "sqlite", on_sqlite, seed)))
    with served() as postgres:
        template = install_for_simulation(folder / "made-pg", postgres.create("simulated"))

        def on_postgres(place: Path) -> Fort:
            return Fort(place, template, postgres.create(f"siege_{place.name}", template="simulated"))

        rows.append(("PostgreSQL", _sieges(on_postgres, folder / "postgresql", kills - on_sqlite, seed + 1000)))
    section.add(
        table(
            ("store", "kills", "where", "entries", "acknowledged", *HOPES),
            [
                [
                    name,
                    f"{sum(tally.happened.values()):,}",
                    ", ".join(f"{point} {count}" for point, count in sorted(tally.happened.items())),
                    f"{tally.entries:,}",
                    f"{tally.acknowledged:,}",
                    *(str(tally.broken[kind]) for kind in HOPES),
                ]
                for name, tally in rows
            ],
        )
    )
    section.add(f"{time.monotonic() - begin:,.0f} s")
    return section


def _sieges(raise_fort: Callable[[Path], Fort], folder: Path, kills: int, seed: int) -> Tally:
    tally = Tally()
    while kills > 0:
        now = min(kills, KILLS_AT_ONCE)
        with raise_fort(folder / str(seed)).open() as fort:
            siege = Siege(fort, seed)
            siege.run(now)
            tally.happened.update(siege.kills)
            tally.add(judge(siege), len(siege.ledger.acked), f"siege {seed}")
        kills, seed = kills - now, seed + 1
        say(f"{sum(tally.happened.values())} kills")
    return tally


def main() -> None:
    """Look for lost entries; end non-zero when there are any."""
    given = arguments()
    results = None if str(given.results) == "-" else given.results
    folder = Path(tempfile.mkdtemp(prefix="sim-", dir=given.work))
    sections = []
    try:
        if given.device_days:
            sections.append(simulate(folder / "days", device_days=given.device_days, seed=given.seed))
        if given.kills:
            sections.append(besiege(folder / "kills", kills=given.kills, seed=given.seed))
    finally:
        shutil.rmtree(folder)
    for section in sections:
        section.keep(results)


if __name__ == "__main__":
    main()
