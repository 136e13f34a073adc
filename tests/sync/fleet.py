"""A tiny world for testing the merge: devices, what each has seen, and a server that folds what arrives.

Ops are made with the base their author had seen; `arrive` gives versions in the order of arrival. No application, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sync import document, merge
from sync.merge import Applied, Author, State

FACTS: dict[str, Any] = {
    "id": "visit",
    "number": "AJ-20261121-0001",
    "type": "gas.inspection",
    "checklist": "gas.residential",
    "planned": {"date": "2026-11-21", "from": "09:00", "to": "11:00"},
    "assignee": {"id": "u1", "name": "李检"},
    "lookup": "token",
    "customer": {"id": "c", "account": "A1", "name": "王芳", "phone": "13900000000", "tags": []},
    "meters": [],
    "previous": {},
    "notices": [],
}
HAZARD = str(UUID(int=7))
METER = str(UUID(int=9))


@dataclass
class Phone:
    """A device that writes ops; `base` is the version it last pulled."""

    name: str
    base: int = 0
    seq: int = 0
    office: bool = False

    def op(self, kind: str, *, at: str = "2026-11-21T09:00:00.000+08:00", **data: Any) -> dict[str, Any]:
        """Write an op with what this device has seen so far."""
        self.seq += 1
        op_id = str(UUID(int=(sum(map(ord, self.name)) << 64) + self.seq))
        return {"id": op_id, "seq": self.seq, "visit": "visit", "kind": kind, "at": at, "base": self.base, "data": data}

    def check(self, result: str, **more: Any) -> dict[str, Any]:
        """Judge the hose."""
        return self.op("check.set", item="hose", point="HOSE-C1", result=result, **more)

    def hazard(self, **more: Any) -> dict[str, Any]:
        """Record a hazard."""
        given = {
            "hazard": HAZARD,
            "code": "HOSE-02",
            "item": "hose",
            "level": 2,
            "position": "after_appliance_valve",
            "due": "2026-12-01",
            "stop_gas": "none",
            "solutions": [0],
        }
        return self.op("hazard.add", **{**given, **more})

    @property
    def author(self) -> Author:
        return Author(device=self.name, id=f"user of {self.name}", name=self.name, office=self.office)


@dataclass
class Server:
    """Folds what arrives and gives versions."""

    state: State = field(default_factory=dict)
    version: int = 0

    def arrive(self, phone: Phone, *ops: dict[str, Any]) -> list[Applied]:
        """Take in a phone's ops in this order."""
        outcomes = []
        for op in ops:
            self.version += 1
            applied = merge.apply(
                self.state, op, author=phone.author, version=self.version, assignee={"id": "u2", "name": "赵"}
            )
            self.state = applied.state
            outcomes.append(applied)
        return outcomes

    def pull(self, *phones: Phone) -> None:
        """Let phones see everything that has arrived."""
        for phone in phones:
            phone.base = self.version

    def document(self, arrived: Iterable[str] = ()) -> dict[str, Any]:
        """The visit as it stands."""
        return document.build(self.state, FACTS, version=self.version, arrived=set(arrived))


def shown(built: dict[str, Any]) -> dict[str, Any]:
    """A document without its version, which depends on the order of arrival and on nothing else."""
    return {name: value for name, value in built.items() if name != "version"}
