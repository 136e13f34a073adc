"""Worker processes that make papers when asked, clocked in turns; what they use of processor and memory is read from the system.

Contenders take turns within every round, as in `measure`: a neighbour's noise meets all alike. *Per core* is told by processor
time, which counts the worker and every process it started. Decides nothing about papers. Invariant: a worker that is started
here is ended here.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from bench.process import proportional

ROOT = Path(__file__).resolve().parents[1]
WARM_UP = 2


class Worker:
    """One process that makes papers of one kind."""

    def __init__(self, name: str, folder: Path, packages: Path | None = None):
        self.name = name
        words = [sys.executable, "-m", "bench.peers.papers", name, str(folder), *([str(packages)] if packages else [])]
        self.log = folder / f"{name.replace(' ', '-')}-{id(self)}.log"
        with self.log.open("wb") as errors:
            self.process = subprocess.Popen(
                words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
            )

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def make(self, place: int) -> Mapping[str, float]:
        """Make one paper; gives `ms`, `cpu` (ms of processor time) and `size`."""
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("the worker has no pipes")
        self.process.stdin.write(f"{place}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name}: {self.log.read_text(errors='replace')[-3000:]}")
        given: Mapping[str, float] = json.loads(line)
        return given

    def memory(self) -> tuple[float, float]:
        """MiB that it and its press take now, and the highest that one of the two has had."""
        return proportional(self.process.pid)

    def stop(self) -> None:
        """End it."""
        if self.process.stdin:
            self.process.stdin.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass
class Figures:
    """What one contender needed for each paper, a round each; `rate`: papers a second by number of workers."""

    ms: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    size: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    rate: dict[int, float] = field(default_factory=dict)


def take_turns(
    workers: Sequence[Worker], *, rounds: int, say: Callable[[str], None], warm_up: int = WARM_UP
) -> dict[str, Figures]:
    """Clock every worker `rounds` times, after rounds that do not count."""
    figures = {one.name: Figures() for one in workers}
    for round_ in range(warm_up + rounds):
        turn = round_ % len(workers)
        took = {one.name: one.make(round_) for one in [*workers[turn:], *workers[:turn]]}
        if round_ >= warm_up:
            for name, given in took.items():
                for figure in ("ms", "cpu", "size", "pages"):
                    getattr(figures[name], figure).append(given[figure])
        say(f"round {round_ + 1} of {warm_up + rounds}: " + ", ".join(f"{n} {g['ms']:.0f}" for n, g in took.items()))
    return figures


def rate(workers: Sequence[Worker], papers: int) -> float:
    """Papers a second when every one of these workers makes `papers`, all at once."""
    begin = time.perf_counter()
    threads = [threading.Thread(target=lambda one=one: [one.make(place) for place in range(papers)]) for one in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return papers * len(workers) / (time.perf_counter() - begin)


def copied(folder: Path, to: Path) -> Path:
    """The materials once more, for a worker that shall not share a store."""
    shutil.copytree(folder, to)
    return to
