"""Log-in, staff and revoking phones, for programs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from fieldsvc import clock, contract, problems
from fieldsvc.db import transaction
from fieldsvc.identity import access, entrance, service
from fieldsvc.identity.schemas import LoginSchema, MeAnswer, NewUserSchema, ReasonSchema, RevokedAnswer, UserAnswer

api = Blueprint("identity", __name__, url_prefix="/api/v1")


@api.post("/login")
@access.public
@contract.refuses(problems.BadCredentials, problems.SecondFactor, problems.BadSecond, problems.Owing, problems.TooMany)
@contract.gives(200, UserAnswer)
@contract.takes(LoginSchema)
def login(*, given: dict[str, Any]) -> ResponseReturnValue:
    """Log in; the answer brings the session's cookie. `code`: a second factor, where the account has one."""
    return {"user": service.profile(entrance.log_in(**given))}


@api.post("/logout")
@access.public
@contract.gives(204)
def logout() -> ResponseReturnValue:
    """End the session."""
    access.log_out()
    return "", 204


@api.get("/me")
@access.needs(lost_phone_too=True)
@contract.gives(200, MeAnswer)
def me() -> ResponseReturnValue:
    """Who is logged in, and the server's time."""
    return {"user": service.profile(access.me()), "server_time": clock.rfc3339(clock.now())}


@api.post("/users")
@access.needs("admin")
@contract.gives(201, UserAnswer)
@contract.takes(NewUserSchema)
def add_user(*, given: dict[str, Any]) -> ResponseReturnValue:
    """Add a member of staff. 403 for an administrator's account when the log-in was more than a quarter of an hour ago."""
    if "admin" in given["roles"] and not entrance.is_fresh():
        raise problems.Forbidden("log in again first")
    with transaction():
        user = service.add_user(**given, now=clock.now())
    return {"user": service.profile(user)}, 201


@api.post("/devices/<device_id>/revoke")
@access.needs("office")
@contract.refuses(problems.NotFound)
@contract.gives(200, RevokedAnswer)
@contract.takes(ReasonSchema)
def revoke(device_id: str, *, given: dict[str, Any]) -> ResponseReturnValue:
    """Revoke a phone: what it still sends waits for the office, and it is told nothing more."""
    with transaction():
        device = service.revoke(device_id=device_id, reason=given["reason"], now=clock.now())
    assert device.revoked_at is not None
    return {
        "device": {"id": device.id, "revoked_at": clock.rfc3339(device.revoked_at), "reason": device.revoked_reason}
    }
