"""A plain Flask application: 600 entries as rows and 40 visits upserted, through SQLAlchemy Core, in one transaction.

What somebody would write in an afternoon: no log-in, no checks, no chain, no merge. The same journal mode, synchronous=FULL.
This module is both the contender and, under gunicorn (one worker, four threads), the application.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from sqlalchemy import Column, Integer, MetaData, String, Table, Text, create_engine, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from bench.peers import entries
from bench.process import Server, free_port
from bench.wire import Connection, Refused
from fieldsvc.db import prepare_engine

Json = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]


class PlainFlask:
    """The application, served, with a SQLite file of its own."""

    name = "plain Flask, Core upsert"

    def __init__(self, folder: Path):
        place = folder / "plain-flask"
        place.mkdir(parents=True)
        port = free_port()
        words = [
            sys.executable, "-m", "gunicorn", "--workers", "1", "--threads", "4", "--keep-alive", "75", "--bind",
            f"127.0.0.1:{port}", "--chdir", str(ROOT), "bench.peers.plain_flask:application()",
        ]  # fmt: skip
        env = {"BENCH_DATABASE": str(place / "plain.db"), "PYTHONPATH": str(ROOT)}
        self.server = Server(words, port=port, log=place / "log", ready="/day/none", env=env)
        self.connection = Connection(port)
        self.bodies: dict[int, bytes] = {}

    def prepare(self, round_: int) -> None:
        day = entries.of_a_day()
        by_visit: dict[str, list[Json]] = {}
        for one in day:
            by_visit.setdefault(one["visit"], []).append(one)
        documents = [{"id": visit, "day": f"day-{round_}", "entries": those} for visit, those in by_visit.items()]
        self.bodies[round_] = json.dumps({"ops": day, "visits": documents}, ensure_ascii=False).encode()

    def push(self, round_: int) -> None:
        status, given = self.connection.send("POST", f"/day/day-{round_}", self.bodies[round_])
        if status != 200:
            raise Refused(f"plain Flask: {status} {given[:500]!r}")

    def pull(self, round_: int) -> None:
        status, given = self.connection.send("GET", f"/day/day-{round_}")
        if status != 200 or len(given) < 1000:
            raise Refused(f"plain Flask: {status}")

    def count(self, round_: int) -> int:
        pulled = self.connection.call("GET", f"/day/day-{round_}")["visits"]
        return sum(len(one["entries"]) for one in pulled)

    def close(self) -> None:
        self.server.stop()


def application() -> Flask:
    """The application that gunicorn serves."""
    app, metadata = Flask("plain"), MetaData()
    ops = Table(
        "ops", metadata, Column("id", String(36), primary_key=True), Column("visit", String(36), index=True),
        Column("seq", Integer), Column("body", Text),
    )  # fmt: skip
    visits = Table(
        "visits", metadata, Column("id", String(36), primary_key=True), Column("day", String(40), index=True),
        Column("document", Text),
    )  # fmt: skip
    engine = create_engine(f"sqlite:///{os.environ['BENCH_DATABASE']}")
    prepare_engine(engine)
    metadata.create_all(engine)

    @app.post("/day/<day>")
    def push(day: str) -> Json:
        given = request.get_json()
        with engine.connect().execution_options(fieldsvc_writes=True) as connection, connection.begin():
            rows = [{"id": one["id"], "day": day, "document": json.dumps(one)} for one in given["visits"]]
            statement = upsert(visits)
            connection.execute(
                statement.on_conflict_do_update(["id"], set_={"document": statement.excluded.document}), rows
            )
            connection.execute(
                insert(ops),
                [{"id": o["id"], "visit": o["visit"], "seq": o["seq"], "body": json.dumps(o)} for o in given["ops"]],
            )
        return {"kept": len(given["ops"])}

    @app.get("/day/<day>")
    def pull(day: str) -> Response:
        with engine.connect() as connection:
            held = connection.scalars(select(visits.c.document).where(visits.c.day == day)).all()
        return Response(f'{{"visits":[{",".join(held)}]}}', mimetype="application/json")

    return app
