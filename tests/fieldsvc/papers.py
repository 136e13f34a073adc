"""Visits that owe papers, for the tests of notices and of the public page."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from flask import Flask
from PIL import Image, ImageDraw

from fieldsvc import clock
from fieldsvc.notices import service as notices
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.phone import Phone

Json = dict[str, Any]
DUE = (date.today() + timedelta(days=10)).isoformat()  # noqa: DTZ011 - a day some days ahead, in any zone


def picture(colour: str, size: tuple[int, int] = (800, 600)) -> bytes:
    """A photo with something on it."""
    image = Image.new("RGB", size, colour)
    ImageDraw.Draw(image).ellipse((50, 50, size[0] - 50, size[1] - 50), fill="white")
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


def strokes(seed: int) -> bytes:
    """A signature as phones send it: black on nothing."""
    image = Image.new("RGBA", (600, 200), (0, 0, 0, 0))
    ImageDraw.Draw(image).line([(40 * n, 40 + (seed * n * 37) % 120) for n in range(15)], fill="black", width=6)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def hazard(**changes: Any) -> Json:
    """A hazard as the phone writes it: an aged hose; give only what matters."""
    return {
        "hazard": clock.new_id(),
        "code": "HOSE-02",
        "item": "hose",
        "level": 2,
        "position": "after_appliance_valve",
        "note": "软管中段龟裂",
        "solutions": [0],
        "due": DUE,
        "stop_gas": "on_overdue",
        **changes,
    }


def record_visit(
    phone: Phone,
    visit: str,
    *,
    hazards: list[Json] | None = None,
    name: str = "王芳",
    opinion: str = "会尽快更换",
    photo: bool = True,
    checks: bool = False,
) -> list[Json]:
    """Do a visit on the phone, up to the signatures and the close; nothing is sent yet. Gives the hazards.

    With `checks` it owes an inspection report too.
    """
    found = [hazard()] if hazards is None else hazards
    phone.op(visit, "visit.start")
    if checks:
        phone.op(visit, "check.set", item="hose", point="HOSE-C2", result="fail" if found else "pass")
        phone.op(visit, "check.set", item="pipe", point="PIPE-C1", result="pass")
    for number, one in enumerate(found):
        phone.op(visit, "hazard.add", **one)
        if photo:
            sha = phone.upload(
                picture(["navy", "maroon", "olive", "teal"][number % 4], (800 + number, 600)), "image/jpeg"
            )
            phone.op(
                visit,
                "photo.add",
                sha256=sha,
                purpose="hazard",
                ref=one["hazard"],
                taken_at="2026-11-21T09:00:00+08:00",
            )
    line: Json = {"relation": "self", "strokes": [[1, 2], [3, 4]], "image": phone.upload(strokes(3))}
    phone.op(visit, "sign", role="customer", name=name, opinion=opinion, **line)
    phone.op(visit, "sign", role="technician", name="王小明", strokes=[[1, 2]], image=phone.upload(strokes(5)))
    phone.op(visit, "visit.close", outcome="completed")
    return found


def work(app: Flask) -> None:
    """Do what the worker does until nothing is due."""
    with app.app_context():
        while notices.make_next():
            pass


def papers_of(client: Browser, visit: str, kind: str = "hazard") -> list[Json]:
    """A visit's papers of one kind, as its document lists them."""
    document = client.get(f"/api/v1/visits/{visit}").json
    return [one for one in document.get("visit", document)["notices"] if one["kind"] == kind]


def pdf_of(client: Browser, notice: Json) -> bytes:
    """A paper's signed file."""
    answer = client.get(f"/api/v1/notices/{notice['id']}.pdf")
    assert answer.status_code == 200, answer.text
    content: bytes = answer.data
    return content


Plan = Callable[..., Json]
PhoneOf = Callable[[str], Phone]
Clients = Callable[[str], Browser]
