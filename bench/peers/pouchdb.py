"""PouchDB Server on leveldb: the day's 600 entries as documents, in one `_bulk_docs` request.

Its leveldb does not call fsync: an answered document is not yet a durable one. What it reads back is counted.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench.peers import entries, node_folder
from bench.process import Server, free_port
from bench.wire import Connection, Refused

Json = dict[str, Any]


class PouchDb:
    """A running PouchDB Server with a database for each round."""

    name = "PouchDB Server"

    def __init__(self, folder: Path, cache: Path):
        place = folder / "pouchdb"
        (place / "data").mkdir(parents=True)
        (place / "config.json").write_text(json.dumps({"log": {"level": "none"}}))
        port = free_port()
        words = [
            "node", str(node_folder(cache) / "pouchdb-server" / "lib" / "index.js"), "--host", "127.0.0.1", "--port",
            str(port), "--dir", str(place / "data"), "--config", str(place / "config.json"), "--no-stdout-logs",
        ]  # fmt: skip
        self.server = Server(words, port=port, log=place / "log", cwd=place)
        self.connection = Connection(port)
        self.bodies: dict[int, bytes] = {}
        self.ids: dict[int, set[str]] = {}

    def prepare(self, round_: int) -> None:
        self.connection.call("PUT", f"/day-{round_}")
        day = [{"_id": one["id"], **one} for one in entries.of_a_day()]
        self.ids[round_] = {one["id"] for one in day}
        self.bodies[round_] = json.dumps({"docs": day}, ensure_ascii=False).encode()

    def push(self, round_: int) -> None:
        status, given = self.connection.send("POST", f"/day-{round_}/_bulk_docs", self.bodies[round_])
        if status != 201 or any("rev" not in one for one in json.loads(given)):
            raise Refused(f"PouchDB: {status} {given[:500]!r}")

    def pull(self, round_: int) -> None:
        status, given = self.connection.send("GET", f"/day-{round_}/_changes?include_docs=true")
        if status != 200 or not given:
            raise Refused(f"PouchDB: {status}")

    def count(self, round_: int) -> int:
        held = self.connection.call("GET", f"/day-{round_}/_all_docs")["rows"]
        return len({one["id"] for one in held} & self.ids.pop(round_))

    def close(self) -> None:
        self.server.stop()
