"""Jobs give way to requests: who stands at a door waits for an answer, a job does not.

Decides when a job may go on. In a process that answers requests a job would take its turns at the interpreter and at the line of
writers from them: five hundred phones that send at once are all answered later for work that nobody waits for. A job therefore
asks between two pieces of its work. Invariant: a job waits at most as long as it says, so that a server that is never quiet
still does its jobs; a process without requests never waits.
"""

from __future__ import annotations

import threading
import time

from flask import Flask, g

PATIENCE_SECONDS = 2.0
QUIET_SECONDS = 0.02
_LOOK_SECONDS = 0.01

_lock = threading.Lock()
_answering = 0
_answered_at = float("-inf")


def init_app(app: Flask) -> None:
    """Notice the requests of an application."""
    app.before_request(_begin)
    app.teardown_request(_end)


def _begin() -> None:
    global _answering
    with _lock:
        _answering += 1
    g.counted_as_under_way = True


def _end(_error: BaseException | None) -> None:
    global _answering, _answered_at
    if not g.pop("counted_as_under_way", False):
        return  # something before us answered it, or nobody asked: only the context was made
    with _lock:
        _answering, _answered_at = _answering - 1, time.monotonic()


def give_way(*, most_seconds: float = PATIENCE_SECONDS) -> None:
    """Return once no request is under way and none has just been; after `most_seconds` in any case.

    Sleeps a moment even where nobody asks anything, so that whoever waits to write in another process comes first.
    """
    until = time.monotonic() + most_seconds
    time.sleep(_LOOK_SECONDS)
    while _answering or time.monotonic() - _answered_at < QUIET_SECONDS:
        if time.monotonic() >= until:
            return
        time.sleep(_LOOK_SECONDS)
