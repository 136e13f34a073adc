"""The queue: names of jobs, waking them, and the workers.

A job's name stands for work that is written down elsewhere as a database row; waking it twice, or never, loses nothing,
because the row says what is still to be done and a clock wakes every job again and again. Huey keeps the queue, in a SQLite
file by default and in Redis for several hosts; what does not answer is told in the log, and the answer that woke a job is given.
Invariant: whoever can write to Redis, but does not know the installation's secret, has nothing done.
"""

from __future__ import annotations

import logging
import math
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from huey import Huey, RedisHuey, SqliteHuey
from huey.consumer import Consumer
from huey.serializer import SignedSerializer
from redis import ConnectionPool
from redis.exceptions import RedisError

from fieldsvc import measures
from fieldsvc.db import alone
from fieldsvc.jobs import giving_way
from fieldsvc.jobs.giving_way import give_way as give_way
from fieldsvc.sqlite import wal_is_safe

log = logging.getLogger(__name__)

OFTEN = timedelta(seconds=10)
TICK_SECONDS = 5
MOST_WAITING = 4
"""As often does one job stand in the queue: each entry does whatever is due by then, and more only keep others waiting."""


RETRY_SECONDS = 3.0
REDIS_SECONDS = 3.0
"""So long at most somebody whose entries are safe waits for a queue that does not answer."""


@dataclass(frozen=True)
class Job:
    """What to do, and how often it is woken without being asked. `alone`: by one worker at a time, of all hosts."""

    work: Callable[[], None]
    every: timedelta
    alone: bool


_jobs: dict[str, Job] = {}


class Queue:
    """One application's queue. `wake(name)` asks for a job to be done soon, in an application context of its own."""

    def __init__(self, app: Flask, *, url: str, folder: Path):
        self.huey = _in_redis(url, secret=app.config["SECRET_KEY"]) if url else _in_file(folder / "jobs.db")
        self.app = app
        giving_way.init_app(app)

        @self.huey.task(name="work")  # type: ignore[untyped-decorator]
        def work(name: str) -> None:
            give_way()
            begun = time.perf_counter()
            with self.app.app_context():
                _do(name, _jobs[name])
            measures.job(name=name, seconds=time.perf_counter() - begun)

        self._work = work

    def wake(self, name: str) -> None:
        """Have a job done soon. Where the queue does not answer, the job's own clock has it done later."""
        try:
            if sum(name in task.args for task in self.huey.pending()) < MOST_WAITING:
                self._work(name)
        except (RedisError, OSError, sqlite3.Error) as error:
            log.warning("job %s could not be woken: %s", name, type(error).__name__)

    def length(self) -> int | None:
        """How many jobs have been woken and not begun; None where the queue does not answer."""
        try:
            return int(self.huey.pending_count())
        except (RedisError, OSError, sqlite3.Error):
            return None

    def consumer(self, *, workers: int = 1) -> Workers:
        """The threads that do the jobs."""
        return Workers(self, workers)


def _do(name: str, job: Job) -> None:
    if not job.alone:
        job.work()
        return
    with alone(name) as we:
        if we:
            job.work()


def _in_redis(url: str, *, secret: str) -> Huey:
    limits = {"socket_connect_timeout": REDIS_SECONDS, "socket_timeout": REDIS_SECONDS, "health_check_interval": 30}
    pool = ConnectionPool.from_url(url, **limits)
    return RedisHuey("fieldsvc", connection_pool=pool, serializer=SignedSerializer(secret=secret, salt="fieldsvc.jobs"))


def _in_file(file: Path) -> Huey:
    return SqliteHuey("fieldsvc", filename=str(file), fsync=False, journal_mode=_journal())


def _journal() -> str:
    """Huey opens its file with Python's own SQLite, whichever the rest of us uses: the same rule, for that one."""
    return "wal" if wal_is_safe(sqlite3.sqlite_version_info) else "delete"


class _QuietConsumer(Consumer):  # type: ignore[misc]
    """A consumer beside a web server: signals are the server's business."""

    def _set_signal_handlers(self) -> None:
        pass


class Workers:
    """Threads that work a queue until they are stopped, and a clock that wakes every job now and then."""

    def __init__(self, queue: Queue, workers: int):
        self._queue = queue
        self._stopping = threading.Event()
        # A queue that gives what it has at once is looked at again only after it did not answer.
        pause = RETRY_SECONDS if queue.huey.storage.blocking else 0.2
        self._consumer = _QuietConsumer(
            queue.huey, workers=workers, worker_type="thread", initial_delay=0.02, max_delay=pause, periodic=False
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


def register(name: str, work: Callable[[], None], *, every: timedelta = OFTEN, alone: bool = False) -> None:
    """Give a job its name. The job reads its own rows to find out what there is to do."""
    _jobs[name] = Job(work, every, alone)


def length() -> int | None:
    """How many jobs of the present application have been woken and not begun; None where the queue does not answer."""
    queue: Queue = current_app.extensions["fieldsvc.jobs"]
    return queue.length()


def wake(name: str) -> None:
    """Have a job of the present application done soon."""
    queue: Any = current_app.extensions["fieldsvc.jobs"]
    queue.wake(name)
