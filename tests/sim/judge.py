"""Asks every invariant of a world whose faults have stopped, and counts what broke."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import select

from fieldsvc import installation
from fieldsvc.blobs import service as blobs
from fieldsvc.db import db
from fieldsvc.identity import service as identity
from fieldsvc.record import service as record
from fieldsvc.record.models import Visit
from tests.sim import invariants, refold
from tests.sim.books import Books
from tests.sim.ledger import Ledger
from tests.sim.office import Office
from tests.sim.phones import Phone

HOPES = ("lost", "doubled", "changed", "diverged", "shown safe too early", "hidden", "stuck", "broken")


class Hand(Protocol):
    """Whatever holds a phone."""

    @property
    def phone(self) -> Phone: ...


class Server(Protocol):
    """What the judge needs of a server: its books, its people, and the product itself to ask."""

    books: Books
    people: Mapping[str, Mapping[str, str]]

    def ask(self) -> Any: ...


class Tried(Protocol):
    """A world that has lived: simulated, or besieged."""

    chance: random.Random
    ledger: Ledger
    office: Office

    @property
    def stand(self) -> Server: ...
    @property
    def handsets(self) -> Sequence[Hand]: ...
    def settle(self) -> list[str]: ...


@dataclass
class Verdict:
    """Findings by kind; a clean one has none of any."""

    findings: dict[str, list[str]] = field(default_factory=lambda: {hope: [] for hope in HOPES})
    entries: int = 0
    visits: int = 0

    @property
    def clean(self) -> bool:
        return not any(self.findings.values())

    def __str__(self) -> str:
        return "\n".join(f"{kind}: {one}" for kind, some in self.findings.items() for one in some[:5]) or "clean"


def judge(world: Tried) -> Verdict:
    """Stop the faults, let everything settle, and look."""
    verdict = Verdict()
    verdict.findings["stuck"] = world.settle()
    books, disks = world.stand.books, [handset.phone.disk for handset in world.handsets]
    entries, visits = books.entries(), {kept.id: kept for kept in books.visits()}
    verdict.entries, verdict.visits = len(entries), len(visits)
    verdict.findings |= invariants.custody(world.ledger, entries, disks, books.office_devices())
    verdict.findings["shown safe too early"] = world.ledger.too_early + invariants.receipts(entries, disks)
    fields = invariants.Fields(entries)
    verdict.findings["hidden"] = (
        invariants.worst_is_shown(fields, visits)
        + invariants.no_hazard_is_hidden(fields, visits)
        + invariants.nothing_superseded_blindly(world.ledger, fields, books.versions(), world.office.epoch)
    )
    verdict.findings["diverged"] = _diverged(world)
    verdict.findings["broken"] = refold.differences(entries, visits, world.stand.people, world.chance)
    verdict.findings["broken"] += _audit(world) + _files(world)
    return verdict


def _diverged(world: Tried) -> list[str]:
    found = []
    with world.stand.ask():
        for handset in world.handsets:
            disk = handset.phone.disk
            owner = identity.find(username=disk.owner)
            if owner is None or disk.current.revoked:
                continue
            mine = select(Visit.id, Visit.document).where(record.in_scope(owner.id, installation.today()))
            scope = {visit: json.loads(text) for visit, text in db.session.execute(mine)}
            found += invariants.replicas(disk, scope)
    return found


def _audit(world: Tried) -> list[str]:
    with world.stand.ask():
        return record.audit().findings


def _files(world: Tried) -> list[str]:
    """Every file that a phone still holds is held by the server, byte for byte."""
    kept = {digest: content for handset in world.handsets for digest, content in handset.phone.disk.files.items()}
    with world.stand.ask():
        held = blobs.present(set(kept))
        return [f"file {digest} is not there" for digest in kept if digest not in held] + [
            f"file {digest} is not what was sent" for digest in held if blobs.read(sha256=digest) != kept[digest]
        ]
