"""Uploads: they go on where they broke, and only whole, true images arrive."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from fieldsvc.blobs import service as blobs
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.phone import Phone

pytestmark = pytest.mark.both_databases

Clients = Callable[[str], Browser]


def picture(kind: str = "JPEG", size: tuple[int, int] = (320, 240), colour: str = "navy") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def announce(client: Browser, content: bytes, digest: str | None = None) -> Any:
    digest = digest or hashlib.sha256(content).hexdigest()
    words = f"sha256 {base64.b64encode(digest.encode()).decode()}"
    return client.post("/api/v1/blobs", headers={"Upload-Length": str(len(content)), "Upload-Metadata": words})


def piece(client: Browser, where: str, offset: int, content: bytes) -> Any:
    headers = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
    return client.patch(where, headers=headers, data=content)


@pytest.mark.parametrize(
    ("kind", "type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp"), ("HEIF", "image/heic")]
)
def test_the_four_kinds_of_image_arrive(kind: str, type: str, client_as: Clients, app: Flask) -> None:
    client, content = client_as("inspector"), picture(kind)
    where = announce(client, content).headers["Location"]
    assert piece(client, where, 0, content).status_code == 204
    with app.app_context():
        blob = blobs.describe(sha256=hashlib.sha256(content).hexdigest())
    assert blob is not None
    assert (blob.type, blob.width, blob.height) == (type, 320, 240)


def test_an_upload_goes_on_where_it_broke(client_as: Clients) -> None:
    client, content = client_as("inspector"), picture(size=(1600, 1200))
    where = announce(client, content).headers["Location"]
    assert piece(client, where, 0, content[:1000]).headers["Upload-Offset"] == "1000"
    again = announce(client, content)
    assert again.headers["Upload-Offset"] == "1000"
    assert client.head(where).headers["Upload-Offset"] == "1000"
    wrong = piece(client, where, 500, content[500:])
    assert (wrong.status_code, wrong.json["code"], wrong.json["offset"]) == (409, "wrong_offset", 1000)
    assert piece(client, where, 1000, content[1000:]).headers["Upload-Offset"] == str(len(content))


def test_what_is_already_held_is_not_sent_twice(client_as: Clients) -> None:
    content = picture(colour="red")
    first, second = client_as("inspector"), client_as("colleague")
    piece(first, announce(first, content).headers["Location"], 0, content)
    assert announce(second, content).headers["Upload-Offset"] == str(len(content))


def test_two_phones_sending_one_file_do_not_disturb_each_other(client_as: Clients) -> None:
    content = picture(colour="green")
    first, second = client_as("inspector"), client_as("colleague")
    where = announce(first, content).headers["Location"]
    announce(second, content)
    piece(first, where, 0, content[:100])
    piece(second, where, 0, content[:300])
    assert piece(first, where, 100, content[100:]).headers["Upload-Offset"] == str(len(content))
    assert piece(second, where, 300, content[300:]).headers["Upload-Offset"] == str(len(content))


def test_a_corrupted_byte_is_noticed_and_the_upload_begins_again(client_as: Clients) -> None:
    client, content = client_as("inspector"), picture(colour="grey")
    where = announce(client, content).headers["Location"]
    spoilt = bytes([content[0] ^ 1]) + content[1:]
    answer = piece(client, where, 0, spoilt)
    assert (answer.status_code, answer.json["code"]) == (460, "digest_mismatch")
    assert announce(client, content).headers["Upload-Offset"] == "0"
    assert piece(client, where, 0, content).status_code == 204


HOSTILE = {
    "an SVG": b"<svg xmlns='http://www.w3.org/2000/svg'/>" * 20,
    "a program": b"MZ" + bytes(4000),
    "a GIF": picture("GIF"),
    "a picture cut short": picture(size=(800, 600))[:-200],
    "a page behind a picture's first bytes": b"\xff\xd8\xff\xe0" + b"<script>alert(1)</script>" * 50,
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_what_is_not_a_whole_image_is_refused(name: str, client_as: Clients) -> None:
    client, content = client_as("inspector"), HOSTILE[name]
    answer = piece(client, announce(client, content).headers["Location"], 0, content)
    assert (answer.status_code, answer.json["code"]) == (422, "not_an_image")


def test_a_picture_of_too_many_pixels_is_refused_without_being_decoded(client_as: Clients) -> None:
    out = io.BytesIO()
    Image.new("1", (8000, 8000)).save(out, "PNG")
    client, content = client_as("inspector"), out.getvalue()
    answer = piece(client, announce(client, content).headers["Location"], 0, content)
    assert (answer.status_code, answer.json["code"]) == (422, "not_an_image")


def test_sizes_and_headers_are_checked(client_as: Clients) -> None:
    client = client_as("inspector")
    words = f"sha256 {base64.b64encode(b'a' * 64).decode()}"
    post = lambda **headers: client.post("/api/v1/blobs", headers=headers)  # noqa: E731
    assert post(**{"Upload-Length": str(11 * 1024 * 1024), "Upload-Metadata": words}).status_code == 413
    assert post(**{"Upload-Length": "0", "Upload-Metadata": words}).status_code == 422
    assert post(**{"Upload-Length": "ten", "Upload-Metadata": words}).status_code == 400
    assert post(**{"Upload-Length": "10", "Upload-Metadata": "sha256 !!!"}).status_code == 400
    assert post(**{"Upload-Length": "10"}).status_code == 400
    assert client.head(f"/api/v1/blobs/{'b' * 64}").status_code == 404
    assert client.get("/api/v1/blobs/..%2f..%2fsecret.key").status_code in (400, 404)


def test_a_file_is_read_only_by_those_who_may_read_a_visit_that_speaks_of_it(
    plan: Callable[..., Any], phone_of: Callable[[str], Phone], client_as: Clients
) -> None:
    visit = plan()["id"]
    phone = phone_of("inspector")
    content = picture(colour="orange")
    digest = phone.upload(content, "image/jpeg")
    path = f"/api/v1/blobs/{digest}"
    assert client_as("inspector").get(path).status_code == 404
    phone.op(visit, "photo.add", sha256=digest, purpose="meter", taken_at="2026-11-21T09:00:00+08:00")
    phone.sync()
    assert client_as("inspector").get(path).data == content
    assert client_as("office").get(path).mimetype == "image/jpeg"
    assert client_as("colleague").get(path).status_code == 404


def test_a_visit_says_which_photos_are_on_their_way_until_they_are_there__lesson_8(
    plan: Callable[..., Any], phone_of: Callable[[str], Phone]
) -> None:
    visit = plan()["id"]
    phone = phone_of("inspector")
    content = picture(colour="purple")
    digest = hashlib.sha256(content).hexdigest()
    phone.op(visit, "photo.add", sha256=digest, purpose="meter", taken_at="2026-11-21T09:00:00+08:00")
    phone.sync()
    assert phone.visits[visit]["missing_blobs"] == [digest]
    phone.upload(content, "image/jpeg")
    phone.sync()
    assert phone.visits[visit]["missing_blobs"] == []
    assert phone.visits[visit]["photos"][digest]["arrived"] is True


def test_a_file_that_was_whole_but_never_recorded_is_sent_again(client_as: Clients, app: Flask) -> None:
    client, content = client_as("inspector"), picture(colour="teal")
    digest = hashlib.sha256(content).hexdigest()
    where = announce(client, content).headers["Location"]
    piece(client, where, 0, content[:-1])
    (partial,) = (app.extensions["fieldsvc.settings"].data / "blobs" / "partial").glob(f"{digest}.*[!h]")
    partial.write_bytes(content)  # as if the server had stopped between the last byte and the record of it
    assert client.head(where).headers["Upload-Offset"] == "0"
    assert piece(client, where, 0, content).status_code == 204
