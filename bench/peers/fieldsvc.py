"""fieldsvc itself: one sync request for the day, to `fieldsvc run` in one process.

Every round is a technician of its own with 40 visits of today. `pull` is a second phone of the same technician that has never
synced: it gets the day's 40 documents whole.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from bench.fill import hire, open_days
from bench.ours import Installation, Technician
from bench.process import Server
from bench.stock import Stock, Writer
from bench.wire import Refused

Json = dict[str, Any]


class Fieldsvc:
    """One installation as a contender."""

    def __init__(self, name: str, made: Installation, stock: Stock, *, rounds: int, writers: Sequence[Writer] = ()):
        """Plan a day for each of `rounds` technicians, new ones unless some with a past are given; then serve."""
        self.name, self.made = name, made
        self.writers = list(writers[:rounds]) or hire(made, rounds)
        open_days(made, stock, self.writers)
        self.server: Server = made.serve()
        self.phones: dict[int, Technician] = {}
        self.second: dict[int, Technician] = {}
        self.bodies: dict[int, bytes] = {}
        self.days: dict[int, list[Json]] = {}
        self.answers: dict[int, bytes] = {}

    def prepare(self, round_: int) -> None:
        username = self.writers[round_].username
        phone = self.phones[round_] = Technician.log_in(self.server.port, username)
        self.second[round_] = Technician.log_in(self.server.port, username)
        self.days[round_] = phone.take_in(phone.send(phone.phone.request([])))["visits"]
        self.bodies[round_] = phone.write(self.days[round_])

    def push(self, round_: int) -> None:
        self.answers[round_] = self.phones[round_].send(self.bodies[round_])

    def pull(self, round_: int) -> None:
        second = self.second[round_]
        self.answers[-1 - round_] = second.send(second.phone.request([]))

    def count(self, round_: int) -> int:
        told, pulled = json.loads(self.answers.pop(round_)), json.loads(self.answers.pop(-1 - round_))
        statuses = {one["status"] for one in told["results"]}
        closed = [visit for visit in pulled["visits"] if visit["state"] == "closed"]
        changed = {visit["id"] for visit in told["visits"]}
        if statuses != {"applied"} or not len(closed) == len(changed) == len(self.days[round_]):
            raise Refused(f"{self.name}: {statuses}, {len(changed)} visits came back, {len(closed)} are closed")
        return self.made.count("ops", device_id=self.phones[round_].phone.id, status="applied")

    def close(self) -> None:
        self.server.stop()
