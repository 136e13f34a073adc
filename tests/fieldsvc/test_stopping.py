"""Told to stop, a server answers what is under way and takes nothing new; a worker finishes its paper or gives it back."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask

from fieldsvc.db import db
from fieldsvc.notices import service as notices
from tests.fieldsvc.test_command import COMMAND, free_port

Json = dict[str, Any]


@contextmanager
def process(*words: str, until: str = "") -> Iterator[subprocess.Popen[str]]:
    """A `fieldsvc` process, ready when it has said `until`."""
    env = {**os.environ, "FIELDSVC_PHOTO_WAIT_SECONDS": "0"}
    with subprocess.Popen(
        [*COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env
    ) as started:
        assert started.stdout is not None
        said = ""
        while until and until not in said:
            line = started.stdout.readline()
            assert line, said
            said += line
        try:
            yield started
        finally:
            if started.poll() is None:
                started.kill()


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def takes_connections(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_request_under_way_is_answered_before_the_server_ends(made: Path) -> None:
    port = free_port()
    with process("run", "--data", str(made), "--port", str(port), until="Stop with") as server:
        body = b'{"username": "office", "password": "correct horse battery"}'
        head = (
            "POST /api/v1/login HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Fieldsvc: 1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", port), timeout=120) as connection:
            connection.sendall(head.encode())
            assert b"100 Continue" in connection.recv(1000)  # a thread has it and waits for the rest
            connection.sendall(body[:10])
            server.send_signal(signal.SIGTERM)
            wait_for(lambda: not takes_connections(port))
            connection.sendall(body[10:])
            answer = b"".join(iter(lambda: connection.recv(10_000), b""))
        assert answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 401"))  # the tests' installation has another secret
        assert answer.rstrip().endswith(b"}")
        assert server.wait(timeout=120) == 0


def test_a_worker_that_is_told_to_stop_ends_well_and_the_next_one_finishes_what_it_left(app: Flask, owed: str) -> None:
    data = str(app.extensions["fieldsvc.settings"].data)

    def papers() -> list[tuple[str, int]]:
        with app.app_context():
            db.session.rollback()
            return [(paper.status, paper.attempts) for paper in notices.of_visit(visit_id=owed)]

    with process("worker", "--data", data) as worker:
        wait_for(lambda: any(attempts or status == "ready" for status, attempts in papers()))
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=120) == 0
    left = papers()
    assert {status for status, _ in left} <= {"pending", "ready"}
    if any(status == "pending" for status, _ in left):
        with process("worker", "--data", data) as worker:
            wait_for(lambda: all(status == "ready" for status, _ in papers()))
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(timeout=120) == 0
    assert len(papers()) == len(left)
