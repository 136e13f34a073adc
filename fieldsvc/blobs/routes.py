"""Uploads over tus 1.0 (core and creation), and reading files back."""

from __future__ import annotations

import base64
import binascii
import re

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from fieldsvc import clock, problems
from fieldsvc.blobs import service
from fieldsvc.db import transaction
from fieldsvc.identity import access
from fieldsvc.record import service as record
from fieldsvc.wire import body

api = Blueprint("blobs", __name__, url_prefix="/api/v1/blobs")

_SHA256 = re.compile(r"[0-9a-f]{64}")


@api.after_request
def _tus(response: Response) -> Response:
    response.headers["Tus-Resumable"] = "1.0.0"
    response.headers["Tus-Version"] = "1.0.0"
    response.headers["Tus-Extension"] = "creation"
    response.headers["Tus-Max-Size"] = str(service.LARGEST)
    return response


def _metadata() -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        name, _, value = pair.strip().partition(" ")
        try:
            found[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise problems.BadRequest("Upload-Metadata must be pairs of a name and base64") from error
    return found


def _number(header: str) -> int:
    text = request.headers.get(header, "")
    if not re.fullmatch(r"[0-9]{1,12}", text):
        raise problems.BadRequest(f"{header} must be a whole number")
    return int(text)


def _digest(text: str) -> str:
    if not _SHA256.fullmatch(text):
        raise problems.BadRequest("sha256 must be 64 lower-case hex digits")
    return text


def _offsets(upload: service.Upload, response: Response) -> Response:
    response.headers["Upload-Offset"] = str(upload.offset)
    response.headers["Upload-Length"] = str(upload.length)
    response.headers["Cache-Control"] = "no-store"
    return response


@api.post("")
@access.needs()
def announce() -> ResponseReturnValue:
    sha256 = _digest(_metadata().get("sha256", ""))
    upload = service.announce(sha256=sha256, length=_number("Upload-Length"), user_id=access.me().id)
    response = _offsets(upload, Response(status=201))
    response.headers["Location"] = f"/api/v1/blobs/{sha256}"
    return response


@api.route("/<sha256>", methods=["HEAD"])
@access.needs()
def state(sha256: str) -> ResponseReturnValue:
    return _offsets(service.state(sha256=_digest(sha256), user_id=access.me().id), Response(status=200))


@api.patch("/<sha256>")
@access.needs()
def receive(sha256: str) -> ResponseReturnValue:
    if request.mimetype != "application/offset+octet-stream":
        raise problems.BadRequest("pieces are sent as application/offset+octet-stream")
    user_id = access.me().id
    offset, content = _number("Upload-Offset"), body(limit=service.LARGEST)
    upload = service.receive(sha256=_digest(sha256), user_id=user_id, offset=offset, content=content)
    if upload.picture is not None:
        with transaction():
            service.arrive(upload=upload, now=clock.now())
        service.drop_upload(sha256=sha256, user_id=user_id)
    return _offsets(upload, Response(status=204))


@api.get("/<sha256>")
@access.needs()
def read(sha256: str) -> ResponseReturnValue:
    blob = service.describe(sha256=_digest(sha256))
    if blob is None or not record.may_read_file(user_id=access.me().id, office=access.is_office(), sha256=sha256):
        raise problems.NotFound("there is no such file for you")
    response = Response(service.read(sha256=sha256), mimetype=blob.type)
    response.set_etag(sha256)
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    response.make_conditional(request)
    return response
