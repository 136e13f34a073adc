"""What a technician writes at a door: entries drawn from a seed, most of them ordinary, some odd."""

from __future__ import annotations

import random
import struct
import zlib
from typing import Any

from tests.sim.phones import Phone, new_id

Json = dict[str, Any]

POINTS = (("hose", "HOSE-C1"), ("hose", "HOSE-C2"), ("valve", "VALVE-C1"))
RESULTS = ("fail", "not_accessible", "pass_note", "pass", "na")


def picture(chance: random.Random) -> bytes:
    """A small real PNG, unlike any other."""
    width, height = 4, 3
    rows = b"".join(b"\0" + chance.randbytes(width * 3) for _ in range(height))

    def part(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")


def tap(phone: Phone, chance: random.Random) -> Json | None:
    """Write one entry on a phone, if it has a visit to write to."""
    if not phone.disk.visits:
        return None
    visit = chance.choice(sorted(phone.disk.visits))
    document = phone.disk.visits[visit].document
    kind, data = entry(document, chance)
    if kind in ("photo.add", "sign"):
        digest = phone.photograph(picture(chance))
        data = {**data, "sha256" if kind == "photo.add" else "image": digest}
    if kind == "visit.create":
        visit = new_id(chance)
    return phone.write(visit, kind, data)


def entry(document: Json, chance: random.Random) -> tuple[str, Json]:
    """Draw a kind and its data, as somebody would who looks at this visit."""
    draw = chance.random()
    hazards = sorted(document["hazards"])
    if draw < 0.40:
        return "check.set", check(chance)
    if draw < 0.50:
        return "hazard.add", hazard(chance)
    if draw < 0.62 and hazards:
        return _about_hazard(chance.choice(hazards), chance)
    if draw < 0.70 and document["meters"]:
        meter = document["meters"][0]["id"]
        return "reading.set", {"meter": meter, "value": f"{chance.randrange(10**5):05d}", "running": True}
    if draw < 0.76:
        return "photo.add", {"purpose": "door", "taken_at": "2026-11-21T09:00:00.000+08:00"}
    if draw < 0.80:
        return "sign", {"role": chance.choice(["customer", "technician"]), "name": "王芳", "strokes": [[1, 2, 3]]}
    if draw < 0.84:
        return "visit.close", {"outcome": chance.choice(["completed", "no_access", "refused", "stopped"])}
    return _small_thing(document, chance)


def _small_thing(document: Json, chance: random.Random) -> tuple[str, Json]:
    return chance.choice(
        [
            ("note.add", {"text": f"备注 {chance.randrange(1000)}"}),
            ("step.tick", {"step": chance.choice(["knock", "id", "smell"])}),
            ("customer.confirm", {}),
            ("customer.correct", {"field": "phone", "value": f"139{chance.randrange(10**8):08d}"}),
            ("visit.start", {}),
            ("visit.create", {"type": "gas.inspection", "customer": document["customer"]["id"]}),
            ("check.set", {"item": "hose", "point": "HOSE-C1", "result": "unknown to this server"}),
            ("valve.exchange", {"newer": "than this server"}),
        ]
    )


def check(chance: random.Random) -> Json:
    """One judgement."""
    item, point = chance.choice(POINTS)
    return {"item": item, "point": point, "result": chance.choice(RESULTS)}


def hazard(chance: random.Random) -> Json:
    """A new hazard."""
    return {
        "hazard": new_id(chance),
        "code": "HOSE-02",
        "item": "hose",
        "level": chance.choice([1, 1, 2, 3]),
        "position": "after_appliance_valve",
        "due": f"2026-12-{chance.randrange(1, 28):02d}",
        "stop_gas": chance.choice(["now_all", "now_appliance", "on_overdue", "none"]),
        "solutions": [0],
    }


def _about_hazard(hazard_id: str, chance: random.Random) -> tuple[str, Json]:
    if chance.random() < 0.4:
        return "hazard.withdraw", {"hazard": hazard_id, "reason": "记错了"}
    field, value = chance.choice(
        [
            ("level", chance.choice([1, 2, 3])),
            ("due", f"2026-12-{chance.randrange(1, 28):02d}"),
            ("stop_gas", chance.choice(["now_all", "none"])),
        ]
    )
    return "hazard.set", {"hazard": hazard_id, "field": field, "value": value}
