"""The office of the simulated company: plans, edits, assigns, reopens, settles what waits, revokes phones."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta
from typing import Any, Protocol

from fieldsvc import installation
from tests.fieldsvc.conftest import PASSWORD, wanted
from tests.sim import work
from tests.sim.ledger import Ledger
from tests.sim.line import Line, NoAnswerError, Reply

Json = dict[str, Any]


class Desk(Protocol):
    """The server the office works with."""

    @property
    def moment(self) -> datetime: ...
    def line(self) -> Line: ...
    def ask(self) -> Any: ...


class Office:
    """One desk. It keeps pages open for a long time: an edit is made on the document that it last looked at."""

    def __init__(self, stand: Desk, ledger: Ledger, chance: random.Random, technicians: list[str]):
        self.stand, self.ledger, self.chance, self.technicians = stand, ledger, chance, technicians
        self.line = stand.line()
        self.visits: list[str] = []
        self.pages: dict[str, tuple[Json, str]] = {}
        self._call("POST", "/api/v1/login", {"username": "office", "password": PASSWORD})
        with stand.ask():
            self.epoch = installation.epoch()

    def _call(self, method: str, path: str, body: Json | None = None) -> Reply:
        content = b"" if body is None else json.dumps(body).encode()
        return self.line.send(method, path, content=content, headers={"Content-Type": "application/json"})

    def work(self) -> None:
        """Do one thing; a request that dies with the server is simply not done."""
        draw = self.chance.random()
        try:
            if draw < 0.2:
                self.plan(self.chance.randrange(1, 3))
            elif draw < 0.35:
                self.settle_something()
            elif self.visits:
                self.edit(self.chance.choice(self.visits))
        except NoAnswerError:
            pass

    def plan(self, count: int) -> None:
        """Plan visits, some of them for days at the edge of what a phone sees."""
        with self.stand.ask():
            plans = [wanted(assignee=self.chance.choice(self.technicians), day=self._day()) for _ in range(count)]
        reply = self._call("POST", "/api/v1/visits", {"visits": plans})
        assert reply.status == 201, reply.content
        for visit in reply.body["visits"]:
            self.visits.append(visit["id"])
            self.pages[visit["id"]] = (visit, self.epoch)

    def _day(self) -> str:
        offset = self.chance.choice([0, 0, 0, 1, -6, -7, -8, 14, 15])
        return (self.stand.moment + timedelta(days=offset)).date().isoformat()

    def edit(self, visit: str) -> None:
        """Make one edit, on a fresh look at the visit or on an old page."""
        if visit not in self.pages or self.chance.random() < 0.6:
            reply = self._call("GET", f"/api/v1/visits/{visit}")
            if reply.status == 404:
                return  # planned after the backup that was put back
            self.pages[visit] = (reply.body, self.epoch)
        document, epoch = self.pages[visit]
        kind, data = self._draw(document)
        self.ledger.office_sends({"visit": visit, "kind": kind, "base": document["version"], "data": data}, epoch)
        reply = self._call(
            "POST", f"/api/v1/visits/{visit}/ops", {"base": document["version"], "kind": kind, "data": data}
        )
        if reply.status == 200:
            op = reply.body["result"]["id"]
            self.ledger.acked.add(op)
            self.ledger.looked_at[op] = epoch
        elif reply.status not in (404, 422):
            raise AssertionError(reply.content)

    def _draw(self, document: Json) -> tuple[str, Json]:
        draw = self.chance.random()
        if draw < 0.3:
            return "visit.assign", {"assignee": self.chance.choice(self.technicians)}
        if draw < 0.5:
            return "visit.reopen", {}
        while True:
            kind, data = work.entry(document, self.chance)
            if kind not in ("photo.add", "sign", "visit.create"):
                return kind, data

    def settle_something(self) -> None:
        """Release or dismiss something in quarantine; a no is a no."""
        waiting = self._call("GET", "/api/v1/quarantine").body["quarantine"]
        if waiting:
            op = self.chance.choice(waiting)["op"]["id"]
            action = self.chance.choice(["release", "release", "dismiss"])
            reply = self._call("POST", f"/api/v1/quarantine/{op}", {"action": action, "reason": "geprüft"})
            assert reply.status in (200, 409), reply.content

    def revoke(self, device: str) -> None:
        """Revoke a phone."""
        reply = self._call("POST", f"/api/v1/devices/{device}/revoke", {"reason": "verloren"})
        assert reply.status in (200, 404), reply.content
