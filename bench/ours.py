"""fieldsvc as a contender: an installation of its own, its server process, and what a technician's phone does with it.

Installations are made by the code of `fieldsvc init`; the server is `fieldsvc run`, one process. Decides nothing about the
days that are sent. Invariant: an entry counts as pushed when it is applied and a count in the store agrees.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from bench.day import Phone
from bench.process import Server, free_port
from bench.wire import Connection, Refused
from fieldsvc import clock, setup
from fieldsvc.db import db, transaction
from fieldsvc.identity import service as identity
from fieldsvc.settings import Settings

Json = dict[str, Any]

PASSWORD = "a password for measuring"
# Papers wait for their photos longer than any measurement takes: rendering is measured elsewhere.
PATIENCE = {"FIELDSVC_PHOTO_WAIT_SECONDS": str(14 * 86_400)}


@dataclass(frozen=True)
class Installation:
    """A folder and a database, made and empty but for one technician, `first`."""

    data: Path
    database_url: str
    first: str = "technician-0"

    @classmethod
    def make(cls, data: Path, database_url: str = "") -> Installation:
        """Make an installation, on SQLite in its folder when no database is named."""
        made = cls(data, database_url or f"sqlite:///{data / 'fieldsvc.db'}")
        setup.prepare_folder(data)
        app = setup.install(made.settings())
        with app.app_context():
            with transaction():
                identity.add_user(
                    username=made.first, password=PASSWORD, name="王小明", roles=["technician", "office"],
                    locale="zh-Hans", now=clock.now(),
                )  # fmt: skip
            db.engine.dispose()
        return made

    def settings(self) -> Settings:
        """What its server is told."""
        return Settings.from_env(self.environment())

    def environment(self) -> dict[str, str]:
        """The same as environment variables."""
        return {"FIELDSVC_DATA": str(self.data), "FIELDSVC_DATABASE_URL": self.database_url, **PATIENCE}

    def serve(self, *, processes: int = 1) -> Server:
        """Serve it: `fieldsvc run`, or gunicorn where it shall be several processes."""
        port = free_port()
        words = [sys.executable, "-m", "fieldsvc.cli", "run", "--data", str(self.data), "--port", str(port)]
        if processes > 1:
            words = [
                sys.executable, "-m", "gunicorn", "--workers", str(processes), "--threads", "12", "--bind",
                f"127.0.0.1:{port}", "--keep-alive", "75", "--backlog", "1024", "--timeout", "120", "fieldsvc.wsgi:app",
            ]  # fmt: skip
        return Server(words, port=port, log=self.data / "server.log", ready="/readyz", env=self.environment())

    def count(self, table: str, **where: str) -> int:
        """Count rows, past the server."""
        condition = " AND ".join(f"{name} = :{name}" for name in where) or "1 = 1"
        engine = create_engine(self.database_url)
        try:
            with engine.connect() as connection:
                return int(connection.scalar(text(f"SELECT count(*) FROM {table} WHERE {condition}"), where) or 0)
        finally:
            engine.dispose()


def orders(count: int, *, today: date, assignee: str) -> list[Json]:
    """As many visits planned for one technician today, spread over the day, each at a home of its own."""
    return [
        {
            "type": "gas.inspection",
            "customer": {
                "account": f"85100{place:05d}", "name": f"王芳{place}", "phone": f"139085{place:05d}",
                "district": "南明区", "address": "遵义路 12 号", "building": str(place // 40 + 1), "unit": "2",
                "room": f"{place % 40 // 4 + 1:02d}0{place % 4 + 1}",
            },
            "meters": [
                {"serial": f"SN2211{place:06d}", "kind": "diaphragm", "digits": 5, "decimals": 3,
                 "last": {"value": "1234.567", "at": str(today - timedelta(days=60))}}
            ],
            "planned": {"date": today.isoformat(), "from": f"{8 + place * 10 // count:02d}:00", "to": "19:00"},
            "assignee": assignee,
        }
        for place in range(count)
    ]  # fmt: skip


@dataclass
class Technician:
    """One logged-in technician with an enrolled phone."""

    connection: Connection
    phone: Phone = field(default_factory=Phone)
    cursor: str | None = None

    @classmethod
    def log_in(cls, port: int, username: str) -> Technician:
        """Log in and enrol a new phone."""
        connection = Connection(port, {"X-Fieldsvc": "1"})
        connection.call("POST", "/api/v1/login", {"username": username, "password": PASSWORD})
        technician = cls(connection)
        connection.call("POST", "/api/v1/devices", technician.phone.enrolment())
        return technician

    def send(self, body: bytes) -> bytes:
        """Send a sync request; gives the answer unread. This is all that is clocked."""
        status, given = self.connection.send("POST", "/api/v1/sync", body)
        if status != 200:
            raise Refused(f"sync: {status} {given[:500]!r}")
        return given

    def take_in(self, given: bytes) -> Json:
        """Read an answer and keep its cursor."""
        told: Json = json.loads(given)
        self.cursor = told["cursor"]
        return told

    def write(self, visits: Sequence[Json]) -> bytes:
        """Write the day and make the request that sends it, with a cursor as a phone has one."""
        written = self.phone.write(visits, now=datetime.now(UTC))
        return self.phone.request(written, cursor=self.cursor)
