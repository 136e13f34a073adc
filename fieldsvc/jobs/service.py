"""The queue: names of jobs, waking them, and the workers.

A job's name stands for work that is written down elsewhere as a database row; waking it twice, or never, loses nothing,
because the row says what is still to be done and a clock wakes every job again and again. Huey keeps the queue, in a SQLite
file by default and in Redis at scale.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from huey import RedisHuey, SqliteHuey
from huey.consumer import Consumer

OFTEN = timedelta(seconds=10)
TICK_SECONDS = 5


@dataclass(frozen=True)
class Job:
    """What to do, and how often it is woken without being asked."""

    work: Callable[[], None]
    every: timedelta


_jobs: dict[str, Job] = {}


class Queue:
    """One application's queue. `wake(name)` asks for a job to be done soon, in an application context of its own."""

    def __init__(self, app: Flask, *, url: str, folder: Path):
        self.huey = (
            RedisHuey("fieldsvc", url=url)
            if url
            else SqliteHuey("fieldsvc", filename=str(folder / "jobs.db"), fsync=False)
        )
        self.app = app

        @self.huey.task(name="work")  # type: ignore[untyped-decorator]
        def work(name: str) -> None:
            with self.app.app_context():
                _jobs[name].work()

        self._work = work

    def wake(self, name: str) -> None:
        """Have a job done soon."""
        self._work(name)

    def consumer(self, *, workers: int = 1) -> Workers:
        """The threads that do the jobs."""
        return Workers(self, workers)


class _QuietConsumer(Consumer):  # type: ignore[misc]
    """A consumer beside a web server: signals are the server's business."""

    def _set_signal_handlers(self) -> None:
        pass


class Workers:
    """Threads that work a queue until they are stopped, and a clock that wakes every job now and then."""

    def __init__(self, queue: Queue, workers: int):
        self._queue = queue
        self._stopping = threading.Event()
        self._consumer = _QuietConsumer(
            queue.huey, workers=workers, worker_type="thread", initial_delay=0.02, max_delay=0.2, periodic=False
        )
        self._clock = threading.Thread(target=self._tick, name="jobs-clock", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._consumer.start()
        self._clock.start()

    def stop(self) -> None:
        """Finish the job at hand and stop."""
        self._stopping.set()
        self._consumer.stop(graceful=True)

    def _tick(self) -> None:
        woken: dict[str, float] = {}
        while True:
            for name, job in list(_jobs.items()):
                if time.monotonic() - woken.get(name, -math.inf) >= job.every.total_seconds():
                    woken[name] = time.monotonic()
                    self._queue.wake(name)
            if self._stopping.wait(TICK_SECONDS):
                return


def register(name: str, work: Callable[[], None], *, every: timedelta = OFTEN) -> None:
    """Give a job its name. The job reads its own rows to find out what there is to do."""
    _jobs[name] = Job(work, every)


def wake(name: str) -> None:
    """Have a job of the present application done soon."""
    queue: Any = current_app.extensions["fieldsvc.jobs"]
    queue.wake(name)
