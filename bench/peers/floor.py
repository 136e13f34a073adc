"""The bare floor: the rows that fieldsvc writes for a day, written with the bare sqlite3 driver, and nothing else done.

The same tables with the same indexes, the same journal mode, synchronous=FULL, one transaction. No HTTP, no JSON, no
checking, no merging: nobody who keeps the same rows on SQLite can be faster.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from bench.fill import hire
from bench.ours import Installation
from bench.stock import Row, Stock, Writer
from fieldsvc.sqlite import driver as sqlite
from fieldsvc.sqlite import wal_is_safe


class Floor:
    """A SQLite file with fieldsvc's tables."""

    name = "bare sqlite3"

    def __init__(self, folder: Path, stock: Stock, *, rounds: int):
        self.stock = stock
        shutil.copy(stock.made.data / "fieldsvc.db", folder / "floor.db")
        self.writers = hire(Installation(folder, f"sqlite:///{folder / 'floor.db'}"), rounds)
        self.connection = sqlite.connect(folder / "floor.db", isolation_level=None)
        for pragma in (
            f"journal_mode = {'WAL' if wal_is_safe() else 'DELETE'}",
            "synchronous = FULL",
            "foreign_keys = ON",
        ):
            self.connection.execute(f"PRAGMA {pragma}")
        self.days: dict[int, tuple[Writer, list[tuple[str, list[Row]]]]] = {}

    def prepare(self, round_: int) -> None:
        writer = self.writers[round_]
        words = self.stock.words(writer, self.stock.today, self.stock.next_serial())
        version = self.stock.next_version()
        opened = self.stock.copy(self.stock.opened, writer, words, version)
        pushed = self.stock.copy(self.stock.pushed, writer, words, version)
        self.connection.execute("BEGIN IMMEDIATE")
        self._write([(table.upsert(), opened[table.name]) for table in self.stock.tables])
        self._write([(table.upsert(), pushed[table.name]) for table in self.stock.tables if table.name == "devices"])
        self.connection.execute("COMMIT")
        # The head of a log is what its entries refer to, so it is written first, as the server does.
        order = sorted(self.stock.tables, key=lambda table: table.name != "logs")
        self.days[round_] = writer, [(table.upsert(), pushed[table.name]) for table in order]

    def _write(self, rows: list[tuple[str, list[Row]]]) -> None:
        for statement, those in rows:
            if those:
                self.connection.executemany(statement, those)

    def push(self, round_: int) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        self._write(self.days[round_][1])
        self.connection.execute("COMMIT")

    def pull(self, round_: int) -> None:
        user = self.days[round_][0].user_id
        self.connection.execute("SELECT document FROM visits WHERE assignee_id = ?", (user,)).fetchall()

    def count(self, round_: int) -> int:
        found: Any = self.connection.execute(
            "SELECT count(*) FROM ops WHERE device_id = ?", (self.days.pop(round_)[0].device,)
        ).fetchone()
        return int(found[0])

    def close(self) -> None:
        self.connection.close()
