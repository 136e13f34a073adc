"""Runs a contract kit (a folder with test_contract.py) against real servers: each database, with one and several processes.

    python -m tools.kit ../shared/kit

Decides how the servers are made and stopped; the kit decides what is right. Ends non-zero if any run fails.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from tests.postgres import served

BIN = Path(sys.executable).parent
USER = "kit"
RUNS = (("SQLite", 1), ("SQLite", 3), ("PostgreSQL", 1), ("PostgreSQL", 3))


def main(kit: Path) -> int:
    """Run the kit four times; gives how many runs failed."""
    failed = 0
    with served() as postgres, tempfile.TemporaryDirectory() as folder:
        for number, (database, processes) in enumerate(RUNS):
            url = postgres.create(f"kit{number}") if database == "PostgreSQL" else ""
            print(f"The contract kit against {database}, server processes: {processes}", flush=True)
            env = {**os.environ, "FIELDSVC_DATABASE_URL": url, "PYTHONDONTWRITEBYTECODE": "1"}
            failed += _run(kit, Path(folder) / str(number), env=env, processes=processes)
    return failed


def _run(kit: Path, data: Path, *, env: dict[str, str], processes: int) -> int:
    password, port = secrets.token_urlsafe(18), _free_port()
    _fieldsvc(data, "init", env=env)
    staff = ("user", "add", USER, "--role", "admin", "--role", "office", "--name", "合约检查", "--password-stdin")
    _fieldsvc(data, *staff, env=env, given=password + "\n")
    with ExitStack() as stack:
        for command in _servers(data, port, processes=processes):
            stack.enter_context(_started(command, data.with_suffix(".log"), env={**env, "FIELDSVC_DATA": str(data)}))
        url = f"http://127.0.0.1:{port}"
        _wait_for(url)
        words = ["-c", os.devnull, f"--rootdir={kit}", "-p", "no:cacheprovider", "-q", str(kit / "test_contract.py")]
        tests = subprocess.run(
            [str(BIN / "pytest"), *words],
            env={**env, "KIT_URL": url, "KIT_ADMIN": f"{USER}:{password}"},
            stdin=subprocess.DEVNULL,
            check=False,
        )
    if tests.returncode:
        print("--- the server's last words:", *data.with_suffix(".log").read_text().splitlines()[-60:], sep="\n")
    return int(tests.returncode != 0)


def _servers(data: Path, port: int, *, processes: int) -> list[list[str | Path]]:
    if processes == 1:
        return [[BIN / "fieldsvc", "run", "--data", str(data), "--port", str(port)]]
    gunicorn: list[str | Path] = [BIN / "gunicorn", "fieldsvc.wsgi:app", "--workers", str(processes), "--threads", "4"]
    return [
        [*gunicorn, "--keep-alive", "75", "--no-control-socket", "--bind", f"127.0.0.1:{port}"],
        [BIN / "fieldsvc", "worker", "--data", str(data)],
    ]


def _fieldsvc(data: Path, *words: str, env: dict[str, str], given: str = "") -> None:
    subprocess.run(
        [BIN / "fieldsvc", *words, "--data", str(data)],
        env=env,
        input=given,
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )


@contextmanager
def _started(command: list[str | Path], log: Path, *, env: dict[str, str]) -> Iterator[None]:
    with (
        log.open("a") as said,
        subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=said, stderr=said) as process,
    ):
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def _wait_for(url: str) -> None:
    for _ in range(240):
        try:
            httpx.get(f"{url}/healthz").raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.25)
        else:
            return
    raise RuntimeError(f"{url} does not answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
