"""The `fieldsvc` command as scripts use it: real processes, real exit codes."""

from __future__ import annotations

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

COMMAND = [sys.executable, "-m", "fieldsvc.cli"]


def fieldsvc(*words: str, given: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [*COMMAND, *words],
        input=given, capture_output=True, text=True, timeout=120, check=False, env={**os.environ, **env},
    )  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(data: Path, *more: str) -> Iterator[tuple[str, str]]:
    """A served installation: (address, what it printed). Stopped by SIGTERM, which must end it well."""
    port = free_port()
    words = [*COMMAND, "run", "--data", str(data), "--port", str(port), *more]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        said, end = "", time.monotonic() + 120
        while "Stop with Ctrl-C" not in said and time.monotonic() < end:
            line = process.stdout.readline()
            assert line, said
            said += line
        try:
            yield f"{'https' if '--tls' in more else 'http'}://127.0.0.1:{port}", said
        finally:
            process.terminate()
            rest = process.stdout.read()
            assert process.wait(timeout=120) == 0, said + rest


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with one admin."""
    folder = tmp_path_factory.mktemp("command") / "data"
    assert fieldsvc("init", "--data", str(folder)).returncode == 0
    added = fieldsvc(
        "user", "add", "boss", "--role", "admin", "--role", "technician", "--name", "赵主任", "--password-stdin",
        "--data", str(folder), given="a long password\n",
    )  # fmt: skip
    assert added.returncode == 0, added.stderr
    return folder


def test_init_is_safe_to_repeat_and_keeps_its_secrets_to_itself(data: Path) -> None:
    secret = (data / "secret.key").read_text()
    keys = {path.name: path.read_bytes() for path in (data / "keys").rglob("*") if path.is_file()}
    assert fieldsvc("init", "--data", str(data)).returncode == 0
    assert (data / "secret.key").read_text() == secret
    assert {path.name: path.read_bytes() for path in (data / "keys").rglob("*") if path.is_file()} == keys
    assert (data / "secret.key").stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in (data / "keys").glob("*key*"))


def test_a_username_is_added_once(data: Path) -> None:
    words = ("user", "add", "boss", "--role", "office", "--name", "x", "--password-stdin", "--data", str(data))
    again = fieldsvc(*words, given="another password\n")
    assert again.returncode == 1
    assert "taken" in again.stderr
    assert fieldsvc(*words, given="").returncode == 1


def test_a_folder_that_is_no_installation_is_named(tmp_path: Path) -> None:
    told = fieldsvc("run", "--data", str(tmp_path))
    assert told.returncode == 1
    assert "fieldsvc init" in told.stderr


def test_run_serves_what_it_prints_and_stops_when_told(data: Path) -> None:
    with running(data) as (address, said):
        assert f"{address}/app" in said
        assert f"{address}/office" in said
        assert httpx.get(f"{address}/readyz").json() == {"status": "ready"}
        login = httpx.post(
            f"{address}/api/v1/login",
            json={"username": "boss", "password": "a long password"},
            headers={"X-Fieldsvc": "1"},
        )
        assert login.json()["user"]["roles"] == ["admin", "technician"]


def test_opening_without_a_network_is_switched_off_and_on_by_a_word_and_asked_for_by_none(data: Path) -> None:
    def said(*word: str) -> str:
        told = fieldsvc("offline-start", *word, "--data", str(data))
        assert told.returncode == 0, told.stderr
        return told.stdout.split()[0].rstrip(":")

    assert [said(), said("off"), said(), said("on"), said()] == ["on", "off", "off", "on", "on"]
    assert fieldsvc("offline-start", "maybe", "--data", str(data)).returncode == 2


def test_told_to_stop_twice_run_still_ends(data: Path) -> None:
    with running(data) as (_, _said):
        process = subprocess.run(
            ["pgrep", "-n", "-f", f"fieldsvc.cli run --data {data}"], capture_output=True, text=True, check=True
        )
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(int(process.stdout), number)
            time.sleep(0.05)


def test_run_with_demo_leaves_an_installation_of_ones_own_alone(data: Path) -> None:
    with running(data, "--demo") as (_, said):
        assert "no demonstration" in said


def test_run_over_https_is_trusted_by_who_trusts_the_installations_authority(data: Path) -> None:
    with running(data, "--tls") as (address, said):
        stranger = httpx.get(f"{address}/trust/authority.crt", verify=False)
        authority = ssl.create_default_context(cadata=stranger.content)
        page = httpx.get(f"{address}/trust", verify=authority)
        assert page.status_code == 200
        fingerprint = re.search(r"SHA-256 ([0-9A-F:]{95})", said)
        assert fingerprint is not None
        assert fingerprint[1] in page.text
        cookie = httpx.post(
            f"{address}/api/v1/login",
            json={"username": "boss", "password": "a long password"},
            headers={"X-Fieldsvc": "1"},
            verify=authority,
        ).headers["Set-Cookie"]
        assert "Secure" in cookie
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{address}/trust")


def test_run_with_demo_makes_a_day_to_try_and_prints_its_logins(tmp_path: Path) -> None:
    with running(tmp_path / "new", "--demo") as (address, said):
        assert "inspector, office, admin   password: demo" in said
        login = httpx.post(
            f"{address}/api/v1/login", json={"username": "inspector", "password": "demo"}, headers={"X-Fieldsvc": "1"}
        )
        assert login.status_code == 200
