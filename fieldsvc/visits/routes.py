"""Visits for programs: plan, read, edit as the office, history, quarantine."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from fieldsvc import clock, problems
from fieldsvc.db import transaction
from fieldsvc.identity import access
from fieldsvc.identity import service as identity
from fieldsvc.record import service as record
from fieldsvc.visits import service
from fieldsvc.visits.schemas import EditSchema, PlansSchema, SettleSchema
from fieldsvc.wire import MEBIBYTE, load

api = Blueprint("visits", __name__, url_prefix="/api/v1")


@api.post("/visits")
@access.needs("office")
def plan() -> ResponseReturnValue:
    given = load(PlansSchema(), limit=4 * MEBIBYTE)
    for visit in given["visits"]:
        visit["planned"]["from"] = visit["planned"].pop("from_")
    with transaction():
        documents = service.plan(visits=given["visits"], now=clock.now())
    return {"visits": documents}, 201


@api.get("/visits/<visit_id>")
@access.needs()
def read(visit_id: str) -> ResponseReturnValue:
    if not record.may_read(user_id=access.me().id, office=access.is_office(), visit_id=visit_id):
        raise problems.NotFound("there is no such visit for you")
    return record.document(visit_id=visit_id)


@api.post("/visits/<visit_id>/ops")
@access.needs("office")
def edit(visit_id: str) -> ResponseReturnValue:
    given = load(EditSchema())
    with transaction():
        record.document(visit_id=visit_id)
        author = identity.office_author(user=access.me(), now=clock.now())
        result = record.write_as_office(author=author, visit_id=visit_id, now=clock.now(), **given)
        if result.status == "quarantined":
            # A person is waiting for the answer and can put it right: nothing needs keeping.
            raise problems.Invalid(result.detail, code=result.code)
    return {"result": result.document(), "visit": record.document(visit_id=visit_id)}


@api.get("/visits/<visit_id>/ops")
@access.needs("office")
def history(visit_id: str) -> ResponseReturnValue:
    record.document(visit_id=visit_id)
    return {"ops": with_devices(record.history(visit_id=visit_id))}


@api.get("/quarantine")
@access.needs("office")
def quarantine() -> ResponseReturnValue:
    return {"quarantine": with_devices(record.held())}


@api.post("/quarantine/<op_id>")
@access.needs("office")
def settle(op_id: str) -> ResponseReturnValue:
    given = load(SettleSchema())
    with transaction():
        row = record.settle(op_id=op_id, user_id=access.me().id, now=clock.now(), **given)
    return {"result": row}


def with_devices(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put each row's phone in words: {id, code, name}."""
    devices = {device.id: device for device in identity.devices(ids=sorted({row["device"] for row in rows}))}
    for row in rows:
        device = devices.get(row["device"])
        row["device"] = {
            "id": row["device"],
            "code": device.code if device else None,
            "name": device.name if device else None,
        }
    return rows
