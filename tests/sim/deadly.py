"""A real server process that can be told to kill itself at an exact point; and a parent that bears such servers quickly.

    python -m tests.sim.deadly DATA PORT [DATABASE_URL]

Every line on standard input starts a server, which answers `ready PID`. The parent only imports and forks, so a server is
there in moments and dies alone. A request with the header `X-Die` kills the process that answers it with SIGKILL: before its
commit, between commit and answer, or after the answer. The product knows nothing of it: its WSGI application and its database's
commit are wrapped from outside.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from cheroot.wsgi import Server
from flask import Flask
from sqlalchemy import event

from fieldsvc import create_app
from fieldsvc.db import db
from fieldsvc.serve import THREADS
from tests.fieldsvc.conftest import settings_for

BEFORE_COMMIT, AFTER_COMMIT, AFTER_ANSWER = "before-commit", "after-commit", "after-answer"
POINTS = (BEFORE_COMMIT, AFTER_COMMIT, AFTER_ANSWER)
HEADER = "X-Die"

_here = threading.local()


def die() -> None:
    """End this process as kill -9 does."""
    os.kill(os.getpid(), signal.SIGKILL)


class Deadly:
    """A WSGI application whose request may carry its own death."""

    def __init__(self, inner: Any):
        self.inner = inner

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        _here.point, _here.writes = environ.get("HTTP_X_DIE", ""), False
        answer = self.inner(environ, start_response)
        return self._and_die(answer) if _here.point == AFTER_ANSWER else answer

    def _and_die(self, answer: Iterable[bytes]) -> Iterator[bytes]:
        yield from answer
        die()


def arm(app: Flask) -> Flask:
    """Wrap the application and the commits of its database."""
    app.wsgi_app = Deadly(app.wsgi_app)  # type: ignore[method-assign]
    with app.app_context():
        engine = db.engine
    commit = engine.dialect.do_commit

    @event.listens_for(engine, "begin")
    def note(connection: Any) -> None:
        _here.writes = bool(connection.get_execution_options().get("fieldsvc_writes"))

    def deadly_commit(connection: Any) -> None:
        point = getattr(_here, "point", "") if getattr(_here, "writes", False) else ""
        if point == BEFORE_COMMIT:
            die()
        commit(connection)
        if point == AFTER_COMMIT:
            die()

    engine.dialect.do_commit = deadly_commit  # type: ignore[method-assign]
    return app


def bear(data: Path, port: int, database_url: str) -> None:
    """Fork a server for every line that comes in. It works no jobs: papers have tests of their own, and are slow to press."""
    app = arm(create_app(settings_for(data, database_url)))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("born", flush=True)
    for _ in sys.stdin:
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            server = Server(("127.0.0.1", port), app, numthreads=THREADS)
            server.prepare()
            print(f"ready {os.getpid()}", flush=True)
            server.serve()
            os._exit(0)


if __name__ == "__main__":
    bear(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "")
