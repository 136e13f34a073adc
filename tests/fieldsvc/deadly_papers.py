"""A real worker of papers that is killed with SIGKILL at an exact point; a parent bears such workers quickly.

    python -m tests.fieldsvc.deadly_papers DATA

Every line on standard input, `POINT MINUTES`, forks a worker that lives MINUTES in the future and makes the papers that are due
until none is, or until it dies at POINT (`none`: it lives). It answers how it ended: `0`, or `-9` for killed. The product knows
nothing of it: its functions are wrapped from outside.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask

from fieldsvc import clock, create_app
from fieldsvc.db import db
from fieldsvc.notices import desk, promise, work
from fieldsvc.notices.making import press
from fieldsvc.notices.signature import signing
from tests.fieldsvc.conftest import settings_for

POINTS = (
    "after-row",  # promised, and nothing done yet
    "after-claim",  # taken, nothing made
    "in-render",  # while the press makes the page
    "after-render",  # made, not signed
    "after-sign",  # signed, not stored
    "in-store",  # half of it on the disk
    "after-store",  # stored, the row does not know
    "in-ready",  # ready in the transaction, not committed
    "after-ready",  # committed, nobody told
)


def die(*_: Any) -> None:
    """End this process as kill -9 does."""
    os.kill(os.getpid(), signal.SIGKILL)


def after(owner: Any, name: str) -> None:
    """Die when a function has done its work."""
    inner: Callable[..., Any] = getattr(owner, name)

    def deadly(*args: Any, **named: Any) -> Any:
        inner(*args, **named)
        die()

    setattr(owner, name, deadly)


def half_a_file(name: str, content: bytes) -> None:
    """Write what a crash leaves in the middle of storing."""
    (desk.desk().folder / f"{name}.part").write_bytes(content[: len(content) // 2])
    die()


def arm(point: str) -> None:
    """Let this process die at a point."""
    places: dict[str, Callable[[], None]] = {
        "none": lambda: None,
        "after-row": lambda: setattr(work, "_claim", die),
        "after-claim": lambda: setattr(promise, "freeze", die),
        "in-render": lambda: setattr(press, "_exactly", die),
        "after-render": lambda: after(press.press, "make"),
        "after-sign": lambda: after(signing, "sign"),
        "in-store": lambda: setattr(desk, "keep", half_a_file),
        "after-store": lambda: after(desk, "keep"),
        "in-ready": lambda: after(promise, "tell_visit"),
        "after-ready": lambda: after(work, "_issue"),
    }
    places[point]()


def live(app: Flask, point: str, minutes: int) -> None:
    """Work as a worker does, in the future, until nothing is due."""
    inner = clock.now
    clock.now = lambda: inner() + timedelta(minutes=minutes)
    arm(point)
    with app.app_context():
        while work.make_next():
            pass
        db.session.remove()
    press.press.close()


def bear(data: Path) -> None:
    """Fork a worker for every line that comes in, and say how it ended."""
    app = create_app(settings_for(data))
    with app.app_context():
        db.engine.dispose()
    print("born", flush=True)
    for line in sys.stdin:
        point, minutes = line.split()
        child = os.fork()
        if child == 0:
            live(app, point, int(minutes))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    bear(Path(sys.argv[1]))
