"""How fast sync is, beside other programs and as a store grows: `bench/sync.py [PART …]`. See bench/README.md.

Chooses what runs, where its stores lie, and what becomes of the figures. Everything it starts it stops; stores are deleted.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if not __package__:
    # Run as a file, this folder comes first on the path, and this file would hide the package `sync`.
    sys.path[0] = str(ROOT)

from bench import audit, contest, growth, memory, phones, race  # noqa: E402
from bench.measure import WARM_UP  # noqa: E402
from bench.results import Section  # noqa: E402

PARTS = ("day", "growth", "memory", "phones", "race", "audit")


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="bench/sync.py", description="Measure sync.")
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"some of {', '.join(PARTS)}; all of them when none is named"
    )
    parser.add_argument(
        "--quick", action="store_true", help="a small day: fieldsvc on SQLite and the floor, nothing installed or kept"
    )
    parser.add_argument("--rounds", type=int, default=15, help="rounds of each contender (15)")
    parser.add_argument("--contenders", default=",".join(contest.ALL), help="who takes part in the day")
    parser.add_argument(
        "--visits", type=int, nargs="+", default=[1_000, 10_000], help="sizes of store for growth (1000 10000)"
    )
    parser.add_argument(
        "--database", choices=("sqlite", "postgresql"), default="sqlite", help="for growth, memory and phones"
    )
    parser.add_argument("--phones", type=int, default=500, help="phones at once (500)")
    parser.add_argument("--processes", type=int, default=1, help="server processes for the phones (1)")
    parser.add_argument(
        "--commits", type=int, default=500, help="commits of each of the eight writers in the race (500)"
    )
    parser.add_argument("--entries", type=int, default=1_000_000, help="entries to audit (1000000)")
    parser.add_argument(
        "--cache", type=Path, default=ROOT / "bench" / ".cache", help="where peers are installed (bench/.cache)"
    )
    parser.add_argument("--work", type=Path, help="where stores are made and deleted (a folder in the cache)")
    parser.add_argument(
        "--results", type=Path, default=ROOT / "bench" / "RESULTS.md", help="the file of figures; - for none"
    )
    given = parser.parse_args()
    unknown = set(given.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return given


def say(what: str) -> None:
    """Tell the person who waits."""
    print(f"  … {what}", file=sys.stderr, flush=True)


def main() -> None:
    """Measure what was asked for."""
    given = arguments()
    cache, results = given.cache.resolve(), None if str(given.results) == "-" else given.results
    if given.quick:
        given.parts, given.rounds, given.contenders, results = ["day"], 2, "sqlite,floor", None
    work: Path = given.work or cache
    work.mkdir(parents=True, exist_ok=True)
    measured: dict[str, Callable[[Path], Section]] = {
        "day": lambda folder: contest.run(
            folder,
            cache=cache,
            rounds=given.rounds,
            warm_up=0 if given.quick else WARM_UP,
            contenders=tuple(given.contenders.split(",")),
            say=say,
        ),
        "growth": lambda folder: growth.run(
            folder, sizes=given.visits, rounds=given.rounds, database=given.database, say=say
        ),
        "memory": lambda folder: memory.run(folder, database=given.database, say=say),
        "phones": lambda folder: phones.run(
            folder, count=given.phones, processes=given.processes, database=given.database, say=say
        ),
        "race": lambda folder: race.run(folder, commits=given.commits, say=say),
        "audit": lambda folder: audit.run(folder, entries=given.entries, say=say),
    }
    for part in given.parts or PARTS:
        say(part)
        folder = Path(tempfile.mkdtemp(prefix=f"{part}-", dir=work))
        try:
            measured[part](folder).keep(results)
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
