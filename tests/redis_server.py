"""A Redis server of the tests' own: on 127.0.0.1 only, with nothing on the disk, gone at the end."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import redis


class Redis:
    """A server that can be stopped and started again at the same address."""

    def __init__(self, folder: str):
        program = shutil.which("redis-server")
        if program is None:
            raise RuntimeError("redis-server is missing: run `make test`, which installs it")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        where = ("--bind", "127.0.0.1", "--port", str(self.port), "--dir", folder)
        self._words = [program, *where, "--save", "", "--appendonly", "no"]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address, as FIELDSVC_JOBS_URL takes it."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        """The id of its process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start, and return once it answers."""
        self._process = subprocess.Popen(self._words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        with redis.Redis.from_url(self.url) as client:
            for _ in range(1600):
                try:
                    client.ping()
                except redis.ConnectionError:
                    time.sleep(0.05)
                else:
                    return
        raise RuntimeError("redis-server does not answer")

    def stop(self) -> None:
        """Stop; what it held is lost."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=60)
            self._process = None


@contextmanager
def served() -> Iterator[Redis]:
    """Start a server and stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="fieldsvc-redis-") as folder:
        server = Redis(folder)
        try:
            server.start()
            yield server
        finally:
            server.stop()
