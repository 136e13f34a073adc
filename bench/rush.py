"""One phone in a morning rush: it logs in, takes its day, and sends each door with its photos; where a notice is owed, it waits.

Every request goes to the next host, as behind a balancer that knows no sessions. What fails is counted and tried again, as a
phone does. Decides what is in a door: at every fifth one an aged hose with four photos, at the others one photo of the meter.
"""

from __future__ import annotations

import base64
import http.client
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

from bench import paperwork
from bench.day import Phone
from bench.ours import PASSWORD

Json = dict[str, Any]
DANGEROUS_EVERY = 5
ASK_EVERY, PATIENCE, TRIES = 5.0, 900.0, 5
KINDS = ("log-in", "enrolment", "catalogue", "day's load", "photo", "push", "question", "notice")


@dataclass
class Told:
    """What all phones measured: milliseconds by kind of request, and what went wrong."""

    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: Counter[str] = field(default_factory=Counter)
    entries: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    def note(self, kind: str, ms: float) -> None:
        with self._lock:
            self.took[kind].append(ms)

    def fail(self, kind: str, why: str) -> None:
        with self._lock:
            self.failed[f"{kind}: {why}"] += 1

    def sent(self, entries: int) -> None:
        with self._lock:
            self.entries += entries


class Caller:
    """A phone's way to the hosts."""

    def __init__(self, ports: list[int], told: Told, turn: int):
        self._hosts = [http.client.HTTPConnection("127.0.0.1", port, timeout=300) for port in ports]
        self._turn, self._told, self._cookie = turn, told, ""

    def call(self, kind: str, method: str, path: str, body: bytes | None = None, **headers: str) -> bytes:
        """Ask, and again where it fails; raises OSError when it never went."""
        for attempt in range(TRIES):
            if attempt:
                time.sleep(attempt)
            self._turn += 1
            host = self._hosts[self._turn % len(self._hosts)]
            begin = time.perf_counter()
            try:
                host.request(method, path, body, {**self._usual(), **headers})
                answer = host.getresponse()
                given = answer.read()
            except (OSError, http.client.HTTPException) as error:
                host.close()
                self._told.fail(kind, type(error).__name__)
                continue
            if 200 <= answer.status < 300:
                self._told.note(kind, (time.perf_counter() - begin) * 1000)
                if cookie := answer.headers.get("Set-Cookie"):
                    self._cookie = cookie.split(";")[0]
                return given
            self._told.fail(kind, f"{answer.status} {given[:60]!r}")
        raise OSError(f"{kind}: given up")

    def close(self) -> None:
        """Let go of the connections."""
        for one in self._hosts:
            one.close()

    def _usual(self) -> dict[str, str]:
        said = {"X-Fieldsvc": "1", "Content-Type": "application/json", "Accept-Encoding": "gzip"}
        return {**said, "Cookie": self._cookie} if self._cookie else said


class Rusher:
    """One technician's phone."""

    def __init__(self, username: str, number: int, ports: list[int], told: Told, pictures: Path):
        self.username, self.number, self._told, self._pictures = username, number, told, pictures
        self._caller, self._phone, self._cursor = Caller(ports, told, number), Phone(), None

    def run(self, *, begin: float, end: float) -> None:
        """Come online at a moment of `time.monotonic`, send door by door until another, and wait for what is owed."""
        _sleep_until(begin)
        try:
            visits = self._come_online()
            for place, visit in enumerate(visits):
                _sleep_until(begin + (end - begin) * (place + 1) / (len(visits) + 1))
                self._door(visit, place)
        except OSError as error:
            self._told.lost[str(error)] += 1
        finally:
            self._caller.close()

    def _come_online(self) -> list[Json]:
        told = json.dumps({"username": self.username, "password": PASSWORD}).encode()
        self._caller.call("log-in", "POST", "/api/v1/login", told)
        self._caller.call("enrolment", "POST", "/api/v1/devices", json.dumps(self._phone.enrolment()).encode())
        self._caller.call("catalogue", "GET", "/api/v1/catalog")
        given = self._sync("day's load", self._phone.request([]))
        return sorted(given["visits"], key=lambda visit: str(visit["id"]))

    def _door(self, visit: Json, place: int) -> None:
        seed = f"{self.number}/{place}"
        dangerous = (self.number + place) % DANGEROUS_EVERY == 0
        photos = paperwork.photos(self._pictures, seed)[: None if dangerous else 1]
        signed = paperwork.signatures(seed)
        for content in (*photos, *signed):
            self._upload(content, "image/jpeg" if content in photos else "image/png")
        begun = datetime.now(UTC) - timedelta(minutes=10)
        written = self._phone.log_of(visit, _entries(visit, photos, signed, dangerous=dangerous), now=begun)
        given = self._sync("push", self._phone.request(written, cursor=self._cursor))
        self._told.sent(len(written))
        if dangerous:
            (changed,) = [one for one in given["visits"] if one["id"] == visit["id"]]
            self._wait(next(one["id"] for one in changed["notices"] if one["kind"] == "hazard"))

    def _upload(self, content: bytes, kind: str) -> None:
        sha256 = paperwork.digest(content)
        words = (
            (name, base64.b64encode(value.encode()).decode()) for name, value in (("sha256", sha256), ("type", kind))
        )
        length = {"Upload-Length": str(len(content)), "Upload-Metadata": ",".join(f"{k} {v}" for k, v in words)}
        self._caller.call("photo", "POST", "/api/v1/blobs", **length)
        piece = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        self._caller.call("photo", "PATCH", f"/api/v1/blobs/{sha256}", content, **piece)

    def _sync(self, kind: str, body: bytes) -> Json:
        given = self._caller.call(kind, "POST", "/api/v1/sync", body, **{"Accept-Encoding": "identity"})
        told: Json = json.loads(given)
        self._cursor = told["cursor"]
        return told

    def _wait(self, paper: str) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            time.sleep(ASK_EVERY)
            identity = {"Accept-Encoding": "identity"}
            told = json.loads(self._caller.call("question", "GET", f"/api/v1/notices/{paper}", **identity))
            if told["status"] == "ready":
                self._caller.call("notice", "GET", f"/api/v1/notices/{paper}.pdf")
                return
        raise OSError("notice: never ready")


def _entries(
    visit: Mapping[str, Any], photos: list[bytes], signed: list[bytes], *, dangerous: bool
) -> Iterator[tuple[str, Json]]:
    for kind, data in paperwork.entries(visit, photos, signed):
        if dangerous:
            yield kind, data
        elif kind == "photo.add":
            yield kind, {**data, "purpose": "meter", "ref": visit["meters"][0]["id"]}
        elif kind == "check.set":
            yield kind, {**data, "result": "pass"}
        elif kind != "hazard.add":
            yield kind, data


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))
