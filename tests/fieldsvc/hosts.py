"""Two hosts of one installation: a data folder, a server and perhaps a worker each, and a database, a bucket, a queue for both.

What is told to the second is the three addresses and `secret.key`. Everything listens on 127.0.0.1 and is stopped by its own id.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from fieldsvc import Settings, create_app, setup
from fieldsvc.db import db
from tests.bucket_server import CREDENTIALS
from tests.fieldsvc.conftest import PASSWORD

BIN = Path(sys.executable).parent
SECONDS = 120
"""So long anything may take on a slow machine before it counts as never."""


def until(what: Callable[[], Any], *, why: str) -> Any:
    """Wait until something is there, and give it."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited in vain for {why}")


@dataclass(frozen=True)
class Shared:
    """What the hosts of an installation share."""

    database: str
    bucket: str
    queue: str

    def env(self, data: Path) -> dict[str, str]:
        """The settings of a host: the three addresses, and where its folder is."""
        return {
            "FIELDSVC_DATA": str(data),
            "FIELDSVC_DATABASE_URL": self.database,
            "FIELDSVC_BLOB_URL": self.bucket,
            "FIELDSVC_JOBS_URL": self.queue,
            "FIELDSVC_PUBLIC_URL": "http://127.0.0.1:8000",
        }


class Host:
    """One host: its folder, its server, its worker."""

    def __init__(self, data: Path, shared: Shared, *, secret: str):
        self.data, self.shared = data, shared
        setup.prepare_folder(data)
        (data / "secret.key").write_text(secret + "\n")
        self.settings = Settings.from_env(shared.env(data))
        app = setup.install(self.settings)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._server: subprocess.Popen[bytes] | None = None
        self._worker: subprocess.Popen[bytes] | None = None

    def begin_to_serve(self) -> None:
        """Start the server; it answers some time later."""
        words = ["gunicorn", "fieldsvc.wsgi:app", "--workers", "1", "--threads", "4", "--no-control-socket"]
        self._server = self._start([*words, "--bind", f"127.0.0.1:{self.port}"])

    def wait(self) -> None:
        """Return once the server answers."""
        assert until(self._answers, why=f"{self.url}: {self.told()}")

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def work(self) -> None:
        """Start the worker."""
        self._worker = self._start(["fieldsvc", "worker", "--data", str(self.data)])

    def rest(self) -> None:
        """Stop the worker, as a service manager does."""
        self._worker = self._stop(self._worker)

    def stop(self) -> None:
        """Stop everything."""
        self.rest()
        self._server = self._stop(self._server)

    def told(self) -> str:
        """What its processes said."""
        return (self.data / "log").read_text() if (self.data / "log").is_file() else ""

    def forget(self) -> None:
        """Lose the folder, but for the secret: a host that was put up anew."""
        shutil.rmtree(self.data / "keys")

    def application(self) -> Any:
        """The host's application, in this process."""
        return create_app(self.settings)

    def _start(self, words: list[str]) -> subprocess.Popen[bytes]:
        env = {**os.environ, **CREDENTIALS, **self.shared.env(self.data), "PYTHONDONTWRITEBYTECODE": "1"}
        with (self.data / "log").open("ab") as log:
            return subprocess.Popen(
                [str(BIN / words[0]), *words[1:]], env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    @staticmethod
    def _stop(process: subprocess.Popen[bytes] | None) -> None:
        if process is not None:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=SECONDS)


class Answer:
    """An answer as the tests' phone takes it."""

    def __init__(self, given: httpx.Response):
        self.status_code, self.text, self.data, self.headers = (
            given.status_code,
            given.text,
            given.content,
            given.headers,
        )
        self._given = given

    @property
    def json(self) -> Any:
        """What was answered."""
        return self._given.json()


class Client:
    """A browser or phone that the balancer sends to one host or the other; `at` says to which it goes from now on."""

    def __init__(self, host: Host, username: str):
        self._http = httpx.Client(headers={"X-Fieldsvc": "1"}, timeout=SECONDS)
        self.at = host
        answer = self.post("/api/v1/login", json={"username": username, "password": PASSWORD})
        assert answer.status_code == 200, answer.text

    def get(self, path: str) -> Answer:
        return self._send("GET", path)

    def post(self, path: str, *, json: Any = None, **more: Any) -> Answer:
        return self._send("POST", path, json=json, **more)

    def patch(self, path: str, *, data: bytes, headers: Mapping[str, str]) -> Answer:
        return self._send("PATCH", path, content=data, headers=headers)

    def close(self) -> None:
        """Let go of its connections."""
        self._http.close()

    def _send(self, method: str, path: str, **more: Any) -> Answer:
        return Answer(self._http.request(method, self.at.url + path, **more))
