"""Whole inspections for the tests of doubts: honest ones, of which one thing at a time can be made doubtful."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from random import Random
from typing import Any

from flask import Flask
from PIL import Image, ImageEnhance

from fieldsvc import clock
from fieldsvc.catalog.service import catalogue
from fieldsvc.doubts import service as doubts
from tests.fieldsvc.papers import strokes as signature_picture
from tests.fieldsvc.phone import Phone

Json = dict[str, Any]
HOME = {"lat": 26_581_000, "lon": 106_713_000, "accuracy": 20}


def jpeg(image: Image.Image, quality: int = 85) -> bytes:
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=quality)
    return out.getvalue()


def scene(seed: object) -> Image.Image:
    """Something as various as what stands before a camera: blots of every size, each seed its own."""
    random = Random(str(seed))
    image = Image.new("L", (800, 600), 128)
    for count in (3, 6, 12, 24, 48):
        blots = Image.new("L", (count, count))
        blots.putdata([random.randrange(256) for _ in range(count * count)])
        image = Image.blend(image, blots.resize(image.size, Image.Resampling.BICUBIC), 0.45)
    return image


def cropped(image: Image.Image, percent: float) -> Image.Image:
    width, height = image.size
    left, top = round(width * percent / 200), round(height * percent / 200)
    return image.crop((left, top, width - left, height - top))


def brighter(image: Image.Image, times: float) -> Image.Image:
    return ImageEnhance.Brightness(image).enhance(times)


def drawn(seed: object) -> list[list[list[int]]]:
    """The strokes of a signature: lines of [x, y, milliseconds]."""
    random, lines, moment = Random(str(seed)), [], 0
    for _ in range(6):
        x, y, line = random.randrange(40, 500), random.randrange(30, 180), []
        for _step in range(12):
            x, y, moment = x + random.randrange(-18, 24), y + random.randrange(-14, 16), moment + 16
            line.append([x, y, moment])
        lines.append(line)
    return lines


def moved(strokes: list[list[list[int]]], *, right: int = 0, times: float = 1, shake: int = 0) -> list[list[list[int]]]:
    """The same strokes elsewhere on the pad, larger, or with a trembling hand."""
    random = Random("shake")
    return [
        [[round(x * times) + right + random.randint(-shake, shake), round(y * times) + random.randint(-shake, shake), t]
         for x, y, t in line]
        for line in strokes
    ]  # fmt: skip


def inspect(phone: Phone, visit: Json, **how: Any) -> None:
    """Write a whole inspection into the phone's log; nothing is sent. Give what should not be as in an honest one."""
    began: datetime = how.get("began") or clock.now() - timedelta(hours=3)
    seed = how.get("seed", visit["id"])
    moment = began

    def op(kind: str, after: float, **data: Any) -> None:
        nonlocal moment
        if kind == how.get("leave_out"):
            return
        moment += timedelta(seconds=after)
        phone.op(visit["id"], kind, **data)["at"] = clock.rfc3339(moment + how.get("wrong_by", timedelta()))

    op("visit.start", 0, location=how.get("place", {**HOME, "lat": HOME["lat"] + Random(str(seed)).randrange(300)}))
    op("customer.confirm", 0)
    for item in catalogue().checklist(visit["checklist"]).items:
        for number, point in enumerate(one for one in item.points if one.required):
            op("check.set", 0 if number else how.get("pace", 40), item=item.id, point=point.id, result="pass")
    for talk in catalogue().entries.terms["talk"]:
        op("step.tick", 0, step=talk.id)
    sha = phone.upload(how.get("photo") or jpeg(scene(seed)), "image/jpeg")
    taken = how.get("taken", moment)
    op("photo.add", 10, sha256=sha, purpose="meter", taken_at=clock.rfc3339(taken))
    meter = visit["meters"][0]["id"]
    value = how.get("value") or f"1{Random(str(seed)).randrange(300, 999)}.{Random(f'{seed}.').randrange(101, 988)}"
    scanned = {"serial": how["serial"]} if "serial" in how else {}
    op("reading.set", 20, meter=meter, value=value, running=True, photo=sha, **scanned)
    if "clock_back" in how:
        moment -= how["clock_back"]
    image = phone.upload(signature_picture(abs(hash(str(seed))) % 97), "image/png")
    name, strokes = how.get("signer", "王芳"), how.get("strokes", drawn(seed))
    op("sign", 60, role="customer", name=name, relation="self", strokes=strokes, image=image)
    op("sign", 0, role="technician", name="王小明", strokes=drawn(f"{seed} worker"), image=image)
    op("visit.close", 10, outcome="completed")


def look(app: Flask) -> None:
    """Look at every visit that is due, as the workers do."""
    with app.app_context():
        while doubts.look_at_next():
            pass


def found(app: Flask, visit_id: str) -> dict[str, doubts.Doubtful]:
    """The open doubts of a visit, by kind."""
    with app.app_context():
        return {one.kind: one for one in doubts.of_visit(visit_id=visit_id) if one.is_open}
