"""A store as it looks after years: one day that really happened, copied with new ids as often as wanted.

The day is made once by the server's own code: 40 visits are planned, pulled, written about and pushed. Every row that this
left, in whatever table, becomes a pattern; a copy replaces all ids, numbers, days and versions in it, and computes the chain of
the log anew, so that `fieldsvc audit` finds a copied log as sound as the first. Rows go in through the bare drivers.
Invariant: copies have all the rows of real days, and no two share an id.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench.day import VISITS, Phone
from bench.ours import PASSWORD, Installation, orders
from bench.wire import Refused
from fieldsvc import clock, create_app, installation
from fieldsvc.db import Base, db, transaction
from fieldsvc.sqlite import driver as sqlite
from fieldsvc.visits import service as visits
from sync import chain

Row = tuple[Any, ...]

# What belongs to the installation and not to a day, or is counted from rows.
_STANDING = {
    "users", "roles", "user_roles", "installation", "login_failures", "counters", "alembic_version", "blobs", "sought",
    "catalogue_editions", "setting_changes", "audit_entries", "audit_removals", "login_sessions", "recovery_codes", "passkeys",
    "account_events", "erasures", "sent_forms", "duty_counts",
}  # fmt: skip
_COMPUTED = {("ops", "digest"), ("ops", "chain"), ("logs", "chain")}
_VERSIONED = {"version", "seq", "acked_seq"}
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_SHA256 = r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])"
_NUMBERED = r'(?<="seq":)\d+|(?<="version":)\d+|(?<="base":)\d+'


@dataclass(frozen=True)
class Table:
    """One table as the drivers need it."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]

    def upsert(self, mark: str = "?") -> str:
        """The statement that writes a row, new or known."""
        rest = [name for name in self.columns if name not in self.key]
        change = ", ".join(f"{name} = excluded.{name}" for name in rest)
        return (
            f"INSERT INTO {self.name} ({', '.join(self.columns)}) VALUES ({', '.join([mark] * len(self.columns))})"
            f" ON CONFLICT ({', '.join(self.key)}) DO {f'UPDATE SET {change}' if change else 'NOTHING'}"
        )


def tables() -> list[Table]:
    """The tables that a day leaves rows in, those that others refer to first."""
    return [
        Table(one.name, tuple(c.name for c in one.columns), tuple(c.name for c in one.primary_key))
        for one in Base.metadata.sorted_tables
        if one.name not in _STANDING
    ]


class Pattern:
    """A text cut where a copy differs: at known words, and at numbers that are moved on."""

    def __init__(self, text: str, cut: re.Pattern[str], words: Mapping[str, int]):
        self._parts: list[str] = []
        self._slots: list[tuple[int, int]] = []  # place in parts, which word
        self._numbers: list[tuple[int, int, bool]] = []  # place in parts, the number, is it a seq
        end = 0
        for found in cut.finditer(text):
            self._parts += [text[end : found.start()], found[0]]
            end, place = found.end(), len(self._parts) - 1
            if found[0] in words:
                self._slots.append((place, words[found[0]]))
            elif text[: found.start()].endswith(('"seq":', '"version":', '"base":')):
                self._numbers.append((place, int(found[0]), text[: found.start()].endswith('"seq":')))
        self._parts.append(text[end:])
        self.constant = not (self._slots or self._numbers)

    def copy(self, words: Sequence[str], version: int, seq: int) -> str:
        """The text with a copy's words, its versions and seqs moved on."""
        parts = self._parts
        for place, which in self._slots:
            parts[place] = words[which]
        for place, number, is_seq in self._numbers:
            parts[place] = str(number + (seq if is_seq else version)) if number else "0"
        return "".join(parts)


@dataclass
class Writer:
    """A technician whose days are copied: their words, and how far their phone's log has come."""

    user_id: str
    username: str
    device: str = field(default_factory=clock.new_id)
    code: str = field(default_factory=lambda: f"S{secrets.token_hex(5)}")
    seq: int = 0
    link: bytes = b""


