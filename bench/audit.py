"""`fieldsvc audit` over a log of a million entries, and over the same log with one entry altered.

Target: under a minute, and the alteration is found.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.day import ENTRIES
from bench.fill import fill, hire
from bench.measure import Aim, aims, table
from bench.ours import Installation
from bench.results import Section
from bench.stock import Stock
from fieldsvc.sqlite import driver as sqlite

TECHNICIANS = 50
SECONDS = 60.0


def run(folder: Path, *, entries: int, say: Callable[[str], None]) -> Section:
    """Measure; gives the section of the results."""
    section = Section("Audit of the op log, SQLite")
    stock = Stock(folder)
    made = Installation.make(folder / "made")
    fill(made, stock, hire(made, TECHNICIANS), visits=-(-entries // ENTRIES), say=say)
    held = made.count("ops")
    sound, took = _audit(made)
    say("and with one entry altered")
    _alter(made)
    altered, _ = _audit(made)
    section.add(
        table(
            ("entries", "devices", "s", "a second", "said"),
            [[f"{held:,}", str(TECHNICIANS), f"{took:.1f}", f"{held / took:,.0f}", sound.stdout.strip()]],
        )
    )
    section.add(
        aims(
            [
                Aim(f"{held:,} entries", took, "s", at_most=SECONDS),
                Aim("exit code for a sound log", sound.returncode, "", at_most=0),
                Aim("exit code with one entry altered", altered.returncode, "", at_least=1),
            ]
        )
    )
    return section


def _audit(made: Installation) -> tuple[subprocess.CompletedProcess[str], float]:
    words = [sys.executable, "-m", "fieldsvc.cli", "audit", "--data", str(made.data)]
    begin = time.perf_counter()
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done, time.perf_counter() - begin


def _alter(made: Installation) -> None:
    with sqlite.connect(made.data / "fieldsvc.db") as connection:
        some = "SELECT rowid FROM ops WHERE kind = 'check.set' LIMIT 1 OFFSET 100"
        changed = """UPDATE ops SET body = replace(body, '"pass"', '"fail"') WHERE rowid = (""" + some + ")"
        connection.execute(changed)
    connection.close()
