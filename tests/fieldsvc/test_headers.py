"""What every route tells browsers, and what photos tell whoever is not of the office."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from fieldsvc import clock, create_app
from fieldsvc.blobs import images
from fieldsvc.blobs import service as blobs
from tests.fieldsvc import access_cells as cells
from tests.fieldsvc.access_world import World
from tests.fieldsvc.conftest import settings_for
from tests.fieldsvc.papers import Clients, PhoneOf, Plan

Told = dict[cells.Cell, tuple[dict[str, Any], cells.Answer]]

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
KEPT = ("/static/", "/app", "/sw.js", "/trust", "/healthz", "/readyz", "/api/v1/catalog", "/api/v1/openapi.json")
"""What is of nobody; everything else is kept by no browser and nothing between."""

REFERRERS = {"/n/": "no-referrer", "/app": "no-referrer", "/login": "no-referrer", "/office": "same-origin"}


def test_every_answer_of_every_route_carries_the_headers(told: Told) -> None:
    wrong = []
    for cell, (_, answer) in told.items():
        said = answer.headers
        wrong += [f"{cell}: {name}: {said.get(name)}" for name, value in EVERYWHERE.items() if said.get(name) != value]
        wrong += [
            f"{cell}: {said.get('Referrer-Policy')}" for _ in [0] if said.get("Referrer-Policy") != _referrer(cell)
        ]
        if not cell.rule.startswith(KEPT) and "no-store" not in said.get("Cache-Control", ""):
            wrong.append(f"{cell}: Cache-Control: {said.get('Cache-Control')}")
    assert wrong == []


def _referrer(cell: cells.Cell) -> str:
    return next((value for start, value in REFERRERS.items() if cell.rule.startswith(start)), "no-referrer")


def test_no_page_runs_or_paints_what_stands_in_the_page_itself(told: Told) -> None:
    wrong = []
    for cell, (_, answer) in told.items():
        policy = answer.headers["Content-Security-Policy"]
        wrong += [f"{cell}: {policy}" for word in ("unsafe-inline", "'unsafe-eval'", "http:", "*") if word in policy]
        for must in ("base-uri 'none'", "frame-ancestors 'none'", "object-src 'none'", "form-action 'self'"):
            wrong += [f"{cell}: without {must}"] * (must not in policy)
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            for must in ("default-src 'none'", "script-src 'self';", "require-trusted-types-for 'script'"):
                wrong += [f"{cell}: without {must}"] * (must not in policy)
    assert wrong == []


def test_no_page_has_a_script_or_a_style_in_it(told: Told) -> None:
    pages = [
        (cell, answer.body)
        for cell, (_, answer) in told.items()
        if answer.headers.get("Content-Type", "").startswith("text/html") and answer.status < 300
    ]
    assert len(pages) > 100
    for cell, body in pages:
        assert b" style=" not in body and b" onclick=" not in body and b"javascript:" not in body, cell
        assert b"<style" not in body or cell.rule == "/papers/<notice_id>/receipt", cell
        assert body.count(b"<script") == body.count(b"<script src=") + body.count(b"<script defer src=") + body.count(
            b'<script type="module" src='
        ), cell


def test_no_name_turns_round_what_stands_beside_it(world: World, told: Told) -> None:
    assert "\u202e" in world.visits["colleague"]["customer"]["name"]
    pages = {
        str(cell): answer.body.decode()
        for cell, (_, answer) in told.items()
        if answer.headers.get("Content-Type", "").startswith("text/html")
    }
    assert [
        cell for cell, text in pages.items() if any(one in text for one in "\u202a\u202b\u202d\u202e\u2066\u2067")
    ] == []
    assert any("住户乙" in text for text in pages.values())


def test_the_camera_and_the_place_are_for_our_own_pages_and_nearly_all_else_for_nobody(told: Told) -> None:
    (policy,) = {answer.headers["Permissions-Policy"] for _, answer in told.values()}
    allowed = {one.split("=")[0] for one in policy.split(", ") if one.endswith("=(self)")}
    # beside the two: passkeys at the log-in, and what the phone app does at a tap (copy, keep the screen on)
    assert allowed - {"clipboard-write", "screen-wake-lock"} == {
        "camera", "geolocation", "publickey-credentials-create", "publickey-credentials-get",
    }  # fmt: skip
    assert {"microphone=()", "usb=()", "payment=()"} <= set(policy.split(", "))


def test_only_under_https_is_a_browser_told_to_stay_there(world: World, made: Any) -> None:
    import dataclasses

    assert "Strict-Transport-Security" not in world.browsers["anonymous"].get("/login").headers
    secure = create_app(dataclasses.replace(settings_for(world.data), public_url="https://gas.example"))
    for address in ("/login", "/static/office.css", "/api/v1/me", "/n/nothing"):
        with secure.test_client().get(address, base_url="https://gas.example") as answer:
            assert "max-age=31536000" in answer.headers["Strict-Transport-Security"], address


def telling(kind: str) -> bytes:
    """A picture that says with which phone, where and when it was taken, in every way that its kind knows."""
    image = Image.new("RGB", (64, 48), "navy")
    exif = Image.Exif()
    exif[0x010F], exif[0x0132], exif[0x0112] = "SecretPhone", "2026:11:22 09:00:00", 6
    exif.get_ifd(0x8825)[2] = (26.0, 35.0, 1.5)
    out, xmp = io.BytesIO(), b"<x:xmpmeta>SecretPlace</x:xmpmeta>"
    if kind == "PNG":
        words = PngImagePlugin.PngInfo()
        words.add_text("Comment", "SecretPlace")
        image.save(out, "PNG", exif=exif, pnginfo=words)
        return out.getvalue()
    more: dict[str, Any] = {"comment": b"SecretPlace"} if kind == "JPEG" else {}
    image.save(out, kind, exif=exif.tobytes(), xmp=xmp, **more)
    return out.getvalue() + (b"SecretTail" if kind == "JPEG" else b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_photo_tells_its_technician_what_is_seen_and_the_office_where_it_was_taken(
    kind: str, app: Any, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    content, visit, phone = telling(kind), plan()["id"], phone_of("inspector")
    assert b"SecretPhone" in content and b"SecretPlace" in content
    sha = phone.upload(content)
    phone.op(visit, "photo.add", sha256=sha, purpose="meter", taken_at=clock.rfc3339(clock.now()))
    phone.sync()
    shown = client_as("inspector").get(f"/api/v1/blobs/{sha}")
    assert shown.status_code == 200 and b"Secret" not in shown.data
    with Image.open(io.BytesIO(shown.data)) as image:
        assert not image.getexif() and not {"xmp", "comment", "exif", "XML:com.adobe.xmp"} & set(image.info)
        assert image.size == (48, 64), "it stands as it was taken, though the word for that is gone"
    assert client_as("office").get(f"/api/v1/blobs/{sha}").data == content
    with app.app_context():
        assert blobs.read(sha256=sha) == content


def test_a_photo_that_tells_nothing_is_given_as_it_is() -> None:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(out, "JPEG")
    assert images.bare(out.getvalue(), type="image/jpeg") == (out.getvalue(), "image/jpeg")