class Stock:
    """The pattern of a day, and copies of it."""

    def __init__(self, folder: Path):
        """Make the day on an installation of its own in `folder`."""
        self.made = Installation.make(folder / "pattern")
        self.tables = tables()
        app = create_app(self.made.settings())
        with app.app_context():
            self.today = installation.today()
            self.planned = self._plan()
            db.session.remove()
        database = self.made.data / "fieldsvc.db"
        _copy(database, folder / "planned.db")
        self._push(app)  # outside any context: who is logged in is remembered by request
        with app.app_context():
            db.engine.dispose()
        before, after = _contents(folder / "planned.db", self.tables), _contents(database, self.tables)
        self.versions: int = _scalar(database, "SELECT value FROM counters WHERE name = 'version'")
        self.entries = len(after["ops"])
        self.user = _scalar(database, f"SELECT id FROM users WHERE username = '{self.made.first}'")
        self._password = _scalar(database, "SELECT password FROM users")
        self._name_words(after)
        self.opened = self._patterns(before)
        self.whole = self._patterns(after)
        self.pushed = self._patterns(
            {name: [row for row in rows if row not in set(before[name])] for name, rows in after.items()}
        )
        self._copies = 0
        self._version: int = self.versions

    def _plan(self) -> list[dict[str, Any]]:
        with transaction():
            return visits.plan(visits=orders(VISITS, today=self.today, assignee=self.made.first), now=clock.now())

    def _push(self, app: Any) -> None:
        client, headers = app.test_client(), {"X-Fieldsvc": "1"}
        login = {"username": self.made.first, "password": PASSWORD}
        phone = Phone()
        answers = [
            client.post("/api/v1/login", json=login, headers=headers),
            client.post("/api/v1/devices", json=phone.enrolment(), headers=headers),
            client.post(
                "/api/v1/sync", data=phone.request(phone.write(self.planned, now=clock.now())), headers=headers
            ),
        ]
        if any(answer.status_code >= 300 for answer in answers):
            raise Refused(answers[-1].text[:500])
        refused = [one for one in answers[-1].json["results"] if one["status"] != "applied"]
        if refused:
            raise Refused(str(refused[0]))

    # -- from rows to patterns

    def _name_words(self, rows: Mapping[str, Iterable[Row]]) -> None:
        self._kinds: list[tuple[str, str]] = []  # (kind, word)
        known: dict[str, str] = {self.user: "user", self.made.first: "username"}
        for table, column, kind in (
            ("devices", "id", "device"), ("devices", "code", "code"), ("visits", "number", "number"),
            ("visits", "lookup", "token"), ("customers", "account", "account"), ("meters", "serial", "serial"),
            ("notices", "number", "paper"),
        ):  # fmt: skip
            place = next(one for one in self.tables if one.name == table).columns.index(column)
            known |= {str(row[place]): kind for row in rows[table]}
        for days in range(2):
            known[(self.today - timedelta(days=days)).isoformat()] = f"day-{days}"
        found = {
            word
            for table in self.tables
            for row in rows[table.name]
            for column, cell in zip(table.columns, row, strict=True)
            if isinstance(cell, str) and (table.name, column) not in _COMPUTED
            for word in re.findall(f"{UUID}|{_SHA256}", cell)
        }
        known |= {word: "uuid" if len(word) == 36 else "sha256" for word in sorted(found) if word not in known}
        self._kinds = [(kind, word) for word, kind in known.items()]
        self._places = {word: place for place, (_, word) in enumerate(self._kinds)}
        explicit = [word for kind, word in self._kinds if kind not in ("uuid", "sha256", "device", "user")]
        longest_first = sorted(explicit, key=len, reverse=True)
        self._cut = re.compile("|".join([UUID, _SHA256, *map(re.escape, longest_first), _NUMBERED]))

    def _patterns(self, rows: Mapping[str, Sequence[Row]]) -> dict[str, list[tuple[Any, ...]]]:
        cut = {}
        for table in self.tables:
            cut[table.name] = [
                tuple(self._cell(table.name, name, cell) for name, cell in zip(table.columns, row, strict=True))
                for row in rows[table.name]
            ]
        return cut

    def _cell(self, table: str, column: str, cell: Any) -> Any:
        if isinstance(cell, str) and (table, column) not in _COMPUTED:
            if table in ("visits", "notices"):  # papers of days gone by were made long ago
                cell = cell.replace('"status":"pending"', '"status":"ready"')
                cell = "ready" if (table, column) == ("notices", "status") else cell
            pattern = Pattern(cell, self._cut, self._places)
            return cell if pattern.constant else pattern
        if isinstance(cell, int) and column in _VERSIONED:
            return (column, cell)
        return cell

    # -- from patterns to copies

    def copy(
        self, patterns: Mapping[str, list[tuple[Any, ...]]], writer: Writer, words: list[str], version: int
    ) -> dict[str, list[Row]]:
        """The rows of one copy; its log goes on where the writer's ended."""
        made: dict[str, list[Row]] = {}
        for table in self.tables:
            made[table.name] = [
                tuple(
                    cell.copy(words, version, writer.seq)
                    if type(cell) is Pattern
                    else (cell[1] + (version if cell[0] == "version" else writer.seq))
                    if type(cell) is tuple
                    else cell
                    for cell in row
                )
                for row in patterns[table.name]
            ]
        self._chain(made, writer)
        return made

    def _chain(self, made: dict[str, list[Row]], writer: Writer) -> None:
        """Compute digests and chain of a copied log from its bodies, as phone and server compute them."""
        at = {name: self.columns("ops").index(name) for name in ("seq", "body", "digest", "chain")}
        rows = []
        for row in sorted(made["ops"], key=lambda one: int(one[at["seq"]])):
            digest = chain.digest(row[at["body"]].encode())
            writer.link = chain.link(writer.link or chain.start(writer.device), digest)
            changed = list(row)
            changed[at["digest"]], changed[at["chain"]] = digest.hex(), writer.link.hex()
            rows.append(tuple(changed))
        writer.seq += len(rows)
        made["ops"] = rows
        if rows:
            made["logs"] = [(writer.device, writer.seq, writer.link.hex())]

    def columns(self, table: str) -> tuple[str, ...]:
        """The columns of a table."""
        return next(one.columns for one in self.tables if one.name == table)

    def words(self, writer: Writer, day: date, serial: int) -> list[str]:
        """New ids and numbers for one copy; ids of a later copy sort after those of an earlier one."""
        fresh = {
            "user": lambda n: writer.user_id,
            "username": lambda n: writer.username,
            "device": lambda n: writer.device,
            "code": lambda n: writer.code,
            "uuid": lambda n: _uuid(serial, n),
            "sha256": lambda n: os.urandom(32).hex(),
            "number": lambda n: f"AJ-F{serial:07d}-{n:04d}",
            "paper": lambda n: f"AJ-GY01-F{serial:07d}-{n:05d}",
            "token": lambda n: secrets.token_urlsafe(16),
            "account": lambda n: f"86{serial:07d}{n:05d}",
            "serial": lambda n: f"SN{serial:07d}{n:05d}",
            "day-0": lambda n: day.isoformat(),
            "day-1": lambda n: (day - timedelta(days=1)).isoformat(),
        }
        return [fresh[kind](n) for n, (kind, _) in enumerate(self._kinds)]

    def next_serial(self) -> int:
        """A number for one more copy."""
        self._copies += 1
        return self._copies

    def next_version(self) -> int:
        """How far the versions of one more copy are moved on."""
        version = self._version
        self._version += self.versions
        return version

    @property
    def last_version(self) -> int:
        """The highest version in any copy so far."""
        return self._version


def _uuid(serial: int, n: int) -> str:
    moment = f"{0x019300000000 + serial * 4096 + n // 8:012x}"
    rest = os.urandom(10).hex()
    return f"{moment[:8]}-{moment[8:]}-7{rest[:3]}-8{rest[3:6]}-{rest[6:18]}"


def _copy(database: Path, to: Path) -> None:
    """A file alone would lack what still stands in its write-ahead log."""
    with sqlite.connect(database) as given, sqlite.connect(to) as taken:
        given.backup(taken)
    given.close()
    taken.close()


def _contents(database: Path, those: Sequence[Table]) -> dict[str, list[Row]]:
    with sqlite.connect(database) as connection:
        found = {
            one.name: connection.execute(f"SELECT {', '.join(one.columns)} FROM {one.name}").fetchall() for one in those
        }
    connection.close()
    return found


def _scalar(database: Path, statement: str) -> Any:
    connection = sqlite.connect(database)
    try:
        return connection.execute(statement).fetchone()[0]
    finally:
        connection.close()
