"""The store as an auditor reads it: straight from the database, past the application, only what is committed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, create_engine, text

Json = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """One row of the op log."""

    id: str
    device: str
    seq: int
    repeat: bool
    visit: str | None
    status: str
    version: int | None
    user: str
    user_name: str
    base: int
    body: Json

    @property
    def is_applied(self) -> bool:
        return self.version is not None and self.status in ("applied", "conflict")


@dataclass(frozen=True)
class Kept:
    """One visit's row."""

    id: str
    fields: Json
    document: Json


class Books:
    """Reads a store by its database address."""

    def __init__(self, url: str):
        self.engine = create_engine(url)

    @contextmanager
    def _open(self) -> Iterator[Connection]:
        with self.engine.connect() as connection:
            yield connection

    def close(self) -> None:
        """Let go of the database, so that it can be copied or put back."""
        self.engine.dispose()

    def entries(self) -> list[Entry]:
        """The whole op log."""
        query = text(
            "SELECT op_id, device_id, seq, repeat, visit_id, status, version, user_id, user_name, body FROM ops"
            " ORDER BY device_id, seq"
        )
        gaps = self.gaps()
        with self._open() as connection:
            rows = [(*row[:3], bool(row[3]), *row[4:9], json.loads(row[9])) for row in connection.execute(query)]
        return [Entry(*row[:9], _counted(row[9]["base"], gaps, row[6]), row[9]) for row in rows]

    def gaps(self) -> list[list[int]]:
        """The version numbers that no restore of this store ever gave out: [last before, last of the same line, next]."""
        with self._open() as connection:
            kept = connection.execute(text("SELECT value FROM installation WHERE name = 'version gaps'")).scalar()
        found: list[list[int]] = json.loads(kept) if isinstance(kept, str) else kept or []
        return found

    def visits(self) -> list[Kept]:
        """All visits."""
        with self._open() as connection:
            rows = connection.execute(text("SELECT id, fields, document FROM visits"))
            return [Kept(row[0], json.loads(row[1]), json.loads(row[2])) for row in rows]

    def ids(self) -> set[str]:
        """The ids of all entries."""
        with self._open() as connection:
            return set(connection.execute(text("SELECT op_id FROM ops")).scalars())

    def versions(self) -> dict[str, int]:
        """The version of every entry that has one."""
        with self._open() as connection:
            rows = connection.execute(text("SELECT op_id, version FROM ops WHERE repeat = 0 AND version IS NOT NULL"))
            return {row[0]: row[1] for row in rows}

    def length(self, device: str, upto: int) -> int:
        """How many entries of a device's log are stored up to a number."""
        query = text("SELECT count(*) FROM ops WHERE device_id = :device AND seq <= :upto")
        with self._open() as connection:
            return int(connection.execute(query, {"device": device, "upto": upto}).scalar_one())

    def office_devices(self) -> set[str]:
        """The devices under which the server writes the office's edits."""
        # A JSON column holds "no key" as the JSON null or as none at all.
        query = text("SELECT id FROM devices WHERE public_key IS NULL OR CAST(public_key AS TEXT) = 'null'")
        with self._open() as connection:
            return set(connection.execute(query).scalars())

    def files(self, digests: Collection[str]) -> set[str]:
        """Which of these files the server says it holds."""
        query = text("SELECT sha256 FROM blobs WHERE sha256 IN :digests").bindparams(
            bindparam("digests", expanding=True)
        )
        with self._open() as connection:
            return set(connection.execute(query, {"digests": list(digests)}).scalars())


def _counted(base: int, gaps: list[list[int]], version: int | None) -> int:
    """What a base counts for: a number that this line of history never gave out says little, or nothing."""
    inside = [(last, same_line) for last, same_line, following in gaps if last < base <= following]
    if inside:
        return inside[0][0] if base <= inside[0][1] else 0
    return base if version is None or base < version else 0
