"""Two hosts of one installation on this machine: a folder, an app process, a worker each; a database, a queue, a bucket for both.

Starts them, tells how much each part has worked and holds, and stops them by their own ids. The bucket's server is the one of the
tests (it keeps everything in memory, in one Python process): its figures are told apart, because nobody would use it. Decides
nothing about what is sent.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from bench import paperwork
from bench.fill import hire
from bench.ours import Installation
from bench.process import Server, free_port, processor_seconds, proportional
from fieldsvc import clock, create_app, installation, setup
from fieldsvc.db import db, transaction
from fieldsvc.settings import Settings
from fieldsvc.visits import service as visits
from tests import bucket_server, redis_server
from tests.postgres import Postgres

HOSTS, THREADS = 2, 12
PLANNED_AT_ONCE = 200


@dataclass
class Part:
    """Processes whose work is told together."""

    name: str
    pids: list[int]
    before: float = 0.0

    def begin(self) -> None:
        """Count its work from now on."""
        self.before = self._worked()

    def worked(self) -> float:
        """Seconds of a processor since `begin`."""
        return self._worked() - self.before

    def memory(self) -> float:
        """MiB that it takes from the machine now."""
        return sum(proportional(pid)[0] for pid in self.pids)

    def _worked(self) -> float:
        return sum(processor_seconds(pid) for pid in self.pids)


@dataclass
class Site:
    """What runs, and where the phones find it."""

    database_url: str
    ports: list[int]
    parts: list[Part] = field(default_factory=list)

    def ask(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the database, past the servers."""
        with psycopg.connect(self.database_url.replace("+psycopg", "")) as connection:
            return connection.execute(statement, values).fetchall()  # type: ignore[call-overload,no-any-return]


class Line:
    """How much of the time somebody had the one writer's place, and how many waited for it: looked at twenty times a second."""

    _LOOK = (
        "SELECT count(*) FILTER (WHERE granted), count(*) FILTER (WHERE NOT granted) FROM pg_locks"
        " WHERE locktype = 'advisory' AND objsubid = 1"
    )

    def __init__(self, site: Site):
        self._site, self._stopped = site, threading.Event()
        self.looks = self.held = self.most = 0
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Line:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    @property
    def share(self) -> float:
        """The share of the looks at which the place was taken."""
        return self.held / max(1, self.looks)

    def _watch(self) -> None:
        with psycopg.connect(self._site.database_url.replace("+psycopg", ""), autocommit=True) as connection:
            while not self._stopped.wait(0.05):
                held, waiting = connection.execute(self._LOOK).fetchone() or (0, 0)
                self.looks, self.held = self.looks + 1, self.held + (held > 0)
                self.most = max(self.most, waiting)


@contextlib.contextmanager
def served(
    folder: Path, server: Postgres, *, name: str, phones: int, doors: int, say: Callable[[str], None]
) -> Iterator[tuple[Site, list[str]]]:
    """Make an installation with so many technicians, each with visits of today, and serve it; gives their account names."""
    with contextlib.ExitStack() as stack:
        bucket = stack.enter_context(bucket_server.served())
        queue = stack.enter_context(redis_server.served())
        database = server.create(name)
        stack.callback(server.drop, name)
        made = Installation.make(folder / "made", database)
        people = [one.username for one in hire(made, phones)]
        say(f"{phones * doors} visits are planned")
        _plan(made, people, doors)
        shared = {
            "FIELDSVC_DATABASE_URL": database,
            "FIELDSVC_BLOB_URL": bucket,
            "FIELDSVC_JOBS_URL": queue.url,
            "FIELDSVC_LOG_LEVEL": "warning",
            **bucket_server.CREDENTIALS,
        }
        hosts = [_host(folder / f"host-{number}", made, shared) for number in range(HOSTS)]
        apps = [stack.enter_context(_app(env)) for env in hosts]
        workers = [stack.enter_context(_worker(env)) for env in hosts]
        site = Site(database, [one.port for one in apps])
        site.parts = [
            Part("2 app processes", [one.process.pid for one in apps]),
            Part("2 workers", workers),
            Part("PostgreSQL", [_postmaster(site)]),
            Part("Redis", [queue.pid]),
            Part("(the bucket's server)", [_listens(int(bucket.rsplit(":", 1)[1]))]),
        ]
        yield site, people


def _plan(made: Installation, people: list[str], doors: int) -> None:
    app = create_app(made.settings())
    with app.app_context():
        today: date = installation.today()
        orders = [
            paperwork.order(place, assignee=username, today=today)
            for place, username in enumerate(one for one in people for _ in range(doors))
        ]
        for first in range(0, len(orders), PLANNED_AT_ONCE):
            with transaction():
                visits.plan(visits=orders[first : first + PLANNED_AT_ONCE], now=clock.now())
        db.session.remove()
        db.engine.dispose()


def _host(data: Path, made: Installation, shared: dict[str, str]) -> dict[str, str]:
    env = {**shared, "FIELDSVC_DATA": str(data)}
    setup.prepare_folder(data)
    shutil.copyfile(made.data / "secret.key", data / "secret.key")
    app = setup.install(Settings.from_env(env))
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    return env


def _app(env: dict[str, str]) -> Server:
    port = free_port()
    words = [
        sys.executable, "-m", "gunicorn", "--workers", "1", "--threads", str(THREADS), "--bind", f"127.0.0.1:{port}",
        "--keep-alive", "75", "--backlog", "1024", "--worker-connections", "4000", "--timeout", "120", "--no-control-socket",
        "fieldsvc.wsgi:app",
    ]  # fmt: skip
    return Server(words, port=port, log=Path(env["FIELDSVC_DATA"]) / "server.log", ready="/readyz", env=env)


@contextlib.contextmanager
def _worker(env: dict[str, str]) -> Iterator[int]:
    words = [sys.executable, "-m", "fieldsvc.cli", "worker", "--data", env["FIELDSVC_DATA"]]
    log = Path(env["FIELDSVC_DATA"]) / "worker.log"
    with log.open("wb") as told:
        process = subprocess.Popen(words, env={**os.environ, **env}, stdin=subprocess.DEVNULL, stdout=told, stderr=told)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=120)


def _postmaster(site: Site) -> int:
    """The process that PostgreSQL's other processes are children of."""
    ((pid,),) = site.ask("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'")
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _listens(port: int) -> int:
    """The process that listens on a port of ours."""
    mark = f":{port:04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    nodes = {f"socket:[{words[9]}]" for line in lines if (words := line.split())[1].endswith(mark) and words[3] == "0A"}
    for pid in (int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()):
        with contextlib.suppress(OSError):
            if any(str(handle.readlink()) in nodes for handle in Path(f"/proc/{pid}/fd").iterdir()):
                return pid
    raise RuntimeError(f"nobody listens on {port}")
