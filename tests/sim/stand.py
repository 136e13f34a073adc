"""A server to be tried: the real application on a store of its own, that can die at a commit, be backed up and be put back.

Dying here is an exception thrown where the database commits, so that everything the process held in memory is gone and nobody
gets an answer; tests/sim/test_kill.py does the same to real processes. What stands at the end of a commit survives, therefore
SQLite need not wait for the disk here.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from flask import Flask, Response
from flask_security.utils import get_hmac
from sqlalchemy import event

from fieldsvc import clock, create_app
from fieldsvc.db import db, transaction
from fieldsvc.identity import service as identity
from fieldsvc.identity.models import User
from fieldsvc.record import service as record
from fieldsvc.sqlite import driver as sqlite
from tests.fieldsvc.conftest import PASSWORD, install, settings_for
from tests.postgres import Postgres
from tests.sim.books import Books
from tests.sim.line import InProcess, Line, NoAnswerError, Reply

Json = dict[str, Any]

TECHNICIANS = ("inspector", "colleague", "third", "fourth")
BEFORE_COMMIT, AFTER_COMMIT = "before the commit", "between commit and answer"
START = datetime(2026, 11, 21, 1, tzinfo=UTC)


class KilledError(BaseException):
    """The process is gone."""


def install_for_simulation(data: Path, database_url: str = "") -> Path:
    """An installation with four technicians, whose passwords are hashed fast: the simulator logs in thousands of times."""
    install(data, database_url)
    app = create_app(settings_for(data, database_url))
    fast = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with app.app_context():
        with transaction():
            for username in TECHNICIANS[2:]:
                identity.add_user(
                    username=username,
                    password=PASSWORD,
                    name=username,
                    roles=["technician"],
                    locale="en",
                    now=clock.now(),
                )
            for user in db.session.query(User):
                user.password = fast.hash(get_hmac(PASSWORD))
        db.engine.dispose()
    return data


class Stand:
    """One server. `dies_at` is where the next writing request kills it."""

    def __init__(self, folder: Path, made: Path, postgres: Postgres | None = None):
        self.data, self.postgres = folder / "data", postgres
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(made, self.data)
        self.name = f"sim_{secrets.token_hex(6)}"
        if postgres:
            self.url = postgres.create(self.name, template="simulated")
        else:
            self.url = f"sqlite:///{self.data / 'fieldsvc.db'}"
        self.moment, self.dies_at, self.deaths = START, "", 0
        self.left: Reply | None = None
        self._writing = False
        self.books = Books(self.url)
        self.app = self._start()
        self.people = self._people()

    def _start(self) -> Flask:
        app = create_app(settings_for(self.data, self.url))
        with app.app_context():
            engine = db.engine
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
        event.listen(engine, "begin", self._note_begin)
        commit = engine.dialect.do_commit

        def deadly(connection: Any) -> None:
            self._die(BEFORE_COMMIT)
            commit(connection)
            self._die(AFTER_COMMIT)
            self._writing = False

        engine.dialect.do_commit = deadly  # type: ignore[method-assign]
        app.after_request(self._note_answer)
        return app

    def _note_begin(self, connection: Any) -> None:
        self._writing = bool(connection.get_execution_options().get("fieldsvc_writes"))

    def _note_answer(self, response: Response) -> Response:
        self.left = Reply(response.status_code, dict(response.headers), response.get_data())
        return response

    def _die(self, point: str) -> None:
        if self._writing and self.dies_at == point:
            self.dies_at, self._writing = "", False
            raise KilledError(point)

    def _people(self) -> Mapping[str, Mapping[str, str]]:
        with self.app.app_context():
            found = {name: identity.find_technician(name) for name in TECHNICIANS}
            return {name: person for name, person in found.items() if person}

    @contextmanager
    def open(self) -> Iterator[Stand]:
        """Live in this server's time; take everything down at the end."""
        wall_clock, clock.now = clock.now, lambda: self.moment
        try:
            yield self
        finally:
            clock.now = wall_clock
            self._let_go()
            if self.postgres:
                self.postgres.drop(self.name)

    def pass_time(self, time: timedelta) -> None:
        self.moment += time

    def line(self) -> Line:
        """A line to this server."""
        return _Mortal(self)

    def ask(self) -> Any:
        """An application context, to ask the product itself."""
        return self.app.app_context()

    def fall(self) -> None:
        """What is left after a death: the store. The next request finds a server started anew."""
        self.deaths += 1
        with self.app.app_context():
            db.session.remove()
        self._let_go()

    def _let_go(self) -> None:
        self.books.close()
        with self.app.app_context():
            db.engine.dispose()

    def back_up(self, name: str) -> None:
        """Copy the database and the files while nobody writes."""
        self._let_go()
        if self.postgres:
            self.postgres.create(f"{self.name}_{name}", template=self.name)
        else:
            _copy(self.data / "fieldsvc.db", self.data / f"{name}.db")
        shutil.copytree(self.data / "blobs", self.data / f"{name}.blobs")

    def discard(self, name: str) -> None:
        """Delete a backup."""
        if self.postgres:
            self.postgres.drop(f"{self.name}_{name}")
        else:
            (self.data / f"{name}.db").unlink()
        shutil.rmtree(self.data / f"{name}.blobs")

    def put_back(self, name: str) -> str:
        """Restore a backup and begin another line of history, as every restore must; gives its epoch."""
        self._let_go()
        if self.postgres:
            self.postgres.drop(self.name)
            self.postgres.create(self.name, template=f"{self.name}_{name}")
        else:
            _copy(self.data / f"{name}.db", self.data / "fieldsvc.db")
        shutil.rmtree(self.data / "blobs")
        shutil.copytree(self.data / f"{name}.blobs", self.data / "blobs")
        (self.data / "blobs" / "partial").mkdir(exist_ok=True)
        return self.begin_history()

    def begin_history(self) -> str:
        with self.app.app_context(), transaction():
            return record.begin_history(now=clock.now())


def _copy(source: Path, target: Path) -> None:
    for end in ("", "-wal", "-shm", "-journal"):
        target.with_name(target.name + end).unlink(missing_ok=True)
    with sqlite.connect(source) as come, sqlite.connect(target) as go:
        come.backup(go)
    come.close()
    go.close()


class _Mortal:
    """A line to a server that may die over a request."""

    def __init__(self, stand: Stand):
        self.stand, self.inner = stand, InProcess(stand.app)

    def send(self, method: str, path: str, *, content: bytes = b"", headers: Mapping[str, str] = {}) -> Reply:
        self.stand.left = None
        try:
            return self.inner.send(method, path, content=content, headers=headers)
        except KilledError as death:
            self.stand.fall()
            if self.stand.left is not None:
                return self.stand.left  # it had answered before it died
            raise NoAnswerError(str(death)) from death

    def forget(self) -> None:
        self.inner.forget()
