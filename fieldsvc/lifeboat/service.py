"""Taking one phone's log out of a lifeboat into the record, as if the phone had sent it; and what is told of it.

Decides nothing that a sync would not: chain, signature, repeats and quarantine are those of `sync_api.service.receive`,
under the device's own user. Never commits. Invariant: of a log that is refused nothing is stored, and a lifeboat taken in
twice, or after its phone has sent some of it, changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from fieldsvc import clock, problems
from fieldsvc.db import db
from fieldsvc.identity import service as identity
from fieldsvc.lifeboat.models import Lifeboat
from fieldsvc.sync_api import service as sync

LATEST = 30


@dataclass
class Phone:
    """What came of one device's log. `refused` is a problem's code: then nothing of it was stored."""

    device: str
    code: str = ""
    user: str = ""
    taken: int = 0
    held: int = 0
    quarantined: list[dict[str, Any]] = field(default_factory=list)
    refused: str = ""


@dataclass
class Photos:
    """What came of the photos: counts, and the digests of those that are in the list and yet not here."""

    taken: int = 0
    held: int = 0
    lost: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@dataclass
class Landing:
    """What a lifeboat came to."""

    phones: list[Phone]
    photos: Photos


def name_phone(device_id: str) -> Phone:
    """A phone of a lifeboat as people know it, before anything is taken in."""
    device = identity.device(device_id=device_id)
    if device is None or device.public_key is None:
        return Phone(device=device_id)
    return Phone(device=device_id, code=device.code, user=identity.people().get(device.user_id, ""))


def take_in_log(*, log: Mapping[str, Any], phone: Phone, now: datetime) -> None:
    """Store the stretches of one device's log and count them on `phone`.

    Raises NotFound `unknown_device`, Conflict `sequence_gap`, `sequence_reused` or `bad_proof`, Invalid; the caller then
    rolls back, so nothing of this log is stored.
    """
    device = identity.device(device_id=log["device"])
    user = identity.member(user_id=device.user_id) if device is not None else None
    if device is None or device.public_key is None or user is None:
        raise problems.NotFound("this phone was never enrolled here", code="unknown_device")
    heard_at = device.last_seen_at
    office = bool({"office", "admin"} & set(identity.role_names(user)))
    for stretch in log["stretches"]:
        sync.check_place(device=device, seq=stretch["after"], link=stretch["before"])
        entries = sync.batch_of(stretch["ops"])
        if not entries:
            sync.check_link(device=device, link=stretch["before"], given_proof=stretch["proof"])
            continue
        if entries[0].op["seq"] != stretch["after"] + 1:
            raise problems.Invalid("the entries do not follow on their place", code="lifeboat_malformed")
        received = sync.receive(
            device=device, user=user, office=office, entries=entries, given_proof=stretch["proof"], now=now
        )
        for op, result in zip(stretch["ops"], received.results, strict=True):
            _count(phone, op, result)
    # It was not the phone that came: when it was last heard from is as true as before.
    device.last_seen_at = heard_at


def _count(phone: Phone, op: Mapping[str, Any], result: Mapping[str, Any]) -> None:
    if result["status"] == "duplicate":
        phone.held += 1
    elif result["status"] == "quarantined":
        why = {"code": result["code"], "detail": result["detail"]}
        phone.quarantined.append({"seq": op["seq"], "kind": str(op["kind"])[:80], **why})
    else:
        phone.taken += 1


def note(*, landing: Landing, made_at: str, size: int, by_id: str | None, by_name: str, now: datetime) -> Lifeboat:
    """Write down that a lifeboat was taken in, by whom, and what came of it."""
    row = Lifeboat(
        id=clock.new_id(),
        taken_at=now,
        by_id=by_id,
        by_name=by_name[:200],
        size=size,
        made_at=made_at,
        came_to=asdict(landing),
    )
    db.session.add(row)
    return row


def find(*, lifeboat_id: str) -> Lifeboat:
    """One that was taken in. Raises NotFound."""
    row = db.session.get(Lifeboat, lifeboat_id)
    if row is None:
        raise problems.NotFound()
    return row


def latest() -> list[Lifeboat]:
    """The newest that were taken in."""
    return list(db.session.scalars(select(Lifeboat).order_by(Lifeboat.taken_at.desc()).limit(LATEST)))


def landing_of(row: Lifeboat) -> Landing:
    """What a lifeboat came to, as it was written down."""
    return Landing([Phone(**one) for one in row.came_to["phones"]], Photos(**row.came_to["photos"]))
