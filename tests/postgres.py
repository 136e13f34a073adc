"""A PostgreSQL server of the tests' own: made in a temporary folder, listening on 127.0.0.1 only, gone at the end.

With a folder named, what it holds stays there for the next time.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

USER = "fieldsvc"


def _programs() -> Path:
    """The folder of the newest PostgreSQL programs. A machine without them fails the run: set-up installs them."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).parent] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if not found:
        raise RuntimeError("PostgreSQL's programs are missing: run `make test`, which installs them")
    return found[0]


class Postgres:
    """One running server."""

    def __init__(self, port: int):
        self.port = port

    def url(self, database: str) -> str:
        """The address of a database, as FIELDSVC_DATABASE_URL takes it."""
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{database}"

    def run(self, statement: str) -> None:
        """Run a statement outside any transaction."""
        with psycopg.connect(
            host="127.0.0.1", port=self.port, user=USER, dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def create(self, database: str, *, template: str = "template0") -> str:
        """Make a database, empty or as a copy of another; gives its address."""
        self.run(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.url(database)

    def has(self, database: str) -> bool:
        """Whether there is a database of this name."""
        with psycopg.connect(host="127.0.0.1", port=self.port, user=USER, dbname="postgres") as connection:
            return bool(connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone())

    def drop(self, database: str) -> None:
        """Remove a database, and whoever is still connected to it."""
        self.run(f'DROP DATABASE "{database}" WITH (FORCE)')


@contextmanager
def served(kept: Path | None = None) -> Iterator[Postgres]:
    """Start a server and stop it at the end. `kept`: the folder where its databases stay."""
    programs, folder = _programs(), kept or Path(tempfile.mkdtemp(prefix="fieldsvc-pg-"))
    # PostgreSQL refuses to run as root; Debian's package brings an account for it.
    as_owner: Sequence[str] = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
    folder.mkdir(parents=True, exist_ok=True)
    if as_owner:
        shutil.chown(folder, "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    data = folder / "data"
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c max_connections=200"

    def program(name: str, *words: str) -> None:
        done = subprocess.run(
            [*as_owner, str(programs / name), "-D", str(data), *words],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=folder, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stderr}")

    if not data.exists():
        program("initdb", "-A", "trust", "-U", USER, "-E", "UTF8", "--locale", "C.UTF-8")
    program("pg_ctl", "-o", options, "-l", str(folder / "log"), "-w", "start")
    try:
        yield Postgres(port)
    finally:
        program("pg_ctl", "-m", "fast", "-w", "stop")
        if kept is None:
            shutil.rmtree(folder)
