"""`POST /api/v1/devices` and `POST /api/v1/sync`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from fieldsvc import authority, clock, contract, installation, logs, measures, problems
from fieldsvc.catalog.service import published
from fieldsvc.db import transaction
from fieldsvc.identity import access
from fieldsvc.identity import service as identity
from fieldsvc.record import service as record
from fieldsvc.sync_api import cursor, receipt, service
from fieldsvc.sync_api.schemas import DeviceSchema, EnrolledAnswer, SyncAnswer, SyncSchema, check_ops
from fieldsvc.wire import read_json

api = Blueprint("sync_api", __name__, url_prefix="/api/v1")


@api.post("/devices")
@access.needs(lost_phone_too=True)
@contract.refuses(problems.Conflict, problems.DeviceRevoked)
@contract.gives(201, EnrolledAnswer)
@contract.gives(200, EnrolledAnswer)
@contract.takes(DeviceSchema)
def enrol(*, given: dict[str, Any]) -> ResponseReturnValue:
    """Enrol a phone for whoever is logged in; the same call again answers 200."""
    with transaction():
        device, is_new = identity.enrol(
            device_id=given["id"], name=given["name"], public_key=given["public_key"], user=access.me(), now=clock.now()
        )
        if device.revoked_at is None and access.is_on_lost_phone():
            raise problems.DeviceRevoked("log in again to make another phone of it")
        acked_seq = record.log_of(device_id=device.id).acked_seq
    access.uses_phone(device.id)
    answer = {
        "device": device.id,
        "code": device.code,
        "epoch": installation.epoch(),
        "acked_seq": acked_seq,
        "receipt_key": receipt.public_jwk(_keys()),
        "lifeboat_key": authority.public_jwk(authority.lifeboat_key(_keys())),
    }
    return answer, 201 if is_new else 200


def _envelope() -> dict[str, Any]:
    given = read_json()
    if isinstance(given, dict) and isinstance(given.get("ops"), list):
        check_ops(given["ops"])
    try:
        loaded: dict[str, Any] = SyncSchema().load(given)
    except ValidationError as error:
        raise problems.Invalid("this is not a sync request", errors=error.normalized_messages()) from error
    return loaded


@api.post("/sync")
@access.needs(lost_phone_too=True)
@contract.refuses(problems.NotFound, problems.Conflict, problems.Gone, problems.DeviceRevoked)
@contract.gives(200, SyncAnswer)
@contract.takes(SyncSchema, read=_envelope)
def sync(*, given: dict[str, Any]) -> ResponseReturnValue:
    """Send what the phone has written, and get the visits that changed since its cursor."""
    user, now = access.me(), clock.now()
    device = service.own_device(device_id=given["device"], user=user)
    access.uses_phone(device.id)
    epoch = installation.epoch()
    received = _push(given, device=device, now=now)
    told = receipt.make(keys=_keys(), device_id=device.id, epoch=epoch, files=given["files"], now=now)
    if device.revoked_at:
        raise problems.DeviceRevoked(
            "what it sent is kept for the office to decide", acked_seq=received.acked_seq, epoch=epoch, receipt=told
        )
    since = cursor.read(text=given["cursor"], epoch=epoch, user_id=user.id)
    page = record.read_page(user_id=user.id, since=since, day=installation.today(), limit=given["limit"])
    head = {
        "epoch": epoch,
        "results": received.results,
        "acked_seq": received.acked_seq,
        "gone": page.gone,
        "cursor": cursor.write(position=page.position, epoch=epoch, user_id=user.id),
        "more": page.more,
        "catalog": published().etag,
        "server_time": clock.rfc3339(now),
        "receipt": told,
    }
    return Response(service.answer_json(head=head, visits=page.documents), mimetype="application/json")


def _keys() -> Path:
    keys: Path = current_app.extensions["fieldsvc.settings"].keys
    return keys


def _push(given: dict[str, Any], *, device: Any, now: Any) -> service.Received:
    if not given["ops"]:
        if service.needs_hearing(device, now):
            with transaction():
                device.last_seen_at = now
        return service.Received([], record.log_head(device_id=device.id)[0])
    entries, user, office = service.entries_of(given["ops"]), access.me(), access.is_office()
    logs.note_push(device=device.id, ops=(entry.op["id"] for entry in entries))
    with transaction():
        received = service.receive(
            device=device, user=user, office=office, entries=entries, given_proof=given["proof"], now=now
        )
    measures.entries(statuses=[result["status"] for result in received.results])
    return received
