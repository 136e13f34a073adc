"""Kinto: the day's 600 entries as records, 25 to a batch request (its default), each PUT under its id.

Two set-ups: the leanest we know (gunicorn, one worker, eight threads, no logging of requests), with the memory backend or
PostgreSQL; and as Kinto's own commands make it, `kinto init` and `kinto start`, with nothing changed but who may log in.
Kinto answers 200 to a batch in which records were refused: every answer is looked into, and the records are read back.
"""

from __future__ import annotations

import base64
import json
import subprocess
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

    def __init__(self, folder: Path, cache: Path, database_url: str = "", *, own_set_up: bool = False):
        self.name = (
            "Kinto, PostgreSQL" if database_url else "Kinto, memory, kinto start" if own_set_up else "Kinto, memory"
        )
        programs = python_folder(cache, "requirements-kinto.txt")
        place = folder / self.name.replace(", ", "-").replace(" ", "-").lower()
        place.mkdir(parents=True)
        port = free_port()
        words = _as_installed(programs, place, port) if own_set_up else _lean(programs, place, port, database_url)
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


def _lean(programs: Path, place: Path, port: int, database_url: str) -> list[str]:
    (place / "settings.json").write_text(json.dumps(_settings(database_url)))
    (place / "bench_kinto.py").write_text(_APPLICATION)
    return [
        str(programs / "gunicorn"), "--workers", "1", "--threads", "8", "--keep-alive", "75", "--timeout", "300",
        "--bind", f"127.0.0.1:{port}", "--chdir", str(place), "bench_kinto:app",
    ]  # fmt: skip


def _as_installed(programs: Path, place: Path, port: int) -> list[str]:
    file, memory = place / "kinto.ini", ("--backend", "memory", "--cache-backend", "memory")
    words = [str(programs / "kinto"), "init", "--ini", str(file), *memory, "--host", "127.0.0.1"]
    subprocess.run(words, capture_output=True, check=True)
    ini = file.read_text().replace("multiauth.policies = account", "multiauth.policies = basicauth")
    file.write_text(
        ini.replace(
            "kinto.bucket_create_principals = account:admin", "kinto.bucket_create_principals = system.Authenticated"
        )
    )
    return [str(programs / "kinto"), "start", "--ini", str(file), "--port", str(port)]


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
