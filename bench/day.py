"""A technician's day: 40 visits, 600 entries, as a phone writes and signs them.

Decides what is in the day: every visit has a start, doorstep, checks, a meter reading with its photo, two signatures with their
strokes and a close; at every fifth one a hazard is found and photographed. The same day goes to every contender. Nobody holds
the photos, so no paper is made of the day while it is measured. Invariant: entries per visit are always ENTRIES.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from fieldsvc import clock
from sync import chain

Json = dict[str, Any]

VISITS, ENTRIES = 40, 15
_CHECKS = (
    ("pipe", "PIPE-C1", None),
    ("meter", "METER-C1", None),
    ("joint", "JOINT-C1", "0"),
    ("hose", "HOSE-C2", "1.35"),
    ("valve", "VALVE-C1", None),
    ("environment", "ENV-C1", "1.20"),
)


class Phone:
    """A device with its key and its log."""

    def __init__(self, device: str = ""):
        self.id = device or clock.new_id()
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._link = chain.start(self.id)
        self.log: list[Json] = []

    def enrolment(self) -> Json:
        """What the server is told of the device."""
        point = self._key.public_key().public_numbers()
        x, y = (_text(number.to_bytes(32, "big")) for number in (point.x, point.y))
        return {"id": self.id, "name": "测量", "public_key": {"kty": "EC", "crv": "P-256", "x": x, "y": y}}

    def write(self, visits: Sequence[Mapping[str, Any]], *, now: datetime) -> list[Json]:
        """Write a day's entries about these visits to the log; gives them."""
        first = len(self.log)
        for place, visit in enumerate(visits):
            begin = now - timedelta(minutes=10 * (len(visits) - place))
            self.log_of(visit, entries(visit, place), now=begin)
        return self.log[first:]

    def log_of(self, visit: Mapping[str, Any], written: Iterable[tuple[str, Json]], *, now: datetime) -> list[Json]:
        """Write what happened at one door to the log; gives its entries."""
        first = len(self.log)
        for moment, (kind, data) in enumerate(written, start=1):
            entry = {
                "id": clock.new_id(),
                "seq": len(self.log) + 1,
                "visit": visit["id"],
                "kind": kind,
                "at": clock.rfc3339(now + timedelta(seconds=17 * moment)),
                "base": visit["version"],
                "data": data,
            }
            self.log.append(entry)
            self._link = chain.link(self._link, chain.digest(chain.canonical(entry)))
        return self.log[first:]

    def request(self, ops: Sequence[Mapping[str, Any]], *, cursor: str | None = None, limit: int = 200) -> bytes:
        """The sync request that sends the log's last entries; a pull when there are none."""
        body: Json = {"protocol": 1, "device": self.id, "cursor": cursor, "ops": list(ops), "limit": limit}
        if ops:
            r, s = decode_dss_signature(self._key.sign(self._link, ec.ECDSA(hashes.SHA256())))
            body["proof"] = {"chain": self._link.hex(), "sig": _text(r.to_bytes(32, "big") + s.to_bytes(32, "big"))}
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def entries(visit: Mapping[str, Any], place: int) -> Iterator[tuple[str, Json]]:
    """What is written at one door: (kind, data), ENTRIES of them."""
    random = Random(visit["id"])
    dangerous = place % 5 == 0
    yield "visit.start", {"location": {"lat": 26_570_000 + place, "lon": 106_710_000 + place, "accuracy": 12_000}}
    yield "step.tick", {"step": "knock"}
    yield "step.tick", {"step": "badge"}
    yield "customer.confirm", {}
    for item, point, value in _CHECKS[: 4 if dangerous else 6]:
        note = {"note": "软管老化，已口头告知"} if dangerous and item == "hose" else {}
        result = "fail" if dangerous and item == "hose" else "pass"
        yield (
            "check.set",
            {"item": item, "point": point, "result": result, **({"value": value} if value else {}), **note},
        )
    if dangerous:
        hazard, photo = clock.new_id(), _digest(random)
        yield "hazard.add", _hazard(hazard)
        yield "photo.add", {"sha256": photo, "purpose": "hazard", "ref": hazard, "taken_at": clock.rfc3339(_now())}
    meter, photo = visit["meters"][0]["id"], _digest(random)
    yield (
        "reading.set",
        {"meter": meter, "value": f"{random.randrange(1235, 1300):05d}.250", "running": True, "photo": photo},
    )
    yield "photo.add", {"sha256": photo, "purpose": "meter", "ref": meter, "taken_at": clock.rfc3339(_now())}
    yield "sign", _signature(random, role="customer", name=visit["customer"]["name"], relation="self", rating=5)
    yield "sign", _signature(random, role="technician", name=visit["assignee"]["name"])
    yield "visit.close", {"outcome": "completed"}


def _hazard(hazard: str) -> Json:
    return {
        "hazard": hazard,
        "code": "HOSE-02",
        "item": "hose",
        "level": 2,
        "position": "after_appliance_valve",
        "note": "灶具连接软管龟裂",
        "solutions": [0],
        "due": (_now().date() + timedelta(days=7)).isoformat(),
        "stop_gas": "on_overdue",
    }


def _signature(random: Random, **who: Any) -> Json:
    strokes = [
        [[random.randrange(40, 560), random.randrange(40, 200), stroke * 300 + step * 16] for step in range(16)]
        for stroke in range(5)
    ]
    return {**who, "strokes": strokes, "image": _digest(random)}


def _digest(random: Random) -> str:
    return hashlib.sha256(random.randbytes(16)).hexdigest()


def _now() -> datetime:
    return datetime.now(UTC)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
