"""Two hundred kills: a phone that dies in the middle of work, and what its log still holds.

`bench/app_kills.py [--kills N]` serves a demonstration installation, starts Chromium on a profile of its own, lets quick
hands tick, judge and photograph without a network, kills every process of the browser with SIGKILL, and reads the disk at the
next start. Decides nothing about the judgement (tests/browser/killed_phone.py). After the last kill the phone sends
everything, and the server's audit walks its log. SIGKILL ends a program, not the power: that a write is flushed to the disk
itself is what its strict durability asks of the browser (tests/browser/test_safety.py). Invariant: the counts of lost
entries, gaps and broken chains are printed, whatever they are, and any but 0 ends it with 1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if not __package__:
    # Run as a file, this folder comes first on the path, and bench/sync.py would hide the package `sync`.
    sys.path[0] = str(ROOT)

from playwright.sync_api import sync_playwright  # noqa: E402

from bench.measure import table  # noqa: E402
from bench.process import Server, free_port  # noqa: E402
from bench.results import Section  # noqa: E402
from tests.browser.killed_phone import KilledPhone, Tally  # noqa: E402

COMMAND = [sys.executable, "-m", "fieldsvc.cli"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench/app_kills.py", description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--results", type=Path, default=ROOT / "bench" / "RESULTS.md", help="the file of figures; - for none"
    )
    given = parser.parse_args()
    section, began = Section("Nothing lost: a phone killed with SIGKILL"), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="fieldsvc-kills-") as folder:
        tally, sent = kill_again_and_again(Path(folder), given.kills, given.seed)
    section.add(report(tally, sent, time.monotonic() - began))
    section.keep(None if str(given.results) == "-" else given.results)
    return 0 if tally.faults == (0, 0, 0) and sent == tally.entries else 1


def kill_again_and_again(folder: Path, kills: int, seed: int) -> tuple[Tally, int]:
    """Serve, work, kill; gives the counts, and how many entries the server has acknowledged in the end."""
    port = free_port()
    words = [*COMMAND, "run", "--demo", "--data", str(folder / "data"), "--host", "127.0.0.1", "--port", str(port)]
    with Server(words, port=port, log=folder / "server.log", ready="/healthz"), sync_playwright() as playwright:
        phone = KilledPhone(playwright, f"http://127.0.0.1:{port}", folder / "profile", seed)
        phone.log_in()
        for number in range(1, kills + 1):
            phone.work_until_killed()
            if number % 10 == 0:
                print(f"{number:4} kills: {phone.tally}", file=sys.stderr, flush=True)
        disk = phone.send_everything()
        return phone.tally, sum(bool(row["acked"]) for row in disk["log"])


def report(tally: Tally, sent: int, seconds: float) -> str:
    """The counts as a paragraph and a table, and what was lost, if anything was."""
    rows = {
        "kills": tally.kills,
        "taps shown as set before a kill": tally.confirmed,
        "photos among them": tally.photos,
        "taps under way at a kill": tally.under_way,
        "of those not on the disk": tally.cut_off,
        "entries in the log": tally.entries,
        "entries on the server in the end": sent,
        "lost (shown as set, not on the disk)": tally.lost,
        "gaps in the numbers": tally.gaps,
        "broken chains": tally.broken_chains,
    }
    counts = table(("what", "count"), [(name, f"{count:,}") for name, count in rows.items()])
    return "\n\n".join([f"Chromium without a network, {seconds:,.0f} s.", counts, *tally.examples])


if __name__ == "__main__":
    sys.exit(main())
