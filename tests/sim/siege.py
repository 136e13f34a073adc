"""Phones and an office at work on a real server process that is killed with SIGKILL again and again.

Some kills strike anywhere, some at an exact point of a request. Whoever gets no answer goes on as a phone does. At the end the
same judge looks as in the simulated world.
"""

from __future__ import annotations

import os
import random
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from fieldsvc import clock, create_app
from fieldsvc.db import db
from fieldsvc.identity import service as identity
from tests.fieldsvc.conftest import PASSWORD, settings_for
from tests.fieldsvc.test_command import free_port
from tests.sim import deadly, work
from tests.sim.books import Books
from tests.sim.disk import Disk
from tests.sim.ledger import Ledger
from tests.sim.line import NoAnswerError, OverHttp, Reply
from tests.sim.office import Office
from tests.sim.phones import Phone, new_identity
from tests.sim.stand import TECHNICIANS

ANYWHERE = "anywhere"
POINTS = (*deadly.POINTS, ANYWHERE, ANYWHERE)


class Fort:
    """A server process on a store of its own, started again after every death."""

    def __init__(self, folder: Path, made: Path, database_url: str = ""):
        self.data = folder / "data"
        shutil.copytree(made, self.data)
        self.url = database_url or f"sqlite:///{self.data / 'fieldsvc.db'}"
        self.port, self.process = free_port(), -1
        self.lines: list[Doomed] = []
        self.deaths: list[str] = []
        self.books = Books(self.url)
        self.app = create_app(settings_for(self.data, self.url))
        with self.app.app_context():
            found = {name: identity.find_technician(name) for name in TECHNICIANS}
            self.people: Mapping[str, Mapping[str, str]] = {name: one for name, one in found.items() if one}
            db.session.remove()
            db.engine.dispose()

    @contextmanager
    def open(self) -> Iterator[Fort]:
        """Bear the first server; end everything at the end."""
        words = [sys.executable, "-m", "tests.sim.deadly", str(self.data), str(self.port), self.url]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as self.parent:
            try:
                assert self.parent.stdout is not None
                assert self.parent.stdout.readline() == "born\n"
                self.start()
                yield self
            finally:
                self.kill()
                self.bury()
                self.parent.kill()
                for line in self.lines:
                    line.close()
                self.books.close()
                with self.app.app_context():
                    db.engine.dispose()

    def start(self) -> None:
        """Start a server and wait until it takes connections."""
        assert self.parent.stdin is not None
        assert self.parent.stdout is not None
        self.parent.stdin.write("\n")
        self.parent.stdin.flush()
        word, pid = self.parent.stdout.readline().split()
        assert word == "ready"
        # A handle, not the number: numbers are given out again, and a kill must never strike somebody else.
        try:
            self.process = os.pidfd_open(int(pid))
        except ProcessLookupError:  # a request sent before the last death brought its own death along
            self.start()

    def kill(self) -> None:
        """Kill the server, wherever it is in its work."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.process, signal.SIGKILL)

    def has_died(self, within: float) -> bool:
        """Wait for the server's death, so many seconds at most."""
        return bool(select.select([self.process], [], [], within)[0])

    def bury(self) -> None:
        """Let go of a dead server."""
        os.close(self.process)

    @property
    def moment(self) -> datetime:
        return clock.now()

    def line(self) -> Doomed:
        self.lines.append(Doomed(f"http://127.0.0.1:{self.port}", self.deaths))
        return self.lines[-1]

    def ask(self) -> Any:
        return self.app.app_context()


class Doomed(OverHttp):
    """A line on which the next request that writes takes a waiting death along."""

    def __init__(self, url: str, deaths: list[str]):
        super().__init__(url)
        self.deaths = deaths

    def send(self, method: str, path: str, *, content: bytes = b"", headers: Mapping[str, str] = {}) -> Reply:
        writes = (path == "/api/v1/sync" and b'"ops": [{' in content) or path.endswith("/ops") or method == "PATCH"
        if writes and self.deaths:
            headers = {**headers, deadly.HEADER: self.deaths[0]}
        return super().send(method, path, content=content, headers=headers)


@dataclass
class Besieged:
    """One phone in somebody's hand."""

    phone: Phone


class Siege:
    """One run of kills."""

    def __init__(self, fort: Fort, seed: int):
        self.stand, self.chance, self.ledger = fort, random.Random(seed), Ledger(fort.books)
        self.kills: Counter[str] = Counter()
        self.failures: list[BaseException] = []
        self.over = threading.Event()
        self.office = Office(fort, self.ledger, random.Random(seed + 1), list(TECHNICIANS))
        self.office.plan(8)
        self.handsets = [self._hand_out(owner, seed + 2 + n) for n, owner in enumerate(TECHNICIANS)]

    def _hand_out(self, owner: str, seed: int) -> Besieged:
        chance, line = random.Random(seed), self.stand.line()
        disk = Disk(owner, [new_identity(chance)])
        phone = Phone(disk, line, watch=self.ledger, chance=chance, now=clock.now, password=PASSWORD)
        return Besieged(phone)

    def run(self, kills: int) -> None:
        """Let everybody work while the server dies `kills` times."""
        threads = [threading.Thread(target=self._guarded, args=(self._live, one)) for one in self.handsets]
        threads.append(threading.Thread(target=self._guarded, args=(self._keep_office,)))
        for thread in threads:
            thread.start()
        try:
            for n in range(kills):
                self._strike(POINTS[n % len(POINTS)])
        finally:
            self.over.set()
            for thread in threads:
                thread.join()
        if self.failures:
            raise self.failures[0]

    def _strike(self, point: str) -> None:
        """One death, and the start after it."""
        time.sleep(self.chance.random() * 0.15)
        if point == ANYWHERE:
            self.stand.kill()
        else:
            self.stand.deaths.append(point)
        if not self.stand.has_died(within=60):
            raise AssertionError(f"the server did not die {point}: {self.failures}")
        self.stand.deaths.clear()
        self.stand.bury()
        self.kills[point] += 1
        self.stand.start()

    def _guarded(self, work_on: Any, *what: Any) -> None:
        try:
            work_on(*what)
        except BaseException as error:
            self.failures.append(error)

    def _live(self, one: Besieged) -> None:
        while not self.over.is_set():
            for _ in range(one.phone.chance.randrange(0, 4)):
                work.tap(one.phone, one.phone.chance)
            try:
                one.phone.sync()
            except NoAnswerError:
                time.sleep(0.01)

    def _keep_office(self) -> None:
        while not self.over.is_set():
            self.office.work()
            time.sleep(0.02)

    def settle(self) -> list[str]:
        """The server lives on: every phone has to be done in bounded rounds."""
        found = []
        for _ in range(3):
            for one in self.handsets:
                rounds = 0
                while rounds == 0 or (rounds < 20 + len(self.office.visits) and not one.phone.settled):
                    one.phone.sync()
                    rounds += 1
                if not one.phone.settled:
                    found.append(f"{one.phone.disk.owner}'s phone is not done after {rounds} rounds")
        return found
