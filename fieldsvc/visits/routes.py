"""Visits for programs: plan, read, edit as the office, history, quarantine."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from fieldsvc import clock, contract, problems
from fieldsvc.db import transaction
from fieldsvc.identity import access
from fieldsvc.identity import service as identity
from fieldsvc.record import service as record
from fieldsvc.visits import service
from fieldsvc.visits.schemas import (
    EditAnswer,
    EditSchema,
    HistoryAnswer,
    PlansSchema,
    QuarantineAnswer,
    SettledAnswer,
    SettleSchema,
    VisitsAnswer,
)
from fieldsvc.wire import MEBIBYTE

api = Blueprint("visits", __name__, url_prefix="/api/v1")


@api.post("/visits")
@access.needs("office")
@contract.gives(201, VisitsAnswer)
@contract.takes(PlansSchema, limit=4 * MEBIBYTE)
def plan(*, given: dict[str, Any]) -> ResponseReturnValue:
    """Plan visits, all or none."""
    for visit in given["visits"]:
        visit["planned"]["from"] = visit["planned"].pop("from_")
    with transaction():
        documents = service.plan(visits=given["visits"], now=clock.now())
    return {"visits": documents}, 201


@api.get("/visits/<visit_id>")
@access.needs()
@contract.refuses(problems.NotFound)
@contract.gives(200, record.VisitDocument)
def read(visit_id: str) -> ResponseReturnValue:
    """One visit."""
    if not record.may_read(user_id=access.me().id, office=access.is_office(), visit_id=visit_id):
        raise problems.NotFound("there is no such visit for you")
    return record.document(visit_id=visit_id)


@api.post("/visits/<visit_id>/ops")
@access.needs("office")
@contract.refuses(problems.NotFound, problems.Conflict)
@contract.gives(200, EditAnswer)
@contract.takes(EditSchema)
def edit(visit_id: str, *, given: dict[str, Any]) -> ResponseReturnValue:
    """One edit of the office, as an entry of its own; `data` is what docs/sync-protocol.md says for its kind."""
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
@contract.refuses(problems.NotFound)
@contract.gives(200, HistoryAnswer)
def history(visit_id: str) -> ResponseReturnValue:
    """Every entry of a visit, applied or not."""
    record.document(visit_id=visit_id)
    return {"ops": with_devices(record.history(visit_id=visit_id))}


@api.get("/quarantine")
@access.needs("office")
@contract.gives(200, QuarantineAnswer)
def quarantine() -> ResponseReturnValue:
    """The entries that wait for a person, newest first."""
    return {"quarantine": with_devices(record.held())}


@api.post("/quarantine/<op_id>")
@access.needs("office")
@contract.refuses(problems.NotFound, problems.Conflict)
@contract.gives(200, SettledAnswer)
@contract.takes(SettleSchema)
def settle(op_id: str, *, given: dict[str, Any]) -> ResponseReturnValue:
    """Apply an entry that waits, or dismiss it."""
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
