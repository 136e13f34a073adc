"""The notice that making papers is measured with: two pages, four photos of about 250 KB, ruled tables, a code, two signatures.

Decides what stands in it, as a phone writes it: a visit at which an aged hose was found and photographed four times. Pictures
differ from one paper to the next in their bytes, so that no contender can remember one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFilter

from fieldsvc import clock

Json = dict[str, Any]

PHOTOS, PHOTO_SIZE, SIGNATURE_SIZE = 4, (1600, 1200), (900, 300)
_CHECKS = (
    ("pipe", "PIPE-C1", "pass"), ("meter", "METER-C1", "pass"), ("joint", "JOINT-C1", "pass"), ("hose", "HOSE-C2", "fail"),
    ("valve", "VALVE-C1", "pass"), ("environment", "ENV-C1", "pass"),
)  # fmt: skip


def photos(folder: Path, seed: str) -> list[bytes]:
    """Four photos as the phone app sends them: 1600 px, JPEG, about 250 KB; other bytes for another seed."""
    return [_marked(content, f"{seed}/{number}".encode()) for number, content in enumerate(_photos(folder))]


def signatures(seed: str) -> list[bytes]:
    """The customer's and the technician's signature as phones send them: black lines on nothing."""
    return [_strokes(f"{seed}/{role}") for role in ("customer", "technician")]


def entries(visit: Mapping[str, Any], photographed: list[bytes], signed: list[bytes]) -> Iterator[tuple[str, Json]]:
    """What is written at the door: (kind, data)."""
    yield "visit.start", {"location": {"lat": 26_570_000, "lon": 106_710_000, "accuracy": 12_000}}
    for step in ("knock", "badge"):
        yield "step.tick", {"step": step}
    yield "customer.confirm", {}
    for item, point, result in _CHECKS:
        yield "check.set", {"item": item, "point": point, "result": result}
    one = clock.new_id()
    yield "hazard.add", {
        "hazard": one, "code": "HOSE-02", "item": "hose", "level": 2, "position": "after_appliance_valve", "solutions": [0],
        "note": "灶具连接软管中段龟裂，弯折处可见裂纹，接头处有滑动痕迹", "due": str(clock.now().date() + timedelta(days=10)),
        "stop_gas": "on_overdue",
    }  # fmt: skip
    for content in photographed:
        yield "photo.add", {
            "sha256": digest(content), "purpose": "hazard", "ref": one, "taken_at": clock.rfc3339(clock.now()),
        }  # fmt: skip
    for meter in visit["meters"]:
        yield "reading.set", {"meter": meter["id"], "value": "01250.250", "running": True}
    who: list[Json] = [
        {"role": "customer", "name": visit["customer"]["name"], "relation": "self", "opinion": "会尽快更换"},
        {"role": "technician", "name": "王小明"},
    ]
    for one_signs, image in zip(who, signed, strict=True):
        yield "sign", {**one_signs, "strokes": [[[40, 40, 0], [60, 90, 16]]], "image": digest(image)}
    yield "visit.close", {"outcome": "completed"}


def digest(content: bytes) -> str:
    """How the record names a picture."""
    return hashlib.sha256(content).hexdigest()


def order(place: int, *, assignee: str, today: date) -> Json:
    """A visit to plan, at a home of its own."""
    return {
        "type": "gas.inspection",
        "customer": {
            "account": f"86200{place:05d}", "name": "欧阳文静", "phone": f"139186{place:05d}", "district": "南明区",
            "address": "遵义路 12 号", "building": str(place // 40 + 1), "unit": "2", "room": f"{place % 40 + 101}",
        },
        "meters": [
            {"serial": f"SN2311{place:06d}", "kind": "diaphragm", "digits": 5, "decimals": 3,
             "last": {"value": "1234.567", "at": str(today - timedelta(days=60))}}
        ],
        "planned": {"date": today.isoformat(), "from": "08:00", "to": "19:00"},
        "assignee": assignee,
    }  # fmt: skip


@cache
def _photos(folder: Path) -> list[bytes]:
    """The pictures themselves: drawn once for a measurement, because grain takes time."""
    files = [folder / f"photo-{number}.jpg" for number in range(PHOTOS)]
    for number, file in enumerate(files):
        if not file.exists():
            file.write_bytes(_photo(number))
    return [file.read_bytes() for file in files]


def _photo(number: int) -> bytes:
    """Rough walls and a pipe: grain at several sizes, so that it compresses as a photo of a kitchen does."""
    image = Image.merge(
        "RGB", [Image.radial_gradient("L").resize(PHOTO_SIZE).rotate(90 * (number + n)) for n in range(3)]
    )
    for radius, share in ((24, 0.35), (6, 0.2), (1, 0.17)):
        grain = Image.effect_noise(PHOTO_SIZE, 90).filter(ImageFilter.GaussianBlur(radius))
        image = Image.blend(image, Image.merge("RGB", [grain] * 3), share)
    pen = ImageDraw.Draw(image)
    pen.line([(100 + 200 * number, 0), (900, 700), (1500 - 200 * number, 1200)], fill=(190, 150, 60), width=60)
    best = b""
    for quality in range(40, 96, 3):
        out = BytesIO()
        image.save(out, "JPEG", quality=quality)
        best = out.getvalue()
        if len(best) >= 250 * 1024:
            break
    return best


def _marked(jpeg: bytes, comment: bytes) -> bytes:
    """The same picture with a comment of its own."""
    return b"".join([jpeg[:2], b"\xff\xfe", (len(comment) + 2).to_bytes(2, "big"), comment, jpeg[2:]])


def _strokes(seed: str) -> bytes:
    image = Image.new("RGBA", SIGNATURE_SIZE, (0, 0, 0, 0))
    steps = hashlib.sha256(seed.encode()).digest()
    pen = ImageDraw.Draw(image)
    pen.line([(30 + 26 * place, 20 + step) for place, step in enumerate(steps)], fill="black", width=7, joint="curve")
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
