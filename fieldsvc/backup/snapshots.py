"""One instant of the database, as a file: taken while others write, and loaded into an empty place.

SQLite by its backup interface, which copies one transaction's view; PostgreSQL by pg_dump of an exported snapshot, in which
everything that is asked about the backup is asked as well. Invariant: what `Snapshot.connection` shows is what the file holds.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, inspect, make_url, text

from fieldsvc import sqlite
from fieldsvc.backup.manifest import BadBackup, sync_folder
from fieldsvc.db import BUSY_SECONDS

SQLITE, POSTGRESQL = "sqlite", "postgresql"
FILES = {SQLITE: "database.sqlite", POSTGRESQL: "database.pgdump"}


@dataclass(frozen=True)
class Snapshot:
    """A database as it stood at one instant: the file of it, and a connection that sees the same."""

    kind: str
    file: Path
    connection: Connection


def kind_of(url: str) -> str:
    """The kind of database at an address."""
    return SQLITE if url.startswith("sqlite:") else POSTGRESQL


@contextmanager
def take(url: str, folder: Path) -> Iterator[Snapshot]:
    """Write the database into `folder`, read it back, and give it. Raises BadBackup."""
    kind = kind_of(url)
    file = folder / FILES[kind]
    with (_of_sqlite if kind == SQLITE else _of_postgresql)(url, file) as connection:
        yield Snapshot(kind, file, connection)


@contextmanager
def _of_sqlite(url: str, file: Path) -> Iterator[Connection]:
    source = sqlite.driver.connect(sqlite_file(url), timeout=BUSY_SECONDS)
    target = sqlite.driver.connect(str(file))
    try:
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")
        said = [row[0] for row in target.execute("PRAGMA integrity_check")]
    except sqlite.driver.DatabaseError as error:
        raise BadBackup(f"the database could not be copied: {error}") from error
    finally:
        target.close()
        source.close()
    if said != ["ok"]:
        raise BadBackup(f"the database is damaged: {'; '.join(said[:3])}. Restore the last good backup")
    file.chmod(0o600)
    engine = create_engine(f"sqlite:///{file}", module=sqlite.driver)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@contextmanager
def _of_postgresql(url: str, file: Path) -> Iterator[Connection]:
    engine = create_engine(url, isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        connection.execute(text("SET TRANSACTION READ ONLY"))
        name = connection.scalar(text("SELECT pg_export_snapshot()"))
        _program(
            url, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={name}", f"--file={file}"
        )
        file.chmod(0o600)
        _read_back(file, _rows(connection))
        yield connection
    engine.dispose()


def _rows(connection: Connection) -> dict[str, int]:
    names = inspect(connection).get_table_names()
    return {name: connection.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0 for name in names}


def _read_back(file: Path, rows: dict[str, int]) -> None:
    """Unpack the whole dump and count the rows of every table. Raises BadBackup."""
    found: dict[str, int] = {}
    words = [program("pg_restore"), "--data-only", "--file=-", str(file)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as reading:
        assert reading.stdout is not None and reading.stderr is not None
        table = ""
        for line in reading.stdout:
            if table and line == b"\\.\n":
                table = ""
            elif table:
                found[table] += 1
            elif line.startswith(b"COPY "):
                table = line.split()[1].decode().split(".")[-1].strip('"')
                found[table] = 0
        said = reading.stderr.read().decode(errors="replace").strip()
    if reading.returncode or found != rows:
        differ = sorted(name for name in rows if rows[name] != found.get(name))
        raise BadBackup(f"the dump of the database cannot be read back: {said or ', '.join(differ)}")


def is_empty(url: str) -> bool:
    """Say whether nothing is in the database at an address yet. Raises BadBackup when it does not answer."""
    if kind_of(url) == SQLITE:
        return not Path(sqlite_file(url)).exists()
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return not inspect(connection).get_table_names()
    except Exception as error:
        raise BadBackup(f"the database does not answer: {type(error).__name__}; make it first, empty") from error
    finally:
        engine.dispose()


def load(url: str, file: Path) -> None:
    """Put a snapshot into an empty database. Raises BadBackup; then nothing is in it."""
    if kind_of(url) == POSTGRESQL:
        words = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
        _program(url, "pg_restore", *words, f"--dbname={make_url(url).database}", str(file))
        return
    place = Path(sqlite_file(url))
    part = place.with_name(f"{place.name}.part")
    shutil.copyfile(file, part)
    part.chmod(0o600)
    with part.open("rb") as copied:
        os.fsync(copied.fileno())
    part.replace(place)
    sync_folder(place.parent)


def sqlite_file(url: str) -> str:
    """The file of a SQLite address."""
    return make_url(url).database or ""


def program(name: str) -> str:
    """One of PostgreSQL's own programs, the newest installed. Raises BadBackup."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4].split(".")[0]))
    on_path = shutil.which(name)
    if not found and on_path is None:
        raise BadBackup(f"{name} is not installed; on Debian it comes with the package postgresql-client")
    return str(found[-1]) if found else str(on_path)


def _program(url: str, name: str, *words: str) -> None:
    """Run one of PostgreSQL's programs; the password goes by the environment, which no list of processes shows."""
    _, given = make_url(url).get_dialect()().create_connect_args(make_url(url))
    done = subprocess.run([program(name), *words], env=_environment(given), capture_output=True, text=True, check=False)
    if done.returncode:
        raise BadBackup(f"{name}: {_last(done.stderr.splitlines())}")


def _environment(given: Mapping[str, Any]) -> dict[str, str]:
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    return {"PATH": os.defpath, **{names.get(name, f"PG{name.upper()}"): str(value) for name, value in given.items()}}


def _last(lines: Sequence[str]) -> str:
    return "; ".join(line.strip() for line in lines[:3]) or "failed without a word"
