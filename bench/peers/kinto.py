"""Kinto: the day's 600 entries as records, 25 to a batch request (its default), each PUT under its id.

Runs under gunicorn with one worker and eight threads, without the logging of requests. Memory backend, or PostgreSQL.
Kinto answers 200 to a batch in which records were refused: every answer is looked into, and the records are read back.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from bench.peers import entries, python_folder
from bench.process import Server, free_port
from bench.wire import Connection, Refused

Json = dict[str, Any]

BATCH = 25
_BACKENDS = ("storage", "cache", "permission")
_APPLICATION = '''"""Written by bench/peers/kinto.py: the application that gunicorn serves."""
import json
import pathlib

import kinto

app = kinto.main({}, **json.loads(pathlib.Path(__file__).with_name("settings.json").read_text()))
for part in ("storage", "cache", "permission"):
    getattr(app.registry, part).initialize_schema()
'''


class Kinto:
    """A running Kinto with a collection for each round."""

    def __init__(self, folder: Path, cache: Path, database_url: str = ""):
        self.name = "Kinto, PostgreSQL" if database_url else "Kinto, memory"
        programs = python_folder(cache, "requirements-kinto.txt")
        place = folder / self.name.replace(", ", "-").lower()
        place.mkdir(parents=True)
        (place / "settings.json").write_text(json.dumps(_settings(database_url)))
        (place / "bench_kinto.py").write_text(_APPLICATION)
        port = free_port()
        words = [
            str(programs / "gunicorn"), "--workers", "1", "--threads", "8", "--keep-alive", "75", "--timeout", "300",
            "--bind", f"127.0.0.1:{port}", "--chdir", str(place), "bench_kinto:app",
        ]  # fmt: skip
        self.server = Server(words, port=port, log=place / "log", ready="/v1/")
        login = base64.b64encode(b"technician:secret").decode()
        self.connection = Connection(port, {"Authorization": f"Basic {login}"})
        self.connection.call("PUT", "/v1/buckets/day")
        self.batches: dict[int, list[bytes]] = {}
        self.ids: dict[int, set[str]] = {}

    def prepare(self, round_: int) -> None:
        self.connection.call("PUT", self._path(round_))
        day = entries.of_a_day()
        self.ids[round_] = {one["id"] for one in day}
        requests = [
            {"method": "PUT", "path": f"{self._path(round_)}/records/{one['id']}", "body": {"data": one}} for one in day
        ]
        self.batches[round_] = [
            json.dumps({"requests": requests[first : first + BATCH]}, ensure_ascii=False).encode()
            for first in range(0, len(requests), BATCH)
        ]

    def push(self, round_: int) -> None:
        for body in self.batches[round_]:
            status, given = self.connection.send("POST", "/v1/batch", body)
            if status != 200 or any(one["status"] != 201 for one in json.loads(given)["responses"]):
                raise Refused(f"Kinto: {status} {given[:500]!r}")

    def pull(self, round_: int) -> None:
        status, given = self.connection.send("GET", f"{self._path(round_)}/records")
        if status != 200 or not given:
            raise Refused(f"Kinto: {status}")

    def count(self, round_: int) -> int:
        held = self.connection.call("GET", f"{self._path(round_)}/records")["data"]
        return len({one["id"] for one in held} & self.ids.pop(round_))

    def close(self) -> None:
        self.server.stop()

    def _path(self, round_: int) -> str:
        return f"/v1/buckets/day/collections/day-{round_}"


def _settings(database_url: str) -> dict[str, Any]:
    kind = "postgresql" if database_url else "memory"
    backends = {f"kinto.{part}_backend": f"kinto.core.{part}.{kind}" for part in _BACKENDS}
    urls = {f"kinto.{part}_url": database_url for part in _BACKENDS} if database_url else {}
    return {
        **backends,
        **urls,
        "multiauth.policies": "basicauth",
        "kinto.bucket_create_principals": "system.Authenticated",
        "kinto.batch_max_requests": str(BATCH),
        "kinto.userid_hmac_secret": "measuring",
    }
