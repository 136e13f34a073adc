"""Uploads over tus 1.0 (core and creation), and reading files back."""

from __future__ import annotations

import base64
import binascii
import re

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from fieldsvc import clock, contract, problems
from fieldsvc.blobs import service
from fieldsvc.db import transaction
from fieldsvc.identity import access
from fieldsvc.record import service as record
from fieldsvc.wire import body

api = Blueprint("blobs", __name__, url_prefix="/api/v1/blobs")

_SHA256 = re.compile(r"[0-9a-f]{64}")
_WHOLE = r"^[0-9]{1,12}$"
_OFFSETS = ("Upload-Offset", "Upload-Length")


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
@access.needs(lost_phone_too=True)
@contract.refuses(problems.BadRequest, problems.TooLarge, problems.Invalid)
@contract.gives(201, headers=("Location", *_OFFSETS))
@contract.takes_file("", Upload_Length=_WHOLE, Upload_Metadata=r"^sha256 [A-Za-z0-9+/]+=*(,.*)?$")
def announce() -> ResponseReturnValue:
    """Announce a file of so many bytes; `sha256` in the metadata is its digest as hex, in base64."""
    sha256 = _digest(_metadata().get("sha256", ""))
    upload = service.announce(sha256=sha256, length=_number("Upload-Length"), user_id=access.me().id)
    response = _offsets(upload, Response(status=201))
    response.headers["Location"] = f"/api/v1/blobs/{sha256}"
    return response


@api.route("/<sha256>", methods=["HEAD"])
@access.needs(lost_phone_too=True)
@contract.refuses(problems.BadRequest, problems.NotFound)
@contract.gives(200, headers=_OFFSETS)
def state(sha256: str) -> ResponseReturnValue:
    """How far a file has come."""
    return _offsets(service.state(sha256=_digest(sha256), user_id=access.me().id), Response(status=200))


@api.patch("/<sha256>")
@access.needs(lost_phone_too=True)
@contract.refuses(problems.BadRequest, problems.NotFound, problems.Conflict, problems.TooLarge)
@contract.refuses(problems.Invalid, problems.DigestMismatch)
@contract.gives(204, headers=_OFFSETS)
@contract.takes_file("application/offset+octet-stream", Upload_Offset=_WHOLE)
def receive(sha256: str) -> ResponseReturnValue:
    """The next bytes of a file, from where it stands."""
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
@contract.refuses(problems.BadRequest, problems.NotFound, problems.Gone)
@contract.gives(200, media=("image/jpeg", "image/png", "image/webp", "image/heic"))
def read(sha256: str) -> ResponseReturnValue:
    """A file; 410 `erased` once its time is over."""
    blob = service.describe(sha256=_digest(sha256))
    if blob is None or not record.may_read_file(user_id=access.me().id, office=access.is_office(), sha256=sha256):
        raise problems.NotFound("there is no such file for you")
    if blob.erased_at is not None:
        raise problems.Gone("its time was over and it was erased", code="erased", title="This file was erased")
    content, kind = service.read(sha256=sha256), blob.type
    if not access.is_office():
        content, kind = service.bare(content=content, type=kind)  # where and when it was taken is for the office
    return Response(content, mimetype=kind)
