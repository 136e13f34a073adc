"""Log-in, staff and revoking phones, for programs."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from fieldsvc import clock
from fieldsvc.db import transaction
from fieldsvc.identity import access, service
from fieldsvc.identity.schemas import LoginSchema, NewUserSchema, ReasonSchema
from fieldsvc.wire import load

api = Blueprint("identity", __name__, url_prefix="/api/v1")


@api.post("/login")
@access.public
def login() -> ResponseReturnValue:
    given = load(LoginSchema())
    return {"user": service.profile(access.log_in(**given))}


@api.post("/logout")
@access.public
def logout() -> ResponseReturnValue:
    access.log_out()
    return "", 204


@api.get("/me")
@access.needs()
def me() -> ResponseReturnValue:
    return {"user": service.profile(access.me()), "server_time": clock.rfc3339(clock.now())}


@api.post("/users")
@access.needs("admin")
def add_user() -> ResponseReturnValue:
    given = load(NewUserSchema())
    with transaction():
        user = service.add_user(**given, now=clock.now())
    return {"user": service.profile(user)}, 201


@api.post("/devices/<device_id>/revoke")
@access.needs("office")
def revoke(device_id: str) -> ResponseReturnValue:
    given = load(ReasonSchema())
    with transaction():
        device = service.revoke(device_id=device_id, reason=given["reason"], now=clock.now())
    assert device.revoked_at is not None
    return {
        "device": {"id": device.id, "revoked_at": clock.rfc3339(device.revoked_at), "reason": device.revoked_reason}
    }
