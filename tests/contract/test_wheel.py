"""The wheel, installed away from the checkout, is a whole fieldsvc: commands, pages, browser files, merge engine."""

import os
import socket
import subprocess
import sys
import sysconfig
import time
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The `fieldsvc` command of a fresh environment that holds the wheel and sees the packages installed here."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], check=True)
    # A line of a .pth adds a folder without following the .pth files in it: the checkout stays out of sight.
    packages = next((home / "lib").glob("python*/site-packages"))
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return home / "bin" / "fieldsvc"


def run(command: Path, *arguments: str, folder: Path) -> str:
    done = subprocess.run(
        [command, *arguments],
        cwd=folder,
        env=plain_environment(),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def files_in(folder: str) -> list[Path]:
    paths = (ROOT / folder).rglob("*")
    return [path for path in paths if path.is_file() and "__pycache__" not in path.parts]


def plain_environment() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


@contextmanager
def served(command: Path, folder: Path) -> Iterator[str]:
    """Run the server on a free port for a while and give its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = ["run", "--data", "data", "--host", "127.0.0.1", "--port", str(port)]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen([command, *arguments], cwd=folder, env=plain_environment(), stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            assert server.poll() is None, (folder / "server.log").read_text(encoding="utf-8")
            try:
                if httpx.get(f"{address}/healthz").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.25)
        yield address
    finally:
        server.terminate()
        time.sleep(0.05)
        server.terminate()  # Ctrl-C under make arrives twice: from the terminal and from make
        try:
            server.wait(timeout=120)
        except subprocess.TimeoutExpired:
            server.kill()
            raise


def test_the_wheel_carries_the_pages_the_browser_files_and_the_merge_engine(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {path.relative_to(ROOT).as_posix() for folder in ("sync", "fieldsvc") for path in files_in(folder)}
    for folder in ("static", "templates"):
        expected |= {f"fieldsvc/_assets/{path.relative_to(ROOT).as_posix()}" for path in files_in(folder)}
    assert expected <= names
    assert not [name for name in names if name.startswith(("tests/", "tools/", "static/"))]


def test_the_installed_wheel_makes_a_demonstration_and_serves_it(installed, tmp_path):
    run(installed, "init", "--data", "data", folder=tmp_path)
    run(installed, "demo", "--data", "data", folder=tmp_path)
    with served(installed, tmp_path) as address:
        assert httpx.get(f"{address}/healthz").status_code == 200
        assert httpx.get(f"{address}/login").status_code == 200
        for path in ("app.css", "app/main.js", "vendor/lean-qr.js"):
            answer = httpx.get(f"{address}/static/{path}")
            assert answer.status_code == 200
            assert answer.content == (ROOT / "static" / path).read_bytes()
        shell = httpx.get(f"{address}/app", follow_redirects=True)
        assert shell.status_code == 200
